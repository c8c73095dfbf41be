/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <pratique/err.h>

#include <pratique/version.h>

static void
test_version__follows_semver(void **state)
{
	static const char *const up[] = { "1.0.0-alpha", "1.0.0-alpha.1",
		"1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
		"1.0.0-beta.11", "1.0.0-rc.1", "v1.0.0", "1.0.1", "1.2",
		"1.10.0", "2.0.0", "18446744073709551617.0.0" };
	size_t n = sizeof(up) / sizeof(up[0]);
	size_t i, k;

	(void)state;
	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++) {
			int c = 9;

			assert_int_equal(
			    pq_version_compare(
				&c, pq_slice_str(up[i]), pq_slice_str(up[k])),
			    0);
			assert_int_equal(c, (i > k) - (i < k));
		}
}

/* Another spelling does not make a version older or newer. */
static void
test_version__equal_in_another_spelling(void **state)
{
	static const char *const same[][2] = { { "1.2.3", "v1.2.3" },
		{ "1.2.3", "1.02.3" }, { "1.0.3", "1.000.3" },
		{ "1.2.3+a", "1.2.3+b.7" }, { "1.2.3-rc.1", "1.2.3-rc.01" },
		{ "1.2.3-rc.1+x", "1.2.3-rc.1" }, { "1.2+a", "1.2" },
		{ "1-a", "1-a" }, { "0", "000" } };
	static const char *const older[][2] = { { "1.2.3-rc.1", "1.2.3" },
		{ "1.2.3-9", "1.2.3-a" }, { "1.2.3-99", "1.2.3-0a" },
		{ "1.2.3-a", "1.2.3-aa" }, { "1.2.3-Z", "1.2.3-a" },
		{ "1.2.3-Az", "1.2.3-zA" }, { "1.2.3--", "1.2.3-0a" },
		{ "1.2.3-a.1", "1.2.3-a.1.0" }, { "1.2.3-a.b", "1.2.3-a.c.0" },
		{ "9.9.9", "10" }, { "1.09", "1.10" },
		{ "1.2.3-rc", "1.2.3+rc" },
		{ "99999999999999999999.0", "100000000000000000000.0" } };
	int c;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		c = 9;
		assert_int_equal(
		    pq_version_compare(
			&c, pq_slice_str(same[i][0]), pq_slice_str(same[i][1])),
		    0);
		if (c != 0)
			fail_msg("%s, %s: %d", same[i][0], same[i][1], c);
	}
	for (i = 0; i < sizeof(older) / sizeof(older[0]); i++)
		for (k = 0; k < 2; k++) {
			c = 9;
			assert_int_equal(
			    pq_version_compare(&c, pq_slice_str(older[i][k]),
				pq_slice_str(older[i][1 - k])),
			    0);
			if (c != (k == 0 ? -1 : 1))
				fail_msg("%s, %s: %d", older[i][k],
				    older[i][1 - k], c);
		}
}

static void
test_version__refuses_other_texts(void **state)
{
	static const char *const bad[] = { "", "v", "latest", "1..2", "1.2.",
		"1.2.3.4", "1.2.3-", "1.2.3+", "-1.0.0", "1.0 ", "1.0.0-a..b",
		"vv1", "V1", "1.x", "1.2.3-a_b", "1.2.3-a/b", "1.2.3-a:b",
		"1.2.3-a@b", "1.2.3-a[b", "1.2.3-a`b", "1.2.3-a{b", "1.2.3+a_b",
		"1.2.3+a+b", "1.2.3-a.", "1/0", "1:0", "1.2.3-\xc3\xa9" };
	char longest[129];
	int c = 9;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(pq_version_compare(&c, pq_slice_str(bad[i]),
				     pq_slice_str("1.0.0")),
		    -PQ_EFORMAT);
	/* on both sides: with a NUL byte, and too long */
	assert_int_equal(pq_version_compare(&c, PQ_SLICE_LIT("1.0.0"),
			     PQ_SLICE_LIT("1.0.0\0")),
	    -PQ_EFORMAT);
	memset(longest, '1', sizeof(longest));
	assert_int_equal(pq_version_compare(&c, pq_slice(longest, 129),
			     pq_slice(longest, 128)),
	    -PQ_EFORMAT);
	assert_int_equal(c, 9);
	assert_int_equal(pq_version_compare(&c, pq_slice(longest, 128),
			     pq_slice(longest, 127)),
	    0);
	assert_int_equal(c, 1);
}

static void
test_version__same_ignores_one_leading_v(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} pairs[] = { { "1.2.0", "1.2.0", true }, { "v1.2.0", "1.2.0", true },
		{ "v1.2.0", "v1.2.0", true }, { "vv1.2.0", "v1.2.0", false },
		{ "1.2", "1.2.0", false }, { "1.2.0", "1.2.0+1", false },
		{ "V1.2.0", "1.2.0", false }, { "", "", false },
		{ "v", "", false }, { "v", "v", false },
		{ "1.2.0 ", "1.2.0", false } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct pq_slice a = pq_slice_str(pairs[i].a);
		struct pq_slice b = pq_slice_str(pairs[i].b);

		assert_int_equal(pq_version_same(a, b), pairs[i].same);
		assert_int_equal(pq_version_same(b, a), pairs[i].same);
	}
}

static void
test_version__valid_ones_can_be_ordered(void **state)
{
	(void)state;
	assert_true(pq_version_valid(PQ_SLICE_LIT("v1.2.0-rc.1+5")));
	assert_false(pq_version_valid(PQ_SLICE_LIT("latest")));
	assert_false(pq_version_valid(PQ_SLICE_LIT("")));
	assert_false(pq_version_valid(PQ_SLICE_LIT("v")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version__follows_semver),
		cmocka_unit_test(test_version__equal_in_another_spelling),
		cmocka_unit_test(test_version__refuses_other_texts),
		cmocka_unit_test(test_version__same_ignores_one_leading_v),
		cmocka_unit_test(test_version__valid_ones_can_be_ordered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
