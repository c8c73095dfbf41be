/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: each step is written before it is done, so that after a crash
 * the phase in here decides what happens next, never what Docker happens to
 * look like.
 */
#include "deploy/journal.h"

#include <string.h>

#include "gate/order.h"

static const char *const migrations[] = {
	"CREATE TABLE noticed(service TEXT NOT NULL, digest TEXT NOT NULL,"
	" tag TEXT NOT NULL, manifest TEXT NOT NULL, config TEXT NOT NULL,"
	" tag_object TEXT NOT NULL, rejected INTEGER NOT NULL,"
	" first_wall INTEGER NOT NULL, served INTEGER NOT NULL,"
	" last_wall INTEGER NOT NULL, last_boot INTEGER NOT NULL,"
	" boot_id TEXT NOT NULL, PRIMARY KEY(service, digest)) STRICT;"
	"CREATE TABLE tags(service TEXT NOT NULL, tag TEXT NOT NULL,"
	" tag_object TEXT NOT NULL, digest TEXT NOT NULL,"
	" PRIMARY KEY(service, tag)) STRICT;"
	"CREATE TABLE holds(service TEXT PRIMARY KEY, reason TEXT NOT NULL)"
	" STRICT;"
	"CREATE TABLE deployments(release INTEGER NOT NULL,"
	" attempt INTEGER NOT NULL, service TEXT NOT NULL, tag TEXT NOT NULL,"
	" digest TEXT NOT NULL, manifest TEXT NOT NULL, config TEXT NOT NULL,"
	" phase TEXT NOT NULL, old_id TEXT NOT NULL, new_id TEXT NOT NULL,"
	" outcome INTEGER NOT NULL, reason TEXT NOT NULL,"
	" PRIMARY KEY(release, attempt)) STRICT;"
	"CREATE UNIQUE INDEX one_at_a_time ON deployments((1))"
	" WHERE phase <> 'done';"
	"CREATE TABLE live(service TEXT NOT NULL, digest TEXT NOT NULL,"
	" tag TEXT NOT NULL, at INTEGER NOT NULL,"
	" PRIMARY KEY(service, digest)) STRICT;",
};

int
pq_journal_open(struct pq_store *s, const char *path, struct pq_err *err)
{
	return pq_store_open(s, path, migrations, 1, err);
}

int
pq_journal_noticed(struct pq_store *s, const char *service, const char *digest,
    struct pq_noticed *ret)
{
	struct pq_noticed n = { 0 };
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT tag, manifest, config, tag_object, rejected, first_wall,"
	    " served, last_wall, last_boot, boot_id FROM noticed"
	    " WHERE service = ? AND digest = ?",
	    "ss", service, digest);
	int r = pq_store_next(s, st);

	if (r != 1)
		return r;
	(void)strncat(n.service, service, sizeof(n.service) - 1);
	(void)strncat(n.digest, digest, sizeof(n.digest) - 1);
	pq_store_text(st, 0, n.tag, sizeof(n.tag));
	pq_store_text(st, 1, n.manifest, sizeof(n.manifest));
	pq_store_text(st, 2, n.config, sizeof(n.config));
	pq_store_text(st, 3, n.tag_object, sizeof(n.tag_object));
	n.rejected = sqlite3_column_int(st, 4) != 0;
	n.clock.first_wall_ms = sqlite3_column_int64(st, 5);
	n.clock.served_ms = sqlite3_column_int64(st, 6);
	n.clock.last_wall_ms = sqlite3_column_int64(st, 7);
	n.clock.last_boot_ms = sqlite3_column_int64(st, 8);
	pq_store_text(st, 9, n.clock.boot_id, sizeof(n.clock.boot_id));
	pq_store_done(st);
	*ret = n;
	return 1;
}

void
pq_journal_notice(struct pq_store *s, const struct pq_noticed *n)
{
	(void)pq_store_do(s,
	    "INSERT OR REPLACE INTO noticed(service, digest, tag, manifest,"
	    " config, tag_object, rejected, first_wall, served, last_wall,"
	    " last_boot, boot_id) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
	    "ssssssiiiiis", n->service, n->digest, n->tag, n->manifest,
	    n->config, n->tag_object, (int64_t)n->rejected,
	    n->clock.first_wall_ms, n->clock.served_ms, n->clock.last_wall_ms,
	    n->clock.last_boot_ms, n->clock.boot_id);
}

int
pq_journal_tag(struct pq_store *s, const struct pq_noticed *n)
{
	int64_t other;

	(void)pq_store_do(s,
	    "INSERT INTO tags(service, tag, tag_object, digest)"
	    " VALUES(?,?,?,?) ON CONFLICT DO NOTHING",
	    "ssss", n->service, n->tag, n->tag_object, n->digest);
	other = pq_store_int(s, 1,
	    "SELECT count(*) FROM tags WHERE service = ? AND tag = ?"
	    " AND NOT (tag_object = ? AND digest = ?)",
	    "ssss", n->service, n->tag, n->tag_object, n->digest);
	return other == 0 ? 0 : 1;
}

bool
pq_journal_held(struct pq_store *s, const char *service, char reason[512])
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT reason FROM holds WHERE service = ? OR service = '*'", "s",
	    service);

	if (pq_store_next(s, st) != 1)
		return s->fault != 0;
	pq_store_text(st, 0, reason, 512);
	pq_store_done(st);
	return true;
}

void
pq_journal_hold(struct pq_store *s, const char *service, const char *reason)
{
	(void)pq_store_do(s,
	    "INSERT OR REPLACE INTO holds(service, reason) VALUES(?,?)", "ss",
	    service, reason);
}

void
pq_journal_unhold(struct pq_store *s, const char *service)
{
	(void)pq_store_do(
	    s, "DELETE FROM holds WHERE service = ?", "s", service);
}

void
pq_journal_reject(struct pq_store *s, const char *service, const char *digest)
{
	(void)pq_store_do(s,
	    "UPDATE noticed SET rejected = 1 WHERE service = ? AND digest = ?",
	    "ss", service, digest);
}

static int
read_deployment(struct pq_store *s, sqlite3_stmt *st, struct pq_deployment *ret)
{
	struct pq_deployment d = { 0 };
	int r = pq_store_next(s, st);

	if (r != 1)
		return r;
	d.release = (uint64_t)sqlite3_column_int64(st, 0);
	d.attempt = (uint64_t)sqlite3_column_int64(st, 1);
	pq_store_text(st, 2, d.service, sizeof(d.service));
	pq_store_text(st, 3, d.tag, sizeof(d.tag));
	pq_store_text(st, 4, d.digest, sizeof(d.digest));
	pq_store_text(st, 5, d.manifest, sizeof(d.manifest));
	pq_store_text(st, 6, d.config, sizeof(d.config));
	pq_store_text(st, 7, d.phase, sizeof(d.phase));
	pq_store_text(st, 8, d.old_id, sizeof(d.old_id));
	pq_store_text(st, 9, d.new_id, sizeof(d.new_id));
	d.outcome = (uint32_t)sqlite3_column_int(st, 10);
	pq_store_text(st, 11, d.reason, sizeof(d.reason));
	pq_store_done(st);
	*ret = d;
	return 1;
}

#define COLUMNS                                                            \
	"release, attempt, service, tag, digest, manifest, config, phase," \
	" old_id, new_id, outcome, reason"

int
pq_journal_attempt(struct pq_store *s, uint64_t release, uint64_t attempt,
    struct pq_deployment *ret)
{
	return read_deployment(s,
	    pq_store_query(s,
		"SELECT " COLUMNS " FROM deployments WHERE release = ?"
		" AND attempt = ?",
		"uu", release, attempt),
	    ret);
}

int
pq_journal_unfinished(struct pq_store *s, struct pq_deployment *ret)
{
	return read_deployment(s,
	    pq_store_query(s,
		"SELECT " COLUMNS " FROM deployments WHERE phase <> 'done'",
		""),
	    ret);
}

void
pq_journal_put(struct pq_store *s, const struct pq_deployment *d)
{
	(void)pq_store_do(s,
	    "INSERT OR REPLACE INTO deployments(" COLUMNS
	    ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
	    "uussssssssis", d->release, d->attempt, d->service, d->tag,
	    d->digest, d->manifest, d->config, d->phase, d->old_id, d->new_id,
	    (int64_t)d->outcome, d->reason);
}

bool
pq_journal_highest(struct pq_store *s, const char *service, char tag[129])
{
	sqlite3_stmt *st = pq_store_query(
	    s, "SELECT tag FROM live WHERE service = ?", "s", service);
	bool found = false;
	char one[129];
	int order;

	while (pq_store_next(s, st) == 1) {
		pq_store_text(st, 0, one, sizeof(one));
		if (found &&
		    (pq_order_compare(
			 &order, pq_slice_str(one), pq_slice_str(tag)) != 0 ||
			order <= 0))
			continue;
		memcpy(tag, one, sizeof(one));
		found = true;
	}
	return found;
}

bool
pq_journal_was_live(struct pq_store *s, const char *service, const char *digest)
{
	return pq_store_int(s, 0,
		   "SELECT count(*) FROM live WHERE service = ?"
		   " AND digest = ?",
		   "ss", service, digest) != 0;
}

void
pq_journal_live(struct pq_store *s, const struct pq_deployment *d, int64_t at)
{
	(void)pq_store_do(s,
	    "INSERT OR REPLACE INTO live(service, digest, tag, at)"
	    " VALUES(?,?,?,?)",
	    "sssi", d->service, d->digest, d->tag, at);
}
