/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "intake/intake.h"

static struct intake in;
static struct intake_connection conns[INTAKE_CONNECTIONS];
static struct intake_request requests[INTAKE_CONNECTIONS];
static char data[65536];

static int
open_all(void **state)
{
	size_t i;

	(void)state;
	memset(&in, 0, sizeof(in));
	for (i = 0; i < INTAKE_CONNECTIONS; i++) {
		conns[i] = (struct intake_connection){ .in = &in,
			.next = in.connections,
			.request = &requests[i] };
		in.connections = &conns[i];
		requests[i] = (struct intake_request){ .conn = &conns[i],
			.body = PQ_BUF_INIT(PQ_BODY_MAX) };
	}
	return 0;
}

static int
free_all(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < INTAKE_CONNECTIONS; i++)
		intake_budget_free(&requests[i]);
	assert_int_equal(in.held, 0);
	return 0;
}

/* A body of 64 KiB without one byte, on each connection. */
static void
test_budget__has_room_for_each_share(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < INTAKE_CONNECTIONS; i++)
		intake_budget_put(&requests[i], data, sizeof(data) - 1);
	assert_int_equal(in.held, INTAKE_HELD_MAX);
	assert_null(intake_budget_excess(&in));
}

static void
test_budget__the_largest_body_goes_first(void **state)
{
	struct intake_request *r;
	size_t i;

	(void)state;
	for (i = 0; i < INTAKE_CONNECTIONS; i++)
		intake_budget_put(&requests[i], data, sizeof(data) - 1);
	for (i = 0; i < 4; i++)
		intake_budget_put(&requests[7], data, sizeof(data));
	intake_budget_put(&requests[3], data, sizeof(data));
	assert_true(in.held > INTAKE_HELD_MAX);
	r = intake_budget_excess(&in);
	assert_ptr_equal(r, &requests[7]);
	intake_budget_free(r);
	assert_int_equal(r->body.n, 0);
	assert_null(intake_budget_excess(&in));
}

/* Each connection leaves a whole body: the bodies stay within the limit. */
static void
test_budget__strangers_lose_their_own_bodies(void **state)
{
	struct intake_request *r;
	size_t i, n, most = 0;

	(void)state;
	intake_budget_put(&requests[0], data, sizeof(data) - 1);
	for (n = 0; n < PQ_BODY_MAX; n += sizeof(data))
		for (i = 1; i < INTAKE_CONNECTIONS; i++) {
			intake_budget_put(&requests[i], data, sizeof(data));
			while ((r = intake_budget_excess(&in)) != NULL)
				intake_budget_free(r);
			most = in.held > most ? in.held : most;
		}
	assert_true(most <= INTAKE_HELD_MAX);
	assert_int_equal(requests[0].body.n, sizeof(data) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_budget__has_room_for_each_share, open_all, free_all),
		cmocka_unit_test_setup_teardown(
		    test_budget__the_largest_body_goes_first, open_all,
		    free_all),
		cmocka_unit_test_setup_teardown(
		    test_budget__strangers_lose_their_own_bodies, open_all,
		    free_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
