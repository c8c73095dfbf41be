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
reopen(void)
{
	struct pq_err err = PQ_ERR_INIT;

	pq_store_close(&s);
	if (pq_journal_open(&s, path, &err) != 0)
		fail_msg("%s", err.text);
}

static int
fresh(void **state)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	(void)unlink(path);
	return pq_journal_open(&s, path, &err);
}

static int
done(void **state)
{
	(void)state;
	assert_int_equal(s.fault, 0);
	pq_store_close(&s);
	return 0;
}

static struct pq_instant
at(int64_t second, const char *boot)
{
	struct pq_instant i = { (1000000 + second) * 1000, second * 1000, "" };

	(void)snprintf(i.boot_id, sizeof(i.boot_id), "%s", boot);
	return i;
}

static struct pq_noticed
noticed(const char *service, const char *tag, const char *digest)
{
	struct pq_noticed n = { .manifest = "sha256:01",
		.config = "sha256:02",
		.tag_object = "1111",
		.rejected = PQ_REJECTED_NOT };
	struct pq_instant now = at(100, "boot");

	(void)snprintf(n.service, sizeof(n.service), "%s", service);
	(void)snprintf(n.tag, sizeof(n.tag), "%s", tag);
	(void)snprintf(n.digest, sizeof(n.digest), "%s", digest);
	pq_clock_start(&n.clock, &now);
	return n;
}

static void
notice(const char *service, const char *tag, const char *digest)
{
	struct pq_noticed n = noticed(service, tag, digest);

	pq_journal_notice(&s, &n);
}

static void
test_journal__remembers_what_was_noticed(void **state)
{
	struct pq_noticed n = noticed("web", "1.0.0", A), got;

	(void)state;
	n.clock.served_ms = 5;
	pq_store_begin(&s);
	pq_journal_notice(&s, &n);
	assert_int_equal(pq_store_commit(&s), 0);
	reopen();
	assert_int_equal(pq_journal_noticed(&s, "web", A, &got), 1);
	assert_memory_equal(&got.clock, &n.clock, sizeof(n.clock));
	assert_string_equal(got.service, "web");
	assert_string_equal(got.digest, A);
	assert_string_equal(got.tag, "1.0.0");
	assert_string_equal(got.manifest, "sha256:01");
	assert_string_equal(got.config, "sha256:02");
	assert_string_equal(got.tag_object, "1111");
	assert_int_equal(got.rejected, PQ_REJECTED_NOT);
	/* of another service, or another image, it says nothing */
	got.tag[0] = '!';
	assert_int_equal(pq_journal_noticed(&s, "api", A, &got), 0);
	assert_int_equal(pq_journal_noticed(&s, "web", B, &got), 0);
	assert_int_equal(got.tag[0], '!');
}

static void
test_journal__forgets_what_was_never_committed(void **state)
{
	struct pq_noticed got;

	(void)state;
	pq_store_begin(&s);
	notice("web", "1.0.0", A);
	pq_store_rollback(&s);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &got), 0);
}

static void
test_journal__a_tag_never_moves(void **state)
{
	struct pq_noticed n = noticed("web", "1.0.0", A);

	(void)state;
	assert_int_equal(pq_journal_tag(&s, &n), 0);
	assert_int_equal(pq_journal_tag(&s, &n), 0);
	(void)snprintf(n.digest, sizeof(n.digest), B);
	assert_int_equal(pq_journal_tag(&s, &n), 1);
	(void)snprintf(n.digest, sizeof(n.digest), A);
	(void)snprintf(n.tag_object, sizeof(n.tag_object), "2222");
	assert_int_equal(pq_journal_tag(&s, &n), 1);
	n.tag_object[0] = '\0'; /* nor does it lose its object */
	assert_int_equal(pq_journal_tag(&s, &n), 1);
	/* what was tried instead has not become the truth */
	n = noticed("web", "1.0.0", A);
	assert_int_equal(pq_journal_tag(&s, &n), 0);
	/* another tag of the same image is another pair, so is a service */
	n = noticed("web", "1.0.1", B);
	assert_int_equal(pq_journal_tag(&s, &n), 0);
	n = noticed("api", "1.0.0", B);
	assert_int_equal(pq_journal_tag(&s, &n), 0);
	/* and lifting a rejection does not loosen it */
	pq_journal_reject(&s, "web", A);
	pq_journal_lift(&s, "web", A);
	n = noticed("web", "1.0.0", C);
	assert_int_equal(pq_journal_tag(&s, &n), 1);
}

static void
test_journal__holds_each_service_until_it_is_let_go(void **state)
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
test_journal__a_hold_of_all_outlasts_one_service(void **state)
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

/* Whoever dies while the holds are told anew leaves none less than before. */
static void
test_journal__holds_stand_until_all_are_told_anew(void **state)
{
	char why[512] = "";

	(void)state;
	pq_journal_hold(&s, "web", "lifted while we were away");
	pq_journal_hold(&s, "api", "incident");
	pq_journal_holds_doubt(&s);
	reopen();
	assert_true(pq_journal_held(&s, "web", why));
	assert_true(pq_journal_held(&s, "api", why));
	pq_journal_holds_doubt(&s);
	pq_journal_hold(&s, "api", "incident");
	pq_journal_hold(&s, "db", "new");
	assert_true(pq_journal_held(&s, "web", why));
	pq_journal_holds_told(&s);
	assert_false(pq_journal_held(&s, "web", why));
	assert_true(pq_journal_held(&s, "api", why));
	assert_true(pq_journal_held(&s, "db", why));
}

static void
test_journal__a_broken_one_holds_everything(void **state)
{
	struct pq_noticed n = noticed("web", "1.0.0", A);
	struct pq_deployment d;
	char why[512] = "";

	(void)state;
	s.fault = -PQ_ESTORE;
	assert_true(pq_journal_held(&s, "web", why));
	/* nor does it say that it knows of nothing */
	assert_int_equal(pq_journal_tag(&s, &n), 1);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &n), -PQ_ESTORE);
	assert_int_equal(pq_journal_attempt(&s, 7, 9, &d), -PQ_ESTORE);
	assert_int_equal(pq_journal_unfinished(&s, &d), -PQ_ESTORE);
	s.fault = 0;
	assert_false(pq_journal_held(&s, "web", why));
}

static void
test_journal__rejects_what_it_has_not_seen_yet(void **state)
{
	struct pq_noticed n;

	(void)state;
	pq_journal_reject(&s, "web", A);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &n), 1);
	assert_int_equal(n.rejected, PQ_REJECTED_BY_OPERATOR);
	assert_int_equal(pq_journal_noticed(&s, "api", A, &n), 0);
	/* no clock has run for it */
	assert_int_equal(n.clock.first_wall_ms, 0);
}

/* What was rolled back is not tried again by itself; retry lifts it too. */
static void
test_journal__rejects_what_failed(void **state)
{
	struct pq_noticed n;

	(void)state;
	notice("web", "1.0.0", A);
	pq_journal_failed(&s, "web", A);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &n), 1);
	assert_int_equal(n.rejected, PQ_REJECTED_FAILED);
	pq_journal_lift(&s, "web", A);
	assert_int_equal(pq_journal_noticed(&s, "web", A, &n), 0);
}

static void
test_journal__lifting_takes_the_time_served(void **state)
{
	struct pq_noticed n;

	(void)state;
	notice("web", "1.0.0", A);
	notice("web", "1.0.1", B);
	/* what is not rejected cannot be lifted: its clock runs on */
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
served(const char *digest)
{
	struct pq_noticed n;

	assert_int_equal(pq_journal_noticed(&s, "web", digest, &n), 1);
	return n.clock.served_ms;
}

static void
test_journal__ticks_every_clock_that_still_runs(void **state)
{
	struct pq_deployment d = { .service = "web", .tag = "0", .digest = C };
	struct pq_instant now = at(130, "boot");

	(void)state;
	notice("web", "1", A);
	notice("web", "2", B);
	notice("web", "0", C);
	pq_journal_reject(&s, "web", B);
	pq_journal_live(&s, &d, 1, NULL);
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served(A), 30000);
	assert_int_equal(served(B), 0);
	assert_int_equal(served(C), 0);
	/* a reboot's gap adds nothing */
	now = at(500, "another boot");
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served(A), 30000);
	now = at(510, "another boot");
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served(A), 40000);
}

static void
test_journal__a_stepped_clock_starts_all_anew(void **state)
{
	struct pq_instant now = at(130, "boot");
	struct pq_noticed n;

	(void)state;
	notice("web", "1", A);
	notice("web", "2", B);
	now.wall_ms += (int64_t)3600 * 1000;
	assert_int_equal(pq_journal_tick(&s, &now), 2);
	assert_int_equal(served(A), 0);
	assert_int_equal(pq_journal_noticed(&s, "web", B, &n), 1);
	assert_int_equal(n.clock.first_wall_ms, now.wall_ms);
	/* the rest of what was noticed is as it was */
	assert_string_equal(n.tag, "2");
	assert_string_equal(n.tag_object, "1111");
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	/* and so is a boot time that ran backwards */
	now.boot_ms -= 1;
	assert_int_equal(pq_journal_tick(&s, &now), 2);
}

/* A flood of what never goes live must not starve the others' clocks. */
static void
test_journal__ticks_more_clocks_than_fit_at_once(void **state)
{
	struct pq_instant now = at(110, "boot");
	char digest[72];
	int i;

	(void)state;
	pq_store_begin(&s);
	for (i = 0; i < 150; i++) {
		(void)snprintf(digest, sizeof(digest), "sha256:%03d", i);
		notice("web", "1", digest);
	}
	for (i = 0; i < 3; i++)
		assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(pq_store_commit(&s), 0);
	for (i = 0; i < 150; i++) {
		(void)snprintf(digest, sizeof(digest), "sha256:%03d", i);
		assert_int_equal(served(digest), 10000);
	}
}

/* Until it is rebased a clock of a former boot is credited with nothing. */
static void
test_journal__a_former_boot_is_rebased_first(void **state)
{
	struct pq_instant now = at(90 * 86400, "boot");
	struct pq_noticed n;
	char digest[72];
	int i;

	(void)state;
	pq_store_begin(&s);
	for (i = 0; i < 130; i++) {
		(void)snprintf(digest, sizeof(digest), "sha256:%03d", i);
		n = noticed("web", "1", digest);
		now.boot_ms += 1000;
		now.wall_ms += 1000;
		pq_clock_start(&n.clock, &now);
		pq_journal_notice(&s, &n);
	}
	/* the host restarts; the newest, which may be waited for, is first */
	now = at(91 * 86400, "another boot");
	now.boot_ms = 20000;
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

/* What is older than what was live can never go live: its clock may stand. */
static void
test_journal__ticks_none_that_was_overtaken(void **state)
{
	struct pq_deployment d = {
		.service = "web", .tag = "2.0.0", .digest = B
	};
	struct pq_instant now = at(130, "boot");

	(void)state;
	notice("web", "1.0.0", A);
	notice("web", "2.0.0", B);
	notice("web", "2.1.0", C);
	notice("web", "2.0.0", "sha256:ff"); /* neither older nor newer */
	notice("web", "junk", "sha256:dd");
	notice("api", "1.0.0", A);
	pq_journal_live(&s, &d, 1, NULL);
	/* back to what was live before: the highest one is still the highest */
	(void)snprintf(d.tag, sizeof(d.tag), "0.9.0");
	(void)snprintf(d.digest, sizeof(d.digest), "sha256:ee");
	pq_journal_live(&s, &d, 2, NULL);
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served(A), 0);
	assert_int_equal(served("sha256:dd"), 0);
	assert_int_equal(served(C), 30000);
	assert_int_equal(served("sha256:ff"), 30000);
	/* noticed again, it runs again: who judges it will say what is wrong */
	notice("web", "1.0.0", A);
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served(A), 30000);
}

static struct pq_deployment
deployment(uint64_t attempt, const char *tag, const char *digest)
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

/* Before targets had names there were containers only. */
static void
test_journal__goes_on_with_a_deployment_of_an_older_one(void **state)
{
	struct pq_deployment d = deployment(9, "1.0.0", A), got;

	(void)state;
	(void)snprintf(d.target, sizeof(d.target), "other");
	pq_journal_put(&s, &d);
	assert_int_equal(pq_store_commit(&s), 0);
	assert_int_equal(sqlite3_exec(s.db,
			     "ALTER TABLE deployments DROP COLUMN target;"
			     "PRAGMA user_version = 3",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	reopen();
	assert_int_equal(pq_journal_unfinished(&s, &got), 1);
	assert_string_equal(got.target, "container");
	assert_string_equal(got.old_ref, "old");
}

static void
test_journal__keeps_each_phase_of_a_deployment(void **state)
{
	struct pq_deployment d = deployment(9, "1.0.0", A), got;

	(void)state;
	assert_int_equal(pq_journal_unfinished(&s, &got), 0);
	assert_int_equal(pq_journal_attempt(&s, 7, 9, &got), 0);
	pq_journal_put(&s, &d);
	(void)snprintf(d.phase, sizeof(d.phase), "create");
	(void)snprintf(d.new_ref, sizeof(d.new_ref), "new");
	(void)snprintf(d.reason, sizeof(d.reason), "words");
	d.outcome = 5;
	pq_journal_put(&s, &d);
	reopen();
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
 * Two swaps at once would rename each other's containers. The row that would
 * make a second is refused or takes the first one's place, and never joins it.
 */
static void
test_journal__has_one_unfinished_at_a_time(void **state)
{
	struct pq_deployment one = deployment(1, "1.0.0", A);
	struct pq_deployment two = deployment(2, "1.0.1", B), got;

	(void)state;
	pq_journal_put(&s, &one);
	pq_store_begin(&s);
	pq_journal_put(&s, &two);
	assert_true(pq_store_commit(&s) < 0);
	assert_true(s.fault < 0);
	reopen();
	assert_int_equal(pq_journal_unfinished(&s, &got), 1);
	assert_int_equal(got.attempt, 1);
	(void)snprintf(one.phase, sizeof(one.phase), "done");
	pq_journal_put(&s, &one);
	pq_journal_put(&s, &two);
	assert_int_equal(pq_journal_unfinished(&s, &got), 1);
	assert_int_equal(got.attempt, 2);
}

static void
live(const char *tag, const char *digest, int64_t when)
{
	struct pq_deployment d = deployment(1, tag, digest);

	pq_journal_live(&s, &d, when, NULL);
}

/* of service @name; "": none is known */
static const char *
floor_of(const char *name, const char *instead_of)
{
	static struct pq_floor f;

	memset(&f, 0, sizeof(f));
	pq_journal_floor(&s, name, instead_of, &f);
	return f.version;
}

static void
test_journal__knows_the_highest_version_that_was_live(void **state)
{
	struct pq_deployment d = deployment(1, "9.0.0", "sha256:09");
	struct pq_floor f = { "0.1.0", "the policy" };

	(void)state;
	pq_journal_floor(&s, "web", NULL, &f);
	assert_string_equal(f.version, "0.1.0");
	assert_string_equal(f.from, "the policy");
	live("1.2.0", A, 1);
	live("1.10.0", B, 2);
	live("1.9.0", C, 3); /* the latest, not the highest */
	pq_journal_floor(&s, "web", NULL, &f);
	assert_string_equal(f.version, "1.10.0");
	assert_string_equal(f.from, PQ_FLOOR_LIVE);
	/* what was noticed or tried, but never live, bars nobody */
	notice("web", "9999.0.0", "sha256:99");
	pq_journal_put(&s, &d);
	assert_string_equal(floor_of("web", NULL), "1.10.0");
	assert_string_equal(floor_of("api", NULL), "");
	/* one that the policy takes back was never there */
	assert_string_equal(floor_of("web", "1.10.0"), "1.9.0");
	assert_string_equal(floor_of("web", "1.10"), "1.9.0");
	assert_string_equal(floor_of("web", "1.11.0"), "1.10.0");
}

/* An odd tag that went live once must not hide the versions beside it. */
static void
test_journal__an_odd_tag_hides_no_version(void **state)
{
	(void)state;
	live("latest", A, 1);
	assert_string_equal(floor_of("web", NULL), "latest");
	live("2.0.0", B, 2);
	live("3.0.0", C, 3);
	assert_string_equal(floor_of("web", NULL), "3.0.0");
}

/* What is taken back stops no clock either. */
static void
test_journal__a_version_taken_back_overtakes_nothing(void **state)
{
	struct pq_instant now = at(130, "boot");
	struct pq_deployment d = deployment(1, "9999.0.0", B);

	(void)state;
	notice("web", "1.3.0", A);
	pq_journal_live(&s, &d, 1, "9999.0.0");
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served(A), 30000);
	pq_journal_live(&s, &d, 1, NULL);
	now = at(160, "boot");
	assert_int_equal(pq_journal_tick(&s, &now), 0);
	assert_int_equal(served(A), 30000);
}

static void
pull(const char *digest)
{
	struct pq_deployment d = deployment(1, "1", digest);

	pq_journal_pulled(&s, &d);
	pq_journal_pulled(&s, &d);
}

static void
test_journal__removes_only_what_it_pulled(void **state)
{
	char digest[PQ_DIGEST_TEXT] = "untouched";

	(void)state;
	live("1", A, 1); /* was there before us */
	live("2", B, 2);
	live("3", C, 3);
	pull(B);
	pull(C);
	assert_int_equal(pq_journal_surplus(&s, "web", 2, digest), 0);
	assert_string_equal(digest, "untouched");
	assert_int_equal(pq_journal_surplus(&s, "api", 0, digest), 0);
	assert_int_equal(pq_journal_surplus(&s, "web", 1, digest), 1);
	assert_string_equal(digest, B);
	pq_journal_forget_image(&s, "web", B);
	assert_int_equal(pq_journal_surplus(&s, "web", 1, digest), 0);
	/* one that never went live is surplus at once */
	pull("sha256:dd");
	assert_int_equal(pq_journal_surplus(&s, "web", 3, digest), 1);
	assert_string_equal(digest, "sha256:dd");
	pq_journal_forget_image(&s, "api", "sha256:dd");
	assert_int_equal(pq_journal_surplus(&s, "web", 3, digest), 1);
}

static void
test_journal__keeps_what_went_live_last(void **state)
{
	char digest[PQ_DIGEST_TEXT];

	(void)state;
	pull(A);
	pull(B);
	live("1", A, 1);
	live("2", B, 2);
	live("1", A, 2); /* rolled back to, within the same second */
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_journal__remembers_what_was_noticed),
		TEST(test_journal__forgets_what_was_never_committed),
		TEST(test_journal__a_tag_never_moves),
		TEST(test_journal__holds_each_service_until_it_is_let_go),
		TEST(test_journal__a_hold_of_all_outlasts_one_service),
		TEST(test_journal__holds_stand_until_all_are_told_anew),
		TEST(test_journal__a_broken_one_holds_everything),
		TEST(test_journal__rejects_what_it_has_not_seen_yet),
		TEST(test_journal__rejects_what_failed),
		TEST(test_journal__lifting_takes_the_time_served),
		TEST(test_journal__ticks_every_clock_that_still_runs),
		TEST(test_journal__a_stepped_clock_starts_all_anew),
		TEST(test_journal__ticks_more_clocks_than_fit_at_once),
		TEST(test_journal__a_former_boot_is_rebased_first),
		TEST(test_journal__ticks_none_that_was_overtaken),
		TEST(test_journal__goes_on_with_a_deployment_of_an_older_one),
		TEST(test_journal__keeps_each_phase_of_a_deployment),
		TEST(test_journal__has_one_unfinished_at_a_time),
		TEST(test_journal__knows_the_highest_version_that_was_live),
		TEST(test_journal__an_odd_tag_hides_no_version),
		TEST(test_journal__a_version_taken_back_overtakes_nothing),
		TEST(test_journal__removes_only_what_it_pulled),
		TEST(test_journal__keeps_what_went_live_last),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_temporary);
}
