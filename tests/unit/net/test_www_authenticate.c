/* SPDX-License-Identifier: Apache-2.0 */
#include "cmocka_all.h"

#include "net/challenge.h"

static int
parse_text(struct pq_challenge *c, const char *s)
{
	return pq_challenge_parse(c, pq_slice_str(s));
}

static void
test_www_authenticate__reads_bearer(void **state)
{
	struct pq_challenge c;

	(void)state;
	assert_int_equal(parse_text(&c,
			     "Bearer realm=\"https://auth.example/token\","
			     "service=\"registry.example\","
			     "scope=\"repository:acme/web:pull\""),
	    0);
	assert_int_equal(c.kind, PQ_CHALLENGE_BEARER);
	assert_string_equal(c.realm, "https://auth.example/token");
	assert_string_equal(c.service, "registry.example");
}

static void
test_www_authenticate__reads_basic(void **state)
{
	struct pq_challenge c;

	(void)state;
	assert_int_equal(parse_text(&c, "Basic realm=\"lab\""), 0);
	assert_int_equal(c.kind, PQ_CHALLENGE_BASIC);
}

static void
test_www_authenticate__refuses_bad(void **state)
{
	static const char *const bad[] = { "", "Bearer", "Bearer ",
		"Bearer realm=x", "Bearer realm=\"\"", "Bearer realm=\"a",
		"Bearer realm=\"a\" service=\"b\"", "Bearer realm=\"a\",",
		"Bearer realm=\"a\",realm=\"b\"", "Bearer realm=\"a\\\"b\"",
		"Bearer service=\"a\"", "Negotiate realm=\"a\"",
		"Basic realm=\"a\", Bearer realm=\"b\"",
		"Bearer realm=\"a\r\nX: y\"", "Bearer realm=\"a\"x" };
	struct pq_challenge c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(parse_text(&c, bad[i]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_www_authenticate__reads_bearer),
		cmocka_unit_test(test_www_authenticate__reads_basic),
		cmocka_unit_test(test_www_authenticate__refuses_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
