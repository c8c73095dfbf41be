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

int pq_ledger_look_add(struct pq_store *s, const struct pq_look *l);
/* pq_ledger_look_save() - all but id, service, tag and opened */
int pq_ledger_look_save(struct pq_store *s, const struct pq_look *l);
/* pq_ledger_look() - 1 found; 0 not there; or a fault */
int pq_ledger_look(struct pq_store *s, int64_t id, struct pq_look *ret);
/* pq_ledger_look_open() - the id of the open look for @tag; 0: none */
int64_t pq_ledger_look_open(
    struct pq_store *s, const char *service, const char *tag);
/* pq_ledger_looks_open() - how many of @service are open */
int64_t pq_ledger_looks_open(struct pq_store *s, const char *service);
/* pq_ledger_look_hasten() - due at @now, if it was due later */
int pq_ledger_look_hasten(struct pq_store *s, int64_t id, int64_t now);
/*
 * pq_ledger_looks_rebase() - the wall clock says @now, and may be set back
 * None has been opened later than now, and none is put off by more than
 * @tries seconds from now.
 */
int pq_ledger_looks_rebase(struct pq_store *s, int64_t now, int64_t tries);

/* pq_ledger_look_state() - is @word a state of a look? */
bool pq_ledger_look_state(const char *word);
/* pq_ledger_looks_due() - one of each service that is due at @now; how many */
size_t pq_ledger_looks_due(
    struct pq_store *s, int64_t now, int64_t *ids, size_t max);
/* pq_ledger_looks_tags() - the tags of @service that were looked at last */
size_t pq_ledger_looks_tags(struct pq_store *s, const char *service,
    char tags[][PQ_TAG_TEXT], size_t max);

#endif
