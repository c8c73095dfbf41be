/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_DIGEST_H
#define PRATIQUE_DIGEST_H

#include <pratique/bytes.h>

/* "sha256:" and 64 hex digits; 40 or 64 of them; with room for the NUL */
#define PQ_DIGEST_MAX 71
#define PQ_DIGEST_TEXT (PQ_DIGEST_MAX + 1)
#define PQ_OID_MAX 64
#define PQ_OID_TEXT (PQ_OID_MAX + 1)

/* An OCI content digest, sha256 only. All-zero means "none". */
struct pq_digest {
	uint8_t sha256[32];
};

/* A git object id: SHA-1 (20) or SHA-256 (32). len 0 means "none". */
struct pq_oid {
	uint8_t len;
	uint8_t id[32];
};

enum pq_gitobj { PQ_GITOBJ_NONE = 0, PQ_GITOBJ_COMMIT, PQ_GITOBJ_TAG };

/* Source: OCI image-spec descriptor.md, "Digests" (sha256:[0-9a-f]{64}). */
int pq_digest_parse(struct pq_digest *ret, struct pq_slice text);
void pq_digest_format(char dst[PQ_DIGEST_TEXT], const struct pq_digest *d);
int pq_digest_of(struct pq_digest *ret, struct pq_slice bytes);
bool pq_digest_eq(const struct pq_digest *a, const struct pq_digest *b);
bool pq_digest_none(const struct pq_digest *d);

int pq_oid_parse(struct pq_oid *ret, struct pq_slice hex); /* 40 or 64 */
void pq_oid_format(char dst[PQ_OID_TEXT], const struct pq_oid *o);
bool pq_oid_eq(const struct pq_oid *a, const struct pq_oid *b);
/*
 * pq_oid_of() - the id of a git object with these raw bytes
 * @len: 20 for SHA-1 repositories, 32 for SHA-256 ones
 * Source: git hash-object(1): hash of "<type> <n>\0" + bytes
 */
int pq_oid_of(struct pq_oid *ret, enum pq_gitobj type, uint8_t len,
    struct pq_slice bytes);

/* HMAC-SHA256 (RFC 2104) over @msg; 0 or -PQ_ECRYPTO. */
int pq_hmac_sha256(uint8_t ret[32], struct pq_slice key, struct pq_slice msg);
/* Constant time in n. */
bool pq_mem_eq(const void *a, const void *b, size_t n);

#endif
