/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_CLAUSES_H
#define PQ_CORE_CLAUSES_H

#include <pratique/kind.h>
#include <pratique/policy.h>

/* A piece with the claims and the ruling of its kind's prover. */
struct pq_proven {
	const struct pq_piece *piece;
	struct pq_claims claims;
	struct pq_ruling ruling;
	bool fits; /* pq_claims_fit() for an image; true for a tag */
};

/* The pieces of a proof whose index is one of the policy's requirements. */
struct pq_proven_list {
	struct pq_proven v[PQ_PROOF_PIECES];
	size_t n;
};

/* The result of one clause. The zero value means "not met". */
struct pq_clause {
	enum pq_status status;
	char reason[PQ_REASON_MAX];
	char spec[PQ_SPEC_MAX];
	/* met: one piece of each party; not met: the last piece that failed */
	const struct pq_proven *used[PQ_PROOF_PIECES];
	size_t n;
};

/*
 * pq_proven_all() - prove each piece that is about @about
 * @ret:   pieces are appended
 * @image: digest of the image bytes at hand; without effect for PQ_ABOUT_TAG
 * Return: 0; -PQ_ENOMEM; -PQ_ECRYPTO
 */
int pq_proven_all(struct pq_proven_list *ret, const struct pq_policy *policy,
    const struct pq_proof *proof, enum pq_about about,
    const struct pq_digest *image, struct pq_slice image_tag, int64_t now);

/*
 * pq_clause_next() - find the first requirement of the next clause
 * @from:  0, or one more than the last returned index
 * Return: index; policy->n_requirements when no clause is left
 */
size_t pq_clause_next(
    const struct pq_policy *policy, enum pq_about about, size_t from);

/*
 * pq_clause_judge() - decide whether the clause of requirement @first is met
 * The result is the first alternative that is met by pieces that fit. Without
 * one, it is the first alternative that is met at all, so that the findings
 * can say which name or version was signed.
 * @ret:   always filled when 0 is returned
 * Return: 0; -PQ_ENOMEM
 */
int pq_clause_judge(struct pq_clause *ret, const struct pq_policy *policy,
    size_t first, const struct pq_proven_list *all);

#endif
