/* SPDX-License-Identifier: Apache-2.0 */
/* A callback that verify could not read is read again, or refused. */
#include "callbacks.h"

static void
test_hints__retries_a_callback_that_could_not_be_read(void **state)
{
	(void)state;
	add_callbacks(1, 100);
	assert_int_equal(count_sent(), 1);
	answer_all(PQ_HINT_NOT_READ, "no process");
	assert_int_equal(
	    count_rows(
		"SELECT count(*) FROM callbacks WHERE state = 'received'"),
	    1);
	assert_int_equal(count_sent_later(), 0); /* after a pause */
	w.now.wall_ms += 2000;
	assert_int_equal(count_sent_later(), 1);
	answer_all_with_ping();
	assert_int_equal(
	    count_rows("SELECT count(*) FROM callbacks WHERE state = 'done'"),
	    1);
}

static void
test_hints__refuses_an_unreadable_callback_at_its_deadline(void **state)
{
	(void)state;
	add_callbacks(1, 100);
	w.now.wall_ms += 61000;
	assert_int_equal(count_sent(), 1);
	answer_all(PQ_HINT_NOT_READ, "no process");
	assert_int_equal(
	    count_rows(
		"SELECT count(*) FROM callbacks WHERE state = 'refused' AND"
		" reason = 'the callback could not be read: no process'"),
	    1);
	assert_int_equal(w.backlog, 0);
	assert_int_equal(w.shares[0].n, 0);
	assert_int_equal(w.shares[0].bytes, 0);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_hints__##name, set_up_warden, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(retries_a_callback_that_could_not_be_read),
		TEST(refuses_an_unreadable_callback_at_its_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
