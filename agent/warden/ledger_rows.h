/* SPDX-License-Identifier: Apache-2.0 */
/* For the files of the ledger only: reading rows. */
#ifndef AGENT_WARDEN_LEDGER_ROWS_H
#define AGENT_WARDEN_LEDGER_ROWS_H

#include "store/store.h"

/* a column into an array of char, cut to its size */
#define PQ_ROW_TEXT(st, col, dst) pq_store_text(st, col, dst, sizeof(dst))

/*
 * pq_ledger_ids() - the numbers in the first column, up to @max
 * @st:    from pq_store_query(), and reset at the end; NULL: its fault
 * Return: how many
 */
size_t pq_ledger_ids(
    struct pq_store *s, sqlite3_stmt *st, int64_t *ids, size_t max);

#endif
