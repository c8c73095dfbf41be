/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <pratique/header.h>

static void
test_header__each_is_found_by_its_name(void **state)
{
	unsigned h;

	(void)state;
	for (h = PQ_HEADER_NONE + 1; h < PQ_HEADER_COUNT; h++) {
		const char *name = pq_header_name((enum pq_header)h);

		if (h == PQ_HEADER_CONFIGURED)
			continue;
		assert_true(pq_header_is_name(pq_slice_str(name)));
		assert_int_equal(pq_header_find(pq_slice_str(name)), h);
		assert_true(pq_header_max((enum pq_header)h) > 0);
		assert_true(pq_header_max((enum pq_header)h) <= PQ_HEADER_MAX);
	}
}

static void
test_header__names_ignore_case(void **state)
{
	char text[64];
	unsigned h;
	size_t i;

	(void)state;
	for (h = PQ_HEADER_NONE + 1; h < PQ_HEADER_COUNT; h++) {
		(void)snprintf(text, sizeof(text), "%s",
		    pq_header_name((enum pq_header)h));
		for (i = 0; text[i] != '\0'; i++)
			text[i] = (char)(i % 2 == 0
				? toupper((unsigned char)text[i])
				: tolower((unsigned char)text[i]));
		if (h != PQ_HEADER_CONFIGURED)
			assert_int_equal(pq_header_find(pq_slice_str(text)), h);
	}
}

/* The configured header has no name here, so no name may match it. */
static void
test_header__configured_header_has_no_name(void **state)
{
	(void)state;
	assert_string_equal(pq_header_name(PQ_HEADER_CONFIGURED), "");
	assert_int_equal(pq_header_find(pq_slice("", 0)), PQ_HEADER_NONE);
	assert_int_equal(pq_header_max(PQ_HEADER_CONFIGURED), PQ_HEADER_MAX);
}

static void
test_header__valid_names(void **state)
{
	static const char *const bad[] = { NULL, "", "X Y", "X:", "X_Y", "X.Y",
		"X\n", "X\xc3\xa9", "X@", "X[", "X`", "X{", "X/" };
	char longest[PQ_HEADER_NAME_MAX + 1];
	size_t i;

	(void)state;
	assert_true(pq_header_is_name(PQ_SLICE_LIT("X-Forge-Signature-256")));
	assert_true(pq_header_is_name(PQ_SLICE_LIT("azAZ09-")));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(pq_header_is_name(pq_slice_str(bad[i])));
	memset(longest, 'x', sizeof(longest));
	assert_true(pq_header_is_name(pq_slice(longest, PQ_HEADER_NAME_MAX)));
	assert_false(
	    pq_header_is_name(pq_slice(longest, PQ_HEADER_NAME_MAX + 1)));
}

static void
test_header__other_names_are_not_found(void **state)
{
	static const char *const names[] = { NULL, "", " ", "X-GitHub-Even",
		"X-GitHub-Event ", "X-GitHub-Eventt", "X-GitHub[Event",
		"webhook_id", "Host" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(
		    pq_header_find(pq_slice_str(names[i])), PQ_HEADER_NONE);
	assert_int_equal(
	    pq_header_find(PQ_SLICE_LIT("webhook-id\0")), PQ_HEADER_NONE);
	assert_string_equal(pq_header_name(PQ_HEADER_NONE), "");
	assert_string_equal(
	    pq_header_name((enum pq_header)PQ_HEADER_COUNT), "");
	assert_int_equal(pq_header_max((enum pq_header)PQ_HEADER_COUNT), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header__each_is_found_by_its_name),
		cmocka_unit_test(test_header__names_ignore_case),
		cmocka_unit_test(test_header__other_names_are_not_found),
		cmocka_unit_test(test_header__configured_header_has_no_name),
		cmocka_unit_test(test_header__valid_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
