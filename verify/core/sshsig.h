/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_SSHSIG_H
#define PQ_CORE_SSHSIG_H

#include <pratique/sshsig.h>

#include "sshkey.h"

/* this key did not make the signature */
#define PQ_SSHSIG_BAD PQ_SSHKEY_BAD

/* A decoded signature. The slices point into @blob. */
struct pq_sshsig {
	struct pq_buf blob;
	struct pq_slice publickey;
	struct pq_slice ns;
	struct pq_slice reserved;
	struct pq_slice hash_alg;
	struct pq_slice signature;
};

/*
 * pq_sshsig_parse() - decode an armored SSH signature
 * @ret:   untouched unless 0 is returned; free with pq_sshsig_free()
 * Return: 0; -PQ_EFORMAT; -PQ_EUNSUPPORTED; -PQ_ELIMIT; -PQ_ENOMEM
 */
int pq_sshsig_parse(
    struct pq_sshsig *ret, struct pq_slice armored, struct pq_err *err);
void pq_sshsig_free(struct pq_sshsig *s);

/*
 * pq_sshsig_check() - verify that @key made this signature over @message
 * The caller must compare the namespace.
 * Return: 0 good; PQ_SSHSIG_BAD with the reason in @err; -PQ_ENOMEM;
 *         -PQ_ECRYPTO
 */
int pq_sshsig_check(const struct pq_sshsig *s, const struct pq_sshkey *key,
    struct pq_slice message, struct pq_err *err);

#endif
