/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_ATTEMPTS_H
#define AGENT_WARDEN_LEDGER_ATTEMPTS_H

#include "store/store.h"

#define PQ_ATTEMPT_STARTED "started"
#define PQ_ATTEMPT_WAITING "waiting"

/* One attempt to deploy, as people read it; borrows from the query. */
struct pq_attempt_row {
	int64_t id;
	int64_t at;            /* of its last change, UTC seconds */
	struct pq_slice event; /* "attempt.OUTCOME" */
	struct pq_slice reason, log;
};

/*
 * pq_ledger_attempt_begin() - with the reason for which @before waited
 * The reason is compared with how this one ends.
 * @before: the attempt before; 0: none
 */
int pq_ledger_attempt_begin(struct pq_store *s, int64_t id, int64_t release,
    int64_t before, int64_t now);
/* pq_ledger_attempt_end() - @log: the last lines of the container's log */
int pq_ledger_attempt_end(struct pq_store *s, int64_t id, const char *outcome,
    const char *reason, struct pq_slice log, int64_t now);
/*
 * pq_ledger_attempt_before() - the attempt before @id, if both wait for @reason
 * Return: 0: there is none
 */
int64_t pq_ledger_attempt_before(
    struct pq_store *s, int64_t id, const char *reason);
/*
 * pq_ledger_attempt_join() - two attempts that ended alike are one
 * The later number stays, for no number is ever used again.
 * Return: when @before began
 */
int64_t pq_ledger_attempt_join(
    struct pq_store *s, int64_t id, int64_t before, int64_t now);
/* pq_ledger_attempt_waited() - did @id end because deploy let it wait? */
bool pq_ledger_attempt_waited(struct pq_store *s, int64_t id);
/* pq_ledger_attempts_prune() - of those of a release the last 32 stay */
int pq_ledger_attempts_prune(struct pq_store *s, int64_t release);
/* pq_ledger_attempts_each() - @fn for each of a release, the oldest first */
void pq_ledger_attempts_each(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, const struct pq_attempt_row *row), void *arg);

#endif
