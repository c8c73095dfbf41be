/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "ipc/roles.h"

static void
test_roles__names_are_one_to_one(void **state)
{
	unsigned i;

	(void)state;
	for (i = PQ_ROLE_NONE + 1; i < PQ_ROLE_COUNT; i++)
		assert_int_equal(
		    pq_role_by_name(pq_role_name((enum pq_role)i)), i);
	assert_int_equal(pq_role_by_name("none"), PQ_ROLE_NONE);
	assert_int_equal(pq_role_by_name("Warden"), PQ_ROLE_NONE);
	assert_int_equal(pq_role_by_name(""), PQ_ROLE_NONE);
}

/* An unknown role has no rights. */
static void
test_roles__unknown_roles_have_no_rights(void **state)
{
	static const unsigned strange[] = { PQ_ROLE_NONE, PQ_ROLE_COUNT, 99,
		UINT32_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		const struct pq_role_row *row =
		    pq_role_row((enum pq_role)strange[i]);

		assert_string_equal(row->name, "none");
		assert_false(row->state || row->config || row->reserved);
	}
}

static void
test_roles__match_the_table(void **state)
{
	(void)state;
	assert_string_equal(pq_role_name(PQ_ROLE_CLI), "control");
	assert_true(pq_role_row(PQ_ROLE_DEPLOY)->state);
	assert_false(pq_role_row(PQ_ROLE_VERIFY)->state);
	assert_true(pq_role_row(PQ_ROLE_FETCH)->config);
	/* intake parses HTTP, so it has no access to files */
	assert_false(pq_role_row(PQ_ROLE_INTAKE)->config);
	assert_false(pq_role_row(PQ_ROLE_INTAKE)->state);
}

/* An operator with such a name would look like the actor in the audit chain. */
static void
test_roles__reserve_the_names_of_actors(void **state)
{
	static const char *const reserved[] = { "warden", "intake", "fetch",
		"verify", "deploy", "callback", "self" };
	static const char *const others[] = { "alice", "", "none", "control",
		"supervisor", "ward", "wardens", "Deploy" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (!pq_role_reserved(reserved[i]))
			fail_msg("%s is not reserved", reserved[i]);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (pq_role_reserved(others[i]))
			fail_msg("%s is reserved", others[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roles__names_are_one_to_one),
		cmocka_unit_test(test_roles__unknown_roles_have_no_rights),
		cmocka_unit_test(test_roles__match_the_table),
		cmocka_unit_test(test_roles__reserve_the_names_of_actors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
