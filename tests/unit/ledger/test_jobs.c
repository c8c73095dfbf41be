/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of jobs in flight, and the search for the job of an answer. */
#include "fixture.h"

static void
test_jobs__leave_a_slot_for_looks(void **state)
{
	int64_t id = 1;

	(void)state;
	while (pq_jobs_new(&w, PQ_JOB_RELEASE, id) != NULL)
		id++;
	assert_non_null(pq_jobs_new(&w, PQ_JOB_LOOK, 100));
	assert_non_null(pq_jobs_new(&w, PQ_JOB_CALLBACK, 101));
}

static void
test_jobs__are_found_by_id_and_phase(void **state)
{
	struct pq_job *j = pq_jobs_new(&w, PQ_JOB_RELEASE, 7);

	(void)state;
	assert_non_null(j);
	assert_int_equal(j->due_ms, 0);
	j->phase = PQ_PHASE_FETCH;
	j->service = &services[1];
	assert_ptr_equal(pq_jobs_find(&w, 7, PQ_PHASE_FETCH), j);
	assert_null(pq_jobs_find(&w, 7, PQ_PHASE_EXAMINE));
	assert_null(pq_jobs_find(&w, 8, PQ_PHASE_FETCH));
	assert_true(pq_jobs_busy(&w, 7));
	assert_true(pq_jobs_serve(&w, PQ_JOB_RELEASE, &services[1]));
	assert_false(pq_jobs_serve(&w, PQ_JOB_RELEASE, &services[0]));
	assert_false(pq_jobs_serve(&w, PQ_JOB_LOOK, &services[1]));
	assert_int_equal(pq_jobs_reading(&w), 0);
	pq_jobs_end(j);
	assert_false(pq_jobs_busy(&w, 7));
	assert_false(pq_jobs_busy(&w, 0));
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_jobs__##name, set_up_warden, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(leave_a_slot_for_looks),
		TEST(are_found_by_id_and_phase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
