/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_FINDINGS_H
#define AGENT_WARDEN_LEDGER_FINDINGS_H

#include "store/store.h"

#define PQ_LEDGER_EVIDENCE 32 /* of a service, of releases that ended badly */

/*
 * pq_ledger_keep() - the findings of one phase, and the evidence behind them
 * @when:     the phase: "first", "gate", "second", "clearance", "deploy"
 * @document: empty: none; it replaces that of the same phase
 */
int pq_ledger_keep(struct pq_store *s, int64_t release, const char *when,
    struct pq_slice findings, struct pq_slice document, int64_t now);

#endif
