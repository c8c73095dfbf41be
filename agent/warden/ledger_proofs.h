/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_PROOFS_H
#define AGENT_WARDEN_LEDGER_PROOFS_H

#include "store/store.h"

/* pq_ledger_proof_keep() - store a proof that pq_proof_encode() wrote */
void pq_ledger_proof_keep(
    struct pq_store *s, int64_t release, struct pq_slice proof);
/*
 * pq_ledger_proof_read() - call @fn with the stored proof of a release
 * @fn:    gets the proof in the present encoding, also if an older version
 *         stored it; empty if it cannot be decoded; borrowed for the call
 * Return: 1; 0 there is no proof; or the store's fault
 */
int pq_ledger_proof_read(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, struct pq_slice proof), void *arg);

#endif
