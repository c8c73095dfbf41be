/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_HOLDS_H
#define AGENT_WARDEN_LEDGER_HOLDS_H

#include "store/store.h"
#include "warden/ledger.h"

/* Is a service held, and by whom? */
enum pq_held { PQ_HELD_NOT = 0, PQ_HELD_BY_OPERATOR, PQ_HELD_BY_ALARM };

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
 * Return:  a ledger that failed: by an alarm
 */
enum pq_held pq_ledger_held(
    struct pq_store *s, const char *service, char reason[PQ_REASON_TEXT]);
/*
 * pq_ledger_hold_of() - the hold that was set on just this
 * @service: "*": the one of all
 */
enum pq_held pq_ledger_hold_of(struct pq_store *s, const char *service);

struct pq_hold_row {
	char service[PQ_SERVICE_TEXT]; /* "*": all */
	char reason[PQ_REASON_TEXT];
};
/* pq_ledger_holds_each() - @fn for each hold that stands */
void pq_ledger_holds_each(struct pq_store *s,
    void (*fn)(void *arg, const struct pq_hold_row *row), void *arg);

#endif
