/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deployment attempts in the ledger, with the last lines of the container's log
 * if the attempt failed.
 */
#include "warden/ledger_attempts.h"

void
pq_ledger_attempt_begin(struct pq_store *s, int64_t id, int64_t release,
    int64_t before, int64_t now)
{
	pq_store_do(s,
	    "INSERT INTO attempts SELECT ?, ?, ?, 0, '" PQ_ATTEMPT_STARTED "',"
	    " coalesce((SELECT reason FROM attempts WHERE id = ? AND"
	    " outcome = '" PQ_ATTEMPT_WAITING "'), ''), x''",
	    "iiii", id, release, now, before);
}

void
pq_ledger_attempt_end(struct pq_store *s, int64_t id, const char *outcome,
    const char *reason, struct pq_slice log, int64_t now)
{
	pq_store_do(s,
	    "UPDATE attempts SET ended = ?, outcome = ?, reason = ?, log = ?"
	    " WHERE id = ?",
	    "issbi", now, outcome, reason, log, id);
}

int64_t
pq_ledger_attempt_before(struct pq_store *s, int64_t id, const char *reason)
{
	return pq_store_int(s, 0,
	    "SELECT o.id FROM attempts a JOIN attempts o ON"
	    " o.release = a.release AND o.id < a.id WHERE a.id = ? AND"
	    " a.reason = ? AND a.reason <> '' AND"
	    " o.outcome = '" PQ_ATTEMPT_WAITING "'"
	    " ORDER BY o.id DESC LIMIT 1",
	    "is", id, reason);
}

int64_t
pq_ledger_attempt_join(
    struct pq_store *s, int64_t id, int64_t before, int64_t now)
{
	int64_t since = pq_store_int(
	    s, now, "SELECT started FROM attempts WHERE id = ?", "i", before);

	pq_store_do(
	    s, "UPDATE attempts SET started = ? WHERE id = ?", "ii", since, id);
	pq_store_do(s, "DELETE FROM attempts WHERE id = ?", "i", before);
	return since;
}

bool
pq_ledger_attempt_waited(struct pq_store *s, int64_t id)
{
	return pq_store_int(s, 0,
		   "SELECT count(*) FROM attempts WHERE id = ? AND"
		   " outcome = '" PQ_ATTEMPT_WAITING "'",
		   "i", id) != 0;
}

void
pq_ledger_attempts_prune(struct pq_store *s, int64_t release)
{
	pq_store_do(s,
	    "DELETE FROM attempts WHERE release = ? AND id <= (SELECT id FROM"
	    " attempts WHERE release = ? ORDER BY id DESC LIMIT 1 OFFSET 32)",
	    "ii", release, release);
}

void
pq_ledger_attempts_each(struct pq_store *s, int64_t release,
    void (*fn)(void *arg, const struct pq_attempt_row *row), void *arg)
{
	struct pq_attempt_row row;
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT id, max(started, ended), 'attempt.' || outcome, reason, log"
	    " FROM attempts WHERE release = ? ORDER BY id",
	    "i", release);

	while (pq_store_next(s, st) == 1) {
		row.id = sqlite3_column_int64(st, 0);
		row.at = sqlite3_column_int64(st, 1);
		row.event = pq_store_blob(st, 2);
		row.reason = pq_store_blob(st, 3);
		row.log = pq_store_blob(st, 4);
		fn(arg, &row);
	}
}
