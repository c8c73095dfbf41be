/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_SOURCE_H
#define AGENT_NET_SOURCE_H

#include <pratique/bytes.h>
#include <pratique/digest.h>
#include <pratique/err.h>

#define PQ_OCI_ABSENT 1 /* outcome: it was asked for, and is not there */

/* A manifest or index: its bytes, and what they hash to. */
struct pq_oci_document {
	struct pq_digest digest;
	char media_type[128];
	struct pq_buf body;
};

/* One question to a source. */
enum pq_oci_kind {
	PQ_OCI_NOTHING = 0,
	PQ_OCI_TAG,
	PQ_OCI_BY_DIGEST, /* manifest or index */
	PQ_OCI_BLOB,
	PQ_OCI_REFERRERS,
};

struct pq_oci_want {
	enum pq_oci_kind kind;
	const char *tag;         /* of PQ_OCI_TAG */
	struct pq_digest digest; /* of all others */
	size_t max;              /* bytes of the answer; of a blob its size */
};

/*
 * Where an image is read from: a registry, or a layout on disk. What is
 * gathered, and how it is judged, is the same for both.
 *
 * Return of all: 0; PQ_OCI_ABSENT; a fault, of which pq_gather_fault() knows
 * whether it means "bad" or "could not examine". @ret is to be freed after 0
 * only; its bytes hash to its digest, and to what was asked for.
 */
struct pq_oci_source {
	const char *place; /* "registry" or "layout", for reasons */
	void *ctx;
	int (*get_tag)(void *ctx, const char *tag, struct pq_oci_document *ret,
	    struct pq_err *err);
	int (*get_manifest)(void *ctx, const struct pq_digest *d, size_t max,
	    struct pq_oci_document *ret, struct pq_err *err);
	/* @size: of the descriptor; other lengths are a mismatch */
	int (*get_blob)(void *ctx, const struct pq_digest *d, uint64_t size,
	    size_t max, struct pq_buf *ret, struct pq_err *err);
	/* PQ_OCI_ABSENT: none of its own; look at the fallback tag */
	int (*get_referrers)(void *ctx, const struct pq_digest *d,
	    struct pq_oci_document *ret, struct pq_err *err);
	/* this will be got soon; NULL where nothing is gained by knowing */
	void (*ahead)(void *ctx, const struct pq_oci_want *w);
};

#endif
