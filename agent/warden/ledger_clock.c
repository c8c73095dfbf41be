/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last reading of the clocks, in one row. It makes a step of the wall clock
 * visible that happened between two runs in the same boot.
 */
#include "warden/ledger_clock.h"

#include "warden/ledger_rows.h"

int
pq_ledger_clock_read(struct pq_store *s, struct pq_clock *ret)
{
	sqlite3_stmt *st = pq_store_query(
	    s, "SELECT wall, boot, boot_id FROM clock WHERE one = 1", "");
	int r = pq_store_next(s, st);

	if (r != 1)
		return r;
	ret->last_wall_ms = sqlite3_column_int64(st, 0);
	ret->last_boot_ms = sqlite3_column_int64(st, 1);
	PQ_ROW_TEXT(st, 2, ret->boot_id);
	pq_store_done(st);
	return 1;
}

void
pq_ledger_clock_save(struct pq_store *s, const struct pq_instant *now)
{
	pq_store_do(s,
	    "INSERT INTO clock VALUES(1,?,?,?) ON CONFLICT(one) DO UPDATE SET"
	    " wall = excluded.wall, boot = excluded.boot,"
	    " boot_id = excluded.boot_id",
	    "iis", now->wall_ms, now->boot_ms, now->boot_id);
}
