/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that read rows, only for ledger_*.c. */
#ifndef AGENT_WARDEN_LEDGER_ROWS_H
#define AGENT_WARDEN_LEDGER_ROWS_H

#include "store/store.h"
#include "warden/ledger.h"

/* copy a column into an array of char, cut to its size */
#define PQ_ROW_TEXT(st, col, dst) pq_store_text(st, col, dst, sizeof(dst))

/*
 * pq_ledger_ids() - read the integers of the first column, at most @max
 * @st:    from pq_store_query(); reset at the end; NULL after a fault
 * Return: number of ids
 */
size_t pq_ledger_ids(
    struct pq_store *s, sqlite3_stmt *st, int64_t *ids, size_t max);

/*
 * pq_ledger_inserted() - return the outcome of the last INSERT
 * The statement must have ON CONFLICT DO NOTHING, so a duplicate changes no
 * row. Return: PQ_INSERT_NONE after a fault
 */
enum pq_insert pq_ledger_inserted(const struct pq_store *s);

#endif
