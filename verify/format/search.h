/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_FORMAT_SEARCH_H
#define VERIFY_FORMAT_SEARCH_H

#include <pratique/evidence.h>
#include <pratique/kind.h>

/* What came of one clause that is about the image. */
struct pq_searched {
	size_t first;            /* requirement, as of pq_clause_next() */
	bool asked;              /* the places where a signature would be */
	bool met;                /* by pieces that fit, or by others */
	bool misfit;             /* only by pieces that say something else */
	char why[PQ_REASON_MAX]; /* not met: words for the operator */
};

struct pq_search {
	struct pq_searched clauses[PQ_PROOF_PIECES];
	size_t n;
	bool others; /* there are signatures, and nobody of the policy made them
		      */
	bool cut;    /* somewhere there was more than was looked at */
};

/*
 * pq_search_pieces() - fill a proof with the pieces that a policy asks for
 * Of each clause about the image those by which it is met; pieces that fit the
 * policy come first, and of those that do not the last are better than none.
 * Of each clause about the tag one, or where none is good one for each of its
 * alternatives, for deploy says why each is bad.
 * @ret:   untouched unless 0 is returned
 * @proof: pieces are added; they live as long as @ev
 * Return: 0 searched; -PQ_ELIMIT; -PQ_ENOMEM; -PQ_ECRYPTO; a fault of a policy
 *         key that cannot be read
 */
int pq_search_pieces(struct pq_search *ret, struct pq_proof *proof,
    const struct pq_policy *policy, const struct pq_evidence *ev, int64_t now);

#endif
