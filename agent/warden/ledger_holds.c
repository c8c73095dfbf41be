/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds in the ledger: at most one for each service, and one for all services,
 * which is named "*".
 */
#include "warden/ledger_holds.h"

#include <stdio.h>

#include "warden/ledger_rows.h"

void
pq_ledger_hold_set(struct pq_store *s, const char *service, const char *actor,
    const char *reason, bool alarm, int64_t now)
{
	/* the hold of an operator must not replace the hold of an alarm */
	pq_store_do(s,
	    "INSERT INTO holds VALUES(?,?,?,?,?) ON CONFLICT(service) DO UPDATE"
	    " SET actor = excluded.actor, reason = excluded.reason,"
	    " at = excluded.at, alarm = max(alarm, excluded.alarm)"
	    " WHERE excluded.alarm >= holds.alarm",
	    "sssii", service, actor, reason, (int64_t)alarm, now);
}

void
pq_ledger_hold_lift(struct pq_store *s, const char *service)
{
	pq_store_do(s, "DELETE FROM holds WHERE service = ?", "s", service);
}

enum pq_held
pq_ledger_held(
    struct pq_store *s, const char *service, char reason[PQ_REASON_TEXT])
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT reason, alarm FROM holds WHERE service = ? OR"
	    " service = '*' ORDER BY alarm DESC LIMIT 1",
	    "s", service);
	int r = pq_store_next(s, st);

	if (r == 0) {
		reason[0] = 0;
		return PQ_HELD_NOT;
	}
	if (r < 0) { /* unknown: refuse */
		(void)snprintf(reason, PQ_REASON_TEXT, "ledger fault");
		return PQ_HELD_BY_ALARM;
	}
	pq_store_text(st, 0, reason, PQ_REASON_TEXT);
	r = sqlite3_column_int(st, 1);
	pq_store_done(st);
	return r != 0 ? PQ_HELD_BY_ALARM : PQ_HELD_BY_OPERATOR;
}

enum pq_held
pq_ledger_hold_of(struct pq_store *s, const char *service)
{
	int64_t alarm = pq_store_int(
	    s, -1, "SELECT alarm FROM holds WHERE service = ?", "s", service);

	if (alarm < 0)
		return PQ_HELD_NOT;
	return alarm != 0 ? PQ_HELD_BY_ALARM : PQ_HELD_BY_OPERATOR;
}

void
pq_ledger_holds_each(struct pq_store *s,
    void (*fn)(void *arg, const struct pq_hold_row *row), void *arg)
{
	struct pq_hold_row row;
	sqlite3_stmt *st =
	    pq_store_query(s, "SELECT service, reason FROM holds", "");

	while (pq_store_next(s, st) == 1) {
		PQ_ROW_TEXT(st, 0, row.service);
		PQ_ROW_TEXT(st, 1, row.reason);
		fn(arg, &row);
	}
}
