/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_APPROVALS_H
#define AGENT_WARDEN_LEDGER_APPROVALS_H

#include "store/store.h"
#include "warden/ledger_releases.h"

/*
 * pq_ledger_approval_add() - record that @actor approves @r
 * The approval is bound to the present digest and policy of @r.
 * @now:   UTC seconds
 * Return: PQ_INSERT_NEW; PQ_INSERT_DUPLICATE (@actor approved before);
 *         PQ_INSERT_NONE (the store's fault)
 */
enum pq_insert pq_ledger_approval_add(struct pq_store *s,
    const struct pq_release *r, const char *actor, const char *text,
    int64_t now);
/*
 * pq_ledger_approvals_count() - count the operators that approved @r
 * Only approvals of its present digest and policy count.
 */
unsigned pq_ledger_approvals_count(
    struct pq_store *s, const struct pq_release *r);
/* pq_ledger_approvals_drop() - delete all: a new examination needs new ones */
void pq_ledger_approvals_drop(struct pq_store *s, int64_t release);

#endif
