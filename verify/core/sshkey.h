/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_SSHKEY_H
#define PQ_CORE_SSHKEY_H

#include <pratique/err.h>
#include <pratique/pubkey.h>

#define PQ_SSHKEY_MAX 4096       /* bytes of a public key blob */
#define PQ_SSH_NAME_MAX 64       /* of a type or an algorithm: RFC 4251, 6 */
#define PQ_SSHKEY_FINGERPRINT 52 /* "SHA256:" + 43 digits + NUL */
#define PQ_SSHKEY_BAD 1          /* examined: not this key's signature */

/* A plain public key as OpenSSH writes it; never a certificate. */
struct pq_sshkey;

/*
 * pq_sshkey_parse() - read a public key blob (RFC 4253 section 6.6)
 * Return: 0; -PQ_EFORMAT; -PQ_EUNSUPPORTED (type, certificate, RSA of less
 *         than 2048 or more than 8192 bits); -PQ_ENOMEM; -PQ_ECRYPTO
 */
int pq_sshkey_parse(
    struct pq_sshkey **ret, struct pq_slice blob, struct pq_err *err);
void pq_sshkey_free(struct pq_sshkey *k);
/* 0 when the type is one of ours; else why not. Nothing more is read. */
int pq_sshkey_known(struct pq_slice blob, struct pq_err *err);
/* the name on the wire and in files, "ssh-ed25519" */
const char *pq_sshkey_type(const struct pq_sshkey *k);
bool pq_sshkey_is(const struct pq_sshkey *k, struct pq_slice blob);
bool pq_sshkey_eq(const struct pq_sshkey *a, const struct pq_sshkey *b);
/* the same numbers, whatever the two files call them */
bool pq_sshkey_same(const struct pq_sshkey *k, const struct pq_pubkey *key);
/* of any bytes that claim to be a key */
void pq_sshkey_fingerprint(
    char dst[PQ_SSHKEY_FINGERPRINT], struct pq_slice blob);
/*
 * pq_sshkey_verify() - did this key make a signature over @data?
 * @signature: the algorithm's name and the signature, as strings, and of a
 *             security key its flags and counter
 * @data:      the very bytes that were signed
 * Return:     0 it did; PQ_SSHKEY_BAD with the reason in @err; -PQ_ENOMEM;
 *             -PQ_ECRYPTO
 * Source:     RFC 8709 section 6, RFC 8332 section 3, RFC 5656 section 3.1.2,
 *             OpenSSH PROTOCOL.u2f
 */
int pq_sshkey_verify(const struct pq_sshkey *key, struct pq_slice signature,
    struct pq_slice data, struct pq_err *err);

#endif
