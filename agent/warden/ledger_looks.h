/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_LOOKS_H
#define AGENT_WARDEN_LEDGER_LOOKS_H

#include "store/store.h"
#include "warden/ledger.h"
#include "warden/ledger_marks.h"

#define PQ_LOOK_OPEN "resolving"
#define PQ_LOOK_DONE "done"
#define PQ_LOOK_REFUSED "refused"

struct pq_look {
	int64_t id;
	char service[PQ_SERVICE_TEXT];
	char tag[PQ_TAG_TEXT];
	char state[16]; /* PQ_LOOK_... */
	char reason[PQ_REASON_TEXT];
	int64_t opened, changed, next_try, deadline, tries, release;
	/* place in the order of first questions, which grows with each new
	 * callback for the tag; 0: the registry has answered the question */
	int64_t turn;
	int64_t since; /* the turn with which its present wait began */
	int64_t mark;  /* of the secret of its callbacks; ledger_marks.h */
	bool lapsed;   /* it ended without an answer */
};

/* pq_ledger_look_add() - insert a look */
void pq_ledger_look_add(struct pq_store *s, const struct pq_look *l);
/* pq_ledger_look_save() - write all members except id, service, tag, opened */
void pq_ledger_look_save(struct pq_store *s, const struct pq_look *l);
/* pq_ledger_look_read() - return 1 found; 0 absent; or the store's fault */
int pq_ledger_look_read(struct pq_store *s, int64_t id, struct pq_look *ret);
/* pq_ledger_look_find_open() - return the open look for @tag; 0: none */
int64_t pq_ledger_look_find_open(
    struct pq_store *s, const char *service, const char *tag);

/* The open looks of one service. */
struct pq_looks_share {
	char service[PQ_SERVICE_TEXT];
	int64_t open, first; /* all; those that wait for their first question */
};
/* pq_ledger_looks_shares() - call @fn for each service with an open look */
void pq_ledger_looks_shares(struct pq_store *s,
    void (*fn)(void *arg, const struct pq_looks_share *row), void *arg);
/*
 * pq_ledger_looks_rebase() - repair the times after the wall clock was set back
 * Afterwards no open look was opened later than @now, and each next try is at
 * most @tries seconds away.
 */
void pq_ledger_looks_rebase(struct pq_store *s, int64_t now, int64_t tries);

/* pq_ledger_look_is_state() - is @name a state of a look? */
bool pq_ledger_look_is_state(const char *name);
/*
 * pq_ledger_looks_first() - list due looks that wait for their first question
 * @newest: the newest turn comes first; otherwise the longest wait
 * Return:  number of ids
 */
size_t pq_ledger_looks_first(struct pq_store *s, const char *service,
    bool newest, int64_t now, int64_t *ids, size_t max);
/*
 * pq_ledger_look_again() - find a due look that was answered before
 * @newest: the newest; otherwise the one that has been due longest
 * Return:  0: none
 */
int64_t pq_ledger_look_again(
    struct pq_store *s, const char *service, bool newest, int64_t now);

/*
 * These end many open looks of @service as lapsed, and return their number.
 * pq_ledger_looks_drop()  - those of the secret @mark; PQ_MARK_UNKNOWN: all
 *                           except those that an operator asked for
 * pq_ledger_looks_shed()  - at most @n answered ones, the oldest first
 * pq_ledger_looks_lapse() - answered ones whose deadline was before @before
 *                           they keep their reasons
 */
int64_t pq_ledger_looks_drop(struct pq_store *s, const char *service,
    int64_t mark, const char *reason, int64_t now);
int64_t pq_ledger_looks_shed(struct pq_store *s, const char *service, int64_t n,
    const char *reason, int64_t now);
int64_t pq_ledger_looks_lapse(
    struct pq_store *s, const char *service, int64_t before, int64_t now);
/*
 * pq_ledger_next_mark() - find the next pair of service and mark that waits
 * Waiting are open looks and callbacks without a final state.
 * @service, @mark: in: previous pair, "" and PQ_MARK_ORDER at first; out: next
 * Return:  false if no pair is left
 */
bool pq_ledger_next_mark(
    struct pq_store *s, char service[PQ_SERVICE_TEXT], int64_t *mark);
/*
 * pq_ledger_looks_tags() - list the tags of the latest looks of @service
 * Return: number of tags, each listed once
 */
size_t pq_ledger_looks_tags(struct pq_store *s, const char *service,
    char tags[][PQ_TAG_TEXT], size_t max);

#endif
