/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_HOLDS_H
#define AGENT_WARDEN_LEDGER_HOLDS_H

#include "store/store.h"
#include "warden/ledger.h"

/* Whether a service is held, and the actor that set the hold. */
enum pq_held { PQ_HELD_NOT = 0, PQ_HELD_BY_OPERATOR, PQ_HELD_BY_ALARM };

/*
 * pq_ledger_hold_set() - set a hold; it never replaces the hold of an alarm,
 *                        except by another alarm
 * pq_ledger_hold_lift() - delete a hold
 * @service: "*": the hold on all services
 */
void pq_ledger_hold_set(struct pq_store *s, const char *service,
    const char *actor, const char *reason, bool alarm, int64_t now);
void pq_ledger_hold_lift(struct pq_store *s, const char *service);
/*
 * pq_ledger_held() - is @service held, by its own hold or by the one on all?
 * @reason: gets the reason; if both holds exist, that of an alarm; "": not held
 * Return:  PQ_HELD_BY_ALARM if the ledger failed
 */
enum pq_held pq_ledger_held(
    struct pq_store *s, const char *service, char reason[PQ_REASON_TEXT]);
/*
 * pq_ledger_hold_of() - return the kind of the hold with exactly this name
 * @service: "*": the hold on all services
 */
enum pq_held pq_ledger_hold_of(struct pq_store *s, const char *service);

struct pq_hold_row {
	char service[PQ_SERVICE_TEXT]; /* "*": all services */
	char reason[PQ_REASON_TEXT];
};
/* pq_ledger_holds_each() - call @fn for each hold */
void pq_ledger_holds_each(struct pq_store *s,
    void (*fn)(void *arg, const struct pq_hold_row *row), void *arg);

#endif
