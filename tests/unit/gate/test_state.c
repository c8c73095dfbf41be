/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gate/state.h"

static void
test_state__table_is_total_and_never_clears(void **state)
{
	unsigned s, e;

	(void)state;
	for (s = 0; s < PQ_STATE_COUNT + 2; s++)
		for (e = 0; e < PQ_EVENT_COUNT + 2; e++) {
			enum pq_state n =
			    pq_state_next((enum pq_state)s, (enum pq_event)e);

			assert_true((unsigned)n < PQ_STATE_COUNT);
			assert_int_not_equal(n, PQ_STATE_CLEARED);
			if (n == PQ_STATE_DEPLOYING)
				assert_int_equal(s, PQ_STATE_CLEARED);
			if (n == PQ_STATE_LIVE)
				assert_int_equal(s, PQ_STATE_DEPLOYING);
		}
	assert_int_equal(
	    pq_state_next(PQ_STATE_NONE, PQ_EVENT_PASSED), PQ_STATE_NONE);
}

static void
test_state__names_round_trip(void **state)
{
	unsigned s;

	(void)state;
	for (s = 1; s < PQ_STATE_COUNT; s++)
		assert_int_equal(
		    pq_state_by_name(pq_state_name((enum pq_state)s)), s);
	assert_int_equal(pq_state_by_name("?"), PQ_STATE_NONE);
	assert_int_equal(pq_state_by_name(NULL), PQ_STATE_NONE);
	assert_string_equal(pq_state_name(PQ_STATE_NONE), "?");
	assert_string_equal(pq_state_name(PQ_STATE_COUNT), "?");
	assert_string_equal(pq_event_name(PQ_EVENT_NONE), "?");
	assert_string_equal(pq_event_name(PQ_EVENT_RETRY), "retry");
	assert_string_equal(pq_event_name(PQ_EVENT_COUNT), "?");
}

static void
test_state__clears_only_when_all_pass(void **state)
{
	struct pq_instant t0 = { 1000000, 1000, 1000, "a" };
	struct pq_instant t1 = { 1060000, 61000, 61000, "a" };
	struct pq_clock c;
	static const struct pq_floor low = { "1.0.0", "live" },
				     same = { "1.1.0", "live" },
				     high = { "1.2.0", "live" },
				     odd = { "stable", "live" },
				     none = { "", "adopt it" };
	struct pq_gate_facts good = { .tag = "1.1.0",
		.floor = &low,
		.clock = &c,
		.now = &t1,
		.delay_s = 60,
		.approvals = 1,
		.needed = 1,
		.evidence = PQ_PASS },
			     f;
	pq_auto(pq_findings_free) struct pq_findings r = { 0 };
	unsigned s;

	(void)state;
	pq_clock_start(&c, &t0);
	(void)pq_clock_tick(&c, &t1);
#define TRY(want, change)                                              \
	do {                                                           \
		f = good;                                              \
		change;                                                \
		pq_findings_free(&r);                                  \
		assert_int_equal(                                      \
		    pq_gate_clear(PQ_STATE_REFETCHING, &f, &r), want); \
	} while (0)
	TRY(PQ_STATE_CLEARED, (void)0);
	TRY(PQ_STATE_REFETCHING, f.hold = "no");
	TRY(PQ_STATE_REFETCHING, f.needed = 2);
	TRY(PQ_STATE_REFETCHING, f.delay_s = 61);
	TRY(PQ_STATE_REFETCHING, f.floor = &high);
	TRY(PQ_STATE_REFETCHING, f.floor = &odd);
	TRY(PQ_STATE_REFETCHING, f.evidence = PQ_PENDING);
	TRY(PQ_STATE_REFETCHING, f.evidence = PQ_FAIL);
	TRY(PQ_STATE_CLEARED, f.floor = &same);
	TRY(PQ_STATE_REFETCHING, f.floor = &none);
	TRY(PQ_STATE_REFETCHING, f.floor = NULL);
	TRY(PQ_STATE_CLEARED, f.approvals = 2);
	TRY(PQ_STATE_CLEARED, f.needed = 0);
	for (s = 0; s < PQ_STATE_COUNT; s++) {
		pq_findings_free(&r);
		assert_int_equal(pq_gate_clear((enum pq_state)s, &good, &r),
		    s == PQ_STATE_REFETCHING ? PQ_STATE_CLEARED : s);
	}
}

/* Pending: time or an operator can change it. Fail: it stays bad. */
static void
test_state__judges_each_check_separately(void **state)
{
	static const struct {
		enum pq_check check;
		enum pq_status status;
		const char *reason;
	} want[] = {
		{ PQ_CHECK_ORDER_MONOTONIC, PQ_FAIL,
		    "1.1.0 is older than 1.2.0, the highest version that was "
		    "live" },
		{ PQ_CHECK_QUARANTINE_ELAPSED, PQ_PENDING, "1s of 1m1s left" },
		{ PQ_CHECK_APPROVALS_QUORUM, PQ_PENDING, "1 of 2 approvals" },
		{ PQ_CHECK_HOLD_NONE, PQ_PENDING, "incident" },
	};
	struct pq_instant t0 = { 1000000, 1000, 1000, "a" };
	struct pq_instant t1 = { 1060999, 61999, 61999, "a" };
	struct pq_clock c;
	static const struct pq_floor high = { "1.2.0", PQ_FLOOR_LIVE };
	struct pq_gate_facts f = { .tag = "1.1.0",
		.floor = &high,
		.clock = &c,
		.now = &t1,
		.delay_s = 61,
		.approvals = 1,
		.needed = 2,
		.hold = "incident",
		.evidence = PQ_PASS };
	pq_auto(pq_findings_free) struct pq_findings r = { 0 };
	size_t i;

	(void)state;
	pq_clock_start(&c, &t0);
	(void)pq_clock_tick(&c, &t1);
	pq_gate_judge(&r, &f);
	assert_int_equal(r.n, 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(r.v[i].check, want[i].check);
		assert_int_equal(r.v[i].status, want[i].status);
		assert_string_equal(r.v[i].reason, want[i].reason);
		assert_string_equal(r.v[i].subject, "1.1.0");
	}
}

/* Only an operator's retry leaves an end state, and it leads to fetching. */
static void
test_state__only_retry_leaves_an_end(void **state)
{
	unsigned s, e;

	(void)state;
	for (s = 0; s < PQ_STATE_COUNT; s++) {
		if (pq_state_open((enum pq_state)s))
			continue;
		for (e = 0; e < PQ_EVENT_COUNT; e++) {
			enum pq_state n =
			    pq_state_next((enum pq_state)s, (enum pq_event)e);

			if (n == PQ_STATE_NONE)
				continue;
			if (s == PQ_STATE_LIVE) {
				assert_int_equal(n, PQ_STATE_RETIRED);
				continue;
			}
			assert_int_not_equal(s, PQ_STATE_RETIRED);
			assert_int_equal(e, PQ_EVENT_RETRY);
			assert_int_equal(n, PQ_STATE_FETCHING);
		}
	}
	assert_false(pq_state_open(PQ_STATE_NONE));
	assert_true(pq_state_open(PQ_STATE_FETCHING));
	assert_true(pq_state_open(PQ_STATE_DEPLOYING));
	assert_false(pq_state_open(PQ_STATE_LIVE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state__table_is_total_and_never_clears),
		cmocka_unit_test(test_state__names_round_trip),
		cmocka_unit_test(test_state__clears_only_when_all_pass),
		cmocka_unit_test(test_state__judges_each_check_separately),
		cmocka_unit_test(test_state__only_retry_leaves_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
