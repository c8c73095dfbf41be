/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_ATTEMPTS_H
#define AGENT_WARDEN_LEDGER_ATTEMPTS_H

#include "store/store.h"

#define PQ_ATTEMPT_STARTED "started"
#define PQ_ATTEMPT_WAITING "waiting"

/* One attempt to print. The slices are valid until the query's next row. */
struct pq_attempt_row {
	int64_t id;
	int64_t at;            /* last change, UTC seconds */
	struct pq_slice event; /* "attempt.OUTCOME" */
	struct pq_slice reason, log;
};

/*
 * pq_ledger_attempt_begin() - add an attempt that has started
 * It keeps the reason for which @before waited, until its own end.
 * pq_ledger_attempt_before() compares the two.
 * @before: previous attempt of this release; 0: none
 */
void pq_ledger_attempt_begin(struct pq_store *s, int64_t id, int64_t release,
    int64_t before, int64_t now);
/*
 * pq_ledger_attempt_end() - record the outcome of an attempt
 * @outcome: "waiting", "live" and so on: the event "attempt.OUTCOME" shows it
 * @log:     last lines of the container's log; may be empty
 */
void pq_ledger_attempt_end(struct pq_store *s, int64_t id, const char *outcome,
    const char *reason, struct pq_slice log, int64_t now);
/*
 * pq_ledger_attempt_before() - find an attempt that waited for the same reason
 * Return: the latest waiting attempt before @id, if it waited for @reason; or 0
 */
int64_t pq_ledger_attempt_before(
    struct pq_store *s, int64_t id, const char *reason);
/*
 * pq_ledger_attempt_join() - merge two attempts with the same outcome
 * @id stays and @before goes, because a deleted id is never used again.
 * Return: start of @before, UTC seconds
 */
int64_t pq_ledger_attempt_join(
    struct pq_store *s, int64_t id, int64_t before, int64_t now);
/* pq_ledger_attempt_waited() - was "waiting" the outcome of attempt @id? */
bool pq_ledger_attempt_waited(struct pq_store *s, int64_t id);
/* pq_ledger_attempts_prune() - delete all attempts except the last 32 */
void pq_ledger_attempts_prune(struct pq_store *s, int64_t release);
/* pq_ledger_attempts_each() - call @fn for each attempt, oldest first */
void pq_ledger_attempts_each(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, const struct pq_attempt_row *row), void *arg);

#endif
