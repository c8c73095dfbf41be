/* SPDX-License-Identifier: Apache-2.0 */
#include "cmocka_all.h"

#include <string.h>

#include "net/reference.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
test_reference__reads_every_form(void **state)
{
	static const struct {
		const char *text, *image, *tag, *ask;
	} good[] = {
		{ "r.example/web:1.1.0", "r.example/web", "1.1.0", "1.1.0" },
		{ "r.example:5000/acme/web:v1", "r.example:5000/acme/web", "v1",
		    "v1" },
		{ "127.0.0.1:5000/web:1", "127.0.0.1:5000/web", "1", "1" },
		{ "localhost/web:1", "localhost/web", "1", "1" },
		{ "[::1]:5000/web:1", "[::1]:5000/web", "1", "1" },
		{ "r.example/web@sha256:" HEX, "r.example/web", "",
		    "sha256:" HEX },
		{ "r.example:5000/web@sha256:" HEX, "r.example:5000/web", "",
		    "sha256:" HEX },
		{ "r.example/web:1.1.0@sha256:" HEX, "r.example/web", "1.1.0",
		    "sha256:" HEX },
	};
	char ask[PQ_REFERENCE_ASK_MAX];
	struct pq_reference r;
	struct pq_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(pq_reference_parse(&r, good[i].text, &err), 0);
		assert_string_equal(r.image, good[i].image);
		assert_string_equal(r.tag, good[i].tag);
		pq_reference_ask(ask, &r);
		assert_string_equal(ask, good[i].ask);
	}
}

static void
test_reference__refuses_invalid_references(void **state)
{
	static const char *const bad[] = { "", "web", "web:1", "acme/web:1",
		"r.example:5000", "r.example:5000/", "r.example/web",
		"r.example/web:", "r.example/web@",
		"r.example/web@sha256:", "r.example/web:1@",
		"r.example/web:1@sha256:00", "r.example/web@sha256:" HEX "0",
		"r.example/web@sha512:" HEX,
		"r.example/web@sha256:"
		"0000000000000000000000000000000000000000000000000000000000000"
		"000",
		"r.example/web@sha256:"
		"ABCDEF6789abcdef0123456789abcdef0123456789abcdef0123456789abc"
		"def",
		"r.example/web@sha256:" HEX "@sha256:" HEX,
		"r.example/web@sha256:" HEX ":1", "R.example/web:1",
		"r.example/Web:1", "r.example/../web:1", "r.example//web:1",
		"r.example/web/:1", "/web:1", "r.example/.web:1",
		"r.example/web:-1", "r.example/web:.1", "r.example/web:1/2",
		"r.example/web:1 2", "r.example/web:1\n", "r.example/we b:1",
		"r.example/web?x:1", "r.example/web#x:1", "r.example/web%41:1",
		"user@r.example/web:1", "user:pw@r.example/web:1",
		"https://r.example/web:1", "r.example:0/web:1",
		"r.example:99999/web:1", "r.example:/web:1", "-r.example/web:1",
		"r.example/web:" A64 A64 "a" };
	struct pq_reference r, before;
	struct pq_err err;
	size_t i;

	(void)state;
	memset(&r, 0x5a, sizeof(r));
	before = r;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err = (struct pq_err)PQ_ERR_INIT;
		if (pq_reference_parse(&r, bad[i], &err) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_string_not_equal(err.text, "");
	}
	assert_memory_equal(&r, &before, sizeof(r));
}

static void
test_reference__limits_the_length(void **state)
{
	char text[600] = "r.example/";
	struct pq_reference r;
	struct pq_err err;

	(void)state;
	memset(text + 10, 'a', PQ_REPOSITORY_MAX - 10);
	memcpy(text + PQ_REPOSITORY_MAX, ":1", 3);
	assert_int_equal(pq_reference_parse(&r, text, &err), 0);
	assert_int_equal(strlen(r.image), PQ_REPOSITORY_MAX);
	memcpy(text + PQ_REPOSITORY_MAX, "a:1", 4);
	assert_int_equal(pq_reference_parse(&r, text, &err), -PQ_EFORMAT);
}

static void
test_reference__reads_local_names(void **state)
{
	static const char *const bad[] = { "", "sha256:", "sha256:../../etc",
		"@sha256:" HEX, "../1", "1/2", "/etc/passwd", "a b", "1@",
		"r.example/web:1", "sha256:" HEX "@sha256:" HEX };
	struct pq_reference r;
	struct pq_err err;
	size_t i;

	(void)state;
	assert_int_equal(pq_reference_parse_local(&r, "1.1.0", &err), 0);
	assert_string_equal(r.tag, "1.1.0");
	assert_true(pq_digest_none(&r.digest));
	assert_int_equal(pq_reference_parse_local(&r, "sha256:" HEX, &err), 0);
	assert_string_equal(r.tag, "");
	assert_false(pq_digest_none(&r.digest));
	assert_int_equal(
	    pq_reference_parse_local(&r, "1.1.0@sha256:" HEX, &err), 0);
	assert_string_equal(r.tag, "1.1.0");
	assert_false(pq_digest_none(&r.digest));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (pq_reference_parse_local(&r, bad[i], &err) == 0)
			fail_msg("taken: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference__reads_every_form),
		cmocka_unit_test(test_reference__refuses_invalid_references),
		cmocka_unit_test(test_reference__limits_the_length),
		cmocka_unit_test(test_reference__reads_local_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
