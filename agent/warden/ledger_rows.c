/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that are picked first and read one by one later. The work on a row may
 * change its table, so no query is under way meanwhile.
 */
#include "warden/ledger_rows.h"

size_t
pq_ledger_ids(struct pq_store *s, sqlite3_stmt *st, int64_t *ids, size_t max)
{
	size_t n = 0;

	while (n < max && pq_store_next(s, st) == 1)
		ids[n++] = sqlite3_column_int64(st, 0);
	pq_store_done(st);
	return n;
}
