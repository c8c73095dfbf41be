/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_SIGNERS_H
#define PQ_CORE_SIGNERS_H

#include <pratique/signers.h>

#include "sshkey.h"

/* One line of the list; borrowed from it. */
struct pq_signer {
	const struct pq_sshkey *key;
	const char *principals; /* pattern list */
};

/*
 * pq_signers_find() - the line that lets a key sign
 * @ret:      untouched unless NULL is returned
 * @key:      public key blob
 * @ns:       namespace
 * @identity: the line must match these principals; empty: any line will do
 * @times:    instants, seconds UTC, at each of which the line must be valid
 * Return:    NULL; or why no line lets it, in words that follow a key
 */
const char *pq_signers_find(struct pq_signer *ret, const struct pq_signers *all,
    struct pq_slice key, const char *ns, struct pq_slice identity,
    const int64_t *times, size_t n_times);

#endif
