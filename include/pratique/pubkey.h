/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_PUBKEY_H
#define PRATIQUE_PUBKEY_H

#include <pratique/bytes.h>
#include <pratique/err.h>

#define PQ_PUBKEY_PEM_MAX 8192 /* bytes; an RSA-4096 key has 800 */
#define PQ_PUBKEY_SIG_MAX 1024 /* bytes; RSA-8192 makes 1024 */
#define PQ_PUBKEY_BAD 1        /* the key did not make this signature */

struct pq_pubkey; /* opaque */

/*
 * pq_pubkey_parse() - read a trusted public key
 * @ret:      owned; free it with pq_pubkey_free(); untouched unless 0 is
 *            returned
 * @spki_pem: exactly one PEM block "PUBLIC KEY", with only white space around
 *            it; ECDSA P-256/P-384/P-521, RSA of 2048 to 8192 bits, Ed25519;
 *            borrowed
 * @err:      gets the reason; may be NULL
 * Return:    0; -PQ_EFORMAT; -PQ_ELIMIT; -PQ_EUNSUPPORTED (other key or
 *            curve, short RSA); -PQ_ENOMEM
 * Source:    RFC 7468 section 13; sigstore algorithm-registry.md
 */
int pq_pubkey_parse(
    struct pq_pubkey **ret, struct pq_slice spki_pem, struct pq_err *err);
/*
 * pq_pubkey_free()  - free a key
 * pq_pubkey_freep() - free a key and set *@key to NULL; for pq_auto()
 * @key:   owned; NULL is allowed
 */
void pq_pubkey_free(struct pq_pubkey *key);
void pq_pubkey_freep(struct pq_pubkey **key);

/*
 * pq_pubkey_verify() - check a signature over a message
 * Only the key determines the algorithm: P-256 and RSA use SHA-256; P-384 uses
 * SHA-384 or SHA-256; P-521 uses SHA-512 or SHA-256. With an Ed25519 key cosign
 * makes Ed25519ph signatures. OpenSSL 3.0 does not support these, so this
 * function returns PQ_PUBKEY_BAD for them.
 * @key:       borrowed
 * @message:   borrowed
 * @signature: raw bytes: DER for ECDSA, PKCS #1 v1.5 for RSA, 64 bytes for
 *             Ed25519; borrowed, untrusted
 * Return:     0: the signature is good; PQ_PUBKEY_BAD; -PQ_ENOMEM; -PQ_ECRYPTO
 * Source:     sigstore algorithm-registry.md; RFC 8032 section 5.1 (Ed25519)
 */
int pq_pubkey_verify(const struct pq_pubkey *key, struct pq_slice message,
    struct pq_slice signature);

/*
 * pq_pubkey_same() - decide whether two PEM files contain the same key
 * The files may differ in white space or in the encoding of a curve's point. An
 * unreadable file contains no key. Identical files always count as the same.
 * @a:     borrowed
 * @b:     borrowed
 * Return: 1 if true, 0 if false; -PQ_ENOMEM
 */
int pq_pubkey_same(struct pq_slice a, struct pq_slice b);
/*
 * pq_pubkey_algorithm() - name the algorithm of a key, for a log
 * @key:   borrowed
 * Return: static text: "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa" or
 *         "ed25519"
 */
const char *pq_pubkey_algorithm(const struct pq_pubkey *key);

#endif
