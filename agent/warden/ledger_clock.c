/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last reading of the clocks, in one row. It makes visible how long the
 * warden was down, and whether the wall clock was stepped meanwhile.
 */
#include "warden/ledger_clock.h"

#include "warden/ledger_rows.h"

int
pq_ledger_clock_read(struct pq_store *s, struct pq_clock *ret)
{
	sqlite3_stmt *st = pq_store_query(
	    s, "SELECT wall, boot, mono, boot_id FROM clock WHERE one = 1", "");
	int r = pq_store_next(s, st);

	if (r != 1)
		return r;
	ret->last_wall_ms = sqlite3_column_int64(st, 0);
	ret->last_boot_ms = sqlite3_column_int64(st, 1);
	ret->last_mono_ms = sqlite3_column_int64(st, 2);
	PQ_ROW_TEXT(st, 3, ret->boot_id);
	pq_store_done(st);
	return 1;
}

void
pq_ledger_clock_save(struct pq_store *s, const struct pq_instant *now)
{
	pq_store_do(s,
	    "INSERT INTO clock(one, wall, boot, mono, boot_id)"
	    " VALUES(1,?,?,?,?) ON CONFLICT(one) DO UPDATE SET"
	    " wall = excluded.wall, boot = excluded.boot,"
	    " mono = excluded.mono, boot_id = excluded.boot_id",
	    "iiis", now->wall_ms, now->boot_ms, now->mono_ms, now->boot_id);
}
