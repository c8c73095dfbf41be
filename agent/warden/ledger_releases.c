/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Releases in the ledger: one row for each service and digest. The tag is not
 * part of the key.
 */
#include "warden/ledger_releases.h"

#include <string.h>

#include "warden/ledger_rows.h"
#include "warden/ledger_states.h"

#define RELEASE_COLUMNS                                                     \
	"id, service, tag, digest, manifest, config, state, reason,"        \
	" commit_id, tag_object, signer, key, policy_hash, clock_boot_id,"  \
	" container, first_seen, changed, next_try, deadline, tries,"       \
	" clock_first, clock_served, clock_wall, clock_boot, attempt,"      \
	" live_since, noticed, sticky, clock_mono, clock_gone, clock_back," \
	" clock_down"

void
pq_ledger_release_add(struct pq_store *s, const struct pq_release *r)
{
	pq_store_do(s,
	    "INSERT INTO releases(" RELEASE_COLUMNS ")"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
	    "?,?,?,?)",
	    "issssssssssssssiiiiiiiiiiiiiiiii", r->id, r->service, r->tag,
	    r->digest, r->manifest, r->config, pq_state_name(r->state),
	    r->reason, r->commit, r->tag_object, r->signer, r->key,
	    r->policy_hash, r->clock.boot_id, r->container, r->first_seen,
	    r->changed, r->next_try, r->deadline, r->tries,
	    r->clock.first_wall_ms, r->clock.served_ms, r->clock.last_wall_ms,
	    r->clock.last_boot_ms, r->attempt, r->live_since, r->noticed,
	    r->sticky, r->clock.last_mono_ms, r->clock.gone_ms,
	    r->clock.back_ms, r->clock.down_ms);
}

void
pq_ledger_release_save(struct pq_store *s, const struct pq_release *r)
{
	pq_store_do(s,
	    "UPDATE releases SET tag = ?, manifest = ?, config = ?, state = ?,"
	    " reason = ?, commit_id = ?, tag_object = ?, signer = ?, key = ?,"
	    " policy_hash = ?, changed = ?, next_try = ?, deadline = ?,"
	    " tries = ?, clock_first = ?, clock_served = ?, clock_wall = ?,"
	    " clock_boot = ?, clock_boot_id = ?, attempt = ?, live_since = ?,"
	    " noticed = ?, sticky = ?, container = ?, clock_mono = ?,"
	    " clock_gone = ?, clock_back = ?, clock_down = ? WHERE id = ?",
	    "ssssssssssiiiiiiiisiiiisiiiii", r->tag, r->manifest, r->config,
	    pq_state_name(r->state), r->reason, r->commit, r->tag_object,
	    r->signer, r->key, r->policy_hash, r->changed, r->next_try,
	    r->deadline, r->tries, r->clock.first_wall_ms, r->clock.served_ms,
	    r->clock.last_wall_ms, r->clock.last_boot_ms, r->clock.boot_id,
	    r->attempt, r->live_since, r->noticed, r->sticky, r->container,
	    r->clock.last_mono_ms, r->clock.gone_ms, r->clock.back_ms,
	    r->clock.down_ms, r->id);
}

static void
release_read_texts(sqlite3_stmt *st, struct pq_release *r)
{
	char state[32];

	PQ_ROW_TEXT(st, 1, r->service);
	PQ_ROW_TEXT(st, 2, r->tag);
	PQ_ROW_TEXT(st, 3, r->digest);
	PQ_ROW_TEXT(st, 4, r->manifest);
	PQ_ROW_TEXT(st, 5, r->config);
	PQ_ROW_TEXT(st, 6, state);
	r->state = pq_state_by_name(state);
	PQ_ROW_TEXT(st, 7, r->reason);
	PQ_ROW_TEXT(st, 8, r->commit);
	PQ_ROW_TEXT(st, 9, r->tag_object);
	PQ_ROW_TEXT(st, 10, r->signer);
	PQ_ROW_TEXT(st, 11, r->key);
	PQ_ROW_TEXT(st, 12, r->policy_hash);
	PQ_ROW_TEXT(st, 13, r->clock.boot_id);
	PQ_ROW_TEXT(st, 14, r->container);
}

static void
release_read_tick(sqlite3_stmt *st, int col, struct pq_clock *c)
{
	c->last_mono_ms = sqlite3_column_int64(st, col);
	c->gone_ms = sqlite3_column_int64(st, col + 1);
	c->back_ms = sqlite3_column_int64(st, col + 2);
	c->down_ms = sqlite3_column_int64(st, col + 3);
}

int
pq_ledger_release_read(struct pq_store *s, int64_t id, struct pq_release *ret)
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT " RELEASE_COLUMNS " FROM releases WHERE id = ?", "i", id);
	int r = pq_store_next(s, st);

	if (r != 1)
		return r;
	memset(ret, 0, sizeof(*ret));
	ret->id = sqlite3_column_int64(st, 0);
	release_read_texts(st, ret);
	ret->first_seen = sqlite3_column_int64(st, 15);
	ret->changed = sqlite3_column_int64(st, 16);
	ret->next_try = sqlite3_column_int64(st, 17);
	ret->deadline = sqlite3_column_int64(st, 18);
	ret->tries = sqlite3_column_int64(st, 19);
	ret->clock.first_wall_ms = sqlite3_column_int64(st, 20);
	ret->clock.served_ms = sqlite3_column_int64(st, 21);
	ret->clock.last_wall_ms = sqlite3_column_int64(st, 22);
	ret->clock.last_boot_ms = sqlite3_column_int64(st, 23);
	ret->attempt = sqlite3_column_int64(st, 24);
	ret->live_since = sqlite3_column_int64(st, 25);
	ret->noticed = sqlite3_column_int64(st, 26);
	ret->sticky = sqlite3_column_int64(st, 27);
	release_read_tick(st, 28, &ret->clock);
	pq_store_done(st);
	return 1;
}

int64_t
pq_ledger_release_by_digest(
    struct pq_store *s, const char *service, const char *digest)
{
	return pq_store_int(s, 0,
	    "SELECT id FROM releases WHERE service = ? AND digest = ?", "ss",
	    service, digest);
}

void
pq_ledger_release_hasten(struct pq_store *s, int64_t id, int64_t now)
{
	pq_store_do(s,
	    "UPDATE releases SET next_try = ? WHERE id = ? AND"
	    " state = " PQ_SQL_QUARANTINED " AND next_try > ?",
	    "iii", now, id, now);
}

void
pq_ledger_releases_hasten(struct pq_store *s, const char *service, int64_t now)
{
	pq_store_do(s,
	    "UPDATE releases SET next_try = ? WHERE service = ? AND"
	    " state = " PQ_SQL_QUARANTINED " AND next_try > ?",
	    "isi", now, service, now);
}

void
pq_ledger_releases_rebase(
    struct pq_store *s, int64_t now, int64_t tries, int64_t waits)
{
	pq_store_do(s,
	    "UPDATE releases SET next_try = ? WHERE"
	    " state IN " PQ_SQL_STATES_EVIDENCE " AND next_try > ?",
	    "ii", now, now + tries);
	pq_store_do(s,
	    "UPDATE releases SET next_try = ? WHERE"
	    " state = " PQ_SQL_QUARANTINED " AND next_try > ?",
	    "ii", now, now + waits);
}

void
pq_ledger_floor_raise(struct pq_store *s, const char *service,
    const char *instead_of, struct pq_floor *f)
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT tag FROM releases WHERE service = ? AND live_since > 0"
	    " ORDER BY live_since",
	    "s", service);
	char tag[PQ_TAG_TEXT];

	while (pq_store_next(s, st) == 1) {
		PQ_ROW_TEXT(st, 0, tag);
		pq_floor_raise(f, tag, PQ_FLOOR_LIVE, instead_of);
	}
}

int64_t
pq_ledger_release_live(struct pq_store *s, const char *service)
{
	return pq_store_int(s, 0,
	    "SELECT id FROM releases WHERE service = ? AND"
	    " state = " PQ_SQL_LIVE,
	    "s", service);
}

int64_t
pq_ledger_release_newest(struct pq_store *s, const char *service)
{
	return pq_store_int(s, 0,
	    "SELECT max(id) FROM releases WHERE service = ? AND"
	    " state IN " PQ_SQL_STATES_OPEN,
	    "s", service);
}

int64_t
pq_ledger_releases_open(struct pq_store *s, const char *service)
{
	return pq_store_int(s, 0,
	    "SELECT count(*) FROM releases WHERE service = ? AND"
	    " state IN " PQ_SQL_STATES_OPEN,
	    "s", service);
}

bool
pq_ledger_releases_busy(struct pq_store *s, const char *service)
{
	return pq_store_int(s, 1,
		   "SELECT count(*) FROM releases WHERE"
		   " service = ? AND state = " PQ_SQL_DEPLOYING,
		   "s", service) != 0;
}

void
pq_ledger_releases_hasten_all(struct pq_store *s)
{
	pq_store_do(s,
	    "UPDATE releases SET next_try = 0 WHERE"
	    " state = " PQ_SQL_QUARANTINED,
	    "");
}

void
pq_ledger_releases_unnotice(struct pq_store *s)
{
	pq_store_do(s, "UPDATE releases SET noticed = ? WHERE noticed = ?",
	    "ii", (int64_t)PQ_NOTICE_NONE, (int64_t)PQ_NOTICE_SENT);
}

/* The service that has waited longest comes first, as in ledger_looks.c. */
size_t
pq_ledger_releases_due(
    struct pq_store *s, int64_t now, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT id FROM (SELECT id, min(next_try) AS due FROM releases"
		" WHERE state IN " PQ_SQL_STATES_EVIDENCE " AND"
		" next_try <= ? GROUP BY service) ORDER BY due, id",
		"i", now),
	    ids, max);
}

size_t
pq_ledger_releases_to_check(
    struct pq_store *s, int64_t now, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT id FROM releases WHERE state = " PQ_SQL_QUARANTINED
		" AND next_try <= ? ORDER BY next_try, clock_first",
		"i", now),
	    ids, max);
}

/*
 * Clocks of a former boot come first: their readings cannot be compared with
 * readings of this boot, and they earn no time until they are rebased. Then
 * comes the clock with the oldest reading, so that each gets its turn, even if
 * more than @max wait.
 */
size_t
pq_ledger_releases_to_tick(struct pq_store *s, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT id FROM releases WHERE state IN " PQ_SQL_STATES_TICKING
		" ORDER BY clock_boot_id IN"
		" (SELECT boot_id FROM clock WHERE one = 1), clock_boot",
		""),
	    ids, max);
}

size_t
pq_ledger_releases_ticking(struct pq_store *s)
{
	return (size_t)pq_store_int(s, 0,
	    "SELECT count(*) FROM releases WHERE"
	    " state IN " PQ_SQL_STATES_TICKING,
	    "");
}

size_t
pq_ledger_releases_to_notice(struct pq_store *s, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT id FROM releases WHERE noticed = ? AND"
		" state = " PQ_SQL_QUARANTINED " ORDER BY id",
		"i", (int64_t)PQ_NOTICE_NONE),
	    ids, max);
}

#define BUSY                                    \
	"EXISTS(SELECT 1 FROM releases d WHERE" \
	" d.service = releases.service AND"     \
	" d.state = " PQ_SQL_DEPLOYING ")"

size_t
pq_ledger_releases_to_send(
    struct pq_store *s, int64_t now, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT id FROM releases WHERE state = " PQ_SQL_CLEARED " AND"
		" next_try <= ? AND NOT " BUSY " ORDER BY id",
		"i", now),
	    ids, max);
}

size_t
pq_ledger_releases_out_of_turn(
    struct pq_store *s, const char *text, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT id FROM releases WHERE state = " PQ_SQL_CLEARED " AND"
		" reason <> ? AND " BUSY,
		"s", text),
	    ids, max);
}

size_t
pq_ledger_releases_deploying(
    struct pq_store *s, int64_t after, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT id FROM releases WHERE state = " PQ_SQL_DEPLOYING
		" AND id > ? ORDER BY id",
		"i", after),
	    ids, max);
}

size_t
pq_ledger_releases_before(
    struct pq_store *s, int64_t by, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT o.id FROM releases o JOIN releases b ON"
		" b.service = o.service WHERE b.id = ? AND"
		" o.state IN " PQ_SQL_STATES_UNSENT " AND o.id < b.id"
		" ORDER BY o.id",
		"i", by),
	    ids, max);
}

size_t
pq_ledger_releases_rejected(struct pq_store *s, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT id FROM releases WHERE state = " PQ_SQL_REJECTED
		" ORDER BY changed DESC LIMIT ?",
		"i", (int64_t)max),
	    ids, max);
}

size_t
pq_ledger_releases_retried(struct pq_store *s, int64_t *ids, size_t max)
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT id FROM releases WHERE"
		" state IN " PQ_SQL_STATES_UNSENT " AND EXISTS("
		"SELECT 1 FROM audit WHERE release = id AND"
		" event = 'release.retry' AND actor <> 'warden')"
		" ORDER BY changed DESC LIMIT ?",
		"i", (int64_t)max),
	    ids, max);
}
