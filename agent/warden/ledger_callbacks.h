/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_CALLBACKS_H
#define AGENT_WARDEN_LEDGER_CALLBACKS_H

#include <pratique/callback.h>

#include "store/store.h"
#include "warden/ledger.h"
#include "warden/ledger_marks.h"

/*
 * The final state of a callback that ended unread. It is stored as "refused",
 * and a repeated delivery opens the callback again.
 */
#define PQ_CALLBACK_LAPSED "lapsed"

/* A callback that was accepted and has no final state yet. */
struct pq_received {
	int64_t id;
	char service[PQ_SERVICE_TEXT];
	int64_t bytes;    /* length of its body */
	int64_t received; /* UTC seconds */
	int64_t tries;    /* failed tries to read it */
	int64_t mark;     /* of the secret that authenticated it */
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
 * @mark:     of the secret that authenticated it; see struct pq_keys
 * @now:      UTC seconds
 * Return:    PQ_INSERT_NEW; PQ_INSERT_DUPLICATE (delivery id or body is known);
 *            PQ_INSERT_NONE (the store's fault)
 */
enum pq_insert pq_ledger_callback_add(struct pq_store *s, int64_t id,
    const char *service, enum pq_scheme scheme, const char *delivery,
    const struct pq_callback *cb, const char *request_id, int64_t mark,
    int64_t now);
/*
 * pq_ledger_callback_reopen() - let verify read a repeated callback again
 * Only if the first delivery has ended without a verdict: it was not read, or
 * its look lapsed, or its release was refused only for lack of time. And only
 * once in PQ_REOPEN_S.
 * @delivery, @cb, @request_id, @mark: of the repetition
 * Return: id of the callback; 0: it stays as it is
 */
#define PQ_REOPEN_S 60
int64_t pq_ledger_callback_reopen(struct pq_store *s, const char *service,
    enum pq_scheme scheme, const char *delivery, const struct pq_callback *cb,
    const char *request_id, int64_t mark, int64_t now);
/*
 * pq_ledger_callback_end() - set the final state and delete the body
 * A callback that already has a final state does not change.
 * @state: "done", "ignored", "refused" or PQ_CALLBACK_LAPSED
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

/*
 * pq_ledger_callbacks_drop() - refuse the callbacks of @service, or some
 * @mark:  only those of this secret; PQ_MARK_UNKNOWN: all
 * Return: number of refused callbacks
 */
int64_t pq_ledger_callbacks_drop(struct pq_store *s, const char *service,
    int64_t mark, const char *reason, int64_t now);

/* A callback for people; slices borrow from the query. */
struct pq_callback_row {
	int64_t id, look, received, changed;
	enum pq_scheme scheme;
	struct pq_slice service, delivery, request_id, state, reason;
};
/*
 * pq_ledger_callbacks_each() - call @fn for the latest callbacks, newest first
 * @service, @state: only with these; "": all
 * @max:             at most this many
 */
void pq_ledger_callbacks_each(struct pq_store *s, const char *service,
    const char *state, size_t max,
    void (*fn)(void *arg, const struct pq_callback_row *row), void *arg);
/* pq_ledger_callback_is_state() - is @word a state of a callback? */
bool pq_ledger_callback_is_state(const char *word);

/* pq_ledger_callbacks_unread() - count the callbacks that verify may read */
int64_t pq_ledger_callbacks_unread(struct pq_store *s);
/* pq_ledger_callbacks_shares() - call @fn for each service in the backlog */
void pq_ledger_callbacks_shares(struct pq_store *s,
    void (*fn)(void *arg, const struct pq_callbacks_share *row), void *arg);
/*
 * pq_ledger_callbacks_due() - call @fn for each due callback
 * @newest: the newest comes first; otherwise the oldest
 * @now: UTC seconds
 * @max: at most this many
 * @fn:  must not change a callback; returns false to stop
 */
void pq_ledger_callbacks_due(struct pq_store *s, bool newest, int64_t now,
    size_t max, bool (*fn)(void *arg, const struct pq_callback_unread *row),
    void *arg);

#endif
