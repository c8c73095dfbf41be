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
/*
 * pq_ledger_findings_prune() - those of each round once, and the last 32
 * A release that waits for long is examined in many rounds.
 */
int pq_ledger_findings_prune(struct pq_store *s, int64_t release);

/* The findings of one phase, encoded; borrows from the query. */
struct pq_findings_row {
	struct pq_slice when, findings;
};
/* pq_ledger_findings_each() - @fn for each of the last 32, the oldest first */
void pq_ledger_findings_each(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, const struct pq_findings_row *row), void *arg);

/* The document of one phase; borrows from the query. */
struct pq_evidence_row {
	int64_t at; /* UTC seconds */
	struct pq_slice when, document;
};
/* pq_ledger_evidence_last() - @fn for the newest: 1; 0: none; or a fault */
int pq_ledger_evidence_last(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, const struct pq_evidence_row *row), void *arg);

#endif
