/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_LOOKS_H
#define AGENT_WARDEN_LEDGER_LOOKS_H

#include "store/store.h"
#include "warden/ledger.h"

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
/* pq_ledger_looks_open() - count the open looks of @service */
int64_t pq_ledger_looks_open(struct pq_store *s, const char *service);
/* pq_ledger_look_hasten() - make it due at @now, if it is due later */
void pq_ledger_look_hasten(struct pq_store *s, int64_t id, int64_t now);
/*
 * pq_ledger_looks_rebase() - repair the times after the wall clock was set back
 * Afterwards no open look was opened later than @now, and each next try is at
 * most @tries seconds away.
 */
void pq_ledger_looks_rebase(struct pq_store *s, int64_t now, int64_t tries);

/* pq_ledger_look_is_state() - is @name a state of a look? */
bool pq_ledger_look_is_state(const char *name);
/*
 * pq_ledger_looks_due() - list one due look of each service
 * Return: number of ids
 */
size_t pq_ledger_looks_due(
    struct pq_store *s, int64_t now, int64_t *ids, size_t max);
/*
 * pq_ledger_looks_tags() - list the tags of the latest looks of @service
 * Return: number of tags, each listed once
 */
size_t pq_ledger_looks_tags(struct pq_store *s, const char *service,
    char tags[][PQ_TAG_TEXT], size_t max);

#endif
