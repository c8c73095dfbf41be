/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_PUBKEY_H
#define PRATIQUE_PUBKEY_H

#include <pratique/bytes.h>
#include <pratique/err.h>

#define PQ_PUBKEY_PEM_MAX 8192 /* bytes; an RSA-4096 key needs 800 */
#define PQ_PUBKEY_SIG_MAX 1024 /* bytes; RSA-8192 needs 1024 */
#define PQ_PUBKEY_BAD 1        /* examined: not this key's signature */

struct pq_pubkey;

/*
 * pq_pubkey_parse() - read a trusted public key
 * @spki_pem: exactly one PEM block "PUBLIC KEY" and nothing but white space
 *            around it; ECDSA P-256/P-384/P-521, RSA of 2048 to 8192 bits,
 *            Ed25519
 * @ret:      owned, see pq_pubkey_free(); untouched unless 0 is returned
 * Return:    0; -PQ_EFORMAT; -PQ_ELIMIT; -PQ_EUNSUPPORTED (other key or
 *            curve, short RSA); -PQ_ENOMEM
 * Source:    RFC 7468 section 13; sigstore algorithm-registry.md
 */
int pq_pubkey_parse(
    struct pq_pubkey **ret, struct pq_slice spki_pem, struct pq_err *err);
void pq_pubkey_free(struct pq_pubkey *key);   /* NULL is fine */
void pq_pubkey_freep(struct pq_pubkey **key); /* for pq_auto() */

/*
 * pq_pubkey_verify() - judge a signature over @message
 * @signature: raw bytes: DER for ECDSA, PKCS #1 v1.5 for RSA, 64 bytes for
 *             Ed25519. The key alone chooses the algorithm: P-256 and RSA
 *             SHA-256; P-384 SHA-384 or SHA-256; P-521 SHA-512 or SHA-256.
 *             Ed25519 is the pure one: what cosign makes with such a key is
 *             Ed25519ph, which OpenSSL 3.0 does not know, and is bad here.
 * Return:     0 examined and good; PQ_PUBKEY_BAD; -PQ_ENOMEM; -PQ_ECRYPTO
 */
int pq_pubkey_verify(const struct pq_pubkey *key, struct pq_slice message,
    struct pq_slice signature);

/*
 * pq_pubkey_same() - do two PEM files hold one key?
 * They may differ by a newline, or by the encoding of a curve's point. One that
 * cannot be read holds none, unless both are the same bytes.
 * Return: 1; 0; -PQ_ENOMEM
 */
int pq_pubkey_same(struct pq_slice a, struct pq_slice b);
/* words for a log: "ecdsa-p256", "rsa", "ed25519" */
const char *pq_pubkey_algorithm(const struct pq_pubkey *key);

#endif
