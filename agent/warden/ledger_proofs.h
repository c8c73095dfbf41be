/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_PROOFS_H
#define AGENT_WARDEN_LEDGER_PROOFS_H

#include "store/store.h"

/* pq_ledger_proof_keep() - the proof of a release, as of pq_proof_encode() */
int pq_ledger_proof_keep(
    struct pq_store *s, int64_t release, struct pq_slice proof);
/*
 * pq_ledger_proof() - @fn for the proof that is kept
 * @fn:    @proof is in today's encoding, whichever version kept it; empty when
 *         it cannot be read. It is borrowed for the call.
 * Return: 1; 0 none is kept; or a fault
 */
int pq_ledger_proof(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, struct pq_slice proof), void *arg);

#endif
