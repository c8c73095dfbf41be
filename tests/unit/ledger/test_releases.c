/* SPDX-License-Identifier: Apache-2.0 */
/* The changes of state of a release. */
#include "releases.h"

#include "warden/deployments.h"
#include "warden/errands.h"
#include "warden/ledger_approvals.h"
#include "warden/ledger_looks.h"
#include "warden/quarantine.h"

/* A refusal for one service does not affect another. */
static void
test_releases__belong_to_one_service(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_REFUSED);

	(void)state;
	add_release(&r);
	assert_int_equal(
	    pq_ledger_release_by_digest(&w.store, "web", DIGEST), 1);
	assert_int_equal(
	    pq_ledger_release_by_digest(&w.store, "shop", DIGEST), 0);
	assert_int_equal(
	    pq_ledger_release_by_digest(&w.store, "web", "sha256:2"), 0);
}

static void
test_releases__an_event_out_of_turn_changes_nothing(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_QUARANTINED);

	(void)state;
	add_release(&r);
	pq_release_move(&w, &r, PQ_EVENT_LIVE, "deploy", "it runs");
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_int_equal(r.state, PQ_STATE_QUARANTINED);
	assert_int_equal(
	    count_rows(
		"SELECT count(*) FROM audit WHERE release = 1 AND actor ="
		" 'deploy' AND event = 'release.out-of-turn' AND detail ="
		" 'live in state quarantined'"),
	    1);
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 1);
}

static void
test_releases__a_retry_needs_new_approvals(void **state)
{
	struct pq_release r = make_release(1, "1.2.3", PQ_STATE_REFUSED);

	(void)state;
	add_release(&r);
	add_approval(1);
	pq_release_move(&w, &r, PQ_EVENT_PASSED, "warden", "out of turn");
	assert_int_equal(pq_ledger_approvals_count(&w.store, &r), 1);
	pq_release_move(&w, &r, PQ_EVENT_RETRY, "alice", "again");
	assert_int_equal(read_release(1).state, PQ_STATE_FETCHING);
	assert_int_equal(pq_ledger_approvals_count(&w.store, &r), 0);
}

static void
test_releases__reopen_unless_refused_as_bad(void **state)
{
	static const struct {
		enum pq_state state;
		enum pq_sticky sticky;
		const char *tag;
		bool passed, reopens;
	} v[] = {
		{ PQ_STATE_FETCHING, PQ_STICKY_NO, "1.2.3", false, true },
		{ PQ_STATE_EXAMINING, PQ_STICKY_NO, "1.2.3", false, false },
		{ PQ_STATE_QUARANTINED, PQ_STICKY_NO, "1.2.3", true, false },
		{ PQ_STATE_LIVE, PQ_STICKY_NO, "1.2.3", true, false },
		{ PQ_STATE_REJECTED, PQ_STICKY_NO, "1.2.3", false, false },
		{ PQ_STATE_FAILED, PQ_STICKY_NO, "1.2.3", true, false },
		{ PQ_STATE_REFUSED, PQ_STICKY_NO, "1.2.3", false, true },
		{ PQ_STATE_REFUSED, PQ_STICKY_NO, "1.2.4", true, true },
		{ PQ_STATE_REFUSED, PQ_STICKY_NAME, "1.2.3", false, false },
		{ PQ_STATE_REFUSED, PQ_STICKY_NAME, "1.2.4", false, true },
		{ PQ_STATE_REFUSED, PQ_STICKY_NAME, "1.2.4", true, false },
		{ PQ_STATE_REFUSED, PQ_STICKY_DIGEST, "1.2.3", false, false },
		{ PQ_STATE_REFUSED, PQ_STICKY_DIGEST, "1.2.4", false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct pq_release r = make_release(1, "1.2.3", v[i].state);

		r.sticky = v[i].sticky;
		if (v[i].passed)
			pq_clock_start(&r.clock, &w.now);
		if (pq_release_may_reopen(&r, v[i].tag) != v[i].reopens)
			fail_msg("row %zu", i);
	}
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_releases__##name, set_up_with_source, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(belong_to_one_service),
		TEST(an_event_out_of_turn_changes_nothing),
		TEST(a_retry_needs_new_approvals),
		TEST(reopen_unless_refused_as_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
