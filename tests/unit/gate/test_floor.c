/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "gate/floor.h"

static struct pq_findings r;

static void
finding_is(const char *tag, const struct pq_floor *f, enum pq_status status,
    const char *words)
{
	pq_findings_free(&r);
	pq_floor_judge(&r, tag, f);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.v[0].check, PQ_CHECK_ORDER_MONOTONIC);
	assert_int_equal(r.v[0].status, status);
	assert_string_equal(r.v[0].subject, tag);
	if (strstr(r.v[0].reason, words) == NULL)
		fail_msg("%s: %s", words, r.v[0].reason);
}

static void
test_floor__without_a_floor_is_pending(void **state)
{
	static const struct pq_floor zero;
	static const struct pq_floor words = { "", "run pratique adopt" };

	(void)state;
	finding_is("1.0.0", &zero, PQ_PENDING, "no floor is known");
	finding_is("1.0.0", &words, PQ_PENDING, "run pratique adopt");
}

static void
test_floor__refuses_an_older_version(void **state)
{
	struct pq_floor f = { "1.1.0", "the highest version that was live" };

	(void)state;
	finding_is(
	    "1.0.9", &f, PQ_FAIL, "1.0.9 is older than 1.1.0, the highest");
	finding_is("1.1.0-rc1", &f, PQ_FAIL, "older than");
	finding_is("1.1.0", &f, PQ_PASS, "the same as 1.1.0");
	finding_is("v1.1.0", &f, PQ_PASS, "the same as 1.1.0");
	finding_is("1.1.1", &f, PQ_PASS, "newer than 1.1.0");
	finding_is("latest", &f, PQ_FAIL, "cannot compare latest with 1.1.0");
	memcpy(f.version, "junk", 5);
	finding_is("1.1.0", &f, PQ_FAIL, "cannot compare 1.1.0 with junk");
}

static void
raise_gives(struct pq_floor *f, const char *version, const char *instead_of,
    const char *want)
{
	pq_floor_raise(f, version, version, instead_of);
	assert_string_equal(f->version, want);
	assert_string_equal(f->from, want);
}

static void
test_floor__the_highest_memory_counts(void **state)
{
	struct pq_floor f = { "", "" };

	(void)state;
	raise_gives(&f, NULL, NULL, "");
	raise_gives(&f, "", NULL, "");
	raise_gives(&f, "latest", NULL, "latest");
	raise_gives(&f, "stable", NULL, "latest");
	raise_gives(&f, "1.2.0", NULL, "1.2.0");
	raise_gives(&f, "1.1.0", NULL, "1.2.0");
	raise_gives(&f, "latest", NULL, "1.2.0");
	raise_gives(&f, "", NULL, "1.2.0");
	raise_gives(&f, "1.10.0", NULL, "1.10.0");
	raise_gives(&f, "1.10.0", "1.10.0", "1.10.0");
	/* of two equal versions the first stays, with its source */
	raise_gives(&f, "v1.10.0", NULL, "1.10.0");
}

static void
test_floor__ignores_the_version_taken_back(void **state)
{
	struct pq_floor f = { "", "" };

	(void)state;
	raise_gives(&f, "9999.0.0", "9999.0.0", "");
	raise_gives(&f, "v9999", "9999.0.0", "");
	raise_gives(&f, "latest", "9999.0.0", "latest");
	raise_gives(&f, "1.2.0", "9999.0.0", "1.2.0");
	raise_gives(&f, "9999.0.1", "9999.0.0", "9999.0.1");
	raise_gives(&f, "9999.0.2", "latest", "9999.0.2");
}

static void
test_floor__operator_sets_only_the_first(void **state)
{
	static const struct pq_floor none, f = { "1.2.0", "live" },
					   odd = { "latest", "live" };

	(void)state;
	assert_true(pq_floor_allows_adopt(&none, "0.0.1"));
	assert_true(pq_floor_allows_adopt(&f, "1.2.0"));
	assert_true(pq_floor_allows_adopt(&f, "v1.2"));
	assert_false(pq_floor_allows_adopt(&f, "1.1.9"));
	assert_false(pq_floor_allows_adopt(&f, "1.2.1"));
	assert_false(pq_floor_allows_adopt(&f, "latest"));
	assert_false(pq_floor_allows_adopt(&odd, "1.2.0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floor__without_a_floor_is_pending),
		cmocka_unit_test(test_floor__refuses_an_older_version),
		cmocka_unit_test(test_floor__the_highest_memory_counts),
		cmocka_unit_test(test_floor__ignores_the_version_taken_back),
		cmocka_unit_test(test_floor__operator_sets_only_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
