/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_H
#define AGENT_WARDEN_LEDGER_H

#include <pratique/names.h>

#include "store/store.h"

#define PQ_REASON_TEXT 512 /* with its terminator; a longer one is cut */

/* Of an insertion that an index may refuse. */
enum pq_insert { PQ_INSERT_NONE = 0, PQ_INSERT_DUPLICATE, PQ_INSERT_NEW };

/* pq_ledger_open() - open or make the file, and bring its schema up to date */
int pq_ledger_open(struct pq_store *ret, const char *path, struct pq_err *err);
/* pq_ledger_last_id() - highest id of all nouns; ids are one sequence */
int64_t pq_ledger_last_id(struct pq_store *s);

#define PQ_LEDGER_LIST 2200 /* at most 2000 releases and 200 looks */
/*
 * pq_ledger_list() - ids of releases and looks, the newest first
 * A look that ended in a release is told by the release.
 * @service, @state: "": any
 * Return: how many
 */
size_t pq_ledger_list(struct pq_store *s, const char *service,
    const char *state, int64_t ids[PQ_LEDGER_LIST]);

#endif
