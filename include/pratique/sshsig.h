/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_SSHSIG_H
#define PRATIQUE_SSHSIG_H

#include <pratique/bytes.h>
#include <pratique/ruling.h>
#include <pratique/signers.h>

#define PQ_SSHSIG_MAX 8192 /* bytes of an armored signature */

/*
 * pq_sshsig_verify() - judge an armored SSH signature over a message
 * @signers:  who may sign
 * @ns:       namespace, compared exactly; never empty
 * @identity: the signer must match these principals; empty: whoever owns
 *            the key (as ssh-keygen -Y find-principals)
 * @armored:  "-----BEGIN SSH SIGNATURE-----" to its END line, with at most
 *            one newline after it
 * @times:    instants, seconds UTC, at each of which the key must be valid;
 *            at least one
 * @ret:      filled when 0 is returned; the zero value is a fail
 * Return:    0 examined, read ret->status; -PQ_ENOMEM; -PQ_ECRYPTO
 * Source:    OpenSSH PROTOCOL.sshsig; ssh-keygen(1), ALLOWED SIGNERS
 */
int pq_sshsig_verify(const struct pq_signers *signers, const char *ns,
    struct pq_slice identity, struct pq_slice armored, struct pq_slice message,
    const int64_t *times, size_t n_times, struct pq_ruling *ret);

#endif
