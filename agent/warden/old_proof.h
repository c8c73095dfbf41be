/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_OLD_PROOF_H
#define AGENT_WARDEN_OLD_PROOF_H

#include <pratique/proof.h>

#define PQ_OLD_PROOF 1 /* column proofs.encoding */

/*
 * pq_old_proof_read() - decode a proof that a ledger up to schema 5 stored
 * @ret:     borrows from @verdict; untouched unless 0 is returned
 * @verdict: VERDICT message of that time
 * Return:   0; -PQ_EFORMAT
 */
int pq_old_proof_read(struct pq_proof *ret, struct pq_slice verdict);

#endif
