/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "ipc/doors.h"

static void
test_doors__belong_to_roles(void **state)
{
	(void)state;
	assert_int_equal(pq_door_role(PQ_DOOR_INTAKE), PQ_ROLE_INTAKE);
	assert_int_equal(pq_door_role(PQ_DOOR_DEPLOY), PQ_ROLE_DEPLOY);
	assert_int_equal(pq_door_role(PQ_DOOR_CONTROL), PQ_ROLE_CLI);
	assert_string_equal(pq_door_name(PQ_DOOR_CONTROL), "control");
	/* an unknown door has no role */
	assert_int_equal(pq_door_role(PQ_DOORS), PQ_ROLE_NONE);
	assert_string_equal(pq_door_name(PQ_DOORS), "none");
}

/* No door belongs to the warden, and no two doors belong to the same role. */
static void
test_doors__belong_to_different_roles(void **state)
{
	unsigned i, k;

	(void)state;
	for (i = 0; i < PQ_DOORS; i++) {
		enum pq_role r = pq_door_role((enum pq_door)i);

		assert_true(r != PQ_ROLE_NONE && r != PQ_ROLE_WARDEN);
		for (k = 0; k < i; k++)
			assert_true(pq_door_role((enum pq_door)k) != r);
	}
}

/* Check LISTEN_FDNAMES, see sd_listen_fds_with_names(3). */
static void
test_doors__names_have_the_order_of_doors(void **state)
{
	const char *at = pq_door_names();
	unsigned i;

	(void)state;
	for (i = 0; i < PQ_DOORS; i++) {
		const char *name = pq_door_name((enum pq_door)i);
		size_t n = strlen(name);

		assert_int_equal(strncmp(at, name, n), 0);
		assert_int_equal(at[n], i + 1 < PQ_DOORS ? ':' : '\0');
		at += n + 1;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doors__belong_to_roles),
		cmocka_unit_test(test_doors__belong_to_different_roles),
		cmocka_unit_test(test_doors__names_have_the_order_of_doors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
