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
	assert_non_null(pq_origins_find(&o, "https://REGISTRY.example/v2/"));
	assert_int_equal(
	    pq_origins_add(&o, "[2001:db8::1]:443", false, pq_slice(NULL, 0)),
	    0);
	assert_non_null(pq_origins_find(&o, "https://[2001:DB8::1]/v2/"));
}

/* Each origin has one canonical form; an invalid host has none. */
static void
test_origin__makes_the_canonical_form(void **state)
{
	static const struct {
		const char *text;
		bool plain_http;
		const char *is; /* NULL: not an origin */
	} rows[] = {
		{ "H.example", false, "h.example" },
		{ "h.example:443", false, "h.example" },
		{ "h.example:443", true, "h.example:443" },
		{ "h.example:80", true, "h.example" },
		{ "[::A]:443", false, "[::a]" },
		{ "a..b", false, NULL },
		{ "-a", false, NULL },
		{ "a-", false, NULL },
		{ "h:0", false, NULL },
		{ "h:65536", false, NULL },
		/* curl would connect to 127.0.0.1 */
		{ "127.1", false, NULL },
		{ "[::1", false, NULL },
		{ "[fe80::1%25eth0]", false, NULL },
	};
	char is[PQ_ORIGIN_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int r =
		    pq_origin_canonical(is, rows[i].text, rows[i].plain_http);

		if (r != (rows[i].is == NULL ? -PQ_EFORMAT : 0))
			fail_msg("%s: %d", rows[i].text, r);
		if (r == 0)
			assert_string_equal(is, rows[i].is);
	}
}

static void
test_origin__refuses_other_origins(void **state)
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
		"https://[::1]/", "https://%72egistry.example/",
		"https://registry.example?x", "https://registry..example/" };
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
		cmocka_unit_test(test_origin__makes_the_canonical_form),
		cmocka_unit_test(test_origin__refuses_other_origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
