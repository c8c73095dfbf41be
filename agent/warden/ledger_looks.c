/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks in the ledger. An index permits one open look for each service and tag.
 */
#include "warden/ledger_looks.h"

#include <string.h>

#include "warden/ledger_rows.h"

#define LOOK_COLUMNS                                                  \
	"id, service, tag, state, reason, opened, changed, next_try," \
	" deadline, tries, release"

void
pq_ledger_look_add(struct pq_store *s, const struct pq_look *l)
{
	pq_store_do(s,
	    "INSERT INTO looks(" LOOK_COLUMNS ")"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?)",
	    "issssiiiiii", l->id, l->service, l->tag, l->state, l->reason,
	    l->opened, l->changed, l->next_try, l->deadline, l->tries,
	    l->release);
}

void
pq_ledger_look_save(struct pq_store *s, const struct pq_look *l)
{
	pq_store_do(s,
	    "UPDATE looks SET state = ?, reason = ?, changed = ?,"
	    " next_try = ?, deadline = ?, tries = ?, release = ?"
	    " WHERE id = ?",
	    "ssiiiiii", l->state, l->reason, l->changed, l->next_try,
	    l->deadline, l->tries, l->release, l->id);
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
pq_ledger_look_hasten(struct pq_store *s, int64_t id, int64_t now)
{
	pq_store_do(s,
	    "UPDATE looks SET next_try = ? WHERE id = ? AND next_try > ?",
	    "iii", now, id, now);
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

int64_t
pq_ledger_looks_open(struct pq_store *s, const char *service)
{
	return pq_store_int(s, 0,
	    "SELECT count(*) FROM looks WHERE service = ? AND"
	    " state = '" PQ_LOOK_OPEN "'",
	    "s", service);
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
 * One due look of each service, and first the service that has waited longest.
 * So a service with a slow registry, or a flood of callbacks that a stolen
 * secret authenticates, delays the other services only a little.
 */
size_t
pq_ledger_looks_due(struct pq_store *s, int64_t now, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT id FROM (SELECT id, min(next_try) AS due FROM looks"
		" WHERE state = '" PQ_LOOK_OPEN
		"' AND next_try <= ? GROUP BY service)"
		" ORDER BY due, id",
		"i", now),
	    ids, max);
}

bool
pq_ledger_look_is_state(const char *word)
{
	return strcmp(word, PQ_LOOK_OPEN) == 0 ||
	    strcmp(word, PQ_LOOK_DONE) == 0 ||
	    strcmp(word, PQ_LOOK_REFUSED) == 0;
}
