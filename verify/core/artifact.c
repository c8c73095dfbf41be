/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of artifacts that a registry stores for an image. Fetch and verify
 * share this table, because verify treats an artifact as absent if fetch did
 * not download it.
 */
#include <pratique/artifact.h>

#include <string.h>

#include <pratique/dsse.h>
#include <pratique/simplesigning.h>

/*
 * Attestations and SBOMs are in the same list as the signatures. Each referrer
 * has two blobs. With this limit all blobs fit into one evidence document.
 */
#define REFERRERS 48
#define BUNDLES "application/vnd.dev.sigstore.bundle"

static const struct pq_artifact_row rows[PQ_ARTIFACT_COUNT] = {
	[PQ_ARTIFACT_COSIGN_TAG] = { "cosign-tag", PQ_SIMPLE_MEDIA_TYPE, NULL,
	    PQ_ARTIFACT_SIGNATURES },
	[PQ_ARTIFACT_REFERRERS] = { "referrers", PQ_BUNDLE_MEDIA_TYPE, BUNDLES,
	    REFERRERS },
	[PQ_ARTIFACT_FALLBACK_TAG] = { "fallback-tag", PQ_BUNDLE_MEDIA_TYPE,
	    BUNDLES, REFERRERS },
};

const struct pq_artifact_row *
pq_artifact_row(enum pq_artifact a)
{
	return &rows[a];
}

bool
pq_artifact_is_fetched(enum pq_artifact a, const char *media_type)
{
	const struct pq_artifact_row *row = &rows[a];

	return row->family != NULL
	    ? strncmp(media_type, row->family, strlen(row->family)) == 0
	    : strcmp(media_type, row->media_type) == 0;
}
