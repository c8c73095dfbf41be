/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_SSHKEY_H
#define PQ_CORE_SSHKEY_H

#include <pratique/err.h>
#include <pratique/pubkey.h>

#define PQ_SSHKEY_MAX 4096       /* bytes of a public key blob */
#define PQ_SSH_NAME_MAX 64       /* bytes of a name: RFC 4251 section 6 */
#define PQ_SSHKEY_FINGERPRINT 52 /* "SHA256:" + 43 digits + NUL */
#define PQ_SSHKEY_BAD 1          /* this key did not make the signature */

/* A plain public key in OpenSSH's form; never a certificate. */
struct pq_sshkey;

/*
 * pq_sshkey_parse() - read a public key blob (RFC 4253 section 6.6)
 * Return: 0; -PQ_EFORMAT; -PQ_EUNSUPPORTED (type, certificate, RSA of less
 *         than 2048 or more than 8192 bits); -PQ_ELIMIT (longer than
 *         PQ_SSHKEY_MAX); -PQ_ENOMEM; -PQ_ECRYPTO
 */
int pq_sshkey_parse(
    struct pq_sshkey **ret, struct pq_slice blob, struct pq_err *err);
void pq_sshkey_free(struct pq_sshkey *k);
/*
 * pq_sshkey_known() - check only the key type at the start of a blob
 * Return: 0 supported; -PQ_EFORMAT; -PQ_EUNSUPPORTED
 */
int pq_sshkey_known(struct pq_slice blob, struct pq_err *err);
/* Return the type's name on the wire and in files, such as "ssh-ed25519". */
const char *pq_sshkey_type(const struct pq_sshkey *k);
/* Report whether a key has exactly this blob. */
bool pq_sshkey_is(const struct pq_sshkey *k, struct pq_slice blob);
/* Report whether two keys have the same blob. */
bool pq_sshkey_eq(const struct pq_sshkey *a, const struct pq_sshkey *b);
/* Report whether two keys of different formats are the same key. */
bool pq_sshkey_same(const struct pq_sshkey *k, const struct pq_pubkey *key);
/* Write the fingerprint of a blob. The blob need not be a valid key. */
void pq_sshkey_fingerprint(
    char dst[PQ_SSHKEY_FINGERPRINT], struct pq_slice blob);
/*
 * pq_sshkey_verify() - verify this key's signature over @data
 * @signature: the algorithm's name and the signature, as SSH strings; with
 *             the flags and the counter if it is a security key
 * @data:      exactly the signed bytes
 * Return:     0 good; PQ_SSHKEY_BAD with the reason in @err; -PQ_ENOMEM;
 *             -PQ_ECRYPTO
 * Source:     RFC 8709 section 6, RFC 8332 section 3, RFC 5656 section 3.1.2,
 *             OpenSSH PROTOCOL.u2f
 */
int pq_sshkey_verify(const struct pq_sshkey *key, struct pq_slice signature,
    struct pq_slice data, struct pq_err *err);

#endif
