/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_SSHSIG_H
#define PRATIQUE_SSHSIG_H

#include <pratique/bytes.h>
#include <pratique/ruling.h>
#include <pratique/signers.h>

#define PQ_SSHSIG_MAX 8192 /* bytes of an armored signature */

/*
 * pq_sshsig_verify() - check an armored SSH signature over a message
 * @signers:  trusted signers; borrowed
 * @ns:       namespace, compared exactly; never empty
 * @identity: principal that the signer's line must match; empty: only the key
 *            is compared, as with ssh-keygen -Y find-principals
 * @armored:  "-----BEGIN SSH SIGNATURE-----" to its END line, with at most
 *            one newline after it; borrowed, untrusted
 * @message:  the signed bytes; borrowed
 * @times:    seconds since 1970-01-01 UTC; the key must be valid at each of
 *            these times
 * @n_times:  number of @times; at least 1
 * @ret:      filled if 0 is returned; the zero value is a fail
 * Return:    0 examined, read ret->status; -PQ_ENOMEM; -PQ_ECRYPTO;
 *            -PQ_EINTERNAL (empty @ns or no @times)
 * Source:    OpenSSH PROTOCOL.sshsig; ssh-keygen(1), ALLOWED SIGNERS
 */
int pq_sshsig_verify(const struct pq_signers *signers, const char *ns,
    struct pq_slice identity, struct pq_slice armored, struct pq_slice message,
    const int64_t *times, size_t n_times, struct pq_ruling *ret);

#endif
