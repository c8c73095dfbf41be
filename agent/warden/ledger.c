/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: every SQL statement about callbacks, looks and releases.
 *
 * Uniqueness is the database's, not ours: a delivery id, a replayed body, an
 * open look and a (service, digest) can each be there once, whatever races
 * or crashes. Statements are string literals only; foreign bytes are bound,
 * never pasted.
 */
#include "warden/ledger.h"

#include <stdio.h>
#include <string.h>

static const char schema_1[] =
    "CREATE TABLE callbacks("
    " id INTEGER PRIMARY KEY, service TEXT NOT NULL, scheme INTEGER NOT NULL,"
    " delivery TEXT NOT NULL, body_hash BLOB NOT NULL,"
    " content_type TEXT NOT NULL, event TEXT NOT NULL, body BLOB NOT NULL,"
    " request_id TEXT NOT NULL, received INTEGER NOT NULL,"
    " changed INTEGER NOT NULL, look INTEGER,"
    " state TEXT NOT NULL CHECK(state IN"
    "  ('received','done','ignored','refused')),"
    " reason TEXT NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX callbacks_delivery ON callbacks(service, delivery)"
    " WHERE delivery <> '';"
    /* 1 is github: neither its id nor its event is under the HMAC, so a
     * replay may change them, but not the body */
    "CREATE UNIQUE INDEX callbacks_body ON callbacks(service, body_hash)"
    " WHERE scheme = 1;"
    "CREATE INDEX callbacks_waiting ON callbacks(id) WHERE state = 'received';"
    "CREATE TABLE looks("
    " id INTEGER PRIMARY KEY, service TEXT NOT NULL, tag TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('resolving','done','refused')),"
    " reason TEXT NOT NULL, claim_digest TEXT NOT NULL,"
    " claim_commit TEXT NOT NULL, claim_git_tag TEXT NOT NULL,"
    " opened INTEGER NOT NULL, changed INTEGER NOT NULL,"
    " next_try INTEGER NOT NULL, deadline INTEGER NOT NULL,"
    " tries INTEGER NOT NULL, release INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX looks_open ON looks(service, tag)"
    " WHERE state = 'resolving';"
    "CREATE TABLE releases("
    " id INTEGER PRIMARY KEY, service TEXT NOT NULL, tag TEXT NOT NULL,"
    " digest TEXT NOT NULL, manifest TEXT NOT NULL, config TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('fetching','examining',"
    "  'quarantined','re-fetching','cleared','deploying','live','retired',"
    "  'refused','rejected','superseded','failed')),"
    " reason TEXT NOT NULL, commit_id TEXT NOT NULL,"
    " tag_object TEXT NOT NULL, signer TEXT NOT NULL, key TEXT NOT NULL,"
    " policy_hash TEXT NOT NULL, claim_digest TEXT NOT NULL,"
    " claim_commit TEXT NOT NULL, claim_git_tag TEXT NOT NULL,"
    " first_seen INTEGER NOT NULL, changed INTEGER NOT NULL,"
    " next_try INTEGER NOT NULL, deadline INTEGER NOT NULL,"
    " tries INTEGER NOT NULL, clock_first INTEGER NOT NULL,"
    " clock_served INTEGER NOT NULL, clock_wall INTEGER NOT NULL,"
    " clock_boot INTEGER NOT NULL, clock_boot_id TEXT NOT NULL,"
    " attempt INTEGER NOT NULL, live_since INTEGER NOT NULL,"
    " noticed INTEGER NOT NULL, sticky INTEGER NOT NULL,"
    " container TEXT NOT NULL, UNIQUE(service, digest)) STRICT;"
    "CREATE UNIQUE INDEX releases_live ON releases(service)"
    " WHERE state = 'live';"
    "CREATE INDEX releases_open ON releases(id) WHERE state IN ('fetching',"
    " 'examining','quarantined','re-fetching','cleared','deploying');"
    "CREATE TABLE attempts("
    " id INTEGER PRIMARY KEY, release INTEGER NOT NULL REFERENCES"
    "  releases(id), started INTEGER NOT NULL, ended INTEGER NOT NULL,"
    " outcome TEXT NOT NULL, reason TEXT NOT NULL, log BLOB NOT NULL) STRICT;"
    "CREATE TABLE proofs("
    " release INTEGER PRIMARY KEY REFERENCES releases(id),"
    " verdict BLOB NOT NULL) STRICT;"
    "CREATE TABLE findings("
    " n INTEGER PRIMARY KEY, release INTEGER NOT NULL REFERENCES"
    "  releases(id), at INTEGER NOT NULL, phase TEXT NOT NULL,"
    " findings BLOB NOT NULL) STRICT;"
    "CREATE INDEX findings_release ON findings(release);"
    "CREATE TABLE evidence("
    " release INTEGER NOT NULL REFERENCES releases(id), phase TEXT NOT NULL,"
    " at INTEGER NOT NULL, document BLOB NOT NULL,"
    " PRIMARY KEY(release, phase)) STRICT;"
    "CREATE TABLE approvals("
    " release INTEGER NOT NULL REFERENCES releases(id),"
    " operator TEXT NOT NULL, digest TEXT NOT NULL,"
    " policy_hash TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY(release, operator, policy_hash)) STRICT;"
    "CREATE TABLE tags("
    " service TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,"
    " object TEXT NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY(service, kind, name, object)) STRICT;"
    "CREATE TABLE holds("
    " service TEXT PRIMARY KEY, actor TEXT NOT NULL, reason TEXT NOT NULL,"
    " alarm INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE clock("
    " one INTEGER PRIMARY KEY CHECK(one = 1), wall INTEGER NOT NULL,"
    " boot INTEGER NOT NULL, boot_id TEXT NOT NULL) STRICT;"
    "CREATE TABLE audit("
    " seq INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL,"
    " boot_ms INTEGER NOT NULL, boot_id TEXT NOT NULL, actor TEXT NOT NULL,"
    " event TEXT NOT NULL, service TEXT NOT NULL, release INTEGER NOT NULL,"
    " detail TEXT NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE INDEX audit_release ON audit(release, seq);"
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN"
    " SELECT RAISE(ABORT, 'the audit log is append-only'); END;"
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN"
    " SELECT RAISE(ABORT, 'the audit log is append-only'); END;"
    "CREATE TABLE audit_head("
    " one INTEGER PRIMARY KEY CHECK(one = 1), seq INTEGER NOT NULL,"
    " hash BLOB NOT NULL) STRICT;"
    "INSERT INTO audit_head VALUES(1, 0, zeroblob(32));";

/*
 * A delivery id counts only where the signature covers it: of github's an
 * unsigned header must not make a genuine callback look like a repetition.
 */
static const char schema_2[] =
    "DROP INDEX callbacks_delivery;"
    "CREATE UNIQUE INDEX callbacks_delivery ON callbacks(service, delivery)"
    " WHERE scheme <> 1 AND delivery <> '';";

/*
 * parked: see enum pq_parked. tries, next_try: of one that could not be read.
 */
static const char schema_3[] =
    "ALTER TABLE callbacks ADD COLUMN parked INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE callbacks ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE callbacks ADD COLUMN next_try INTEGER NOT NULL DEFAULT 0;"
    "DROP INDEX callbacks_waiting;"
    "CREATE INDEX callbacks_waiting ON callbacks(id)"
    " WHERE state = 'received' AND parked <> 1;"
    "CREATE INDEX callbacks_parked ON callbacks(service, id)"
    " WHERE state = 'received' AND parked <> 0;"
    "CREATE INDEX looks_due ON looks(service, next_try)"
    " WHERE state = 'resolving';"
    "CREATE INDEX releases_due ON releases(service, next_try)"
    " WHERE state IN ('fetching','examining','re-fetching');";

/*
 * A claim belongs to the callback that made it. claim_tag is the image tag that
 * it is about, and empty when it does not count.
 */
static const char schema_4[] =
    "ALTER TABLE callbacks ADD COLUMN claim_tag TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE callbacks ADD COLUMN claim_digest TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE callbacks ADD COLUMN claim_commit TEXT NOT NULL DEFAULT '';"
    "UPDATE callbacks SET (claim_tag, claim_digest, claim_commit) ="
    " (SELECT tag, looks.claim_digest, looks.claim_commit FROM looks"
    "  WHERE looks.id = callbacks.look)"
    " WHERE look IN (SELECT id FROM looks);"
    "CREATE INDEX callbacks_claims ON callbacks(service, claim_tag,"
    " claim_digest, claim_commit) WHERE claim_tag <> '';"
    "ALTER TABLE looks DROP COLUMN claim_digest;"
    "ALTER TABLE looks DROP COLUMN claim_commit;"
    "ALTER TABLE looks DROP COLUMN claim_git_tag;"
    "ALTER TABLE releases DROP COLUMN claim_digest;"
    "ALTER TABLE releases DROP COLUMN claim_commit;"
    "ALTER TABLE releases DROP COLUMN claim_git_tag;";

static const char *const migrations[] = { schema_1, schema_2, schema_3,
	schema_4 };

int
pq_ledger_open(struct pq_store *ret, const char *path, struct pq_err *err)
{
	return pq_store_open(ret, path, migrations,
	    sizeof(migrations) / sizeof(migrations[0]), err);
}

int64_t
pq_ledger_last_id(struct pq_store *s)
{
	return pq_store_int(s, 0,
	    "SELECT max(coalesce((SELECT max(id) FROM callbacks), 0),"
	    " coalesce((SELECT max(id) FROM looks), 0),"
	    " coalesce((SELECT max(id) FROM releases), 0),"
	    " coalesce((SELECT max(id) FROM attempts), 0))",
	    "");
}

enum pq_insert
pq_ledger_callback_add(struct pq_store *s, int64_t id, const char *service,
    enum pq_scheme scheme, const char *delivery, const struct pq_callback *cb,
    const char *request_id, int64_t now)
{
	struct pq_digest d;

	if (s->fault || pq_digest_of(&d, cb->body) < 0)
		return PQ_INSERT_NONE;
	if (pq_store_do(s,
		"INSERT INTO callbacks(id, service, scheme, delivery,"
		" body_hash, content_type, event, body, request_id, received,"
		" changed, state, reason)"
		" VALUES(?,?,?,?,?,?,?,?,?,?,?,'received','')"
		" ON CONFLICT DO NOTHING",
		"isisbttbsii", id, service, (int64_t)scheme, delivery,
		pq_slice(d.sha256, sizeof(d.sha256)), cb->content_type,
		cb->github_event, cb->body, request_id, now, now) < 0)
		return PQ_INSERT_NONE;
	return pq_store_changes(s) == 1 ? PQ_INSERT_NEW : PQ_INSERT_DUPLICATE;
}

int
pq_ledger_callback_end(struct pq_store *s, int64_t id, const char *state,
    const char *reason, int64_t look, int64_t now)
{
	return pq_store_do(s,
	    "UPDATE callbacks SET state = ?, reason = ?, look = nullif(?, 0),"
	    " changed = ?, body = x'' WHERE id = ? AND state = 'received'",
	    "ssiii", state, reason, look, now, id);
}

int
pq_ledger_callback(struct pq_store *s, int64_t id, struct pq_received *ret)
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT service, length(body), received, tries, parked"
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
	ret->parked = (enum pq_parked)sqlite3_column_int(st, 4);
	pq_store_done(st);
	return 1;
}

int
pq_ledger_callback_later(struct pq_store *s, int64_t id, int64_t next_try)
{
	return pq_store_do(s,
	    "UPDATE callbacks SET tries = tries + 1, next_try = ? WHERE id = ?",
	    "ii", next_try, id);
}

int
pq_ledger_callback_park(struct pq_store *s, int64_t id)
{
	return pq_store_do(s,
	    "UPDATE callbacks SET parked = 1 WHERE id = ? AND"
	    " state = 'received'",
	    "i", id);
}

int
pq_ledger_callback_wake(struct pq_store *s, const char *service)
{
	if (pq_store_do(s,
		"UPDATE callbacks SET parked = 2 WHERE id ="
		" (SELECT id FROM callbacks WHERE service = ? AND"
		" state = 'received' AND parked <> 0 AND parked = 1"
		" ORDER BY id LIMIT 1)",
		"s", service) < 0)
		return 0;
	return pq_store_changes(s);
}

int64_t
pq_ledger_callbacks_woken(struct pq_store *s, const char *service)
{
	return pq_store_int(s, 0,
	    "SELECT count(*) FROM callbacks WHERE service = ? AND"
	    " state = 'received' AND parked <> 0 AND parked = 2",
	    "s", service);
}

int64_t
pq_ledger_callbacks_repark(struct pq_store *s)
{
	if (pq_store_do(s,
		"UPDATE callbacks SET parked = 1 WHERE state = 'received' AND"
		" parked <> 0",
		"") < 0)
		return 0;
	return pq_store_changes(s);
}

bool
pq_ledger_callback_is_behind(
    struct pq_store *s, const char *service, int64_t id)
{
	return pq_store_int(s, 1,
		   "SELECT EXISTS(SELECT 1 FROM callbacks WHERE service = ?"
		   " AND state = 'received' AND parked <> 0 AND id < ?)",
		   "si", service, id) != 0;
}

int
pq_ledger_claim_keep(struct pq_store *s, int64_t callback, const char *tag,
    const struct pq_callback_claim *c)
{
	return pq_store_do(s,
	    "UPDATE callbacks SET claim_tag = ?, claim_digest = ?,"
	    " claim_commit = ? WHERE id = ?",
	    "sssi", tag, c->digest, c->commit, callback);
}

#define CLAIMS_ABOUT                                                         \
	" FROM callbacks WHERE service = ? AND claim_tag = ? AND claim_tag " \
	"<> ''"

bool
pq_ledger_claim_misfit(struct pq_store *s, const char *service, const char *tag,
    const struct pq_callback_claim *found, struct pq_callback_claim *ret)
{
	sqlite3_stmt *st;

	if (pq_store_int(s, 0,
		"SELECT EXISTS(SELECT 1" CLAIMS_ABOUT
		" AND claim_digest IN ('', ?, ?) AND"
		" (? = '' OR claim_commit IN ('', ?)))",
		"ssssss", service, tag, found->digest, found->manifest,
		found->commit, found->commit) != 0)
		return false;
	st = pq_store_query(s,
	    "SELECT claim_digest, claim_commit" CLAIMS_ABOUT
	    " ORDER BY id DESC LIMIT 1",
	    "ss", service, tag);
	if (pq_store_next(s, st) != 1)
		return false;
	memset(ret, 0, sizeof(*ret));
	pq_store_text(st, 0, ret->digest, sizeof(ret->digest));
	pq_store_text(st, 1, ret->commit, sizeof(ret->commit));
	pq_store_done(st);
	return true;
}

int
pq_ledger_claims_drop(struct pq_store *s, const char *service, const char *tag)
{
	return pq_store_do(s,
	    "UPDATE callbacks SET claim_digest = '', claim_commit = ''"
	    " WHERE service = ? AND claim_tag = ? AND claim_tag <> ''",
	    "ss", service, tag);
}

#define LOOK_COLUMNS                                                  \
	"id, service, tag, state, reason, opened, changed, next_try," \
	" deadline, tries, release"

int
pq_ledger_look_add(struct pq_store *s, const struct pq_look *l)
{
	return pq_store_do(s,
	    "INSERT INTO looks(" LOOK_COLUMNS ")"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?)",
	    "issssiiiiii", l->id, l->service, l->tag, l->state, l->reason,
	    l->opened, l->changed, l->next_try, l->deadline, l->tries,
	    l->release);
}

int
pq_ledger_look_save(struct pq_store *s, const struct pq_look *l)
{
	return pq_store_do(s,
	    "UPDATE looks SET state = ?, reason = ?, changed = ?,"
	    " next_try = ?, deadline = ?, tries = ?, release = ?"
	    " WHERE id = ?",
	    "ssiiiiii", l->state, l->reason, l->changed, l->next_try,
	    l->deadline, l->tries, l->release, l->id);
}

#define TEXT(col, field) pq_store_text(st, col, field, sizeof(field))

int
pq_ledger_look(struct pq_store *s, int64_t id, struct pq_look *ret)
{
	sqlite3_stmt *st = pq_store_query(
	    s, "SELECT " LOOK_COLUMNS " FROM looks WHERE id = ?", "i", id);
	int r = pq_store_next(s, st);

	if (r != 1)
		return r;
	memset(ret, 0, sizeof(*ret));
	ret->id = sqlite3_column_int64(st, 0);
	TEXT(1, ret->service);
	TEXT(2, ret->tag);
	TEXT(3, ret->state);
	TEXT(4, ret->reason);
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
pq_ledger_look_open(struct pq_store *s, const char *service, const char *tag)
{
	return pq_store_int(s, 0,
	    "SELECT id FROM looks WHERE service = ? AND"
	    " tag = ? AND state = 'resolving'",
	    "ss", service, tag);
}

int
pq_ledger_look_hasten(struct pq_store *s, int64_t id, int64_t now)
{
	return pq_store_do(s,
	    "UPDATE looks SET next_try = ? WHERE id = ? AND next_try > ?",
	    "iii", now, id, now);
}

int
pq_ledger_release_hasten(struct pq_store *s, int64_t id, int64_t now)
{
	return pq_store_do(s,
	    "UPDATE releases SET next_try = ? WHERE id = ? AND"
	    " state = 'quarantined' AND next_try > ?",
	    "iii", now, id, now);
}

int
pq_ledger_releases_hasten(struct pq_store *s, const char *service, int64_t now)
{
	return pq_store_do(s,
	    "UPDATE releases SET next_try = ? WHERE service = ? AND"
	    " state = 'quarantined' AND next_try > ?",
	    "isi", now, service, now);
}

int
pq_ledger_rebase(struct pq_store *s, int64_t now, int64_t tries, int64_t waits)
{
	(void)pq_store_do(s,
	    "UPDATE looks SET deadline = ? + deadline - opened, opened = ?"
	    " WHERE state = 'resolving' AND opened > ?",
	    "iii", now, now, now);
	(void)pq_store_do(s,
	    "UPDATE looks SET next_try = ? WHERE state = 'resolving' AND"
	    " next_try > ?",
	    "ii", now, now + tries);
	(void)pq_store_do(s,
	    "UPDATE releases SET next_try = ? WHERE state IN"
	    " ('fetching','examining','re-fetching') AND next_try > ?",
	    "ii", now, now + tries);
	(void)pq_store_do(s,
	    "UPDATE releases SET next_try = ? WHERE state = 'quarantined' AND"
	    " next_try > ?",
	    "ii", now, now + waits);
	return s->fault;
}

int64_t
pq_ledger_looks_open(struct pq_store *s, const char *service)
{
	return pq_store_int(s, 0,
	    "SELECT count(*) FROM looks WHERE service = ? AND"
	    " state = 'resolving'",
	    "s", service);
}

#define RELEASE_COLUMNS                                                    \
	"id, service, tag, digest, manifest, config, state, reason,"       \
	" commit_id, tag_object, signer, key, policy_hash, clock_boot_id," \
	" container, first_seen, changed, next_try, deadline, tries,"      \
	" clock_first, clock_served, clock_wall, clock_boot, attempt,"     \
	" live_since, noticed, sticky"

int
pq_ledger_release_add(struct pq_store *s, const struct pq_release *r)
{
	return pq_store_do(s,
	    "INSERT INTO releases(" RELEASE_COLUMNS ")"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "issssssssssssssiiiiiiiiiiiii", r->id, r->service, r->tag,
	    r->digest, r->manifest, r->config, pq_state_name(r->state),
	    r->reason, r->commit, r->tag_object, r->signer, r->key,
	    r->policy_hash, r->clock.boot_id, r->container, r->first_seen,
	    r->changed, r->next_try, r->deadline, r->tries,
	    r->clock.first_wall_ms, r->clock.served_ms, r->clock.last_wall_ms,
	    r->clock.last_boot_ms, r->attempt, r->live_since, r->noticed,
	    r->sticky);
}

int
pq_ledger_release_save(struct pq_store *s, const struct pq_release *r)
{
	return pq_store_do(s,
	    "UPDATE releases SET tag = ?, manifest = ?, config = ?, state = ?,"
	    " reason = ?, commit_id = ?, tag_object = ?, signer = ?, key = ?,"
	    " policy_hash = ?, changed = ?, next_try = ?, deadline = ?,"
	    " tries = ?, clock_first = ?, clock_served = ?, clock_wall = ?,"
	    " clock_boot = ?, clock_boot_id = ?, attempt = ?, live_since = ?,"
	    " noticed = ?, sticky = ?, container = ? WHERE id = ?",
	    "ssssssssssiiiiiiiisiiiisi", r->tag, r->manifest, r->config,
	    pq_state_name(r->state), r->reason, r->commit, r->tag_object,
	    r->signer, r->key, r->policy_hash, r->changed, r->next_try,
	    r->deadline, r->tries, r->clock.first_wall_ms, r->clock.served_ms,
	    r->clock.last_wall_ms, r->clock.last_boot_ms, r->clock.boot_id,
	    r->attempt, r->live_since, r->noticed, r->sticky, r->container,
	    r->id);
}

static void
release_read_texts(sqlite3_stmt *st, struct pq_release *r)
{
	char state[32];

	TEXT(1, r->service);
	TEXT(2, r->tag);
	TEXT(3, r->digest);
	TEXT(4, r->manifest);
	TEXT(5, r->config);
	TEXT(6, state);
	r->state = pq_state_by_name(state);
	TEXT(7, r->reason);
	TEXT(8, r->commit);
	TEXT(9, r->tag_object);
	TEXT(10, r->signer);
	TEXT(11, r->key);
	TEXT(12, r->policy_hash);
	TEXT(13, r->clock.boot_id);
	TEXT(14, r->container);
}

int
pq_ledger_release(struct pq_store *s, int64_t id, struct pq_release *ret)
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
pq_ledger_floor(struct pq_store *s, const char *service, const char *instead_of,
    struct pq_floor *f)
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT tag FROM releases WHERE service = ? AND live_since > 0"
	    " ORDER BY live_since",
	    "s", service);
	char tag[PQ_TAG_TEXT];

	while (pq_store_next(s, st) == 1) {
		TEXT(0, tag);
		pq_floor_raise(f, tag, PQ_FLOOR_LIVE, instead_of);
	}
}

int
pq_ledger_tag_seen(struct pq_store *s, const char *service, const char *kind,
    const char *name, const char *object, int64_t now, char was[PQ_DIGEST_TEXT])
{
	sqlite3_stmt *st;
	int r;

	(void)pq_store_do(s,
	    "INSERT INTO tags VALUES(?,?,?,?,?)"
	    " ON CONFLICT DO NOTHING",
	    "ssssi", service, kind, name, object, now);
	st = pq_store_query(s,
	    "SELECT object FROM tags WHERE service = ? AND kind = ? AND"
	    " name = ? AND object <> ? LIMIT 1",
	    "ssss", service, kind, name, object);
	r = pq_store_next(s, st);
	if (r == 1)
		pq_store_text(st, 0, was, PQ_DIGEST_TEXT);
	if (r >= 0)
		pq_store_done(st);
	return r;
}

int
pq_ledger_hold(struct pq_store *s, const char *service, const char *actor,
    const char *reason, bool alarm, int64_t now)
{
	/* an operator's hold must not turn an alarm into something milder */
	return pq_store_do(s,
	    "INSERT INTO holds VALUES(?,?,?,?,?) ON CONFLICT(service) DO UPDATE"
	    " SET actor = excluded.actor, reason = excluded.reason,"
	    " at = excluded.at, alarm = max(alarm, excluded.alarm)"
	    " WHERE excluded.alarm >= holds.alarm",
	    "sssii", service, actor, reason, (int64_t)alarm, now);
}

int
pq_ledger_unhold(struct pq_store *s, const char *service)
{
	return pq_store_do(
	    s, "DELETE FROM holds WHERE service = ?", "s", service);
}

int
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
		return 0;
	}
	if (r < 0) { /* unknown is held */
		(void)snprintf(reason, PQ_REASON_TEXT, "ledger fault");
		return 2;
	}
	pq_store_text(st, 0, reason, PQ_REASON_TEXT);
	r = sqlite3_column_int(st, 1) ? 2 : 1;
	pq_store_done(st);
	return r;
}

/*
 * Who may push to a registry can make us refuse without end, and evidence is
 * large: of what has ended in a service, that of the last few is kept.
 */
static void
evidence_prune(struct pq_store *s, int64_t release)
{
	(void)pq_store_do(s,
	    "DELETE FROM evidence WHERE release IN (SELECT e.id FROM"
	    " releases e JOIN releases r ON r.service = e.service WHERE"
	    " r.id = ? AND e.state IN"
	    " ('refused','rejected','superseded','failed')"
	    " ORDER BY e.changed DESC, e.id DESC LIMIT -1 OFFSET ?)",
	    "ii", release, (int64_t)PQ_LEDGER_EVIDENCE);
}

int
pq_ledger_keep(struct pq_store *s, int64_t release, const char *when,
    struct pq_slice findings, struct pq_slice document, int64_t now)
{
	if (findings.n)
		(void)pq_store_do(s,
		    "INSERT INTO findings(release, at, phase,"
		    " findings) VALUES(?,?,?,?)",
		    "iisb", release, now, when, findings);
	if (document.n) {
		(void)pq_store_do(s,
		    "INSERT INTO evidence VALUES(?,?,?,?)"
		    " ON CONFLICT(release, phase) DO UPDATE SET"
		    " at = excluded.at, document = excluded.document",
		    "isib", release, when, now, document);
		evidence_prune(s, release);
	}
	return s->fault;
}

unsigned
pq_ledger_approvals(struct pq_store *s, const struct pq_release *r)
{
	return (unsigned)pq_store_int(s, 0,
	    "SELECT count(DISTINCT operator) FROM approvals WHERE release = ?"
	    " AND digest = ? AND policy_hash = ?",
	    "iss", r->id, r->digest, r->policy_hash);
}

int
pq_ledger_approvals_drop(struct pq_store *s, int64_t release)
{
	return pq_store_do(
	    s, "DELETE FROM approvals WHERE release = ?", "i", release);
}
