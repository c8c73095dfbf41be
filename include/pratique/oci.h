/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_OCI_H
#define PRATIQUE_OCI_H

#include <pratique/claims.h>
#include <pratique/digest.h>
#include <pratique/err.h>

#define PQ_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define PQ_OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define PQ_OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define PQ_OCI_EMPTY "application/vnd.oci.empty.v1+json"
#define PQ_DOCKER_MANIFEST \
	"application/vnd.docker.distribution.manifest.v2+json"
#define PQ_DOCKER_INDEX \
	"application/vnd.docker.distribution.manifest.list.v2+json"
#define PQ_DOCKER_CONFIG "application/vnd.docker.container.image.v1+json"
#define PQ_OCI_REVISION "org.opencontainers.image.revision"
#define PQ_OCI_VERSION "org.opencontainers.image.version"
#define PQ_OCI_SOURCE "org.opencontainers.image.source"
/*
 * Labels of containers that deploy makes begin so. Label names are compared
 * byte by byte, as the engine compares them: "Pratique.version" is another
 * label, and nobody reads it.
 */
#define PQ_OCI_RESERVED "pratique."

#define PQ_OCI_DOC_MAX (4u << 20) /* bytes of index, manifest or config */
#define PQ_OCI_LAYERS 128
#define PQ_OCI_ENTRIES 256 /* of an index, or of a list of referrers */
#define PQ_OCI_DEPTH 16
#define PQ_OCI_ANNOTATIONS 64

/* Outcomes of pq_oci_index_find(). */
#define PQ_OCI_NONE 1   /* no entry for the platform */
#define PQ_OCI_TWICE 2  /* more than one: which would run is a guess */
#define PQ_OCI_NESTED 3 /* the entry is itself an index */

struct pq_oci_annotation {
	const char *name;
	struct pq_slice value;
};

/* Borrows from the document that it came from. */
struct pq_oci_descriptor {
	struct pq_digest digest;
	uint64_t size;
	char media_type[128];
	char artifact_type[128];
	char os[32]; /* "" without a platform */
	char architecture[32];
	char variant[32];
	const struct pq_oci_annotation *annotations;
	size_t n_annotations;
};

/* Read-only after parsing; owns everything that it points at. */
struct pq_oci_manifest {
	char media_type[128]; /* "" when the body does not say */
	char artifact_type[128];
	struct pq_oci_descriptor config;
	struct pq_oci_descriptor *layers;
	size_t n_layers;
	struct pq_oci_descriptor subject; /* digest none when absent */
	void *owner;
};

struct pq_oci_index {
	char media_type[128];
	struct pq_oci_descriptor *entries;
	size_t n_entries;
	struct pq_oci_descriptor subject;
	void *owner;
};

struct pq_oci_config {
	char os[32];
	char architecture[32];
	char revision[129];      /* label PQ_OCI_REVISION, "" when absent */
	struct pq_claim version; /* label PQ_OCI_VERSION */
	char source[257];
	/* the first label that begins with PQ_OCI_RESERVED, escaped; "" none */
	char reserved[129];
};

bool pq_oci_is_manifest(const char *media_type);
bool pq_oci_is_index(const char *media_type);

/*
 * pq_oci_manifest_parse() - read an image (or artifact) manifest
 * @json:  bytes whose digest the caller has checked already
 * @media_type: what the descriptor or the Content-Type said, "" when not
 *         known; a body that says otherwise is refused (one document that
 *         is a manifest to one reader and an index to another)
 * Return: 0; -PQ_EFORMAT; -PQ_ELIMIT; -PQ_ENOMEM
 * Source: OCI image-spec manifest.md; Docker image manifest v2 schema 2
 */
int pq_oci_manifest_parse(struct pq_oci_manifest **ret, struct pq_slice json,
    const char *media_type, struct pq_err *err);
void pq_oci_manifest_free(struct pq_oci_manifest *m);
void pq_oci_manifest_freep(struct pq_oci_manifest **m);

/* pq_oci_index_parse() - likewise. Source: OCI image-spec image-index.md */
int pq_oci_index_parse(struct pq_oci_index **ret, struct pq_slice json,
    const char *media_type, struct pq_err *err);
void pq_oci_index_free(struct pq_oci_index *x);
void pq_oci_index_freep(struct pq_oci_index **x);

/*
 * pq_oci_index_find() - the one entry for a platform
 * Entries for unknown/unknown (BuildKit's attestations) are passed over.
 * @ret:   borrowed from @x, NULL unless 0 is returned
 * Return: 0; PQ_OCI_NONE; PQ_OCI_TWICE; PQ_OCI_NESTED
 */
int pq_oci_index_find(const struct pq_oci_descriptor **ret,
    const struct pq_oci_index *x, const char *os, const char *architecture);

/* pq_oci_config_parse() - Source: OCI image-spec config.md */
int pq_oci_config_parse(
    struct pq_oci_config *ret, struct pq_slice json, struct pq_err *err);

/* The value of an annotation; p == NULL when there is none. */
struct pq_slice pq_oci_annotation(
    const struct pq_oci_descriptor *d, const char *name);
/* 0 when @bytes have the size and digest of @d; -PQ_EMISMATCH */
int pq_oci_descriptor_check(
    const struct pq_oci_descriptor *d, struct pq_slice bytes);

/*
 * pq_oci_sniff() - does a body without a media type look like an index?
 * Return: 0 manifest; 1 index; -PQ_EFORMAT neither, or both
 */
int pq_oci_sniff(struct pq_slice json);

#endif
