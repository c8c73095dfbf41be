/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_SIGNERS_H
#define PQ_CORE_SIGNERS_H

#include <pratique/signers.h>

#include "sshkey.h"

/* One line of a list of signers. The pointers point into the list. */
struct pq_signer {
	const struct pq_sshkey *key;
	const char *principals; /* pattern list */
};

/*
 * pq_signers_find() - find the line that lets a key sign
 * @ret:      untouched unless NULL is returned
 * @key:      public key blob
 * @ns:       namespace
 * @identity: the line's principals must match this name; empty: any line
 * @times:    the line must be valid at each of these times, seconds UTC
 * Return:    NULL if a line lets the key sign; else the reason, a text that
 *            follows "the key", such as "is not an allowed signer"
 */
const char *pq_signers_find(struct pq_signer *ret, const struct pq_signers *all,
    struct pq_slice key, const char *ns, struct pq_slice identity,
    const int64_t *times, size_t n_times);

#endif
