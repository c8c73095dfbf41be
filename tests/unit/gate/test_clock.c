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
	struct pq_instant i = { .wall_ms = wall_s * 1000,
		.boot_ms = boot_s * 1000,
		.mono_ms = boot_s * 1000 };

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
		t1.mono_ms += 1000;
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

/* ---- tables of readings -------------------------------------------------- */

#define MINUTE ((int64_t)60)
#define HOUR (60 * MINUTE)
#define MAX_READINGS 8

/* Seconds by which each clock advances before a tick; 0 for all ends a row. */
struct advance {
	int64_t wall, boot, mono;
	bool reboot;
};

static void
advance_clocks(struct pq_instant *now, const struct advance *a)
{
	now->wall_ms += a->wall * 1000;
	now->boot_ms += a->boot * 1000;
	now->mono_ms += a->mono * 1000;
	if (!a->reboot)
		return;
	now->boot_ms = now->mono_ms = 20000;
	now->boot_id[0]++;
}

/* Tick as the agent does, which keeps a clock of its own in @agent. */
static enum pq_tick
tick_as_agent(struct pq_clock *agent, struct pq_clock *c,
    const struct pq_instant *now, int64_t *ret_down)
{
	int64_t down = pq_clock_down(agent, now);

	if (down != 0)
		*ret_down = down / 1000;
	(void)pq_clock_tick(agent, now);
	return down != 0 ? pq_clock_resume(c, now) : pq_clock_tick(c, now);
}

static void
test_clock__follows_the_readings(void **state)
{
	static const struct {
		const char *name;
		struct advance v[MAX_READINGS];
		uint64_t delay_s;
		int64_t served, left, down, uncounted; /* seconds */
		enum pq_tick last;
	} rows[] = {
		{ "suspend gives neither alarm nor credit",
		    { { 30, 30, 30, 0 }, { HOUR, HOUR, 0, 0 },
			{ 30, 30, 30, 0 } },
		    HOUR, 60, HOUR - 60, 0, HOUR, PQ_TICK_STEADY },
		{ "the tick after a suspend is steady",
		    { { HOUR, HOUR, 0, 0 } }, HOUR, 0, HOUR, 0, HOUR,
		    PQ_TICK_STEADY },
		{ "a suspend of days does not end a delay",
		    { { 99 * HOUR, 99 * HOUR, 59, 0 } }, 60, 59, 1, 0,
		    99 * HOUR - 59, PQ_TICK_STEADY },
		{ "a step forward is an alarm and no credit",
		    { { HOUR, 30, 30, 0 } }, HOUR, 30, HOUR - 30, 0, HOUR - 30,
		    PQ_TICK_ALARM },
		{ "a step back is an alarm and lengthens the delay",
		    { { -HOUR, 30, 30, 0 } }, HOUR, 30, 2 * HOUR, 0, 0,
		    PQ_TICK_ALARM },
		{ "a step forward as long as a suspend is found",
		    { { 2 * HOUR, HOUR, 0, 0 } }, HOUR, 0, HOUR, 0, 2 * HOUR,
		    PQ_TICK_ALARM },
		{ "a step back cannot hide a suspend", { { 0, HOUR, 0, 0 } },
		    HOUR, 0, HOUR, 0, 0, PQ_TICK_ALARM },
		{ "a small step with a suspend is recorded",
		    { { HOUR + 3, HOUR, 0, 0 } }, HOUR, 0, HOUR, 0, HOUR + 3,
		    PQ_TICK_STEPPED },
		{ "a reboot gives no credit and no alarm",
		    { { 30, 30, 30, 0 }, { HOUR, 0, 0, true },
			{ 30, 30, 30, 0 } },
		    HOUR, 60, HOUR - 60, 0, HOUR, PQ_TICK_STEADY },
		{ "59 s without a tick are not down",
		    { { 30, 30, 30, 0 }, { 59, 59, 59, 0 } }, 80, 89, 0, 0, 0,
		    PQ_TICK_STEADY },
		{ "60 s without a tick are not down", { { 60, 60, 60, 0 } }, 60,
		    60, 0, 0, 0, PQ_TICK_STEADY },
		{ "61 s without a tick are down: the delay once more",
		    { { 30, 30, 30, 0 }, { 61, 61, 61, 0 } }, 80, 91, 80, 61, 0,
		    PQ_TICK_STEADY },
		{ "down for hours: at most a quarter of an hour more",
		    { { 30, 30, 30, 0 }, { 9 * HOUR, 9 * HOUR, 9 * HOUR, 0 } },
		    HOUR, 9 * HOUR + 30, 15 * MINUTE, 9 * HOUR, 0,
		    PQ_TICK_STEADY },
		{ "the time to object passes",
		    { { 2 * HOUR, 2 * HOUR, 2 * HOUR, 0 }, { 60, 60, 60, 0 },
			{ 60, 60, 60, 0 } },
		    HOUR, 2 * HOUR + 120, 13 * MINUTE, 2 * HOUR, 0,
		    PQ_TICK_STEADY },
		{ "a delay that ended before the agent went is not extended",
		    { { 60, 60, 60, 0 }, { HOUR, HOUR, HOUR, 0 } }, 60,
		    HOUR + 60, 0, HOUR, 0, PQ_TICK_STEADY },
		{ "a delay that ends one second after the return is extended",
		    { { HOUR - 1, HOUR - 1, HOUR - 1, 0 } }, HOUR, HOUR - 1,
		    15 * MINUTE, HOUR - 1, 0, PQ_TICK_STEADY },
		{ "a delay that ends much later is not extended",
		    { { HOUR, HOUR, HOUR, 0 } }, 24 * HOUR, HOUR, 23 * HOUR,
		    HOUR, 0, PQ_TICK_STEADY },
		{ "no delay stays no delay", { { HOUR, HOUR, HOUR, 0 } }, 0,
		    HOUR, 0, HOUR, 0, PQ_TICK_STEADY },
		{ "down again while the time to object ran: all of it again",
		    { { HOUR, HOUR, HOUR, 0 }, { 60, 60, 60, 0 },
			{ HOUR, HOUR, HOUR, 0 } },
		    HOUR, 2 * HOUR + 60, 15 * MINUTE, HOUR, 0, PQ_TICK_STEADY },
		{ "the wall clock was late: the delay ended while down",
		    { { 0, 60, 60, 0 }, { 61, 61, 61, 0 } }, 60, 121, 60, 61, 0,
		    PQ_TICK_STEADY },
		{ "down, then suspend: not down for longer",
		    { { 2 * HOUR, 2 * HOUR, 61, 0 } }, 60, 61, 60, 61,
		    2 * HOUR - 61, PQ_TICK_STEADY },
		{ "a suspend alone is not down", { { HOUR, HOUR, 60, 0 } }, 60,
		    60, 0, 0, HOUR - 60, PQ_TICK_STEADY },
		{ "a reboot is not down",
		    { { 60, 60, 60, 0 }, { HOUR, 0, 0, true } }, 60, 60, 0, 0,
		    HOUR, PQ_TICK_STEADY },
		{ "a monotonic clock that runs backwards is an alarm",
		    { { 60, 60, -1, 0 } }, 60, 0, 60, 0, 60, PQ_TICK_ALARM },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pq_instant now = instant_at(1000000, 1000, "a");
		enum pq_tick last = PQ_TICK_ALARM;
		struct pq_clock c, agent;
		int64_t down = 0;

		print_message("%s\n", rows[i].name);
		pq_clock_start(&c, &now);
		pq_clock_start(&agent, &now);
		for (k = 0; rows[i].v[k].wall != 0 || rows[i].v[k].boot != 0;
		     k++) {
			advance_clocks(&now, &rows[i].v[k]);
			last = tick_as_agent(&agent, &c, &now, &down);
		}
		assert_int_equal(last, rows[i].last);
		assert_int_equal(c.served_ms, rows[i].served * 1000);
		assert_int_equal(pq_clock_left(&c, rows[i].delay_s, &now),
		    rows[i].left * 1000);
		assert_int_equal(down, rows[i].down);
		assert_int_equal(
		    pq_clock_uncounted(&c, &now), rows[i].uncounted * 1000);
	}
}

/* The extension is shown only while it is the cause of the wait. */
static void
test_clock__knows_what_is_extended(void **state)
{
	struct pq_instant now = instant_at(1000000, 1000, "a");
	struct pq_clock c;

	(void)state;
	pq_clock_start(&c, &now);
	assert_false(pq_clock_extended(&c, HOUR));
	advance_clocks(&now, &(struct advance){ HOUR, HOUR, HOUR, false });
	(void)pq_clock_resume(&c, &now);
	assert_true(pq_clock_extended(&c, HOUR));
	assert_int_equal(c.down_ms, HOUR * 1000);
	assert_false(pq_clock_extended(&c, 24 * HOUR));
	assert_false(pq_clock_extended(&c, 0));
	/* down again before the time to object has passed: both count */
	advance_clocks(&now, &(struct advance){ 61, 61, 61, false });
	(void)pq_clock_resume(&c, &now);
	assert_int_equal(c.down_ms, (HOUR + 61) * 1000);
	/* an operator could object: only the last time counts */
	advance_clocks(&now, &(struct advance){ 900, 900, 900, false });
	(void)pq_clock_tick(&c, &now);
	assert_int_equal(pq_clock_left(&c, HOUR, &now), 0);
	advance_clocks(&now, &(struct advance){ 62, 62, 62, false });
	(void)pq_clock_resume(&c, &now);
	assert_int_equal(c.down_ms, 62 * 1000);
	assert_false(pq_clock_extended(&c, HOUR));
	assert_int_equal(pq_clock_left(&c, HOUR, &now), 0);
}

/* An earlier version did not save CLOCK_MONOTONIC. */
static void
test_clock__keeps_the_credit_of_an_earlier_version(void **state)
{
	struct pq_instant now = instant_at(1000000, 1000, "a");
	struct pq_clock c;

	(void)state;
	pq_clock_start(&c, &now);
	c.served_ms = 42000;
	c.last_mono_ms = -1;
	advance_clocks(&now, &(struct advance){ HOUR, HOUR, HOUR, false });
	assert_int_equal(pq_clock_down(&c, &now), 0);
	assert_int_equal(pq_clock_tick(&c, &now), PQ_TICK_STEADY);
	assert_int_equal(c.served_ms, 42000);
	advance_clocks(&now, &(struct advance){ 1, 1, 1, false });
	(void)pq_clock_tick(&c, &now);
	assert_int_equal(c.served_ms, 43000);
	/* a step across the upgrade is still found */
	c.last_mono_ms = -1;
	now.wall_ms += HOUR * 1000;
	assert_int_equal(pq_clock_tick(&c, &now), PQ_TICK_ALARM);
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
		cmocka_unit_test(test_clock__follows_the_readings),
		cmocka_unit_test(test_clock__knows_what_is_extended),
		cmocka_unit_test(
		    test_clock__keeps_the_credit_of_an_earlier_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
