/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deploy/journal.h"
#include "support/temporary.h"

#define A "sha256:aa"
#define B "sha256:bb"
#define C "sha256:cc"

static char path[TEMPORARY_ROOM];
static struct pq_store s;

static void
reopen_journal(void)
{
	struct pq_err err = PQ_ERR_INIT;

	pq_store_close(&s);
	if (pq_journal_open(&s, path, &err) != 0)
		fail_msg("%s", err.text);
}

static int
create_journal(void **state)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	(void)unlink(path);
	return pq_journal_open(&s, path, &err);
}

static int
close_journal(void **state)
{
	(void)state;
	assert_int_equal(s.fault, 0);
	pq_store_close(&s);
	return 0;
}

static struct pq_instant
instant_at(int64_t second, const char *boot)
{
	struct pq_instant i = { .wall_ms = (1000000 + second) * 1000,
		.boot_ms = second * 1000,
		.mono_ms = second * 1000 };

	(void)snprintf(i.boot_id, sizeof(i.boot_id), "%s", boot);
	return i;
}

static struct pq_noticed
new_notice(const char *service, const char *tag, const char *digest)
{
	struct pq_noticed n = { .manifest = "sha256:01",
		.config = "sha256:02",
		.tag_object = "1111",
		.rejected = PQ_REJECTED_NOT };
	struct pq_instant now = instant_at(100, "boot");

	(void)snprintf(n.service, sizeof(n.service), "%s", service);
	(void)snprintf(n.tag, sizeof(n.tag), "%s", tag);
	(void)snprintf(n.digest, sizeof(n.digest), "%s", digest);
	pq_clock_start(&n.clock, &now);
	return n;
}

static void
put_notice(const char *service, const char *tag, const char *digest)
{
	struct pq_noticed n = new_notice(service, tag, digest);

	pq_journal_notice(&s, &n);
}

static void
test_journal__remembers_a_notice(void **state)
{
	struct pq_noticed n = new_notice("web", "1.0.0", A), got;

	(void)state;
	n.clock.served_ms = 5;
	pq_store_begin(&s);
	pq_journal_notice(&s, &n);
	assert_int_equal(pq_store_commit(&s), 0);
	reopen_journal();
	assert_int_equal(pq_journal_noticed(&s, "web", A, &got), 1);
	assert_memory_equal(&got.clock, &n.clock, sizeof(n.clock));
	assert_string_equal(got.service, "web");
	assert_string_equal(got.digest, A);
	assert_string_equal(got.tag, "1.0.0");
	assert_string_equal(got.manifest, "sha256:01");
	assert_string_equal(got.config, "sha256:02");
	assert_string_equal(got.tag_object, "1111");
	assert_int_equal(got.rejected, PQ_REJECTED_NOT);
	/* another service or another image has no record */
	got.tag[0] = '!';
	assert_int_equal(pq_journal_noticed(&s, "api", A, &got), 0);
	assert_int_equal(pq_journal_noticed(&s, "web", B, &got), 0);
	assert_int_equal(got.tag[0], '!');
}

static void
test_journal__forgets_an_uncommitted_notice(void **state)
{
	struct pq_noticed got;

	(void)state;
	pq_store_begin(&s);
	put_notice("web", "1.0.0", A);
	pq_store_rollback(&s);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &got), 0);
}

static void
test_journal__refuses_a_moved_tag(void **state)
{
	struct pq_noticed n = new_notice("web", "1.0.0", A);

	(void)state;
	assert_int_equal(pq_journal_pin_tag(&s, &n), 0);
	assert_int_equal(pq_journal_pin_tag(&s, &n), 0);
	(void)snprintf(n.digest, sizeof(n.digest), B);
	assert_int_equal(pq_journal_pin_tag(&s, &n), 1);
	(void)snprintf(n.digest, sizeof(n.digest), A);
	(void)snprintf(n.tag_object, sizeof(n.tag_object), "2222");
	assert_int_equal(pq_journal_pin_tag(&s, &n), 1);
	n.tag_object[0] = '\0'; /* losing the tag object is a change, too */
	assert_int_equal(pq_journal_pin_tag(&s, &n), 1);
	/* a refused pair does not replace the recorded one */
	n = new_notice("web", "1.0.0", A);
	assert_int_equal(pq_journal_pin_tag(&s, &n), 0);
	/* another tag, or another service, is recorded separately */
	n = new_notice("web", "1.0.1", B);
	assert_int_equal(pq_journal_pin_tag(&s, &n), 0);
	n = new_notice("api", "1.0.0", B);
	assert_int_equal(pq_journal_pin_tag(&s, &n), 0);
	/* lifting a rejection does not delete the record */
	pq_journal_reject(&s, "web", A);
	pq_journal_lift(&s, "web", A);
	n = new_notice("web", "1.0.0", C);
	assert_int_equal(pq_journal_pin_tag(&s, &n), 1);
}

static void
test_journal__holds_a_service_until_unhold(void **state)
{
	char why[512] = "untouched";

	(void)state;
	assert_false(pq_journal_held(&s, "web", why));
	assert_string_equal(why, "untouched");
	pq_journal_hold(&s, "web", "incident 7");
	pq_journal_hold(&s, "web", "incident 8");
	assert_true(pq_journal_held(&s, "web", why));
	assert_string_equal(why, "incident 8");
	assert_false(pq_journal_held(&s, "api", why));
	pq_journal_unhold(&s, "api");
	assert_true(pq_journal_held(&s, "web", why));
	pq_journal_unhold(&s, "web");
	assert_false(pq_journal_held(&s, "web", why));
}

static void
test_journal__keeps_a_hold_of_all_services(void **state)
{
	char why[512] = "";

	(void)state;
	pq_journal_hold(&s, "*", "the clock was stepped");
	pq_journal_hold(&s, "api", "incident");
	assert_true(pq_journal_held(&s, "web", why));
	assert_string_equal(why, "the clock was stepped");
	pq_journal_unhold(&s, "web");
	assert_true(pq_journal_held(&s, "web", why));
	pq_journal_unhold(&s, "*");
	assert_false(pq_journal_held(&s, "web", why));
	assert_true(pq_journal_held(&s, "api", why));
}

/* A crash while the warden sends the holds again must not lift one. */
static void
test_journal__keeps_holds_until_all_are_sent_again(void **state)
{
	char why[512] = "";

	(void)state;
	pq_journal_hold(&s, "web", "lifted while we were away");
	pq_journal_hold(&s, "api", "incident");
	pq_journal_begin_holds(&s);
	reopen_journal();
	assert_true(pq_journal_held(&s, "web", why));
	assert_true(pq_journal_held(&s, "api", why));
	pq_journal_begin_holds(&s);
	pq_journal_hold(&s, "api", "incident");
	pq_journal_hold(&s, "db", "new");
	assert_true(pq_journal_held(&s, "web", why));
	pq_journal_end_holds(&s);
	assert_false(pq_journal_held(&s, "web", why));
	assert_true(pq_journal_held(&s, "api", why));
	assert_true(pq_journal_held(&s, "db", why));
}

static void
test_journal__holds_all_services_after_a_failure(void **state)
{
	struct pq_noticed n = new_notice("web", "1.0.0", A);
	struct pq_deployment d;
	char why[512] = "";

	(void)state;
	s.fault = -PQ_ESTORE;
	assert_true(pq_journal_held(&s, "web", why));
	/* a failed journal must not look like an empty one */
	assert_int_equal(pq_journal_pin_tag(&s, &n), 1);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &n), -PQ_ESTORE);
	assert_int_equal(pq_journal_attempt(&s, 7, 9, &d), -PQ_ESTORE);
	assert_int_equal(pq_journal_unfinished(&s, &d), -PQ_ESTORE);
	s.fault = 0;
	assert_false(pq_journal_held(&s, "web", why));
}

static void
test_journal__rejects_an_unknown_digest(void **state)
{
	struct pq_noticed n;

	(void)state;
	pq_journal_reject(&s, "web", A);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &n), 1);
	assert_int_equal(n.rejected, PQ_REJECTED_BY_OPERATOR);
	assert_int_equal(pq_journal_noticed(&s, "api", A, &n), 0);
	/* its clock has not started */
	assert_int_equal(n.clock.first_wall_ms, 0);
}

/* A digest that was rolled back is rejected until an operator retries it. */
static void
test_journal__rejects_a_failed_digest(void **state)
{
	struct pq_noticed n;

	(void)state;
	put_notice("web", "1.0.0", A);
	pq_journal_failed(&s, "web", A);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &n), 1);
	assert_int_equal(n.rejected, PQ_REJECTED_FAILED);
	pq_journal_lift(&s, "web", A);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &n), 0);
}

static void
test_journal__forgets_the_time_served_when_lifted(void **state)
{
	struct pq_noticed n;

	(void)state;
	put_notice("web", "1.0.0", A);
	put_notice("web", "1.0.1", B);
	/* lifting changes only a rejected digest */
	pq_journal_lift(&s, "web", B);
	assert_int_equal(pq_journal_noticed(&s, "web", B, &n), 1);
	pq_journal_reject(&s, "web", A);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &n), 1);
	assert_int_equal(n.rejected, PQ_REJECTED_BY_OPERATOR);
	assert_string_equal(n.tag, "1.0.0");
	pq_journal_lift(&s, "web", A);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &n), 0);
}

static int64_t
served_ms(const char *digest)
{
	struct pq_noticed n;

	assert_int_equal(pq_journal_noticed(&s, "web", digest, &n), 1);
	return n.clock.served_ms;
}

static void
test_journal__ticks_every_running_clock(void **state)
{
	struct pq_deployment d = { .service = "web", .tag = "0", .digest = C };
	struct pq_instant now = instant_at(130, "boot");

	(void)state;
	put_notice("web", "1", A);
	put_notice("web", "2", B);
	put_notice("web", "0", C);
	pq_journal_reject(&s, "web", B);
	pq_journal_live(&s, &d, 1, NULL);
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served_ms(A), 30000);
	assert_int_equal(served_ms(B), 0);
	assert_int_equal(served_ms(C), 0);
	/* the gap of a reboot adds nothing */
	now = instant_at(500, "another boot");
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served_ms(A), 30000);
	now = instant_at(510, "another boot");
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served_ms(A), 40000);
}

static void
test_journal__restarts_all_clocks_after_a_step(void **state)
{
	struct pq_instant now = instant_at(130, "boot");
	struct pq_noticed n;

	(void)state;
	put_notice("web", "1", A);
	put_notice("web", "2", B);
	now.wall_ms += (int64_t)3600 * 1000;
	assert_int_equal(pq_journal_tick(&s, &now), 2);
	assert_int_equal(served_ms(A), 0);
	assert_int_equal(pq_journal_noticed(&s, "web", B, &n), 1);
	assert_int_equal(n.clock.first_wall_ms, now.wall_ms);
	/* the rest of the notice is unchanged */
	assert_string_equal(n.tag, "2");
	assert_string_equal(n.tag_object, "1111");
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	/* a boot time that runs backwards restarts the clocks, too */
	now.boot_ms -= 1;
	assert_int_equal(pq_journal_tick(&s, &now), 2);
}

/* Put 150 notices, more than two batches, and tick all of them. */
static void
put_many(struct pq_instant *now)
{
	char digest[72];
	int i;

	pq_store_begin(&s);
	for (i = 0; i < 150; i++) {
		(void)snprintf(digest, sizeof(digest), "sha256:%03d", i);
		put_notice("web", "1", digest);
	}
	*now = instant_at(110, "boot");
	for (i = 0; i < 3; i++)
		assert_int_equal(pq_journal_tick(&s, now), 0);
}

/*
 * All clocks resume at once: a later tick could not see that deploy was down.
 */
static void
test_journal__gives_time_to_object_to_every_release(void **state)
{
	struct pq_instant now;
	struct pq_noticed n;
	char digest[72];
	int i;

	(void)state;
	put_many(&now);
	assert_int_equal(pq_journal_down(&s, &now), 0);
	now = instant_at(170, "boot");
	assert_int_equal(pq_journal_down(&s, &now), 0);
	now = instant_at(171, "boot");
	assert_int_equal(pq_journal_down(&s, &now), 61000);
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(pq_journal_down(&s, &now), 0);
	for (i = 0; i < 150; i++) {
		(void)snprintf(digest, sizeof(digest), "sha256:%03d", i);
		assert_int_equal(pq_journal_noticed(&s, "web", digest, &n), 1);
		assert_int_equal(n.clock.served_ms, 71000);
		assert_int_equal(n.clock.gone_ms, 10000);
		assert_int_equal(n.clock.back_ms, 71000);
		assert_int_equal(n.clock.down_ms, 61000);
		assert_int_equal(pq_clock_left(&n.clock, 60, &now), 60000);
		assert_int_equal(pq_clock_left(&n.clock, 10, &now), 0);
	}
	/* readings of another boot cannot be compared */
	now = instant_at(1000, "another boot");
	assert_int_equal(pq_journal_down(&s, &now), 0);
	assert_int_equal(pq_store_commit(&s), 0);
}

/* More clocks than a batch are not down, although each ticks seldom. */
static void
test_journal__many_clocks_do_not_look_like_down(void **state)
{
	struct pq_instant now;
	struct pq_noticed n;
	int i;

	(void)state;
	put_many(&now);
	for (i = 0; i < 7; i++) {
		now = instant_at(140 + i * 30, "boot");
		assert_int_equal(pq_journal_down(&s, &now), 0);
		assert_int_equal(pq_journal_tick(&s, &now), 0);
	}
	assert_int_equal(pq_journal_noticed(&s, "web", "sha256:000", &n), 1);
	assert_int_equal(n.clock.back_ms, 0);
	assert_int_equal(pq_store_commit(&s), 0);
}

static void
test_journal__suspend_gives_no_credit(void **state)
{
	struct pq_instant now = instant_at(110, "boot");

	(void)state;
	put_notice("web", "1", A);
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	now.wall_ms += (int64_t)3600 * 1000;
	now.boot_ms += (int64_t)3600 * 1000;
	assert_int_equal(pq_journal_down(&s, &now), 0);
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served_ms(A), 10000);
}

/* A flood of releases must not starve the clocks of the others. */
static void
test_journal__ticks_more_clocks_than_one_batch(void **state)
{
	struct pq_instant now = instant_at(110, "boot");
	char digest[72];
	int i;

	(void)state;
	pq_store_begin(&s);
	for (i = 0; i < 150; i++) {
		(void)snprintf(digest, sizeof(digest), "sha256:%03d", i);
		put_notice("web", "1", digest);
	}
	for (i = 0; i < 3; i++)
		assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(pq_store_commit(&s), 0);
	for (i = 0; i < 150; i++) {
		(void)snprintf(digest, sizeof(digest), "sha256:%03d", i);
		assert_int_equal(served_ms(digest), 10000);
	}
}

/* A clock of an earlier boot gets no credit before its first tick. */
static void
test_journal__ticks_clocks_of_an_earlier_boot_first(void **state)
{
	struct pq_instant now = instant_at(90 * 86400, "boot");
	struct pq_noticed n;
	char digest[72];
	int i;

	(void)state;
	pq_store_begin(&s);
	for (i = 0; i < 130; i++) {
		(void)snprintf(digest, sizeof(digest), "sha256:%03d", i);
		n = new_notice("web", "1", digest);
		now.boot_ms += 1000;
		now.mono_ms += 1000;
		now.wall_ms += 1000;
		pq_clock_start(&n.clock, &now);
		pq_journal_notice(&s, &n);
	}
	/* after a restart, the newest release has the first turn */
	now = instant_at(91 * 86400, "another boot");
	now.boot_ms = now.mono_ms = 20000;
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(pq_journal_noticed(&s, "web", "sha256:129", &n), 1);
	assert_string_equal(n.clock.boot_id, "another boot");
	for (i = 0; i < 2; i++)
		assert_int_equal(pq_journal_tick(&s, &now), 0);
	for (i = 0; i < 130; i++) {
		(void)snprintf(digest, sizeof(digest), "sha256:%03d", i);
		assert_int_equal(pq_journal_noticed(&s, "web", digest, &n), 1);
		assert_string_equal(n.clock.boot_id, "another boot");
	}
	assert_int_equal(pq_store_commit(&s), 0);
}

/* A version older than a live one can never go live: its clock stops. */
static void
test_journal__stops_clocks_of_older_versions(void **state)
{
	struct pq_deployment d = {
		.service = "web", .tag = "2.0.0", .digest = B
	};
	struct pq_instant now = instant_at(130, "boot");

	(void)state;
	put_notice("web", "1.0.0", A);
	put_notice("web", "2.0.0", B);
	put_notice("web", "2.1.0", C);
	put_notice("web", "2.0.0", "sha256:ff"); /* the same version */
	put_notice("web", "junk", "sha256:dd");
	put_notice("api", "1.0.0", A);
	pq_journal_live(&s, &d, 1, NULL);
	/* a rollback does not lower the highest version */
	(void)snprintf(d.tag, sizeof(d.tag), "0.9.0");
	(void)snprintf(d.digest, sizeof(d.digest), "sha256:ee");
	pq_journal_live(&s, &d, 2, NULL);
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served_ms(A), 0);
	assert_int_equal(served_ms("sha256:dd"), 0);
	assert_int_equal(served_ms(C), 30000);
	assert_int_equal(served_ms("sha256:ff"), 30000);
	/* a new notice starts it again; the judge will refuse the release */
	put_notice("web", "1.0.0", A);
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served_ms(A), 30000);
}

static struct pq_deployment
new_deployment(uint64_t attempt, const char *tag, const char *digest)
{
	struct pq_deployment d = { .release = 7,
		.attempt = attempt,
		.service = "web",
		.manifest = "sha256:01",
		.config = "sha256:02",
		.phase = "pull",
		.target = "container",
		.old_ref = "old" };

	(void)snprintf(d.tag, sizeof(d.tag), "%s", tag);
	(void)snprintf(d.digest, sizeof(d.digest), "%s", digest);
	return d;
}

/* In schema version 3 every target was a container. */
/* Undo the last migration. */
#define TO_SCHEMA_4                                  \
	"ALTER TABLE noticed DROP COLUMN last_mono;" \
	"ALTER TABLE noticed DROP COLUMN gone;"      \
	"ALTER TABLE noticed DROP COLUMN back;"      \
	"ALTER TABLE noticed DROP COLUMN down;"      \
	"DROP TABLE clock;"

/* A release that waits during an upgrade keeps the time that it served. */
static void
test_journal__reads_a_clock_of_schema_4(void **state)
{
	struct pq_instant now = instant_at(110, "boot");

	(void)state;
	put_notice("web", "1", A);
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(
	    sqlite3_exec(
		s.db, TO_SCHEMA_4 "PRAGMA user_version = 4", NULL, NULL, NULL),
	    SQLITE_OK);
	reopen_journal();
	assert_int_equal(served_ms(A), 10000);
	/* the last reading lacks CLOCK_MONOTONIC, so nothing can be added */
	now = instant_at(9000, "boot");
	assert_int_equal(pq_journal_down(&s, &now), 0);
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served_ms(A), 10000);
	now = instant_at(9001, "boot");
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served_ms(A), 11000);
}

static void
test_journal__reads_a_deployment_of_schema_3(void **state)
{
	struct pq_deployment d = new_deployment(9, "1.0.0", A), got;

	(void)state;
	(void)snprintf(d.target, sizeof(d.target), "other");
	pq_journal_put(&s, &d);
	assert_int_equal(pq_store_commit(&s), 0);
	assert_int_equal(
	    sqlite3_exec(s.db,
		TO_SCHEMA_4 "ALTER TABLE deployments DROP COLUMN target;"
			    "PRAGMA user_version = 3",
		NULL, NULL, NULL),
	    SQLITE_OK);
	reopen_journal();
	assert_int_equal(pq_journal_unfinished(&s, &got), 1);
	assert_string_equal(got.target, "container");
	assert_string_equal(got.old_ref, "old");
}

static void
test_journal__stores_each_phase_of_a_deployment(void **state)
{
	struct pq_deployment d = new_deployment(9, "1.0.0", A), got;

	(void)state;
	assert_int_equal(pq_journal_unfinished(&s, &got), 0);
	assert_int_equal(pq_journal_attempt(&s, 7, 9, &got), 0);
	pq_journal_put(&s, &d);
	(void)snprintf(d.phase, sizeof(d.phase), "create");
	(void)snprintf(d.new_ref, sizeof(d.new_ref), "new");
	(void)snprintf(d.reason, sizeof(d.reason), "words");
	d.outcome = 5;
	pq_journal_put(&s, &d);
	reopen_journal();
	assert_int_equal(pq_journal_unfinished(&s, &got), 1);
	assert_memory_equal(&got, &d, sizeof(d));
	memset(d.phase, 0, sizeof(d.phase));
	(void)snprintf(d.phase, sizeof(d.phase), "done");
	pq_journal_put(&s, &d);
	assert_int_equal(pq_journal_unfinished(&s, &got), 0);
	assert_int_equal(pq_journal_attempt(&s, 7, 9, &got), 1);
	assert_memory_equal(&got, &d, sizeof(d));
	assert_int_equal(pq_journal_attempt(&s, 7, 8, &got), 0);
	assert_int_equal(pq_journal_attempt(&s, 9, 7, &got), 0);
}

/*
 * Two swaps at the same time would rename each other's containers. The database
 * refuses a second unfinished row.
 */
static void
test_journal__allows_one_unfinished_deployment(void **state)
{
	struct pq_deployment one = new_deployment(1, "1.0.0", A);
	struct pq_deployment two = new_deployment(2, "1.0.1", B), got;

	(void)state;
	pq_journal_put(&s, &one);
	pq_store_begin(&s);
	pq_journal_put(&s, &two);
	assert_true(pq_store_commit(&s) < 0);
	assert_true(s.fault < 0);
	reopen_journal();
	assert_int_equal(pq_journal_unfinished(&s, &got), 1);
	assert_int_equal(got.attempt, 1);
	(void)snprintf(one.phase, sizeof(one.phase), "done");
	pq_journal_put(&s, &one);
	pq_journal_put(&s, &two);
	assert_int_equal(pq_journal_unfinished(&s, &got), 1);
	assert_int_equal(got.attempt, 2);
}

static void
record_live(const char *tag, const char *digest, int64_t when)
{
	struct pq_deployment d = new_deployment(1, tag, digest);

	pq_journal_live(&s, &d, when, NULL);
}

/* Return the floor of a service, or "" if no floor is known. */
static const char *
floor_of(const char *name, const char *instead_of)
{
	static struct pq_floor f;

	memset(&f, 0, sizeof(f));
	pq_journal_floor(&s, name, instead_of, &f);
	return f.version;
}

static void
test_journal__finds_the_highest_live_version(void **state)
{
	struct pq_deployment d = new_deployment(1, "9.0.0", "sha256:09");
	struct pq_floor f = { "0.1.0", "the policy" };

	(void)state;
	pq_journal_floor(&s, "web", NULL, &f);
	assert_string_equal(f.version, "0.1.0");
	assert_string_equal(f.from, "the policy");
	record_live("1.2.0", A, 1);
	record_live("1.10.0", B, 2);
	record_live("1.9.0", C, 3); /* the latest, but not the highest */
	pq_journal_floor(&s, "web", NULL, &f);
	assert_string_equal(f.version, "1.10.0");
	assert_string_equal(f.from, PQ_FLOOR_LIVE);
	/* a version that never went live is not a floor */
	put_notice("web", "9999.0.0", "sha256:99");
	pq_journal_put(&s, &d);
	assert_string_equal(floor_of("web", NULL), "1.10.0");
	assert_string_equal(floor_of("api", NULL), "");
	/* a version that the policy takes back does not count */
	assert_string_equal(floor_of("web", "1.10.0"), "1.9.0");
	assert_string_equal(floor_of("web", "1.10"), "1.9.0");
	assert_string_equal(floor_of("web", "1.11.0"), "1.10.0");
}

/* A live tag that is not a version must not hide the versions. */
static void
test_journal__prefers_a_version_to_an_odd_tag(void **state)
{
	(void)state;
	record_live("latest", A, 1);
	assert_string_equal(floor_of("web", NULL), "latest");
	record_live("2.0.0", B, 2);
	record_live("3.0.0", C, 3);
	assert_string_equal(floor_of("web", NULL), "3.0.0");
}

/* A version that was taken back does not stop clocks. */
static void
test_journal__ignores_a_version_taken_back(void **state)
{
	struct pq_instant now = instant_at(130, "boot");
	struct pq_deployment d = new_deployment(1, "9999.0.0", B);

	(void)state;
	put_notice("web", "1.3.0", A);
	pq_journal_live(&s, &d, 1, "9999.0.0");
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served_ms(A), 30000);
	pq_journal_live(&s, &d, 1, NULL);
	now = instant_at(160, "boot");
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served_ms(A), 30000);
}

static void
record_pull(const char *digest)
{
	struct pq_deployment d = new_deployment(1, "1", digest);

	pq_journal_pulled(&s, &d);
	pq_journal_pulled(&s, &d);
}

static void
test_journal__removes_only_pulled_images(void **state)
{
	char digest[PQ_DIGEST_TEXT] = "untouched";

	(void)state;
	record_live("1", A, 1); /* deploy did not pull it */
	record_live("2", B, 2);
	record_live("3", C, 3);
	record_pull(B);
	record_pull(C);
	assert_int_equal(pq_journal_surplus(&s, "web", 2, digest), 0);
	assert_string_equal(digest, "untouched");
	assert_int_equal(pq_journal_surplus(&s, "api", 0, digest), 0);
	assert_int_equal(pq_journal_surplus(&s, "web", 1, digest), 1);
	assert_string_equal(digest, B);
	pq_journal_forget_image(&s, "web", B);
	assert_int_equal(pq_journal_surplus(&s, "web", 1, digest), 0);
	/* an image that never went live is surplus at once */
	record_pull("sha256:dd");
	assert_int_equal(pq_journal_surplus(&s, "web", 3, digest), 1);
	assert_string_equal(digest, "sha256:dd");
	pq_journal_forget_image(&s, "api", "sha256:dd");
	assert_int_equal(pq_journal_surplus(&s, "web", 3, digest), 1);
}

static void
test_journal__keeps_the_latest_live_images(void **state)
{
	char digest[PQ_DIGEST_TEXT];

	(void)state;
	record_pull(A);
	record_pull(B);
	record_live("1", A, 1);
	record_live("2", B, 2);
	record_live("1", A, 2); /* a rollback within the same second */
	assert_int_equal(pq_journal_surplus(&s, "web", 1, digest), 1);
	assert_string_equal(digest, B);
}

static int
make_dir(void **state)
{
	if (make_temporary(state) != 0)
		return -1;
	(void)temporary_path(path, "journal.db");
	return 0;
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, create_journal, close_journal)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_journal__remembers_a_notice),
		TEST(test_journal__forgets_an_uncommitted_notice),
		TEST(test_journal__refuses_a_moved_tag),
		TEST(test_journal__holds_a_service_until_unhold),
		TEST(test_journal__keeps_a_hold_of_all_services),
		TEST(test_journal__keeps_holds_until_all_are_sent_again),
		TEST(test_journal__holds_all_services_after_a_failure),
		TEST(test_journal__rejects_an_unknown_digest),
		TEST(test_journal__rejects_a_failed_digest),
		TEST(test_journal__forgets_the_time_served_when_lifted),
		TEST(test_journal__ticks_every_running_clock),
		TEST(test_journal__restarts_all_clocks_after_a_step),
		TEST(test_journal__gives_time_to_object_to_every_release),
		TEST(test_journal__many_clocks_do_not_look_like_down),
		TEST(test_journal__suspend_gives_no_credit),
		TEST(test_journal__ticks_more_clocks_than_one_batch),
		TEST(test_journal__ticks_clocks_of_an_earlier_boot_first),
		TEST(test_journal__stops_clocks_of_older_versions),
		TEST(test_journal__reads_a_clock_of_schema_4),
		TEST(test_journal__reads_a_deployment_of_schema_3),
		TEST(test_journal__stores_each_phase_of_a_deployment),
		TEST(test_journal__allows_one_unfinished_deployment),
		TEST(test_journal__finds_the_highest_live_version),
		TEST(test_journal__prefers_a_version_to_an_odd_tag),
		TEST(test_journal__ignores_a_version_taken_back),
		TEST(test_journal__removes_only_pulled_images),
		TEST(test_journal__keeps_the_latest_live_images),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_temporary);
}
