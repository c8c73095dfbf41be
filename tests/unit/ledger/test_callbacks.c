/* SPDX-License-Identifier: Apache-2.0 */
/* When callbacks are handed to verify, and how many. */
#include "callbacks.h"

static void
test_callbacks__one_alone_is_read_at_once(void **state)
{
	(void)state;
	arrive(1, 100);
	assert_int_equal(handed(), 1);
}

/* else each of a flood would cost a child of its own */
static void
test_callbacks__those_behind_it_are_gathered(void **state)
{
	(void)state;
	arrive(1, 100);
	assert_int_equal(handed(), 1);
	arrive(2, 100);
	assert_int_equal(handed(), 1); /* the round has not ended */
	all_answered();
	assert_int_equal(handed(), 0);
	assert_true(pq_callbacks_wait(&w));
	w.now.boot_ms += WARDEN_READ_PACE_MS;
	assert_int_equal(handed(), 2);
	assert_false(pq_callbacks_wait(&w));
	all_answered();
	assert_int_equal(w.backlog, 0);
	assert_false(pq_callbacks_wait(&w));
}

static void
test_callbacks__a_full_round_waits_for_no_clock(void **state)
{
	(void)state;
	arrive(1, 100);
	assert_int_equal(handed(), 1);
	all_answered();
	arrive(WARDEN_READS + 1, 100);
	assert_int_equal(handed(), WARDEN_READS);
	all_answered();
	assert_int_equal(w.backlog, 1);
}

static void
test_callbacks__large_bodies_fill_a_round(void **state)
{
	(void)state;
	arrive(WARDEN_READS, BODY);
	assert_int_equal(handed(), WARDEN_READ_BYTES / BODY);
}

static void
test_callbacks__without_verify_all_is_kept(void **state)
{
	(void)state;
	w.peers[PQ_DOOR_VERIFY].used = false;
	arrive(3, 100);
	assert_int_equal(handed(), 0);
	assert_false(pq_callbacks_wait(&w));
	verify_is_here();
	assert_int_equal(handed(), 3);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_callbacks__##name, fresh, drop)

static int
group(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_alone_is_read_at_once),
		TEST(those_behind_it_are_gathered),
		TEST(a_full_round_waits_for_no_clock),
		TEST(large_bodies_fill_a_round),
		TEST(without_verify_all_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run(group);
}
