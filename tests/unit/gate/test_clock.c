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

#include "gate/clock.h"

static struct pq_instant
instant_at(int64_t wall_s, int64_t boot_s, const char *boot)
{
	struct pq_instant i = { wall_s * 1000, boot_s * 1000, "" };

	(void)snprintf(i.boot_id, sizeof(i.boot_id), "%s", boot);
	return i;
}

static void
test_clock__zero_has_not_elapsed(void **state)
{
	struct pq_clock c = { 0 };
	struct pq_instant now = instant_at(1000000, 1000, "a");

	(void)state;
	assert_false(pq_clock_elapsed(&c, 0, &now));
	assert_int_equal(pq_clock_tick(&c, &now), PQ_TICK_ALARM);
}

static void
test_clock__counts_time_served(void **state)
{
	struct pq_instant t0 = instant_at(1000000, 1000, "a");
	struct pq_instant t1 = instant_at(1000059, 1059, "a");
	struct pq_instant t2 = instant_at(1000060, 1060, "a");
	struct pq_clock c;

	(void)state;
	pq_clock_start(&c, &t0);
	assert_int_equal(pq_clock_tick(&c, &t1), PQ_TICK_STEADY);
	assert_int_equal(pq_clock_left(&c, 60, &t1), 1000);
	assert_int_equal(pq_clock_tick(&c, &t2), PQ_TICK_STEADY);
	assert_true(pq_clock_elapsed(&c, 60, &t2));
}

static void
test_clock__forward_jump_gains_nothing(void **state)
{
	struct pq_instant t0 = instant_at(1000000, 1000, "a");
	struct pq_instant t1 = instant_at(9000000, 1001, "a");
	struct pq_clock c;

	(void)state;
	pq_clock_start(&c, &t0);
	assert_int_equal(pq_clock_tick(&c, &t1), PQ_TICK_ALARM);
	assert_false(pq_clock_elapsed(&c, 60, &t1));
	assert_int_equal(pq_clock_left(&c, 60, &t1), 59000);
}

static void
test_clock__backward_jump_lengthens(void **state)
{
	struct pq_instant t0 = instant_at(1000000, 1000, "a");
	struct pq_instant t1 = instant_at(999990, 1060, "a");
	struct pq_clock c;

	(void)state;
	pq_clock_start(&c, &t0);
	assert_int_equal(pq_clock_tick(&c, &t1), PQ_TICK_STEPPED);
	assert_false(pq_clock_elapsed(&c, 60, &t1));
	assert_int_equal(pq_clock_left(&c, 60, &t1), 70000);
}

static void
test_clock__reboot_gap_adds_nothing(void **state)
{
	struct pq_instant t0 = instant_at(1000000, 1000, "a");
	struct pq_instant t1 = instant_at(1500000, 20, "b");
	struct pq_instant t2 = instant_at(1500060, 80, "b");
	struct pq_clock c;

	(void)state;
	pq_clock_start(&c, &t0);
	(void)pq_clock_tick(&c, &t1);
	assert_false(pq_clock_elapsed(&c, 60, &t1));
	(void)pq_clock_tick(&c, &t2);
	assert_true(pq_clock_elapsed(&c, 60, &t2));
}

static void
test_clock__boottime_backwards_is_an_alarm(void **state)
{
	struct pq_instant t0 = instant_at(1000000, 1000, "a");
	struct pq_instant t1 = instant_at(1000001, 10, "a");
	struct pq_clock c;

	(void)state;
	pq_clock_start(&c, &t0);
	assert_int_equal(pq_clock_tick(&c, &t1), PQ_TICK_ALARM);
	assert_int_equal(c.served_ms, 0);
}

/* The limits are exact to the millisecond, in both directions. */
static void
test_clock__tells_a_step_from_an_alarm(void **state)
{
	static const struct {
		int64_t step_ms;
		enum pq_tick tick;
	} v[] = {
		{ 0, PQ_TICK_STEADY },
		{ 2000, PQ_TICK_STEADY },
		{ 2001, PQ_TICK_STEPPED },
		{ 300000, PQ_TICK_STEPPED },
		{ 300001, PQ_TICK_ALARM },
		{ -2000, PQ_TICK_STEADY },
		{ -2001, PQ_TICK_STEPPED },
		{ -300000, PQ_TICK_STEPPED },
		{ -300001, PQ_TICK_ALARM },
	};
	struct pq_instant t0 = instant_at(1000000, 1000, "a"), t1;
	struct pq_clock c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		pq_clock_start(&c, &t0);
		t1 = instant_at(1000010, 1010, "a");
		t1.wall_ms += v[i].step_ms;
		assert_int_equal(pq_clock_tick(&c, &t1), v[i].tick);
		/* the next tick measures from this one, not from the start */
		t1.wall_ms += 1000;
		t1.boot_ms += 1000;
		assert_int_equal(pq_clock_tick(&c, &t1), PQ_TICK_STEADY);
		assert_int_equal(c.served_ms, 11000);
	}
}

/* Either clock alone can withhold the last millisecond. */
static void
test_clock__needs_both_clocks(void **state)
{
	struct pq_instant t0 = instant_at(1000000, 1000, "a");
	struct pq_instant t1 = instant_at(1000060, 1060, "a"), t2 = t1;
	struct pq_clock c;

	(void)state;
	pq_clock_start(&c, &t0);
	(void)pq_clock_tick(&c, &t1);
	assert_int_equal(pq_clock_left(&c, 60, &t1), 0);
	t2.wall_ms--;
	assert_int_equal(pq_clock_left(&c, 60, &t2), 1);
	assert_false(pq_clock_elapsed(&c, 60, &t2));
	c.served_ms--;
	assert_int_equal(pq_clock_left(&c, 60, &t1), 1);
	t2 = instant_at(9000000, 1060, "a");
	assert_int_equal(pq_clock_left(&c, 60, &t2), 1);
	/* a delay of 0 is served at once */
	assert_int_equal(pq_clock_left(&c, 0, &t1), 0);
}

/* Two readings without a boot id may come from two boots. */
static void
test_clock__empty_boot_ids_are_not_the_same_boot(void **state)
{
	struct pq_instant t0 = instant_at(1000000, 1000, "");
	struct pq_instant t1 = instant_at(1000060, 1060, "");
	struct pq_clock c;

	(void)state;
	pq_clock_start(&c, &t0);
	(void)pq_clock_tick(&c, &t1);
	assert_int_equal(c.served_ms, 0);
}

static void
test_clock__bounds_a_delay(void **state)
{
	struct pq_instant t0 = instant_at(1000000, 1000, "a");
	int64_t longest = (int64_t)10 * 366 * 86400 * 1000;
	struct pq_clock c;

	(void)state;
	pq_clock_start(&c, &t0);
	assert_int_equal(pq_clock_left(&c, UINT64_MAX, &t0), longest);
	c.first_wall_ms = 0;
	assert_int_equal(pq_clock_left(&c, UINT64_MAX, &t0), longest);
	assert_int_equal(pq_clock_left(&c, 60, &t0), 60000);
	assert_int_equal(pq_clock_left(&c, 0, &t0), 1);
	/* a wall clock before 1970 must not look like "not started" */
	t0.wall_ms = -5;
	pq_clock_start(&c, &t0);
	assert_int_equal(c.first_wall_ms, 1);
}

static void
test_clock__persisted_copy_continues(void **state)
{
	struct pq_instant t0 = instant_at(1000000, 1000, "a");
	struct pq_instant t1 = instant_at(1000060, 1060, "a");
	struct pq_clock c, kept;

	(void)state;
	pq_clock_start(&c, &t0);
	memcpy(&kept, &c, sizeof(kept)); /* the agent was down */
	(void)pq_clock_tick(&kept, &t1);
	assert_true(pq_clock_elapsed(&kept, 60, &t1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock__zero_has_not_elapsed),
		cmocka_unit_test(test_clock__counts_time_served),
		cmocka_unit_test(test_clock__forward_jump_gains_nothing),
		cmocka_unit_test(test_clock__backward_jump_lengthens),
		cmocka_unit_test(test_clock__reboot_gap_adds_nothing),
		cmocka_unit_test(test_clock__boottime_backwards_is_an_alarm),
		cmocka_unit_test(test_clock__tells_a_step_from_an_alarm),
		cmocka_unit_test(test_clock__needs_both_clocks),
		cmocka_unit_test(
		    test_clock__empty_boot_ids_are_not_the_same_boot),
		cmocka_unit_test(test_clock__bounds_a_delay),
		cmocka_unit_test(test_clock__persisted_copy_continues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
