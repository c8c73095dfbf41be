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
 * The prefix of the labels that deploy sets on its containers. Like the Docker
 * engine, this code compares label names byte by byte: "Pratique.version" is
 * another label and has no effect.
 */
#define PQ_OCI_RESERVED "pratique."

#define PQ_OCI_DOC_MAX (4u << 20) /* bytes of index, manifest or config */
#define PQ_OCI_LAYERS 128
#define PQ_OCI_ENTRIES 256 /* of an index, or of a list of referrers */
#define PQ_OCI_DEPTH 16    /* nested JSON objects and arrays */
#define PQ_OCI_ANNOTATIONS 64

/* Outcomes of pq_oci_index_find(). */
#define PQ_OCI_NONE 1   /* no entry for the platform */
#define PQ_OCI_TWICE 2  /* several entries: readers choose different ones */
#define PQ_OCI_NESTED 3 /* the entry is itself an index */

struct pq_oci_annotation {
	const char *name;
	struct pq_slice value;
};

/* A part of a parsed document, which owns the annotations. */
struct pq_oci_descriptor {
	struct pq_digest digest;
	uint64_t size;
	char media_type[128];
	char artifact_type[128];
	char os[32]; /* "" if the entry has no platform */
	char architecture[32];
	char variant[32];
	const struct pq_oci_annotation *annotations;
	size_t n_annotations;
};

/* A parsed manifest. It is read-only and owns what its members point to. */
struct pq_oci_manifest {
	char media_type[128]; /* "" if the body has no media type */
	char artifact_type[128];
	struct pq_oci_descriptor config;
	struct pq_oci_descriptor *layers;
	size_t n_layers;
	struct pq_oci_descriptor subject; /* digest none if absent */
	void *owner;                      /* the JSON document */
};

/* A parsed index. Its members are as in struct pq_oci_manifest. */
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
	char revision[129];      /* label PQ_OCI_REVISION, "": absent */
	struct pq_claim version; /* label PQ_OCI_VERSION */
	char source[257];        /* label PQ_OCI_SOURCE; "" if absent or bad */
	/* escaped name of a label that begins with PQ_OCI_RESERVED; "": none */
	char reserved[129];
};

/*
 * pq_oci_is_manifest() - decide whether a media type is a manifest's
 * pq_oci_is_index()    - decide whether a media type is an index's
 * @media_type: NUL-terminated; borrowed
 * Return:      true for the OCI type and for the Docker type
 * Source:      OCI image-spec media-types.md
 */
bool pq_oci_is_manifest(const char *media_type);
bool pq_oci_is_index(const char *media_type);

/*
 * pq_oci_manifest_parse() - read an image manifest or artifact manifest
 * pq_oci_index_parse()    - read an image index
 * @ret:        owned; free it with pq_oci_manifest_free() or
 *              pq_oci_index_free(); untouched unless 0 is returned
 * @json:       bytes whose digest the caller has checked; borrowed until the
 *              function returns
 * @media_type: from the descriptor or the Content-Type; "" or NULL if unknown.
 *              A body with another type is refused: one program could read it
 *              as a manifest, and another program as an index.
 * @err:        gets the path of the bad member; may be NULL
 * Return:      0; -PQ_EFORMAT; -PQ_ELIMIT; -PQ_ENOMEM
 * Source:      OCI image-spec manifest.md and image-index.md; Docker image
 *              manifest v2 schema 2
 */
int pq_oci_manifest_parse(struct pq_oci_manifest **ret, struct pq_slice json,
    const char *media_type, struct pq_err *err);
int pq_oci_index_parse(struct pq_oci_index **ret, struct pq_slice json,
    const char *media_type, struct pq_err *err);
/*
 * pq_oci_manifest_free()  - free a manifest
 * pq_oci_manifest_freep() - free a manifest and set *@m to NULL; for pq_auto()
 * pq_oci_index_free()     - free an index
 * pq_oci_index_freep()    - free an index and set *@x to NULL; for pq_auto()
 * @m:     owned; NULL is allowed
 * @x:     owned; NULL is allowed
 */
void pq_oci_manifest_free(struct pq_oci_manifest *m);
void pq_oci_manifest_freep(struct pq_oci_manifest **m);
void pq_oci_index_free(struct pq_oci_index *x);
void pq_oci_index_freep(struct pq_oci_index **x);

/*
 * pq_oci_index_find() - find the only entry for a platform
 * It ignores the entries for unknown/unknown, which BuildKit makes for
 * attestations. An entry without a platform matches every platform, because
 * some programs would choose it.
 * @ret:          an entry of @x; NULL unless 0 is returned
 * @x:            borrowed
 * @os:           as in the OCI specification, "linux"
 * @architecture: as in the OCI specification, "amd64"
 * Return:        0; PQ_OCI_NONE; PQ_OCI_TWICE; PQ_OCI_NESTED
 * Source:        OCI image-spec image-index.md
 */
int pq_oci_index_find(const struct pq_oci_descriptor **ret,
    const struct pq_oci_index *x, const char *os, const char *architecture);

/*
 * pq_oci_config_parse() - read an image configuration
 * @ret:   untouched unless 0 is returned
 * @json:  bytes whose digest the caller has checked; borrowed
 * @err:   gets the path of the bad member; may be NULL
 * Return: 0; -PQ_EFORMAT; -PQ_ELIMIT; -PQ_ENOMEM
 * Source: OCI image-spec config.md
 */
int pq_oci_config_parse(
    struct pq_oci_config *ret, struct pq_slice json, struct pq_err *err);

/*
 * pq_oci_annotation() - return the value of an annotation
 * @d:     borrowed
 * @name:  name of the annotation; borrowed
 * Return: a slice that points into @d; p == NULL if there is no such annotation
 */
struct pq_slice pq_oci_annotation(
    const struct pq_oci_descriptor *d, const char *name);
/*
 * pq_oci_descriptor_check() - compare bytes with their descriptor
 * @d:     borrowed
 * @bytes: borrowed, untrusted
 * Return: 0: size and digest are equal; -PQ_EMISMATCH; -PQ_ECRYPTO
 * Source: OCI image-spec descriptor.md
 */
int pq_oci_descriptor_check(
    const struct pq_oci_descriptor *d, struct pq_slice bytes);

/*
 * pq_oci_sniff() - decide whether a body without a media type is an index
 * @json:  borrowed, untrusted
 * Return: 0: a manifest; 1: an index; -PQ_EFORMAT: neither or both;
 *         -PQ_ELIMIT; -PQ_ENOMEM
 */
int pq_oci_sniff(struct pq_slice json);

#endif
