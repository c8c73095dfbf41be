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
	(void)state;
	for (unsigned s = 0; s < PQ_STATE_COUNT + 2; s++)
		for (unsigned e = 0; e < PQ_EVENT_COUNT + 2; e++) {
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
test_state__names_come_back(void **state)
{
	(void)state;
	for (unsigned s = 1; s < PQ_STATE_COUNT; s++)
		assert_int_equal(
		    pq_state_by_name(pq_state_name((enum pq_state)s)), s);
	assert_int_equal(pq_state_by_name("?"), PQ_STATE_NONE);
}

static void
test_state__clears_only_when_all_pass(void **state)
{
	struct pq_instant t0 = { 1000000, 1000, "a" };
	struct pq_instant t1 = { 1060000, 61000, "a" };
	struct pq_clock c;
	struct pq_gate_facts good = { .tag = "1.1.0",
		.highest = "1.0.0",
		.clock = &c,
		.now = &t1,
		.delay_s = 60,
		.approvals = 1,
		.needed = 1,
		.evidence = PQ_PASS },
			     f;
	static struct pq_findings r;

	(void)state;
	pq_clock_start(&c, &t0);
	(void)pq_clock_tick(&c, &t1);
#define TRY(want, change)                                              \
	do {                                                           \
		f = good;                                              \
		change;                                                \
		memset(&r, 0, sizeof(r));                              \
		assert_int_equal(                                      \
		    pq_gate_clear(PQ_STATE_REFETCHING, &f, &r), want); \
	} while (0)
	TRY(PQ_STATE_CLEARED, (void)0);
	TRY(PQ_STATE_REFETCHING, f.hold = "no");
	TRY(PQ_STATE_REFETCHING, f.needed = 2);
	TRY(PQ_STATE_REFETCHING, f.delay_s = 61);
	TRY(PQ_STATE_REFETCHING, f.highest = "1.2.0");
	TRY(PQ_STATE_REFETCHING, f.highest = "stable");
	TRY(PQ_STATE_REFETCHING, f.evidence = PQ_PENDING);
	memset(&r, 0, sizeof(r));
	assert_int_equal(pq_gate_clear(PQ_STATE_QUARANTINED, &good, &r),
	    PQ_STATE_QUARANTINED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state__table_is_total_and_never_clears),
		cmocka_unit_test(test_state__names_come_back),
		cmocka_unit_test(test_state__clears_only_when_all_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
