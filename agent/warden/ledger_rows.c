/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows whose ids are read first, and which are then read one by one. The work
 * on a row may change its table, so no query may be open at that time.
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

enum pq_insert
pq_ledger_inserted(const struct pq_store *s)
{
	if (s->fault)
		return PQ_INSERT_NONE;
	return pq_store_changes(s) == 1 ? PQ_INSERT_NEW : PQ_INSERT_DUPLICATE;
}
