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

#include "gate/order.h"

static void
test_order__follows_semver(void **state)
{
	static const char *const up[] = { "1.0.0-alpha", "1.0.0-alpha.1",
		"1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
		"1.0.0-beta.11", "1.0.0-rc.1", "v1.0.0", "1.0.1", "1.2",
		"1.10.0", "2.0.0", "18446744073709551617.0.0" };
	size_t n = sizeof(up) / sizeof(up[0]);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			int c = 9;

			assert_int_equal(
			    pq_order_compare(
				&c, pq_slice_str(up[i]), pq_slice_str(up[k])),
			    0);
			assert_int_equal(c, (i > k) - (i < k));
		}
}

static void
test_order__refuses_what_is_no_version(void **state)
{
	static const char *const bad[] = { "", "v", "latest", "1..2", "1.2.",
		"1.2.3.4", "1.2.3-", "1.2.3+", "-1.0.0", "1.0 ", "1.0.0-a..b" };
	int c = 9;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(pq_order_compare(&c, pq_slice_str(bad[i]),
				     pq_slice_str("1.0.0")),
		    -PQ_EFORMAT);
	assert_int_equal(c, 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order__follows_semver),
		cmocka_unit_test(test_order__refuses_what_is_no_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
