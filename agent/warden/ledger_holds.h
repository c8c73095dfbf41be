/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_HOLDS_H
#define AGENT_WARDEN_LEDGER_HOLDS_H

#include "store/store.h"
#include "warden/ledger.h"

/*
 * pq_ledger_hold() - hold @service; an alarm stays one
 * @service: "*": all
 */
int pq_ledger_hold(struct pq_store *s, const char *service, const char *actor,
    const char *reason, bool alarm, int64_t now);
int pq_ledger_unhold(struct pq_store *s, const char *service);
/*
 * pq_ledger_held() - is @service held, by itself or with all?
 * @reason: of the hold, an alarm's first; "": none
 * Return:  0 no; 1 by an operator; 2 by an alarm, or the ledger failed
 */
int pq_ledger_held(
    struct pq_store *s, const char *service, char reason[PQ_REASON_TEXT]);

#endif
