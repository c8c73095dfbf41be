/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_CALLBACKS_H
#define AGENT_WARDEN_LEDGER_CALLBACKS_H

#include <pratique/callback.h>

#include "store/store.h"
#include "warden/ledger.h"

/* Is there a look for it, or has it to wait? */
enum pq_parked {
	PQ_PARKED_NOT = 0,
	PQ_PARKED_WAITS, /* for the end of a look of its service */
	PQ_PARKED_WOKEN, /* one has ended: it is the next to go on */
};

/* One that was accepted and is not done with. */
struct pq_received {
	int64_t id;
	char service[PQ_SERVICE_TEXT];
	int64_t bytes;    /* of its body */
	int64_t received; /* UTC seconds */
	int64_t tries;    /* to read it, that failed */
	enum pq_parked parked;
};

/* One that verify is to read; borrows from the query. */
struct pq_callback_unread {
	int64_t id;
	enum pq_scheme scheme;
	struct pq_slice service, delivery, content_type, event, body;
};

/* The part of the backlog that is of one service. */
struct pq_callbacks_share {
	char service[PQ_SERVICE_TEXT];
	int64_t n, bytes; /* of their bodies */
};

/*
 * pq_ledger_callback_add() - keep a callback, once
 * @delivery: counts only where its scheme signs it; else the body does
 * @now:      UTC seconds
 * Return:    NEW; DUPLICATE: this delivery, or this body, is known; NONE: fault
 */
enum pq_insert pq_ledger_callback_add(struct pq_store *s, int64_t id,
    const char *service, enum pq_scheme scheme, const char *delivery,
    const struct pq_callback *cb, const char *request_id, int64_t now);
/*
 * pq_ledger_callback_end() - a final state; one that has ended stays so
 * @state: "done", "ignored" or "refused"
 * @look:  that it opened or joined; 0: none
 */
int pq_ledger_callback_end(struct pq_store *s, int64_t id, const char *state,
    const char *reason, int64_t look, int64_t now);
/* pq_ledger_callback() - 1 found; 0 not there, or it has ended; or a fault */
int pq_ledger_callback(struct pq_store *s, int64_t id, struct pq_received *ret);
/* pq_ledger_callback_later() - it could not be read; not before @next_try */
int pq_ledger_callback_later(struct pq_store *s, int64_t id, int64_t next_try);

/* pq_ledger_callback_park() - it waits for the end of a look */
int pq_ledger_callback_park(struct pq_store *s, int64_t id);
/* pq_ledger_callback_wake() - the oldest of @service; how many: 0 or 1 */
int pq_ledger_callback_wake(struct pq_store *s, const char *service);
/* pq_ledger_callbacks_woken() - how many of @service are the next to go on */
int64_t pq_ledger_callbacks_woken(struct pq_store *s, const char *service);
/*
 * pq_ledger_callbacks_repark() - at the start: all wait again, in their order
 * Return: how many do
 */
int64_t pq_ledger_callbacks_repark(struct pq_store *s);
/* pq_ledger_callback_is_behind() - does an older one wait, or go on next? */
bool pq_ledger_callback_is_behind(
    struct pq_store *s, const char *service, int64_t id);
/*
 * pq_ledger_callbacks_next_parked() - the next service with one, by its name
 * Also one that is no longer configured, whose callbacks will be refused.
 * @service: in: the one before, "" at first; out: the next
 * Return:   false: no other has one
 */
bool pq_ledger_callbacks_next_parked(
    struct pq_store *s, char service[PQ_SERVICE_TEXT]);

/* pq_ledger_callbacks_unread() - how many may be read now or later, unparked */
int64_t pq_ledger_callbacks_unread(struct pq_store *s);
/* pq_ledger_callbacks_shares() - @fn for each service with one not done with */
void pq_ledger_callbacks_shares(struct pq_store *s,
    void (*fn)(void *arg, const struct pq_callbacks_share *row), void *arg);
/*
 * pq_ledger_callbacks_due() - those to be read at @now, the oldest first
 * @fn: false: enough of them; it changes no callback
 */
void pq_ledger_callbacks_due(struct pq_store *s, int64_t now, size_t max,
    bool (*fn)(void *arg, const struct pq_callback_unread *row), void *arg);

#endif
