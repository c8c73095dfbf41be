/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_ARTIFACT_H
#define PRATIQUE_ARTIFACT_H

#include <pratique/policy.h>

/*
 * The places where a registry keeps the signatures of an image. Fetch asks at
 * these places, and verify reads the answers. Both use this one table.
 */
enum pq_artifact {
	PQ_ARTIFACT_NONE = 0,
	PQ_ARTIFACT_COSIGN_TAG,   /* manifest at the tag that cosign derives */
	PQ_ARTIFACT_REFERRERS,    /* index that the referrers API returns */
	PQ_ARTIFACT_FALLBACK_TAG, /* that index, at a tag: for registries
				     without the referrers API */
	PQ_ARTIFACT_COUNT
};
#define PQ_ARTIFACT_BIT(a) (1u << (a))

/* Limits for a list. Verify ignores the entries above a limit. */
#define PQ_ARTIFACT_SIGNATURES 16 /* signatures that verify tries */
#define PQ_ARTIFACT_OTHERS 64     /* entries that are not signatures */
#define PQ_ARTIFACT_ENTRIES 256   /* entries of any kind */
/* bytes of one payload, or of one manifest in the list */
#define PQ_ARTIFACT_BYTES (256u << 10)

struct pq_artifact_row {
	const char *lookup;     /* name of the lookup in evidence documents */
	const char *media_type; /* of the layers that verify judges */
	const char *family;     /* fetch brings layers whose media type begins
				   with this; NULL: only @media_type */
	size_t fetched;         /* most layers or manifests that fetch brings
				   from one list */
};

/*
 * pq_artifact_row() - return the table row of a place
 * @a:     not PQ_ARTIFACT_NONE, and below PQ_ARTIFACT_COUNT
 * Return: a static row; never NULL
 */
const struct pq_artifact_row *pq_artifact_row(enum pq_artifact a);
/*
 * pq_artifact_is_fetched() - decide whether fetch brings a layer
 * @a:          not PQ_ARTIFACT_NONE, and below PQ_ARTIFACT_COUNT
 * @media_type: media type of the layer; borrowed
 * Return:      true if fetch brings layers of this type from @a
 */
bool pq_artifact_is_fetched(enum pq_artifact a, const char *media_type);
/*
 * pq_policy_artifacts() - return the places where a policy's evidence can be
 * @policy: borrowed
 * Return:  bits of PQ_ARTIFACT_BIT(). Fetch asks at these places only.
 */
unsigned pq_policy_artifacts(const struct pq_policy *policy);

#endif
