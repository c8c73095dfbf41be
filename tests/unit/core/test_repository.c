/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pratique/err.h>
#include <pratique/repository.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *
name_of(const char *text)
{
	static struct pq_repository r;
	struct pq_err err = PQ_ERR_INIT;

	if (pq_repository_parse(&r, pq_slice_str(text), &err) != 0)
		fail_msg("%s: %s", text, err.text);
	return r.name;
}

static void
test_repository__normalizes_names(void **state)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{ "nginx", "docker.io/library/nginx" },
		{ "nginx:1.25", "docker.io/library/nginx" },
		{ "nginx@sha256:" HEX, "docker.io/library/nginx" },
		{ "library/nginx", "docker.io/library/nginx" },
		{ "docker.io/nginx", "docker.io/library/nginx" },
		{ "docker.io/library/nginx", "docker.io/library/nginx" },
		{ "index.docker.io/library/nginx", "docker.io/library/nginx" },
		{ "index.docker.io/nginx:1", "docker.io/library/nginx" },
		{ "registry-1.docker.io/library/nginx",
		    "docker.io/library/nginx" },
		{ "acme/web", "docker.io/acme/web" },
		{ "index.docker.io/acme/web", "docker.io/acme/web" },
		/* a host has a dot or a colon, or is "localhost" */
		{ "localhost/web", "localhost/web" },
		{ "localhost:5000/web", "localhost:5000/web" },
		{ "local/web", "docker.io/local/web" },
		{ "127.0.0.1:5000/acme/web", "127.0.0.1:5000/acme/web" },
		{ "127.0.0.1:5000/acme/web:1.0.0", "127.0.0.1:5000/acme/web" },
		{ "127.0.0.1:5000/acme/web:1.0.0@sha256:" HEX,
		    "127.0.0.1:5000/acme/web" },
		{ "[::1]:5000/web:1", "[::1]:5000/web" },
		{ "[2001:db8::1]/web", "[2001:db8::1]/web" },
		{ "r.example/a-b--c/d.e/f_g__h",
		    "r.example/a-b--c/d.e/f_g__h" },
		/* without a slash the colon belongs to a tag, as in Docker */
		{ "127.0.0.1:5000", "docker.io/library/127.0.0.1" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++)
		assert_string_equal(name_of(cases[i].text), cases[i].name);
}

static void
test_repository__distinguishes_names(void **state)
{
	static const char *const names[] = { "nginx", "acme/nginx",
		"nginx/nginx", "library/library/nginx",
		"docker.io.example/nginx", "docker.io:443/library/nginx",
		"ghcr.io/library/nginx", "r.example/web", "r.example:443/web",
		"r.example:5000/web", "r.example/web/web", "localhost/nginx" };
	struct pq_repository a, b;
	size_t i, k;

	(void)state;
	for (i = 0; i < N(names); i++)
		for (k = 0; k < N(names); k++) {
			(void)pq_repository_parse(
			    &a, pq_slice_str(names[i]), NULL);
			(void)pq_repository_parse(
			    &b, pq_slice_str(names[k]), NULL);
			if (pq_repository_eq(&a, &b) != (i == k))
				fail_msg("%s, %s", names[i], names[k]);
		}
}

static void
test_repository__refuses_invalid_names(void **state)
{
	static const struct {
		struct pq_slice text;
		const char *words;
	} cases[] = {
		{ PQ_SLICE_LIT(""), "\"\": byte 1 is missing" },
		{ PQ_SLICE_LIT(":1.0.0"), "byte 1 is missing" },
		{ PQ_SLICE_LIT("@sha256:" HEX), "byte 1 is missing" },
		{ PQ_SLICE_LIT("Nginx"), "\"Nginx\": byte 1 is 'N'" },
		{ PQ_SLICE_LIT("r.example/Web"), "byte 11 is 'W'" },
		{ PQ_SLICE_LIT("R.example/web"), "byte 1 is 'R'" },
		{ PQ_SLICE_LIT("r.example/"), "byte 11 is missing" },
		{ PQ_SLICE_LIT("r.example/web/"), "byte 15 is missing" },
		{ PQ_SLICE_LIT("/web"), "byte 1 is '/'" },
		{ PQ_SLICE_LIT("r.example//web"), "byte 11 is '/'" },
		{ PQ_SLICE_LIT("r.example/../web"), "byte 11 is '.'" },
		{ PQ_SLICE_LIT("r.example/a..b"), "byte 12 is '.'" },
		{ PQ_SLICE_LIT("r.example/a___b"), "byte 12 is '_'" },
		{ PQ_SLICE_LIT("r.example/a._b"), "byte 13 is '_'" },
		{ PQ_SLICE_LIT("r.example/-web"), "byte 11 is '-'" },
		{ PQ_SLICE_LIT("r.example/web-"), "byte 14 is '-'" },
		{ PQ_SLICE_LIT("r.example/we b"), "byte 13 is \\x20" },
		{ PQ_SLICE_LIT("r.example/web%41"), "byte 14 is '%'" },
		{ PQ_SLICE_LIT("r.example/web?x"), "byte 14 is '?'" },
		{ PQ_SLICE_LIT("r.example/w\xd0\xb0"), "w\\xd0\\xb0\"" },
		{ PQ_SLICE_LIT("r.example/web\n"), "web\\x0a\"" },
		{ PQ_SLICE_LIT("r.example/web\0"), "web\\x00\"" },
		{ PQ_SLICE_LIT("r..example/web"), "byte 3 is '.'" },
		{ PQ_SLICE_LIT("r.example./web"), "byte 11 is '/'" },
		{ PQ_SLICE_LIT("-r.example/web"), "byte 1 is '-'" },
		{ PQ_SLICE_LIT("r_.example/web"), "byte 2 is '_'" },
		{ PQ_SLICE_LIT("r.example:/web"), "byte 11 is '/': a port" },
		{ PQ_SLICE_LIT("r.example:0/web"), "byte 11 is '0': a port" },
		{ PQ_SLICE_LIT("r.example:05/web"), "byte 11 is '0': a port" },
		{ PQ_SLICE_LIT("r.example:65536/web"),
		    "byte 11 is '6': a port" },
		{ PQ_SLICE_LIT("r.example:5a/web"), "byte 11 is '5': a port" },
		{ PQ_SLICE_LIT("r.example:1:2/web"), "byte 11 is '1': a port" },
		{ PQ_SLICE_LIT("https://r.example/web"),
		    "byte 7 is '/': a port" },
		{ PQ_SLICE_LIT("[::1/web"), "byte 5 is '/': the bracket" },
		{ PQ_SLICE_LIT("[]:1/web"), "byte 2 is ']'" },
		{ PQ_SLICE_LIT("[::1]x/web"), "byte 6 is 'x'" },
		{ PQ_SLICE_LIT("[::g]/web"), "byte 4 is 'g'" },
		{ PQ_SLICE_LIT("u@r.example/web"),
		    "after the @: expected sha256:" },
		{ PQ_SLICE_LIT("web@"), "after the @: expected sha256:" },
		{ PQ_SLICE_LIT("web@sha256:00"),
		    "after the @: expected sha256:" },
		{ PQ_SLICE_LIT("web@sha256:" HEX "@sha256:" HEX),
		    "after the @: expected sha256:" },
		{ PQ_SLICE_LIT("web:"), "after the last colon: byte 1 is" },
		{ PQ_SLICE_LIT("web:.1"), "colon: byte 1 is '.'" },
		{ PQ_SLICE_LIT("web:1:2"), "byte 4 is ':'" },
	};
	struct pq_repository r, before;
	size_t i;

	(void)state;
	memset(&r, 0x5a, sizeof(r));
	before = r;
	for (i = 0; i < N(cases); i++) {
		struct pq_err err = PQ_ERR_INIT;

		assert_int_equal(
		    pq_repository_parse(&r, cases[i].text, &err), -PQ_EFORMAT);
		if (strstr(err.text, cases[i].words) == NULL)
			fail_msg("%zu: %s", i, err.text);
	}
	assert_memory_equal(&r, &before, sizeof(r));
}

static void
test_repository__bounds_the_name(void **state)
{
	char text[PQ_REPOSITORY_MAX + 140];
	struct pq_repository r;

	(void)state;
	memset(text, 'a', sizeof(text));
	/* the longest name; the code adds host and folder of docker.io */
	assert_int_equal(
	    pq_repository_parse(&r, pq_slice(text, PQ_REPOSITORY_MAX), NULL),
	    0);
	assert_int_equal(
	    strlen(r.name), strlen("docker.io/library/") + PQ_REPOSITORY_MAX);
	assert_int_equal(pq_repository_parse(
			     &r, pq_slice(text, PQ_REPOSITORY_MAX + 1), NULL),
	    -PQ_EFORMAT);
	text[PQ_REPOSITORY_MAX] = ':';
	assert_int_equal(pq_repository_parse(&r,
			     pq_slice(text, PQ_REPOSITORY_MAX + 1 + 128), NULL),
	    0);
	assert_int_equal(pq_repository_parse(&r,
			     pq_slice(text, PQ_REPOSITORY_MAX + 1 + 129), NULL),
	    -PQ_EFORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repository__normalizes_names),
		cmocka_unit_test(test_repository__distinguishes_names),
		cmocka_unit_test(test_repository__refuses_invalid_names),
		cmocka_unit_test(test_repository__bounds_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
