/* SPDX-License-Identifier: Apache-2.0 */
/* A callback that verify could not read is read again, or refused. */
#include "callbacks.h"

static void
test_hints__one_that_could_not_be_read_is_read_again(void **state)
{
	(void)state;
	arrive(1, 100);
	assert_int_equal(handed(), 1);
	all_are_hinted(PQ_HINT_NOT_READ, "no process");
	assert_int_equal(
	    count("SELECT count(*) FROM callbacks WHERE state = 'received'"),
	    1);
	assert_int_equal(handed_later(), 0); /* but not at once */
	w.now.wall_ms += 2000;
	assert_int_equal(handed_later(), 1);
	all_answered();
	assert_int_equal(
	    count("SELECT count(*) FROM callbacks WHERE state = 'done'"), 1);
}

static void
test_hints__one_that_can_never_be_read_is_refused_in_the_end(void **state)
{
	(void)state;
	arrive(1, 100);
	w.now.wall_ms += 61000;
	assert_int_equal(handed(), 1);
	all_are_hinted(PQ_HINT_NOT_READ, "no process");
	assert_int_equal(
	    count("SELECT count(*) FROM callbacks WHERE state = 'refused' AND"
		  " reason = 'could not be read: no process'"),
	    1);
	assert_int_equal(w.backlog, 0);
	assert_int_equal(w.shares[0].n, 0);
	assert_int_equal(w.shares[0].bytes, 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_hints__##name, fresh, drop)

static int
group(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_that_could_not_be_read_is_read_again),
		TEST(one_that_can_never_be_read_is_refused_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run(group);
}
