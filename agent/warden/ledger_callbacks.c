/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callbacks in the ledger. Unique indexes keep a repeated, raced or replayed
 * delivery to one row. The final state deletes the body; its hash stays for the
 * index.
 */
#include "warden/ledger_callbacks.h"

#include <string.h>

#include <pratique/digest.h>

#include "warden/ledger_rows.h"
#include "warden/ledger_states.h"

enum pq_insert
pq_ledger_callback_add(struct pq_store *s, int64_t id, const char *service,
    enum pq_scheme scheme, const char *delivery, const struct pq_callback *cb,
    const char *request_id, int64_t mark, int64_t now)
{
	const struct pq_scheme_row *row = pq_scheme_row(scheme);
	struct pq_digest d;

	if (s->fault || row == NULL || pq_digest_of(&d, cb->body) < 0)
		return PQ_INSERT_NONE;
	pq_store_do(s,
	    "INSERT INTO callbacks(id, service, scheme, id_signed,"
	    " delivery, body_hash, content_type, event, body, request_id,"
	    " mark, received, changed, state, reason)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,'received','')"
	    " ON CONFLICT DO NOTHING",
	    "isiisbttbsiii", id, service, (int64_t)scheme,
	    (int64_t)row->id_signed, delivery,
	    pq_slice(d.sha256, sizeof(d.sha256)), cb->content_type,
	    cb->headers[row->event], cb->body, request_id, mark, now, now);
	return pq_ledger_inserted(s);
}

/*
 * Find the first delivery of a repetition, if it has ended without a verdict.
 * The body must be the same: a signed id alone does not identify it here. The
 * event and the type of the first delivery stay. They are not signed, so a
 * replay could change them, and would end the callback as a ping.
 */
#define LAPSED_CALLBACK                                                    \
	"SELECT id FROM callbacks WHERE service = ? AND body_hash = ? AND" \
	" state <> 'received' AND NOT changed BETWEEN ? AND ? AND"         \
	" (lapsed = 1 OR EXISTS (SELECT 1 FROM looks LEFT JOIN releases"   \
	"  ON releases.id = looks.release WHERE looks.id = callbacks.look" \
	"  AND (looks.lapsed = 1 OR (releases.state = " PQ_SQL_REFUSED     \
	"   AND releases.sticky = 0))))"

int64_t
pq_ledger_callback_reopen(struct pq_store *s, const char *service,
    enum pq_scheme scheme, const char *delivery, const struct pq_callback *cb,
    const char *request_id, int64_t mark, int64_t now)
{
	const struct pq_scheme_row *row = pq_scheme_row(scheme);
	int64_t since = now - PQ_REOPEN_S + 1, id;
	struct pq_slice hash;
	struct pq_digest d;

	if (s->fault || row == NULL || pq_digest_of(&d, cb->body) < 0)
		return 0;
	hash = pq_slice(d.sha256, sizeof(d.sha256));
	id = row->id_signed
	    ? pq_store_int(s, 0,
		  LAPSED_CALLBACK " AND delivery = ? AND id_signed <> 0",
		  "sbiis", service, hash, since, now, delivery)
	    : pq_store_int(s, 0, LAPSED_CALLBACK " AND id_signed = 0", "sbii",
		  service, hash, since, now);
	if (id == 0)
		return 0;
	pq_store_do(s,
	    "UPDATE callbacks SET state = 'received', reason = '', look = NULL,"
	    " body = ?, request_id = ?, mark = ?, received = ?, changed = ?,"
	    " tries = 0, next_try = 0, lapsed = 0 WHERE id = ?",
	    "bsiiii", cb->body, request_id, mark, now, now, id);
	return s->fault ? 0 : id;
}

void
pq_ledger_callback_end(struct pq_store *s, int64_t id, const char *state,
    const char *reason, int64_t look, int64_t now)
{
	bool lapsed = strcmp(state, PQ_CALLBACK_LAPSED) == 0;

	pq_store_do(s,
	    "UPDATE callbacks SET state = ?, reason = ?, look = nullif(?, 0),"
	    " changed = ?, lapsed = ?, body = x'' WHERE id = ? AND"
	    " state = 'received'",
	    "ssiiii", lapsed ? "refused" : state, reason, look, now,
	    (int64_t)lapsed, id);
}

int64_t
pq_ledger_callbacks_drop(struct pq_store *s, const char *service, int64_t mark,
    const char *reason, int64_t now)
{
	pq_store_do(s,
	    "UPDATE callbacks SET state = 'refused', lapsed = 1, reason = ?,"
	    " changed = ?, body = x'' WHERE state = 'received' AND"
	    " service = ? AND (? = 0 OR mark = ?)",
	    "sisii", reason, now, service, mark, mark);
	return pq_store_changes(s);
}

int
pq_ledger_callback_read(struct pq_store *s, int64_t id, struct pq_received *ret)
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT service, length(body), received, tries, mark"
	    " FROM callbacks WHERE id = ? AND state = 'received'",
	    "i", id);
	int r = pq_store_next(s, st);

	if (r != 1)
		return r;
	ret->id = id;
	pq_store_text(st, 0, ret->service, sizeof(ret->service));
	ret->bytes = sqlite3_column_int64(st, 1);
	ret->received = sqlite3_column_int64(st, 2);
	ret->tries = sqlite3_column_int64(st, 3);
	ret->mark = sqlite3_column_int64(st, 4);
	pq_store_done(st);
	return 1;
}

void
pq_ledger_callback_later(struct pq_store *s, int64_t id, int64_t next_try)
{
	pq_store_do(s,
	    "UPDATE callbacks SET tries = tries + 1, next_try = ? WHERE id = ?",
	    "ii", next_try, id);
}

int64_t
pq_ledger_callbacks_unread(struct pq_store *s)
{
	return pq_store_int(s, 0,
	    "SELECT count(*) FROM callbacks WHERE state = 'received'", "");
}

void
pq_ledger_callbacks_shares(struct pq_store *s,
    void (*fn)(void *arg, const struct pq_callbacks_share *row), void *arg)
{
	struct pq_callbacks_share row;
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT service, count(*), sum(length(body)) FROM callbacks"
	    " WHERE state = 'received' GROUP BY service",
	    "");

	while (pq_store_next(s, st) == 1) {
		PQ_ROW_TEXT(st, 0, row.service);
		row.n = sqlite3_column_int64(st, 1);
		row.bytes = sqlite3_column_int64(st, 2);
		fn(arg, &row);
	}
}

#define DUE_CALLBACKS                                                     \
	"SELECT id, scheme, delivery, content_type, event, body, service" \
	" FROM callbacks WHERE state = 'received' AND next_try <= ?"

static void
unread_row(struct pq_callback_unread *row, sqlite3_stmt *st)
{
	row->id = sqlite3_column_int64(st, 0);
	row->scheme = (enum pq_scheme)sqlite3_column_int(st, 1);
	row->delivery = pq_store_blob(st, 2);
	row->content_type = pq_store_blob(st, 3);
	row->event = pq_store_blob(st, 4);
	row->body = pq_store_blob(st, 5);
	row->service = pq_store_blob(st, 6);
}

void
pq_ledger_callbacks_due(struct pq_store *s, bool newest, int64_t now,
    size_t max, bool (*fn)(void *arg, const struct pq_callback_unread *row),
    void *arg)
{
	struct pq_callback_unread row;
	sqlite3_stmt *st = newest
	    ? pq_store_query(s, DUE_CALLBACKS " ORDER BY id DESC LIMIT ?", "ii",
		  now, (int64_t)max)
	    : pq_store_query(s, DUE_CALLBACKS " ORDER BY id LIMIT ?", "ii", now,
		  (int64_t)max);

	while (pq_store_next(s, st) == 1) {
		unread_row(&row, st);
		if (!fn(arg, &row))
			break;
	}
	pq_store_done(st);
}

void
pq_ledger_callbacks_each(struct pq_store *s, const char *service,
    const char *state, size_t max,
    void (*fn)(void *arg, const struct pq_callback_row *row), void *arg)
{
	struct pq_callback_row row;
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT id, coalesce(look, 0), received, changed, scheme, service,"
	    " delivery, request_id, state, reason FROM callbacks WHERE"
	    " (? = '' OR service = ?) AND (? = '' OR state = ?)"
	    " ORDER BY id DESC LIMIT ?",
	    "ssssi", service, service, state, state, (int64_t)max);

	while (pq_store_next(s, st) == 1) {
		row.id = sqlite3_column_int64(st, 0);
		row.look = sqlite3_column_int64(st, 1);
		row.received = sqlite3_column_int64(st, 2);
		row.changed = sqlite3_column_int64(st, 3);
		row.scheme = (enum pq_scheme)sqlite3_column_int(st, 4);
		row.service = pq_store_blob(st, 5);
		row.delivery = pq_store_blob(st, 6);
		row.request_id = pq_store_blob(st, 7);
		row.state = pq_store_blob(st, 8);
		row.reason = pq_store_blob(st, 9);
		fn(arg, &row);
	}
}

bool
pq_ledger_callback_is_state(const char *word)
{
	return strcmp(word, "received") == 0 || strcmp(word, "done") == 0 ||
	    strcmp(word, "ignored") == 0 || strcmp(word, "refused") == 0;
}
