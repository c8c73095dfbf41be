/* SPDX-License-Identifier: Apache-2.0 */
#include "cmocka_all.h"

#include "net/origin.h"

static void
test_origin__finds_configured(void **state)
{
	struct pq_origins o = { 0 };

	(void)state;
	assert_int_equal(
	    pq_origins_add(&o, "Registry.Example", false, pq_slice(NULL, 0)),
	    0);
	assert_int_equal(
	    pq_origins_add(&o, "127.0.0.1:5000", true, pq_slice(NULL, 0)), 0);
	assert_non_null(pq_origins_find(&o, "https://registry.example/v2/"));
	assert_non_null(
	    pq_origins_find(&o, "https://registry.example:443/v2/"));
	assert_non_null(pq_origins_find(&o, "http://127.0.0.1:5000/v2/"));
}

static void
test_origin__refuses_elsewhere(void **state)
{
	static const char *const bad[] = { "http://registry.example/",
		"https://registry.example:444/", "https://127.0.0.1:5000/",
		"https://registry.example@evil.example/",
		"https://registry.example:443@evil.example/",
		"https://registry.example.evil.example/",
		"https://evil.example/registry.example/",
		"https://registry.example\\@evil.example/",
		"https://registry.example#@evil.example/",
		"https://registry.example", "https://registry.example./",
		"https:///registry.example/", "//registry.example/",
		"file:///etc/passwd", "gopher://registry.example/",
		"https://registry.example:0443/", "https://registry.example:/",
		"https://registry.example:99999/",
		"https://registry.example/ x", "https://registry.example/\r\n",
		"HTTPS://registry.example/", "https://169.254.169.254/",
		"https://[::1]/", "https://%72egistry.example/" };
	struct pq_origins o = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(
	    pq_origins_add(&o, "registry.example", false, pq_slice(NULL, 0)),
	    0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(pq_origins_find(&o, bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_origin__finds_configured),
		cmocka_unit_test(test_origin__refuses_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
