/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks of the quarantine, and the time of the second examination. */
#include "releases.h"

#include "support/memory.h"

#include "warden/ledger_approvals.h"
#include "warden/ledger_holds.h"
#include "warden/quarantine.h"

/* Tick as often as the warden: a longer pause means that it was down. */
static void
tick_after(int64_t wall_ms, int64_t boot_ms)
{
	for (; boot_ms > WARDEN_TICK_MS; boot_ms -= WARDEN_TICK_MS) {
		w.now.wall_ms += WARDEN_TICK_MS;
		w.now.boot_ms += WARDEN_TICK_MS;
		w.now.mono_ms += WARDEN_TICK_MS;
		wall_ms -= WARDEN_TICK_MS;
		pq_quarantine_tick(&w);
	}
	w.now.wall_ms += wall_ms;
	w.now.boot_ms += boot_ms;
	w.now.mono_ms += boot_ms;
	pq_quarantine_tick(&w);
}

static void
test_quarantine__reports_a_stepped_clock_or_holds_all(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);
	struct pq_release o = make_release(2, "1.2.4", PQ_STATE_REFETCHING);
	char why[PQ_REASON_TEXT];

	(void)state;
	pq_clock_start(&r.clock, &w.now);
	r.noticed = 1;
	add_release(&r);
	o.clock = r.clock;
	(void)snprintf(o.digest, sizeof(o.digest), "sha256:2");
	add_release(&o);
	tick_after(0, 0);
	/* the notice can be sent to deploy again */
	assert_int_equal(read_release(1).noticed, 0);
	tick_after(10000, 10000);
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 0);
	tick_after(4000, 1000);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM audit WHERE event = 'clock.step'"),
	    1);
	assert_int_equal(pq_ledger_held(&w.store, "shop", why), 0);
	tick_after(1000, 1000);
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 1);
	tick_after(3600000, 1000);
	assert_int_equal(pq_ledger_held(&w.store, "shop", why), 2);
	assert_string_equal(why, "the clock was stepped by minutes");
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 2);
	/* the alarm gave no release extra time */
	assert_int_equal(read_release(1).clock.served_ms, 13000);
	/* readings from different boots cannot be compared */
	(void)snprintf(w.now.boot_id, sizeof(w.now.boot_id), "another");
	tick_after(7200000, -4000);
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 2);
	assert_int_equal(read_release(1).clock.served_ms, 13000);
	/* the clock also runs during the second examination */
	assert_int_equal(read_release(2).clock.served_ms, 13000);
}

static void
test_quarantine__examines_again_when_the_delay_is_served(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	services[0].delay_s = 100;
	services[0].approvals = 1;
	r.tries = 5;
	pq_clock_start(&r.clock, &w.now);
	add_release(&r);
	/* a waiting attempt that is not the current one must not count */
	pq_store_do(&w.store,
	    "INSERT INTO attempts VALUES(7, 1, 1, 2, 'waiting', '', x'')", "");
	assert_int_equal(w.store.fault, 0);
	pq_quarantine_pump(&w); /* at most half a minute at a time */
	assert_int_equal(read_release(1).next_try, NOW_S + 30);
	services[0].delay_s = 0;
	services[0].approvals = 0;
	pq_quarantine_pump(&w); /* and not before that time */
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	services[0].delay_s = 100;
	services[0].approvals = 1;
	tick_after(99001, 99001);
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).next_try, pq_warden_s(&w) + 1);
	tick_after(1000, 1000);
	/* the delay is served, but an approval is missing */
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_int_equal(read_release(1).next_try, pq_warden_s(&w) + 5);
	add_approval(1);
	pq_ledger_hold_set(&w.store, "web", "alice", "incident", false, NOW_S);
	tick_after(5000, 5000);
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	pq_ledger_hold_lift(&w.store, "web");
	tick_after(5000, 5000);
	pq_quarantine_pump(&w);
	r = read_release(1);
	assert_int_equal(r.state, PQ_STATE_REFETCHING);
	assert_string_equal(
	    r.reason, "the quarantine has ended; examining again");
	assert_int_equal(r.tries, 0);
	assert_int_equal(r.next_try, 0);
	assert_int_equal(r.deadline, pq_warden_s(&w) + 60);
	/* the approval still counts for the clearance */
	assert_int_equal(pq_ledger_approvals_count(&w.store, &r), 1);
}

/* Deploy let the last attempt wait: the next one has a full deadline. */
static void
test_quarantine__a_new_attempt_has_a_full_deadline(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	r.attempt = 7;
	r.tries = 5;
	r.deadline = NOW_S;
	pq_clock_start(&r.clock, &w.now);
	add_release(&r);
	pq_store_do(&w.store,
	    "INSERT INTO attempts VALUES(7, 1, 1, 2, 'waiting', '', x'')", "");
	assert_int_equal(w.store.fault, 0);
	tick_after(5000, 5000);
	pq_quarantine_pump(&w);
	r = read_release(1);
	assert_int_equal(r.state, PQ_STATE_REFETCHING);
	assert_string_equal(
	    r.reason, "examining again before the next attempt");
	assert_int_equal(r.tries, 0);
	assert_int_equal(r.deadline, pq_warden_s(&w) + 60);
}

static void
waiting_is(const struct pq_release *r, const char *want)
{
	char why[PQ_REASON_TEXT];

	pq_quarantine_waiting(&w, r, why);
	assert_string_equal(why, want);
}

static void
test_quarantine__says_why_it_waits(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_REFUSED);

	(void)state;
	(void)snprintf(r.reason, sizeof(r.reason), "because");
	services[0].delay_s = 100;
	services[0].approvals = 2;
	pq_clock_start(&r.clock, &w.now);
	add_release(&r);
	waiting_is(&r, "refused: because");
	r.state = PQ_STATE_QUARANTINED;
	pq_ledger_hold_set(&w.store, "web", "alice", "incident", false, NOW_S);
	waiting_is(&r, "hold: incident");
	pq_ledger_hold_lift(&w.store, "web");
	w.now.wall_ms += 1001;
	w.now.boot_ms += 1001;
	w.now.mono_ms += 1001;
	waiting_is(&r, "quarantine: 1m39s of 1m40s left; because");
	w.now.wall_ms += 99000;
	w.now.boot_ms += 99000;
	w.now.mono_ms += 99000;
	waiting_is(&r, "approvals: 0 of 2");
	add_approval(1);
	waiting_is(&r, "approvals: 1 of 2");
	services[0].approvals = 0;
	waiting_is(&r, "quarantined: because");
	r.next_try = pq_warden_s(&w) + 7;
	waiting_is(&r,
	    "quarantined: because; next try in 7s; `pratique look web` tries "
	    "now");
	(void)snprintf(r.service, sizeof(r.service), "gone");
	waiting_is(&r, "quarantined: because");
}

static void
test_quarantine__checks_each_waiting_release(void **state)
{
	struct pq_release r;
	int64_t id;

	(void)state;
	services[0].approvals = 1;
	for (id = 1; id <= 40; id++) {
		r = make_release(id, "1.2.3", PQ_STATE_QUARANTINED);
		(void)snprintf(
		    r.digest, sizeof(r.digest), "sha256:%d", (int)id);
		pq_clock_start(&r.clock, &w.now);
		r.clock.first_wall_ms += id; /* only the last one is approved */
		add_release(&r);
	}
	w.now.wall_ms += 1000;
	add_approval(40);
	pq_quarantine_pump(&w);
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(40).state, PQ_STATE_REFETCHING);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_true(read_release(1).next_try > NOW_S);
}

/* An approval under one policy does not count under another. */
static void
test_quarantine__a_new_policy_examines_again(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	services[0].delay_s = 3600;
	pq_clock_start(&r.clock, &w.now);
	r.noticed = 2;
	add_release(&r);
	add_approval(1);
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	policies[0].hash.sha256[0] ^= 1;
	w.now.wall_ms += 60000;
	pq_quarantine_pump(&w);
	policies[0].hash.sha256[0] ^= 1;
	assert_int_equal(read_release(1).state, PQ_STATE_REFETCHING);
	assert_int_equal(read_release(1).noticed, 0);
	assert_int_equal(count_rows("SELECT count(*) FROM approvals"), 0);
	assert_non_null(strstr(read_release(1).reason, "policy has changed"));
}

/* The answer to an earlier errand is not fresh evidence. */
static void
test_quarantine__waits_for_the_errand_in_flight(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);
	struct pq_job *j;

	(void)state;
	pq_clock_start(&r.clock, &w.now);
	add_release(&r);
	j = pq_jobs_new(&w, PQ_JOB_RELEASE, 1);
	assert_non_null(j);
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	pq_jobs_end(j);
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_REFETCHING);
}

static void
test_quarantine__ends_a_release_of_a_removed_service(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	add_release(&r);
	config.n_services = 0;
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_REFUSED);
	assert_int_equal(read_release(1).sticky, 0);
}

/* Boot times of different boots cannot be compared. */
static void
test_quarantine__rebases_clocks_of_a_former_boot_first(void **state)
{
	struct pq_release r;
	int64_t id;

	(void)state;
	for (id = 1; id <= 40; id++) {
		r = make_release(id, "1.2.3", PQ_STATE_QUARANTINED);
		(void)snprintf(
		    r.digest, sizeof(r.digest), "sha256:%d", (int)id);
		pq_clock_start(&r.clock, &w.now);
		if (id == 40) {
			r.clock.last_boot_ms = 900000000;
			(void)snprintf(
			    r.clock.boot_id, sizeof(r.clock.boot_id), "former");
		}
		add_release(&r);
	}
	pq_quarantine_tick(&w);
	assert_string_equal(read_release(40).clock.boot_id, "boot");
}

/* Add releases with the ids 1 to @n, whose clocks start now, and tick. */
static void
add_waiting(int n)
{
	struct pq_release r;
	int id;

	for (id = 1; id <= n; id++) {
		r = make_release(id, "1.2.3", PQ_STATE_QUARANTINED);
		(void)snprintf(r.digest, sizeof(r.digest), "sha256:%d", id);
		(void)snprintf(r.reason, sizeof(r.reason), "it passed");
		pq_clock_start(&r.clock, &w.now);
		add_release(&r);
	}
	pq_quarantine_tick(&w);
}

/* Let the warden be down for @seconds, which CLOCK_MONOTONIC counts or not. */
static void
pass_without_tick(int64_t seconds, bool suspended)
{
	w.now.wall_ms += seconds * 1000;
	w.now.boot_ms += seconds * 1000;
	w.now.mono_ms += suspended ? 0 : seconds * 1000;
	pq_quarantine_tick(&w);
}

static void
expect_waiting(int64_t id, const char *want)
{
	struct pq_release r = read_release(id);
	char why[PQ_REASON_TEXT];

	pq_quarantine_waiting(&w, &r, why);
	assert_string_equal(why, want);
}

/* More releases than one tick updates: each of them gets the time to object. */
static void
test_quarantine__waits_for_objections_after_the_agent_was_down(void **state)
{
	int64_t id;

	(void)state;
	services[0].delay_s = 3600;
	add_waiting(70);
	pass_without_tick(2 * 3600, false);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM audit WHERE"
		       " event = 'clock.down' AND detail = 'the agent was down"
		       " for 2h0m; 70 releases are in quarantine'"),
	    1);
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 1);
	for (id = 1; id <= 70; id++)
		expect_waiting(id,
		    "quarantine: 15m0s of 1h0m left, because the agent was "
		    "down for 2h0m; it passed");
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	tick_after(899000, 899000);
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	tick_after(1000, 1000);
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_REFETCHING);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM audit WHERE event LIKE 'clock%'"),
	    1);
}

/* Exactly a minute without a tick happens to a warden that is busy. */
static void
test_quarantine__a_minute_without_a_tick_is_not_down(void **state)
{
	(void)state;
	services[0].delay_s = 60;
	add_waiting(1);
	pass_without_tick(60, false);
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 0);
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_REFETCHING);
}

static void
test_quarantine__suspend_gives_neither_alarm_nor_credit(void **state)
{
	char why[PQ_REASON_TEXT];

	(void)state;
	services[0].delay_s = 3600;
	add_waiting(1);
	pass_without_tick(3600, true);
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 0);
	assert_int_equal(pq_ledger_held(&w.store, "web", why), 0);
	expect_waiting(1,
	    "quarantine: 1h0m of 1h0m left; 1h0m of suspend, reboot or a "
	    "stepped clock do not count; it passed");
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	tick_after(3600000, 3600000);
	pq_quarantine_pump(&w);
	assert_int_equal(read_release(1).state, PQ_STATE_REFETCHING);
}

/* Without memory for the finding about the floor, the turn is not committed. */
static void
test_quarantine__without_memory_for_findings_commits_nothing(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	pq_clock_start(&r.clock, &w.now);
	add_release(&r);
	only_arrays = true;
	asked = 0;
	fail_at = 1;
	pq_quarantine_pump(&w);
	only_arrays = false;
	fail_at = 0;
	assert_int_equal(asked, 1);
	assert_int_equal(w.store.fault, -PQ_ENOMEM);
	w.store.fault = 0;
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_quarantine__##name, set_up_with_source, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reports_a_stepped_clock_or_holds_all),
		TEST(examines_again_when_the_delay_is_served),
		TEST(a_new_attempt_has_a_full_deadline),
		TEST(says_why_it_waits),
		TEST(checks_each_waiting_release),
		TEST(a_new_policy_examines_again),
		TEST(waits_for_the_errand_in_flight),
		TEST(ends_a_release_of_a_removed_service),
		TEST(rebases_clocks_of_a_former_boot_first),
		TEST(waits_for_objections_after_the_agent_was_down),
		TEST(a_minute_without_a_tick_is_not_down),
		TEST(suspend_gives_neither_alarm_nor_credit),
		TEST(without_memory_for_findings_commits_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
