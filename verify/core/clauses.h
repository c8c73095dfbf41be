/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_CLAUSES_H
#define PQ_CORE_CLAUSES_H

#include <pratique/kind.h>
#include <pratique/policy.h>

/* A piece, and what its kind says of it. */
struct pq_proven {
	const struct pq_piece *piece;
	struct pq_claims claims;
	struct pq_ruling ruling;
	bool fits; /* of an image: pq_claims_fit() */
};

/* All pieces of a proof that name a requirement of the policy. */
struct pq_proven_list {
	struct pq_proven v[PQ_PROOF_PIECES];
	size_t n;
};

/* What came of one clause; the zero value is not met. */
struct pq_clause {
	enum pq_status status;
	char reason[PQ_REASON_MAX];
	char spec[PQ_SPEC_MAX];
	/* by which it is met, one of each party; else the last that failed */
	const struct pq_proven *used[PQ_PROOF_PIECES];
	size_t n;
};

/*
 * pq_proven_all() - prove each piece about @about
 * @image: digest of the bytes at hand; of a tag it says nothing
 * Return: 0; -PQ_ENOMEM; -PQ_ECRYPTO
 */
int pq_proven_all(struct pq_proven_list *ret, const struct pq_policy *policy,
    const struct pq_proof *proof, enum pq_about about,
    const struct pq_digest *image, struct pq_slice image_tag, int64_t now);

/*
 * pq_clause_next() - the first requirement of a clause
 * @from:  0, or behind the one that was returned last
 * Return: index; policy->n_requirements: there is no further clause
 */
size_t pq_clause_next(
    const struct pq_policy *policy, enum pq_about about, size_t from);

/*
 * pq_clause_judge() - is the clause of requirement @first met?
 * By one of its alternatives: the first that is met by pieces that fit; else
 * the first that is met, so that the findings can say which name or version was
 * signed.
 * @ret:   always filled when 0 is returned
 * Return: 0; -PQ_ENOMEM
 */
int pq_clause_judge(struct pq_clause *ret, const struct pq_policy *policy,
    size_t first, const struct pq_proven_list *all);

#endif
