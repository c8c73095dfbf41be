/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_DIGEST_H
#define PRATIQUE_DIGEST_H

#include <pratique/bytes.h>

/* "sha256:" and 64 hex digits. The size X_TEXT includes the NUL. */
#define PQ_DIGEST_MAX 71
#define PQ_DIGEST_TEXT (PQ_DIGEST_MAX + 1)
/* an object id: 40 or 64 hex digits */
#define PQ_OID_MAX 64
#define PQ_OID_TEXT (PQ_OID_MAX + 1)

/* An OCI content digest, SHA-256 only. If all bytes are zero, it is "none". */
struct pq_digest {
	uint8_t sha256[32];
};

/* A git object id. len is 20 for SHA-1, 32 for SHA-256, and 0 for "none". */
struct pq_oid {
	uint8_t len;
	uint8_t id[32];
};

enum pq_gitobj { PQ_GITOBJ_NONE = 0, PQ_GITOBJ_COMMIT, PQ_GITOBJ_TAG };

/*
 * pq_digest_parse() - read a digest as text
 * @ret:   untouched unless 0 is returned
 * @text:  "sha256:" and 64 lower-case hex digits; borrowed, untrusted
 * Return: 0; -PQ_EFORMAT
 * Source: OCI image-spec descriptor.md, "Digests"
 */
int pq_digest_parse(struct pq_digest *ret, struct pq_slice text);
/*
 * pq_digest_format() - write a digest as text
 * @dst:   always NUL-terminated
 * @d:     borrowed
 */
void pq_digest_format(char dst[PQ_DIGEST_TEXT], const struct pq_digest *d);
/*
 * pq_digest_of() - compute the digest of bytes
 * @ret:   untouched unless 0 is returned
 * @bytes: borrowed
 * Return: 0; -PQ_ECRYPTO
 * Source: FIPS 180-4, SHA-256
 */
int pq_digest_of(struct pq_digest *ret, struct pq_slice bytes);
/*
 * pq_digest_eq() - decide whether two digests are equal
 * @a:     borrowed
 * @b:     borrowed
 * Return: true if they are equal; false if both are "none", so that two absent
 *         digests never match
 */
bool pq_digest_eq(const struct pq_digest *a, const struct pq_digest *b);
/*
 * pq_digest_none() - decide whether a digest is "none"
 * @d:     borrowed
 * Return: true if all its bytes are zero
 */
bool pq_digest_none(const struct pq_digest *d);

/*
 * pq_oid_parse() - read a git object id as text
 * @ret:   untouched unless 0 is returned
 * @hex:   40 or 64 lower-case hex digits; borrowed, untrusted
 * Return: 0; -PQ_EFORMAT
 */
int pq_oid_parse(struct pq_oid *ret, struct pq_slice hex);
/*
 * pq_oid_format() - write a git object id as lower-case hex
 * @dst:   always NUL-terminated; "" for "none"
 * @o:     borrowed
 */
void pq_oid_format(char dst[PQ_OID_TEXT], const struct pq_oid *o);
/*
 * pq_oid_eq() - decide whether two object ids are equal
 * @a:     borrowed
 * @b:     borrowed
 * Return: true if they have the same length and bytes; false if both are "none"
 */
bool pq_oid_eq(const struct pq_oid *a, const struct pq_oid *b);
/*
 * pq_oid_of() - compute the id of a git object
 * @ret:   untouched unless 0 is returned
 * @type:  PQ_GITOBJ_COMMIT or PQ_GITOBJ_TAG
 * @len:   20 for SHA-1 repositories, 32 for SHA-256 repositories
 * @bytes: the raw object without its header; borrowed
 * Return: 0; -PQ_EFORMAT (other @type or @len); -PQ_ENOMEM; -PQ_ECRYPTO;
 *         -PQ_EINTERNAL
 * Source: git-hash-object(1): hash of "<type> <n>\0" and the bytes
 */
int pq_oid_of(struct pq_oid *ret, enum pq_gitobj type, uint8_t len,
    struct pq_slice bytes);

/*
 * pq_hmac_sha256() - compute an HMAC
 * @ret:   the 32 bytes; undefined unless 0 is returned
 * @key:   borrowed; must not be empty: anyone can compute an HMAC with an
 *         empty key
 * @msg:   borrowed
 * Return: 0; -PQ_ECRYPTO (also if the key is empty or too long)
 * Source: RFC 2104
 */
int pq_hmac_sha256(uint8_t ret[32], struct pq_slice key, struct pq_slice msg);
/*
 * pq_mem_eq() - compare secret bytes
 * The time depends only on @n. An attacker who measures the time cannot find
 * the first different byte.
 * @a:     borrowed
 * @b:     borrowed
 * @n:     length of each in bytes
 * Return: true if they are equal
 */
bool pq_mem_eq(const void *a, const void *b, size_t n);

#endif
