/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_CLAUSES_H
#define PQ_CORE_CLAUSES_H

#include <pratique/kind.h>
#include <pratique/policy.h>

/* A piece, with the claims and the ruling that its prover returned. */
struct pq_proven {
	const struct pq_piece *piece;
	struct pq_claims claims;
	struct pq_ruling ruling;
	bool fits; /* pq_claims_fit() for an image; true for a tag */
};

/* The examined pieces of a proof. Each names a requirement of the policy. */
struct pq_proven_list {
	struct pq_proven v[PQ_PROOF_PIECES];
	size_t n;
};

/* The result of checking one clause. The zero value means "not met". */
struct pq_clause {
	enum pq_status status;
	char reason[PQ_REASON_MAX];
	char spec[PQ_SPEC_MAX];
	/* if met: one piece of each party; else the last piece that failed */
	const struct pq_proven *used[PQ_PROOF_PIECES];
	size_t n;
};

/*
 * pq_proven_all() - verify each piece whose requirement is about @about
 * @ret:   pieces are appended, also those that fail
 * @image: digest of the image bytes in the proof; not used for PQ_ABOUT_TAG
 * Return: 0; -PQ_ENOMEM; -PQ_ECRYPTO
 */
int pq_proven_all(struct pq_proven_list *ret, const struct pq_policy *policy,
    const struct pq_proof *proof, enum pq_about about,
    const struct pq_digest *image, struct pq_slice image_tag, int64_t now);

/*
 * pq_clause_next() - find the first requirement of the next clause
 * @from:  0, or one more than the last returned index
 * Return: its index; policy->n_requirements if no clause is left
 */
size_t pq_clause_next(
    const struct pq_policy *policy, enum pq_about about, size_t from);

/*
 * pq_clause_judge() - decide whether the clause of requirement @first is met
 * @ret is the result of the first alternative that is met by pieces that fit
 * the policy. If there is none, it is the result of the first alternative that
 * other pieces meet, so that the findings can say which name or version was
 * signed.
 * @ret:   filled if 0 is returned
 * Return: 0; -PQ_ENOMEM
 */
int pq_clause_judge(struct pq_clause *ret, const struct pq_policy *policy,
    size_t first, const struct pq_proven_list *all);

#endif
