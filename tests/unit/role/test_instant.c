/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>
#include <time.h>

#include "role/instant.h"

#define DAY_MS INT64_C(86400000)

/* Return a clock of the kernel in milliseconds. */
static int64_t
read_clock(clockid_t id)
{
	struct timespec t;

	assert_int_equal(clock_gettime(id, &t), 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Check that @ms is between @before and the clock's time, within @slack. */
static void
expect_reading(clockid_t id, int64_t before, int64_t ms, int64_t slack)
{
	int64_t after = read_clock(id);

	if (ms < before - slack || ms > after + slack)
		fail_msg("%lld is not between %lld and %lld", (long long)ms,
		    (long long)before, (long long)after);
}

static void
test_instant__reads_the_named_clock(void **state)
{
	int64_t wall = read_clock(CLOCK_REALTIME);
	int64_t boot = read_clock(CLOCK_BOOTTIME);
	int64_t monotonic = read_clock(CLOCK_MONOTONIC);
	struct pq_instant now = { 0 };

	(void)state;
	pq_instant_read(&now);
	/* the wall clock may jump at any time, but hardly by a day */
	expect_reading(CLOCK_REALTIME, wall, now.wall_ms, DAY_MS);
	expect_reading(CLOCK_BOOTTIME, boot, now.boot_ms, 0);
	expect_reading(CLOCK_BOOTTIME, boot, pq_instant_boot_ms(), 0);
	expect_reading(CLOCK_MONOTONIC, monotonic, now.mono_ms, 0);
	expect_reading(
	    CLOCK_MONOTONIC, monotonic, pq_instant_monotonic_ms(), 0);
}

static void
test_instant__reads_the_boot_id(void **state)
{
	struct pq_instant one = { 0 }, two = { 0 };
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	assert_int_equal(pq_instant_open(&one, &err), 0);
	assert_int_equal(pq_instant_open(&two, &err), 0);
	assert_int_equal(strlen(one.boot_id), PQ_BOOT_ID - 1);
	assert_string_equal(one.boot_id, two.boot_id);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instant__reads_the_named_clock),
		cmocka_unit_test(test_instant__reads_the_boot_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
