/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_H
#define AGENT_WARDEN_LEDGER_H

#include <pratique/names.h>

#include "store/store.h"

#define PQ_REASON_TEXT 512 /* bytes with the NUL; a longer reason is cut */

/* The outcome of an insertion that a unique index may refuse. */
enum pq_insert { PQ_INSERT_NONE = 0, PQ_INSERT_DUPLICATE, PQ_INSERT_NEW };

/* pq_ledger_open() - open or create the file, and migrate its schema */
int pq_ledger_open(struct pq_store *ret, const char *path, struct pq_err *err);
/* pq_ledger_last_id() - return the highest id; all tables share one sequence */
int64_t pq_ledger_last_id(struct pq_store *s);

#define PQ_LEDGER_LIST 2200 /* at most 2000 releases and 200 looks */
/*
 * pq_ledger_list() - list the ids of releases and looks, newest first
 * A look that led to a release is left out: the release represents it.
 * @service, @state: filters; "" matches any
 * Return: number of ids
 */
size_t pq_ledger_list(struct pq_store *s, const char *service,
    const char *state, int64_t ids[PQ_LEDGER_LIST]);

#endif
