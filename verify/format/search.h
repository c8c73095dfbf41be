/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_FORMAT_SEARCH_H
#define VERIFY_FORMAT_SEARCH_H

#include <pratique/evidence.h>
#include <pratique/kind.h>

/* The result of the search for one clause about the image. */
struct pq_searched {
	size_t first; /* index of the clause's first requirement */
	bool asked;   /* fetch asked for all evidence that can meet it */
	bool met;     /* enough valid signatures were found */
	bool misfit;  /* they name another repository or version */
	char why[PQ_REASON_MAX]; /* if not met: the reason for the operator */
};

struct pq_search {
	struct pq_searched clauses[PQ_PROOF_PIECES];
	size_t n;
	bool
	    others; /* some signatures are by keys that are not in the policy */
	bool cut;   /* a list was longer than its limit */
};

/*
 * pq_search_pieces() - fill a proof with the pieces that a policy requires
 * For a clause about the image, the pieces that meet it are added. If none of
 * the pieces fits the policy, the last other pieces are added, so that the
 * verdict can say what was signed. For a clause about the tag, one good piece
 * is added. If there is none, a piece for each alternative is added, so that
 * deploy reports why each of them is bad.
 * @ret:   untouched unless 0 is returned
 * @proof: pieces are added; @ev owns their bytes
 * Return: 0; -PQ_ELIMIT; -PQ_ENOMEM; -PQ_ECRYPTO; the fault of a key in the
 *         policy that cannot be parsed
 */
int pq_search_pieces(struct pq_search *ret, struct pq_proof *proof,
    const struct pq_policy *policy, const struct pq_evidence *ev, int64_t now);

#endif
