/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_APPROVALS_H
#define AGENT_WARDEN_LEDGER_APPROVALS_H

#include "store/store.h"
#include "warden/ledger_releases.h"

/*
 * pq_ledger_approval_add() - @actor approves of @r as it is now
 * Return: NEW; DUPLICATE: has done so already; NONE: fault
 */
enum pq_insert pq_ledger_approval_add(struct pq_store *s,
    const struct pq_release *r, const char *actor, const char *text,
    int64_t now);
/* pq_ledger_approvals() - operators who approved of @r as it is now */
unsigned pq_ledger_approvals(struct pq_store *s, const struct pq_release *r);
/* pq_ledger_approvals_drop() - another examination needs other approvals */
int pq_ledger_approvals_drop(struct pq_store *s, int64_t release);

#endif
