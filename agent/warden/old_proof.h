/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_OLD_PROOF_H
#define AGENT_WARDEN_OLD_PROOF_H

#include <pratique/proof.h>

#define PQ_OLD_PROOF 1 /* how rows say that they have this encoding */

/*
 * pq_old_proof_read() - a proof that a ledger of schema 5 or before kept
 * @ret:     borrows from @verdict; untouched unless 0 is returned
 * @verdict: a VERDICT message of that day
 * Return:   0; -PQ_EFORMAT
 */
int pq_old_proof_read(struct pq_proof *ret, struct pq_slice verdict);

#endif
