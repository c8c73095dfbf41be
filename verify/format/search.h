/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_FORMAT_SEARCH_H
#define VERIFY_FORMAT_SEARCH_H

#include <pratique/evidence.h>
#include <pratique/kind.h>

/* The result of the search for one clause about the image. */
struct pq_searched {
	size_t first; /* its first requirement: pq_clause_next() */
	bool asked;   /* fetch asked where a signature would be */
	bool met;     /* by pieces that fit the policy, or by other pieces */
	bool misfit;  /* only by pieces with another repository or version */
	char why[PQ_REASON_MAX]; /* not met: the reason for the operator */
};

struct pq_search {
	struct pq_searched clauses[PQ_PROOF_PIECES];
	size_t n;
	bool
	    others; /* some signatures are by keys that are not in the policy */
	bool cut;   /* a list was longer than its budget */
};

/*
 * pq_search_pieces() - fill a proof with the pieces that a policy requires
 * For a clause about the image, the pieces that meet it are added. Pieces that
 * fit the policy come first. If too few fit, the last other pieces are added,
 * so that the verdict can name them. For a clause about the tag, one good piece
 * is added. Without one, a piece for each alternative is added, because deploy
 * reports why each of them is bad.
 * @ret:   untouched unless 0 is returned
 * @proof: pieces are added; they live as long as @ev
 * Return: 0 searched; -PQ_ELIMIT; -PQ_ENOMEM; -PQ_ECRYPTO; a fault of a policy
 *         key that cannot be read
 */
int pq_search_pieces(struct pq_search *ret, struct pq_proof *proof,
    const struct pq_policy *policy, const struct pq_evidence *ev, int64_t now);

#endif
