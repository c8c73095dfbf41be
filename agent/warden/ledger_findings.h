/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_FINDINGS_H
#define AGENT_WARDEN_LEDGER_FINDINGS_H

#include "store/store.h"

/* evidence documents that a service keeps of releases that ended badly */
#define PQ_LEDGER_EVIDENCE 32

/*
 * pq_ledger_findings_keep() - store findings of one phase and their evidence
 * @when:     phase: "first", "gate", "second", "clearance", "deploy"
 * @findings: encoded; empty: none
 * @document: evidence, replaces the document of the same phase; empty: none
 */
void pq_ledger_findings_keep(struct pq_store *s, int64_t release,
    const char *when, struct pq_slice findings, struct pq_slice document,
    int64_t now);
/*
 * pq_ledger_findings_prune() - delete repeated findings, and keep the last 32
 * A release that waits long is examined in many rounds.
 */
void pq_ledger_findings_prune(struct pq_store *s, int64_t release);

/* The encoded findings of one phase; slices borrow from the query. */
struct pq_findings_row {
	struct pq_slice when, findings;
};
/* pq_ledger_findings_each() - call @fn for each of the last 32, oldest first */
void pq_ledger_findings_each(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, const struct pq_findings_row *row), void *arg);

/* The evidence document of one phase; slices borrow from the query. */
struct pq_evidence_row {
	int64_t at; /* UTC seconds */
	struct pq_slice when, document;
};
/*
 * pq_ledger_evidence_last() - call @fn for the newest evidence document
 * Return: 1; 0 there is no document; or the store's fault
 */
int pq_ledger_evidence_last(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, const struct pq_evidence_row *row), void *arg);

#endif
