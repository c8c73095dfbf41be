/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_ARTIFACT_H
#define PRATIQUE_ARTIFACT_H

#include <pratique/policy.h>

/*
 * Where a registry keeps what was signed about an image: one table for fetch,
 * which asks there, and for verify, which looks into the answers.
 */
enum pq_artifact {
	PQ_ARTIFACT_NONE = 0,
	PQ_ARTIFACT_COSIGN_TAG,   /* the manifest at cosign's own tag */
	PQ_ARTIFACT_REFERRERS,    /* the index of the referrers API */
	PQ_ARTIFACT_FALLBACK_TAG, /* the same, where there is no such API */
	PQ_ARTIFACT_COUNT
};
#define PQ_ARTIFACT_BIT(a) (1u << (a))

/* Budgets of one list: what is over them is not looked at. */
#define PQ_ARTIFACT_SIGNATURES 16 /* signatures tried */
#define PQ_ARTIFACT_OTHERS 64     /* what turns out to be no signature */
#define PQ_ARTIFACT_ENTRIES 256   /* entries of any kind */
/* bytes of one payload, or of one manifest that the list names */
#define PQ_ARTIFACT_BYTES (256u << 10)

struct pq_artifact_row {
	const char *lookup;     /* the question in an evidence document */
	const char *media_type; /* of a layer that is judged */
	const char *family; /* fetch brings all whose type begins so; NULL: only
			       @media_type */
	size_t fetched; /* layers or manifests that fetch brings of one list */
};

/* @a: not NONE */
const struct pq_artifact_row *pq_artifact_row(enum pq_artifact a);
/* is a layer of this type one that fetch brings? */
bool pq_artifact_is_fetched(enum pq_artifact a, const char *media_type);
/*
 * pq_policy_artifacts() - where a policy's evidence can be
 * Return: bits of PQ_ARTIFACT_BIT(): nobody asks for the others
 */
unsigned pq_policy_artifacts(const struct pq_policy *policy);

#endif
