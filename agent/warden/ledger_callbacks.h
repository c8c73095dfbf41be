/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_CALLBACKS_H
#define AGENT_WARDEN_LEDGER_CALLBACKS_H

#include <pratique/callback.h>

#include "store/store.h"
#include "warden/ledger.h"

/* Can a callback open a look now, or must it wait? */
enum pq_parked {
	PQ_PARKED_NOT = 0,
	PQ_PARKED_WAITS, /* until a look of its service ends */
	PQ_PARKED_WOKEN, /* a look has ended: verify reads this one next */
};

/* A callback that was accepted and has no final state yet. */
struct pq_received {
	int64_t id;
	char service[PQ_SERVICE_TEXT];
	int64_t bytes;    /* length of its body */
	int64_t received; /* UTC seconds */
	int64_t tries;    /* failed tries to read it */
	enum pq_parked parked;
};

/* A callback that verify must read; slices borrow from the query. */
struct pq_callback_unread {
	int64_t id;
	enum pq_scheme scheme;
	struct pq_slice service, delivery, content_type, event, body;
};

/* The part of one service in the backlog. */
struct pq_callbacks_share {
	char service[PQ_SERVICE_TEXT];
	int64_t n, bytes; /* callbacks; sum of their bodies */
};

/*
 * pq_ledger_callback_add() - store a callback, unless it is a repetition
 * @delivery: delivery id; identifies the callback only if the scheme signs it,
 *            otherwise the hash of the body does
 * @now:      UTC seconds
 * Return:    PQ_INSERT_NEW; PQ_INSERT_DUPLICATE (delivery id or body is known);
 *            PQ_INSERT_NONE (the store's fault)
 */
enum pq_insert pq_ledger_callback_add(struct pq_store *s, int64_t id,
    const char *service, enum pq_scheme scheme, const char *delivery,
    const struct pq_callback *cb, const char *request_id, int64_t now);
/*
 * pq_ledger_callback_end() - set the final state and delete the body
 * A callback that already has a final state does not change.
 * @state: "done", "ignored" or "refused"
 * @look:  look that the callback opened or joined; 0: none
 */
void pq_ledger_callback_end(struct pq_store *s, int64_t id, const char *state,
    const char *reason, int64_t look, int64_t now);
/*
 * pq_ledger_callback_read() - read a callback without a final state
 * Return: 1 found; 0 absent, or it has a final state; or the store's fault
 */
int pq_ledger_callback_read(
    struct pq_store *s, int64_t id, struct pq_received *ret);
/* pq_ledger_callback_later() - count a failed try; the next is at @next_try */
void pq_ledger_callback_later(struct pq_store *s, int64_t id, int64_t next_try);

/* pq_ledger_callback_park() - let it wait for the end of a look */
void pq_ledger_callback_park(struct pq_store *s, int64_t id);
/*
 * pq_ledger_callback_wake() - wake the oldest parked callback of @service
 * Return: 1; 0 none is parked
 */
int pq_ledger_callback_wake(struct pq_store *s, const char *service);
/* pq_ledger_callbacks_woken() - count the woken callbacks of @service */
int64_t pq_ledger_callbacks_woken(struct pq_store *s, const char *service);
/*
 * pq_ledger_callbacks_repark() - park the woken callbacks again, at the start
 * They keep their order.
 * Return: number of parked callbacks
 */
int64_t pq_ledger_callbacks_repark(struct pq_store *s);
/* pq_ledger_callback_is_behind() - is an older callback parked or woken? */
bool pq_ledger_callback_is_behind(
    struct pq_store *s, const char *service, int64_t id);
/*
 * pq_ledger_callbacks_next_parked() - find the next service with a parked one
 * The order is that of the names. A service that is no longer configured counts
 * too: its callbacks are refused later.
 * @service: in: previous service, "" at first; out: next service
 * Return:   false if no service is left
 */
bool pq_ledger_callbacks_next_parked(
    struct pq_store *s, char service[PQ_SERVICE_TEXT]);

/* pq_ledger_callbacks_unread() - count the callbacks that verify may read */
int64_t pq_ledger_callbacks_unread(struct pq_store *s);
/* pq_ledger_callbacks_shares() - call @fn for each service in the backlog */
void pq_ledger_callbacks_shares(struct pq_store *s,
    void (*fn)(void *arg, const struct pq_callbacks_share *row), void *arg);
/*
 * pq_ledger_callbacks_due() - call @fn for each due callback, oldest first
 * @now: UTC seconds
 * @max: at most this many
 * @fn:  must not change a callback; returns false to stop
 */
void pq_ledger_callbacks_due(struct pq_store *s, int64_t now, size_t max,
    bool (*fn)(void *arg, const struct pq_callback_unread *row), void *arg);

#endif
