/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_ARTIFACT_H
#define PRATIQUE_ARTIFACT_H

#include <pratique/policy.h>

/*
 * The places where a registry keeps the signatures of an image. The fetch
 * process requests each place, and the verify process reads the answers. Both
 * use this table.
 */
enum pq_artifact {
	PQ_ARTIFACT_NONE = 0,
	PQ_ARTIFACT_COSIGN_TAG,   /* manifest at the tag that cosign
				     derives from the digest */
	PQ_ARTIFACT_REFERRERS,    /* index that the referrers API returns */
	PQ_ARTIFACT_FALLBACK_TAG, /* the same index at a tag, for registries
				     without the referrers API */
	PQ_ARTIFACT_COUNT
};
#define PQ_ARTIFACT_BIT(a) (1u << (a))

/* Limits for one list. Verify ignores the entries beyond a limit. */
#define PQ_ARTIFACT_SIGNATURES 16 /* signatures that verify tries */
#define PQ_ARTIFACT_OTHERS 64     /* entries that are not signatures */
#define PQ_ARTIFACT_ENTRIES 256   /* entries of any kind */
/* bytes of one payload, or of one manifest in the list */
#define PQ_ARTIFACT_BYTES (256u << 10)

struct pq_artifact_row {
	const char *lookup;     /* name of the lookup in evidence documents */
	const char *media_type; /* type of the layers that verify reads */
	const char *family;     /* fetch downloads layers whose media type
				   begins with this; NULL: @media_type only */
	size_t fetched;         /* maximum number of layers or manifests that
				   fetch downloads from one list */
};

/*
 * pq_artifact_row() - return the table row of a place
 * @a:     not PQ_ARTIFACT_NONE, and below PQ_ARTIFACT_COUNT
 * Return: a static row; never NULL
 */
const struct pq_artifact_row *pq_artifact_row(enum pq_artifact a);
/*
 * pq_artifact_is_fetched() - decide whether fetch downloads a layer
 * @a:          not PQ_ARTIFACT_NONE, and below PQ_ARTIFACT_COUNT
 * @media_type: media type of the layer; borrowed
 * Return:      true if fetch downloads layers of this type from @a
 */
bool pq_artifact_is_fetched(enum pq_artifact a, const char *media_type);
/*
 * pq_policy_artifacts() - return the places that can hold a policy's evidence
 * @policy: borrowed
 * Return:  bits of PQ_ARTIFACT_BIT(). Fetch requests only these places.
 */
unsigned pq_policy_artifacts(const struct pq_policy *policy);

#endif
