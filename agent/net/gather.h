/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_GATHER_H
#define AGENT_NET_GATHER_H

#include <pratique/artifact.h>
#include <pratique/evidence.h>
#include <pratique/names.h>

#include "config/config.h"
#include "net/gitclient.h"
#include "net/oci_client.h"

#define PQ_GATHER_BYTES (5u << 20) /* bytes of all blobs of one errand */
#define PQ_GATHER_WIRE (6u << 20)  /* bytes of the encoded answer */
#define PQ_GATHER_DEADLINE_S 55
#define PQ_GATHER_REF (PQ_OID_TEXT + PQ_GIT_REF_TEXT + sizeof("^{}"))

/* The result values of the EVIDENCE message. */
enum pq_gather_result {
	PQ_GATHER_REFUSED = 0, /* the fault is permanent */
	PQ_GATHER_PENDING,     /* not examined: try again */
	PQ_GATHER_FETCHED,
};

/* The documents that one origin returned; the struct owns the bytes. */
struct pq_gather {
	enum pq_gather_result result;
	char reason[512];
	struct pq_digest digest; /* the digest that the tag resolved to */
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
		char ref[PQ_GIT_REF_TEXT]; /* a ref, a tag or a digest */
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
/*
 * pq_gather_fault() - set the result and the reason from a fault
 * The result is REFUSED for a mismatch, an exceeded limit and a malformed
 * document. It is PENDING for all other faults.
 */
void pq_gather_fault(struct pq_gather *g, int r, const struct pq_err *err);
/*
 * pq_gather_add() - store a blob, unless @g has one with this digest
 * @data: moved into @g, or freed; empty afterwards
 * Return: 0; -PQ_ELIMIT (too many blobs, or over PQ_GATHER_BYTES)
 */
int pq_gather_add(struct pq_gather *g, const struct pq_digest *d,
    const char *media_type, struct pq_buf *data);
/*
 * pq_gather_note() - record one request and the status of its answer
 * Return: 0; -PQ_ELIMIT
 */
int pq_gather_note(struct pq_gather *g, const char *what, const char *ref,
    unsigned status, const struct pq_digest *d);

/*
 * pq_gather_encode() - encode @g, to send it from the child to the broker
 * pq_gather_decode() - decode these bytes, which are untrusted
 * Return: 0; pq_gather_encode(): the fault of @dst; pq_gather_decode():
 *         -PQ_EFORMAT
 */
int pq_gather_encode(struct pq_buf *dst, const struct pq_gather *g);
int pq_gather_decode(struct pq_gather *ret, struct pq_slice wire);

/*
 * pq_gather_image() - fetch an image, its signatures and its referrers
 * @ref:          a tag or "sha256:..."
 * @architecture: architecture of the image to select; the OS is linux
 * @artifacts:    places to search for signatures, from pq_policy_artifacts()
 */
void pq_gather_image(struct pq_gather *g, const struct pq_oci_source *c,
    const char *ref, const char *architecture, unsigned artifacts);
/*
 * pq_gather_git() - fetch a git tag and its commit
 * @c: the repository; this function fills in c->caps
 */
void pq_gather_git(
    struct pq_gather *g, struct pq_git_client *c, const char *tag);

/*
 * pq_gather_compose() - write the evidence document
 * @tag: the version that the image claims; "" is allowed only if the policy
 *       has no source, because the name of the git tag contains the version
 * @git: NULL if the policy has no source
 * Return: 0; -PQ_ELIMIT; -PQ_ENOMEM
 */
int pq_gather_compose(struct pq_buf *dst, const struct pq_config_service *s,
    const char *tag, int64_t now, const struct pq_gather *image,
    const struct pq_gather *git);

/* Return OCI's name of this machine's architecture ("amd64"), or "". */
const char *pq_gather_architecture(void);

#endif
