/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks in the ledger. An index permits one open look for each service and tag.
 */
#include "warden/ledger_looks.h"

#include <string.h>

#include "warden/ledger_rows.h"

#define LOOK_COLUMNS                                                  \
	"id, service, tag, state, reason, opened, changed, next_try," \
	" deadline, tries, release, turn, mark, lapsed, since"

void
pq_ledger_look_add(struct pq_store *s, const struct pq_look *l)
{
	pq_store_do(s,
	    "INSERT INTO looks(" LOOK_COLUMNS ")"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "issssiiiiiiiiii", l->id, l->service, l->tag, l->state, l->reason,
	    l->opened, l->changed, l->next_try, l->deadline, l->tries,
	    l->release, l->turn, l->mark, (int64_t)l->lapsed, l->since);
}

void
pq_ledger_look_save(struct pq_store *s, const struct pq_look *l)
{
	pq_store_do(s,
	    "UPDATE looks SET state = ?, reason = ?, changed = ?,"
	    " next_try = ?, deadline = ?, tries = ?, release = ?,"
	    " turn = ?, mark = ?, lapsed = ?, since = ? WHERE id = ?",
	    "ssiiiiiiiiii", l->state, l->reason, l->changed, l->next_try,
	    l->deadline, l->tries, l->release, l->turn, l->mark,
	    (int64_t)l->lapsed, l->since, l->id);
}

int
pq_ledger_look_read(struct pq_store *s, int64_t id, struct pq_look *ret)
{
	sqlite3_stmt *st = pq_store_query(
	    s, "SELECT " LOOK_COLUMNS " FROM looks WHERE id = ?", "i", id);
	int r = pq_store_next(s, st);

	if (r != 1)
		return r;
	memset(ret, 0, sizeof(*ret));
	ret->id = sqlite3_column_int64(st, 0);
	PQ_ROW_TEXT(st, 1, ret->service);
	PQ_ROW_TEXT(st, 2, ret->tag);
	PQ_ROW_TEXT(st, 3, ret->state);
	PQ_ROW_TEXT(st, 4, ret->reason);
	ret->opened = sqlite3_column_int64(st, 5);
	ret->changed = sqlite3_column_int64(st, 6);
	ret->next_try = sqlite3_column_int64(st, 7);
	ret->deadline = sqlite3_column_int64(st, 8);
	ret->tries = sqlite3_column_int64(st, 9);
	ret->release = sqlite3_column_int64(st, 10);
	ret->turn = sqlite3_column_int64(st, 11);
	ret->mark = sqlite3_column_int64(st, 12);
	ret->lapsed = sqlite3_column_int(st, 13) != 0;
	ret->since = sqlite3_column_int64(st, 14);
	pq_store_done(st);
	return 1;
}

int64_t
pq_ledger_look_find_open(
    struct pq_store *s, const char *service, const char *tag)
{
	return pq_store_int(s, 0,
	    "SELECT id FROM looks WHERE service = ? AND"
	    " tag = ? AND state = '" PQ_LOOK_OPEN "'",
	    "ss", service, tag);
}

void
pq_ledger_looks_rebase(struct pq_store *s, int64_t now, int64_t tries)
{
	pq_store_do(s,
	    "UPDATE looks SET deadline = ? + deadline - opened, opened = ?"
	    " WHERE state = '" PQ_LOOK_OPEN "' AND opened > ?",
	    "iii", now, now, now);
	pq_store_do(s,
	    "UPDATE looks SET next_try = ? WHERE state = '" PQ_LOOK_OPEN "' AND"
	    " next_try > ?",
	    "ii", now, now + tries);
}

void
pq_ledger_looks_shares(struct pq_store *s,
    void (*fn)(void *arg, const struct pq_looks_share *row), void *arg)
{
	struct pq_looks_share row;
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT service, count(*), sum(turn > 0) FROM looks"
	    " WHERE state = '" PQ_LOOK_OPEN "' GROUP BY service",
	    "");

	while (pq_store_next(s, st) == 1) {
		PQ_ROW_TEXT(st, 0, row.service);
		row.open = sqlite3_column_int64(st, 1);
		row.first = sqlite3_column_int64(st, 2);
		fn(arg, &row);
	}
}

size_t
pq_ledger_looks_tags(struct pq_store *s, const char *service,
    char tags[][PQ_TAG_TEXT], size_t max)
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT tag FROM (SELECT tag, max(id) AS last FROM looks WHERE"
	    " service = ? GROUP BY tag) ORDER BY last DESC LIMIT ?",
	    "si", service, (int64_t)max);
	size_t n = 0;

	while (n < max && pq_store_next(s, st) == 1)
		pq_store_text(st, 0, tags[n++], PQ_TAG_TEXT);
	pq_store_done(st);
	return n;
}

/*
 * The conditions of the indexes looks_turn, looks_since and looks_due. Without
 * the name of the index SQLite would sort all waiting looks for each question.
 */
#define FIRST_LOOKS(index)                                                \
	"SELECT id FROM looks INDEXED BY " index " WHERE service = ? AND" \
	" state = '" PQ_LOOK_OPEN "' AND turn > 0 AND next_try <= ?"
#define ANSWERED "service = ? AND state = '" PQ_LOOK_OPEN "' AND turn = 0"

size_t
pq_ledger_looks_first(struct pq_store *s, const char *service, bool newest,
    int64_t now, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    newest ? pq_store_query(s,
			 FIRST_LOOKS("looks_turn") " ORDER BY turn DESC, id"
						   " DESC",
			 "si", service, now)
		   : pq_store_query(s,
			 FIRST_LOOKS("looks_since") " ORDER BY since, id", "si",
			 service, now),
	    ids, max);
}

int64_t
pq_ledger_look_again(
    struct pq_store *s, const char *service, bool newest, int64_t now)
{
	return newest ? pq_store_int(s, 0,
			    "SELECT max(id) FROM looks WHERE " ANSWERED
			    " AND next_try <= ?",
			    "si", service, now)
		      : pq_store_int(s, 0,
			    "SELECT id FROM looks WHERE " ANSWERED
			    " AND next_try <= ? ORDER BY next_try, id LIMIT 1",
			    "si", service, now);
}

/*
 * An open look without an answer is not refused because of its image. So a
 * repeated delivery may open it again: it has lapsed.
 */
#define LAPSE_LOOKS                                  \
	"UPDATE looks SET state = '" PQ_LOOK_REFUSED \
	"', turn = 0, lapsed = 1, changed = ?"

int64_t
pq_ledger_looks_drop(struct pq_store *s, const char *service, int64_t mark,
    const char *reason, int64_t now)
{
	pq_store_do(s,
	    LAPSE_LOOKS ", reason = ? WHERE service = ? AND"
			" state = '" PQ_LOOK_OPEN "' AND"
			" CASE WHEN ? = 0 THEN mark <> -1 ELSE mark = ? END",
	    "issii", now, reason, service, mark, mark);
	return pq_store_changes(s);
}

int64_t
pq_ledger_looks_shed(struct pq_store *s, const char *service, int64_t n,
    const char *reason, int64_t now)
{
	pq_store_do(s,
	    LAPSE_LOOKS
	    ", reason = ? WHERE id IN (SELECT id FROM looks WHERE " ANSWERED
	    " AND mark <> -1 ORDER BY id LIMIT ?)",
	    "issi", now, reason, service, n);
	return pq_store_changes(s);
}

int64_t
pq_ledger_looks_lapse(
    struct pq_store *s, const char *service, int64_t before, int64_t now)
{
	pq_store_do(s, LAPSE_LOOKS " WHERE " ANSWERED " AND deadline < ?",
	    "isi", now, service, before);
	return pq_store_changes(s);
}

bool
pq_ledger_next_mark(
    struct pq_store *s, char service[PQ_SERVICE_TEXT], int64_t *mark)
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT service, mark FROM (SELECT service, mark FROM looks"
	    " WHERE state = '" PQ_LOOK_OPEN "' UNION SELECT service, mark"
	    " FROM callbacks WHERE state = 'received')"
	    " WHERE (service, mark) > (?, ?) ORDER BY service, mark LIMIT 1",
	    "si", service, *mark);

	if (pq_store_next(s, st) != 1)
		return false;
	pq_store_text(st, 0, service, PQ_SERVICE_TEXT);
	*mark = sqlite3_column_int64(st, 1);
	pq_store_done(st);
	return true;
}

bool
pq_ledger_look_is_state(const char *word)
{
	return strcmp(word, PQ_LOOK_OPEN) == 0 ||
	    strcmp(word, PQ_LOOK_DONE) == 0 ||
	    strcmp(word, PQ_LOOK_REFUSED) == 0;
}
