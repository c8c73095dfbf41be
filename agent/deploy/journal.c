/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal. Deploy records each step here before it does the step. After a
 * crash, the recorded phase determines the next step. The state of the Docker
 * engine cannot determine it: several steps lead to the same state.
 */
#include "deploy/journal.h"

#include <string.h>

#include <pratique/version.h>

#define TICK_MAX 64 /* clocks per tick; the LIMIT in running_clocks() */

/* The column rejected has an enum pq_rejected: 2 is PQ_REJECTED_NOT. */
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
	" PRIMARY KEY(service, digest)) STRICT;"
	"CREATE TABLE images(service TEXT NOT NULL, digest TEXT NOT NULL,"
	" PRIMARY KEY(service, digest)) STRICT;",
	/* told is 0 until the warden confirms the hold */
	"ALTER TABLE holds ADD COLUMN told INTEGER NOT NULL DEFAULT 1;",
	"ALTER TABLE noticed ADD COLUMN overtaken INTEGER NOT NULL DEFAULT 0;",
	/* old_id and new_id are references in the format of this target */
	("ALTER TABLE deployments ADD COLUMN target TEXT NOT NULL"
	 " DEFAULT 'container';"),
	/*
	 * last_mono is -1 for a reading without CLOCK_MONOTONIC: no time counts
	 * until the next reading, and the time served before stays.
	 */
	("ALTER TABLE noticed ADD COLUMN last_mono INTEGER NOT NULL"
	 " DEFAULT -1;"
	 "ALTER TABLE noticed ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;"
	 "ALTER TABLE noticed ADD COLUMN back INTEGER NOT NULL DEFAULT 0;"
	 "ALTER TABLE noticed ADD COLUMN down INTEGER NOT NULL DEFAULT 0;"
	 "CREATE TABLE clock(one INTEGER PRIMARY KEY CHECK(one = 1),"
	 " mono INTEGER NOT NULL, boot_id TEXT NOT NULL) STRICT;"),
};

int
pq_journal_open(struct pq_store *s, const char *path, struct pq_err *err)
{
	return pq_store_open(s, path, migrations,
	    sizeof(migrations) / sizeof(migrations[0]), err);
}

int
pq_journal_noticed(struct pq_store *s, const char *service, const char *digest,
    struct pq_noticed *ret)
{
	struct pq_noticed n = { 0 };
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT tag, manifest, config, tag_object, rejected, first_wall,"
	    " served, last_wall, last_boot, boot_id, last_mono, gone, back,"
	    " down FROM noticed"
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
	n.rejected = (enum pq_rejected)sqlite3_column_int(st, 4);
	n.clock.first_wall_ms = sqlite3_column_int64(st, 5);
	n.clock.served_ms = sqlite3_column_int64(st, 6);
	n.clock.last_wall_ms = sqlite3_column_int64(st, 7);
	n.clock.last_boot_ms = sqlite3_column_int64(st, 8);
	pq_store_text(st, 9, n.clock.boot_id, sizeof(n.clock.boot_id));
	n.clock.last_mono_ms = sqlite3_column_int64(st, 10);
	n.clock.gone_ms = sqlite3_column_int64(st, 11);
	n.clock.back_ms = sqlite3_column_int64(st, 12);
	n.clock.down_ms = sqlite3_column_int64(st, 13);
	pq_store_done(st);
	*ret = n;
	return 1;
}

void
pq_journal_notice(struct pq_store *s, const struct pq_noticed *n)
{
	pq_store_do(s,
	    "INSERT OR REPLACE INTO noticed(service, digest, tag, manifest,"
	    " config, tag_object, rejected, first_wall, served, last_wall,"
	    " last_boot, boot_id, last_mono, gone, back, down)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "ssssssiiiiisiiii", n->service, n->digest, n->tag, n->manifest,
	    n->config, n->tag_object, (int64_t)n->rejected,
	    n->clock.first_wall_ms, n->clock.served_ms, n->clock.last_wall_ms,
	    n->clock.last_boot_ms, n->clock.boot_id, n->clock.last_mono_ms,
	    n->clock.gone_ms, n->clock.back_ms, n->clock.down_ms);
}

int
pq_journal_pin_tag(struct pq_store *s, const struct pq_noticed *n)
{
	int64_t other;

	pq_store_do(s,
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
	pq_store_do(s,
	    "INSERT OR REPLACE INTO holds(service, reason, told)"
	    " VALUES(?,?,1)",
	    "ss", service, reason);
}

void
pq_journal_unhold(struct pq_store *s, const char *service)
{
	pq_store_do(s, "DELETE FROM holds WHERE service = ?", "s", service);
}

void
pq_journal_begin_holds(struct pq_store *s)
{
	pq_store_do(s, "UPDATE holds SET told = 0", "");
}

void
pq_journal_end_holds(struct pq_store *s)
{
	pq_store_do(s, "DELETE FROM holds WHERE told = 0", "");
}

static void
record_rejection(struct pq_store *s, const char *service, const char *digest,
    enum pq_rejected how)
{
	pq_store_do(s,
	    "INSERT INTO noticed(service, digest, tag, manifest, config,"
	    " tag_object, rejected, first_wall, served, last_wall, last_boot,"
	    " boot_id) VALUES(?,?,'','','','',?,0,0,0,0,'')"
	    " ON CONFLICT DO UPDATE SET rejected = excluded.rejected",
	    "ssi", service, digest, (int64_t)how);
}

void
pq_journal_reject(struct pq_store *s, const char *service, const char *digest)
{
	record_rejection(s, service, digest, PQ_REJECTED_BY_OPERATOR);
}

void
pq_journal_failed(struct pq_store *s, const char *service, const char *digest)
{
	record_rejection(s, service, digest, PQ_REJECTED_FAILED);
}

/* This also deletes the quarantine clock. The pinned tag stays. */
void
pq_journal_lift(struct pq_store *s, const char *service, const char *digest)
{
	pq_store_do(s,
	    "DELETE FROM noticed WHERE service = ? AND digest = ?"
	    " AND rejected <> 2",
	    "ss", service, digest);
}

/* the condition of a clock that runs */
#define RUNNING                                          \
	"rejected = 2 AND overtaken = 0 AND NOT EXISTS(" \
	"SELECT 1 FROM live WHERE"                       \
	" live.service = noticed.service AND"            \
	" live.digest = noticed.digest)"

/*
 * List the clocks to tick. Clocks with a reading of an earlier boot come first,
 * the youngest of them at the front: such a clock receives no credit until it
 * has a reading of this boot. The other clocks follow. Among them, the clock
 * with the oldest tick comes first, so that each clock has its turn.
 */
static size_t
running_clocks(
    struct pq_store *s, const char *boot_id, struct pq_noticed v[TICK_MAX])
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT service, digest FROM noticed WHERE " RUNNING
	    " ORDER BY boot_id = ?, CASE WHEN boot_id = ? THEN last_boot"
	    " ELSE -first_wall END LIMIT 64",
	    "ss", boot_id, boot_id);
	size_t n = 0;

	while (n < TICK_MAX && pq_store_next(s, st) == 1) {
		pq_store_text(st, 0, v[n].service, sizeof(v[n].service));
		pq_store_text(st, 1, v[n].digest, sizeof(v[n].digest));
		n++;
	}
	pq_store_done(st);
	return n;
}

typedef enum pq_tick (*tick_fn)(struct pq_clock *, const struct pq_instant *);

/* Add the number of clocks that start again to @restarted. */
static void
tick_clocks(struct pq_store *s, const struct pq_instant *now, tick_fn tick,
    unsigned *restarted)
{
	struct pq_noticed v[TICK_MAX], one;
	size_t i, n = running_clocks(s, now->boot_id, v);

	for (i = 0; i < n; i++) {
		if (pq_journal_noticed(s, v[i].service, v[i].digest, &one) != 1)
			continue;
		if (tick(&one.clock, now) == PQ_TICK_ALARM) {
			pq_clock_start(&one.clock, now);
			(*restarted)++;
		}
		pq_journal_notice(s, &one);
	}
}

static void
save_clock(struct pq_store *s, const struct pq_instant *now)
{
	pq_store_do(s,
	    "INSERT INTO clock(one, mono, boot_id) VALUES(1,?,?)"
	    " ON CONFLICT(one) DO UPDATE SET mono = excluded.mono,"
	    " boot_id = excluded.boot_id",
	    "is", now->mono_ms, now->boot_id);
}

int64_t
pq_journal_down(struct pq_store *s, const struct pq_instant *now)
{
	sqlite3_stmt *st = pq_store_query(
	    s, "SELECT mono, boot_id FROM clock WHERE one = 1", "");
	struct pq_clock c = { 0 };

	if (pq_store_next(s, st) != 1)
		return 0;
	c.last_mono_ms = sqlite3_column_int64(st, 0);
	pq_store_text(st, 1, c.boot_id, sizeof(c.boot_id));
	pq_store_done(st);
	return pq_clock_down(&c, now);
}

/*
 * Resume all clocks, not only the next TICK_MAX: a clock that misses this tick
 * would count the time as if an operator could have objected.
 */
static unsigned
resume_clocks(struct pq_store *s, const struct pq_instant *now)
{
	int64_t n = pq_store_int(
	    s, 0, "SELECT count(*) FROM noticed WHERE " RUNNING, "");
	unsigned restarted = 0;

	for (; n > 0; n -= TICK_MAX)
		tick_clocks(s, now, pq_clock_resume, &restarted);
	return restarted;
}

unsigned
pq_journal_tick(struct pq_store *s, const struct pq_instant *now)
{
	unsigned restarted = 0;

	if (pq_journal_down(s, now) != 0)
		restarted = resume_clocks(s, now);
	else
		tick_clocks(s, now, pq_clock_tick, &restarted);
	save_clock(s, now);
	return restarted;
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
	pq_store_text(st, 8, d.old_ref, sizeof(d.old_ref));
	pq_store_text(st, 9, d.new_ref, sizeof(d.new_ref));
	d.outcome = (uint32_t)sqlite3_column_int(st, 10);
	pq_store_text(st, 11, d.reason, sizeof(d.reason));
	pq_store_text(st, 12, d.target, sizeof(d.target));
	pq_store_done(st);
	*ret = d;
	return 1;
}

#define COLUMNS                                                            \
	"release, attempt, service, tag, digest, manifest, config, phase," \
	" old_id, new_id, outcome, reason, target"

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
	pq_store_do(s,
	    /* OR REPLACE would delete an unfinished deployment, because the
	       index one_at_a_time reports it as a conflict */
	    "INSERT INTO deployments(" COLUMNS
	    ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"
	    " ON CONFLICT(release, attempt) DO UPDATE SET"
	    " phase = excluded.phase, old_id = excluded.old_id,"
	    " new_id = excluded.new_id, outcome = excluded.outcome,"
	    " reason = excluded.reason",
	    "uussssssssiss", d->release, d->attempt, d->service, d->tag,
	    d->digest, d->manifest, d->config, d->phase, d->old_ref, d->new_ref,
	    (int64_t)d->outcome, d->reason, d->target);
}

void
pq_journal_floor(struct pq_store *s, const char *service,
    const char *instead_of, struct pq_floor *f)
{
	sqlite3_stmt *st = pq_store_query(
	    s, "SELECT tag FROM live WHERE service = ?", "s", service);
	char tag[PQ_FLOOR_TEXT];

	while (pq_store_next(s, st) == 1) {
		pq_store_text(st, 0, tag, sizeof(tag));
		pq_floor_raise(f, tag, PQ_FLOOR_LIVE, instead_of);
	}
}

int
pq_journal_was(struct pq_store *s, const char *service, const char *digest,
    char tag[PQ_FLOOR_TEXT])
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT tag FROM live WHERE service = ? AND digest = ?", "ss",
	    service, digest);
	int r = pq_store_next(s, st);

	if (r != 1)
		return r;
	pq_store_text(st, 0, tag, PQ_FLOOR_TEXT);
	pq_store_done(st);
	return 1;
}

/* Return true if @tag is lower than @highest, or is not a version. */
static bool
is_overtaken(const char *tag, const char *highest)
{
	int order;

	return pq_version_compare(
		   &order, pq_slice_str(tag), pq_slice_str(highest)) != 0 ||
	    order < 0;
}

static size_t
find_overtaken(struct pq_store *s, const char *service, const char *highest,
    char digests[TICK_MAX][PQ_DIGEST_TEXT])
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT digest, tag FROM noticed WHERE service = ? AND"
	    " rejected = 2 AND overtaken = 0",
	    "s", service);
	char tag[PQ_TAG_TEXT];
	size_t n = 0;

	while (n < TICK_MAX && pq_store_next(s, st) == 1) {
		pq_store_text(st, 0, digests[n], PQ_DIGEST_TEXT);
		pq_store_text(st, 1, tag, sizeof(tag));
		n += is_overtaken(tag, highest);
	}
	pq_store_done(st);
	return n;
}

/* Stop the clocks of older versions: these versions can never go live. */
static void
mark_overtaken(struct pq_store *s, const char *service, const char *instead_of)
{
	char digests[TICK_MAX][PQ_DIGEST_TEXT];
	struct pq_floor highest = { 0 };
	size_t i, n = TICK_MAX;

	pq_journal_floor(s, service, instead_of, &highest);
	if (highest.version[0] == '\0')
		return;
	while (n == TICK_MAX && s->fault == 0) {
		n = find_overtaken(s, service, highest.version, digests);
		for (i = 0; i < n; i++)
			pq_store_do(s,
			    "UPDATE noticed SET overtaken = 1"
			    " WHERE service = ? AND digest = ?",
			    "ss", service, digests[i]);
	}
}

void
pq_journal_live(struct pq_store *s, const struct pq_deployment *d, int64_t at,
    const char *instead_of)
{
	pq_store_do(s,
	    "INSERT OR REPLACE INTO live(service, digest, tag, at)"
	    " VALUES(?,?,?,?)",
	    "sssi", d->service, d->digest, d->tag, at);
	mark_overtaken(s, d->service, instead_of);
}

void
pq_journal_pulled(struct pq_store *s, const struct pq_deployment *d)
{
	pq_store_do(s,
	    "INSERT INTO images(service, digest) VALUES(?,?)"
	    " ON CONFLICT DO NOTHING",
	    "ss", d->service, d->digest);
}

void
pq_journal_forget_image(
    struct pq_store *s, const char *service, const char *digest)
{
	pq_store_do(s, "DELETE FROM images WHERE service = ? AND digest = ?",
	    "ss", service, digest);
}

int
pq_journal_surplus(struct pq_store *s, const char *service, unsigned keep,
    char digest[PQ_DIGEST_TEXT])
{
	sqlite3_stmt *st = pq_store_query(s,
	    "SELECT digest FROM images WHERE service = ? AND digest NOT IN"
	    " (SELECT digest FROM live WHERE service = ?"
	    "  ORDER BY at DESC, rowid DESC LIMIT ?) LIMIT 1",
	    "ssi", service, service, (int64_t)keep);
	int r = pq_store_next(s, st);

	if (r == 1)
		pq_store_text(st, 0, digest, PQ_DIGEST_TEXT);
	pq_store_done(st);
	return r;
}
