/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_SOURCE_H
#define AGENT_NET_SOURCE_H

#include <pratique/bytes.h>
#include <pratique/digest.h>
#include <pratique/err.h>

#define PQ_OCI_ABSENT 1 /* result: the source lacks the document */

/* A manifest or index: its bytes and their digest. */
struct pq_oci_document {
	struct pq_digest digest;
	char media_type[128];
	struct pq_buf body;
};

/* The kinds of requests to a source. */
enum pq_oci_kind {
	PQ_OCI_NOTHING = 0,
	PQ_OCI_TAG,
	PQ_OCI_BY_DIGEST, /* manifest or index */
	PQ_OCI_BLOB,
	PQ_OCI_REFERRERS,
	PQ_OCI_TAGS, /* all tags of the repository */
};

struct pq_oci_want {
	enum pq_oci_kind kind;
	const char *tag;         /* for PQ_OCI_TAG */
	struct pq_digest digest; /* for all kinds except TAG and TAGS */
	size_t max;              /* limit in bytes; the exact size of a blob */
};

/*
 * The source of an image: a registry, or a layout on disk. The gathering and
 * the verdict are the same for both.
 *
 * Return of each function: 0; PQ_OCI_ABSENT; a fault. pq_gather_fault()
 * decides whether a fault means "refused" or "could not be examined". If 0 is
 * returned, the caller frees @ret. ret->digest is the digest of its bytes. It
 * equals the requested digest, if the caller requested one.
 */
struct pq_oci_source {
	const char *place; /* "registry" or "layout", for reasons */
	void *ctx;
	int (*get_tag)(void *ctx, const char *tag, struct pq_oci_document *ret,
	    struct pq_err *err);
	int (*get_manifest)(void *ctx, const struct pq_digest *d, size_t max,
	    struct pq_oci_document *ret, struct pq_err *err);
	/* @size: the descriptor's size; another length is -PQ_EMISMATCH */
	int (*get_blob)(void *ctx, const struct pq_digest *d, uint64_t size,
	    size_t max, struct pq_buf *ret, struct pq_err *err);
	/* PQ_OCI_ABSENT: no list here; try the fallback tag */
	int (*get_referrers)(void *ctx, const struct pq_digest *d,
	    struct pq_oci_document *ret, struct pq_err *err);
	/* request a document in advance; NULL if this saves no time */
	void (*ahead)(void *ctx, const struct pq_oci_want *w);
};

#endif
