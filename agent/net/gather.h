/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_GATHER_H
#define AGENT_NET_GATHER_H

#include <pratique/artifact.h>
#include <pratique/evidence.h>
#include <pratique/names.h>

#include "config/config.h"
#include "net/oci_client.h"

#define PQ_GATHER_BYTES (5u << 20) /* of one gathering, all blobs together */
#define PQ_GATHER_WIRE (6u << 20)  /* encoded */
#define PQ_GATHER_DEADLINE_S 55
#define PQ_GATHER_REF (PQ_OID_TEXT + PQ_GIT_REF_TEXT + sizeof("^{}"))

/* As in the EVIDENCE message. */
enum pq_gather_result {
	PQ_GATHER_REFUSED = 0, /* examined, and bad */
	PQ_GATHER_PENDING,     /* could not examine: try again */
	PQ_GATHER_FETCHED,
};

/* What was gathered from one origin; owned bytes. */
struct pq_gather {
	enum pq_gather_result result;
	char reason[512];
	struct pq_digest digest; /* what the tag resolved to */
	char os[32], architecture[32];
	struct pq_gather_blob {
		struct pq_digest digest;
		char media_type[128];
		struct pq_buf data;
	} blobs[PQ_EVIDENCE_BLOBS];
	size_t n_blobs;
	size_t bytes;
	struct pq_gather_lookup {
		char what[32];
		char ref[PQ_GIT_REF_TEXT]; /* or a tag, or a digest */
		unsigned status;
		struct pq_digest digest;
	} lookups[PQ_EVIDENCE_LOOKUPS];
	size_t n_lookups;
	char ref[PQ_GATHER_REF], peeled[PQ_GATHER_REF]; /* "OID NAME" */
	struct pq_oid tag_oid, commit_oid;
	struct pq_buf tag_object, commit_object;
};

struct pq_gather *pq_gather_new(void);
void pq_gather_free(struct pq_gather *g);
/* set result and reason from a fault: pending or refused by its kind */
void pq_gather_fault(struct pq_gather *g, int r, const struct pq_err *err);
/* takes @data over (frees it when the digest is there already) */
int pq_gather_add(struct pq_gather *g, const struct pq_digest *d,
    const char *media_type, struct pq_buf *data);
int pq_gather_note(struct pq_gather *g, const char *what, const char *ref,
    unsigned status, const struct pq_digest *d);

/* between the child of an origin and the broker */
int pq_gather_encode(struct pq_buf *dst, const struct pq_gather *g);
int pq_gather_decode(struct pq_gather *ret, struct pq_slice wire);

/*
 * pq_gather_image() - an image, its signatures and referrers
 * @ref: a tag, or "sha256:..."
 * @architecture: of the platform linux/...
 * @artifacts: where signatures are asked for, as of pq_policy_artifacts()
 */
void pq_gather_image(struct pq_gather *g, const struct pq_oci_source *c,
    const char *ref, const char *architecture, unsigned artifacts);
/* @url: of the repository; @authorization: "Basic ..." or NULL */
void pq_gather_git(struct pq_gather *g, struct pq_http *http, const char *url,
    const char *authorization, const char *tag);

/*
 * pq_gather_compose() - the evidence document
 * @tag: the version that the image claims; "" only where the policy has no
 *       source, for without a tag there is no git tag to compare
 * @git: NULL when the policy wants no source checks
 * Return: 0; -PQ_ELIMIT; -PQ_ENOMEM
 */
int pq_gather_compose(struct pq_buf *dst, const struct pq_config_service *s,
    const char *tag, int64_t now, const struct pq_gather *image,
    const struct pq_gather *git);

/* "amd64" for this machine, "" when it has no name in OCI */
const char *pq_gather_architecture(void);

#endif
