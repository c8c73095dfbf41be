/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: its schema, and the statements about several tables.
 * ledger_NOUN.c holds the statements about one noun, and audit.c those about
 * the audit chain. No other file of the warden contains SQL.
 *
 * The database enforces uniqueness with indexes: one row for each signed
 * delivery id, for each body of an unsigned id, for each open look of a tag and
 * for each pair of service and digest. So neither a race nor a crash can create
 * a second row. Each statement is a string literal. Untrusted bytes are bound
 * as parameters and never become part of the SQL text.
 */
#include "warden/ledger.h"

#include "warden/ledger_rows.h"

/*
 * Each script has run on existing ledgers, so it must never change. That is why
 * the states are written out here. A new state needs a new script, which
 * replaces the CHECK and the indexes that name states; test_ledger_states.c
 * fails until it exists.
 */
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
    /* Scheme 1 is github: its HMAC covers the body only. A replay can change
     * the delivery id and the event, but not the body. */
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
 * A delivery id counts only if the signature covers it. GitHub's id is an
 * unsigned header: an attacker could choose it so that a genuine callback looks
 * like a repetition.
 */
static const char schema_2[] =
    "DROP INDEX callbacks_delivery;"
    "CREATE UNIQUE INDEX callbacks_delivery ON callbacks(service, delivery)"
    " WHERE scheme <> 1 AND delivery <> '';";

/*
 * parked: see enum pq_parked. tries, next_try: for a callback that verify could
 * not read.
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
 * A claim belongs to the callback that made it. claim_tag is the image tag of
 * the claim; it is empty if the claim does not count.
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

/*
 * id_signed is copied from the row of the scheme when the callback arrives. If
 * it is 0 the body identifies the callback. So a missing value makes the index
 * refuse more callbacks, not fewer.
 */
static const char schema_5[] =
    "ALTER TABLE callbacks ADD COLUMN id_signed INTEGER NOT NULL DEFAULT 0;"
    "UPDATE callbacks SET id_signed = 1 WHERE scheme <> 1;"
    "DROP INDEX callbacks_delivery;"
    "CREATE UNIQUE INDEX callbacks_delivery ON callbacks(service, delivery)"
    " WHERE id_signed <> 0 AND delivery <> '';"
    "DROP INDEX callbacks_body;"
    "CREATE UNIQUE INDEX callbacks_body ON callbacks(service, body_hash)"
    " WHERE id_signed = 0;";

/*
 * encoding: 1 is the VERDICT message of schema 5 (old_proof.c), 2 is the format
 * of pq_proof_encode().
 */
static const char schema_6[] =
    "ALTER TABLE proofs RENAME COLUMN verdict TO proof;"
    "ALTER TABLE proofs ADD COLUMN encoding INTEGER NOT NULL DEFAULT 1;";

/*
 * turn, mark, lapsed: see struct pq_look. A callback is not parked any more: it
 * opens its look at once, and the look waits.
 */
static const char schema_7[] =
    "ALTER TABLE callbacks ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE callbacks ADD COLUMN lapsed INTEGER NOT NULL DEFAULT 0;"
    "DROP INDEX callbacks_parked;"
    "DROP INDEX callbacks_waiting;"
    "ALTER TABLE callbacks DROP COLUMN parked;"
    "CREATE INDEX callbacks_waiting ON callbacks(id) WHERE state = 'received';"
    "ALTER TABLE looks ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE looks ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE looks ADD COLUMN lapsed INTEGER NOT NULL DEFAULT 0;"
    "UPDATE looks SET turn = id WHERE state = 'resolving' AND tries = 0;"
    "DROP INDEX looks_due;"
    "CREATE INDEX looks_due ON looks(service, next_try)"
    " WHERE state = 'resolving' AND turn = 0;"
    "CREATE INDEX looks_turn ON looks(service, turn)"
    " WHERE state = 'resolving' AND turn > 0;";

/*
 * mono is -1 for a reading without CLOCK_MONOTONIC: no time counts until the
 * next reading, and the time served before stays.
 */
static const char schema_8[] =
    "ALTER TABLE clock ADD COLUMN mono INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE releases ADD COLUMN clock_mono INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE releases ADD COLUMN clock_gone INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE releases ADD COLUMN clock_back INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE releases ADD COLUMN clock_down INTEGER NOT NULL DEFAULT 0;";

/* since: see struct pq_look */
static const char schema_9[] =
    "ALTER TABLE looks ADD COLUMN since INTEGER NOT NULL DEFAULT 0;"
    "UPDATE looks SET since = turn WHERE state = 'resolving';"
    "CREATE INDEX looks_since ON looks(service, since)"
    " WHERE state = 'resolving' AND turn > 0;";

static const char *const migrations[] = { schema_1, schema_2, schema_3,
	schema_4, schema_5, schema_6, schema_7, schema_8, schema_9 };

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

/* Looks have their own limit, so that they cannot displace the releases. */
size_t
pq_ledger_list(struct pq_store *s, const char *service, const char *state,
    int64_t ids[PQ_LEDGER_LIST])
{
	return pq_ledger_ids(s,
	    pq_store_query(s,
		"SELECT id FROM (SELECT id FROM releases WHERE (? = '' OR"
		" service = ?) AND (? = '' OR state = ?)"
		" ORDER BY id DESC LIMIT 2000)"
		" UNION ALL SELECT id FROM (SELECT id FROM looks WHERE"
		" (? = '' OR service = ?) AND (? = '' OR state = ?) AND"
		" release = 0 ORDER BY id DESC LIMIT 200)"
		" ORDER BY id DESC",
		"ssssssss", service, service, state, state, service, service,
		state, state),
	    ids, PQ_LEDGER_LIST);
}
