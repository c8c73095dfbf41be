/* SPDX-License-Identifier: Apache-2.0 */
#include "support/names.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))

static void
test_template__contains_one_placeholder(void **state)
{
	static const struct {
		const char *template, *words; /* NULL: it is valid */
	} rows[] = {
		{ "v{version}", NULL },
		{ "{version}", NULL },
		{ "acme@{version}", NULL },
		{ "@acme/web@{version}", NULL },
		{ "api/v{version}", NULL },
		{ "v{version}+build", NULL },
		{ "100%-{version}", NULL },
		{ "{version}/final", NULL },
		{ "\xc3\xa4-{version}", NULL },
		{ "", "byte 1 is missing: a template needs {version}" },
		{ "v1", "byte 3 is missing: a template needs {version}" },
		{ "v{verison}",
		    "byte 2 is '{': the only placeholder of a "
		    "template is {version}" },
		{ "v{version", "byte 2 is '{'" },
		{ "v}{version}", "byte 2 is '}'" },
		{ "{version}{version}",
		    "byte 10 is '{': a template contains "
		    "{version} once" },
		{ "{version}-{commit}", "byte 11 is '{'" },
		{ "{version}}", "byte 10 is '}'" },
		{ "-{version}",
		    "for version 1.0.0: the git tag \"-1.0.0\": "
		    "byte 1 is '-'" },
		{ "/{version}", "\"/1.0.0\": byte 1 is '/'" },
		{ "{version}/", "\"1.0.0/\": byte 6 is '/'" },
		{ "{version}.", "\"1.0.0.\": byte 6 is '.'" },
		{ "{version}.lock", "ends with .lock" },
		{ "x.lock/{version}", "ends with .lock" },
		{ "a..{version}", "two dots" },
		{ "a/.{version}", "begins with a dot" },
		{ "a//{version}", "on each side of a slash" },
		{ "a {version}", "no blank" },
		{ "a~{version}", "byte 2 is '~'" },
		{ "a:{version}", "byte 2 is ':'" },
		{ "a\\{version}", "byte 2 is '\\'" },
		{ "a\xff{version}", "a git tag is UTF-8" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(rows); i++) {
		struct pq_err err = PQ_ERR_INIT;
		int r = pq_template_check(pq_slice_str(rows[i].template), &err);

		if (r != (rows[i].words == NULL ? 0 : -PQ_EFORMAT))
			fail_msg("%s: %d: %s", rows[i].template, r, err.text);
		if (r != 0 && strstr(err.text, rows[i].words) == NULL)
			fail_msg("%s: %s", rows[i].template, err.text);
	}
}

/* Every image tag fits into an accepted template. */
static void
test_template__leaves_room_for_each_image_tag(void **state)
{
	char t[256], tag[PQ_TAG_MAX], git_tag[PQ_GIT_TAG_TEXT];
	struct pq_err err = PQ_ERR_INIT;
	size_t n = PQ_TEMPLATE_REST_MAX;

	(void)state;
	memset(t, 'a', sizeof(t));
	memset(tag, '1', sizeof(tag));
	memcpy(t + n, "{version}", 9);
	assert_int_equal(pq_template_check(pq_slice(t, n + 9), &err), 0);
	assert_int_equal(pq_template_expand(git_tag, pq_slice(t, n + 9),
			     pq_slice(tag, sizeof(tag)), &err),
	    0);
	assert_int_equal(strlen(git_tag), PQ_GIT_TAG_MAX);
	t[n + 9] = 'a';
	assert_int_equal(
	    pq_template_check(pq_slice(t, n + 10), &err), -PQ_EFORMAT);
	assert_string_equal(err.text,
	    "byte 127 is too many: a template has at most 117 bytes besides "
	    "{version}");
}

static void
test_template__refuses_invalid_git_tags(void **state)
{
	static const struct {
		const char *template, *tag, *words;
	} rows[] = {
		{ "v{version}", "1..0", "\"v1..0\": byte 4 is '.'" },
		{ "v{version}", "1.", "\"v1.\": byte 3 is '.'" },
		{ "{version}", "a.lock", "ends with .lock" },
		{ "{version}k", "a.loc", "ends with .lock" },
		{ "v{version}", ".1", "byte 1 is '.': an image tag begins" },
		{ "v{version}", "1/2", "byte 2 is '/': an image tag" },
		{ "v{version}", "", "byte 1 is missing: an image tag" },
		{ "version", "1", "a template needs {version}" },
	};
	char git_tag[PQ_GIT_TAG_TEXT] = "untouched";
	size_t i;

	(void)state;
	for (i = 0; i < N(rows); i++) {
		struct pq_err err = PQ_ERR_INIT;

		assert_int_equal(
		    pq_template_expand(git_tag, pq_slice_str(rows[i].template),
			pq_slice_str(rows[i].tag), &err),
		    -PQ_EFORMAT);
		if (strstr(err.text, rows[i].words) == NULL)
			fail_msg("%s, %s: %s", rows[i].template, rows[i].tag,
			    err.text);
	}
	assert_string_equal(git_tag, "untouched");
}

/* A git tag gives back its image tag; other git tags match no image tag. */
static void
test_template__matches_back(void **state)
{
	static const struct {
		const char *template, *git_tag, *tag; /* NULL: none */
	} rows[] = {
		{ "v{version}", "v1.2.0", "1.2.0" },
		{ "acme@{version}", "acme@1.2.0", "1.2.0" },
		{ "api/v{version}-x", "api/v1-x", "1" },
		{ "{version}", "1.2.0", "1.2.0" },
		{ "v{version}", "vv1", "v1" },
		{ "v{version}", "v", NULL },
		{ "v{version}", "1.2.0", NULL },
		{ "v{version}", "web1", NULL },
		{ "v{version}", "", NULL },
		{ "v{version}", "v1/2", NULL },
		{ "v{version}", "v1..2", NULL },
		{ "v{version}", "v1+2", NULL },
		{ "v{version}", "v.1", NULL },
		{ "acme@{version}", "acme@@1", NULL },
		{ "acme@{version}", "Acme@1", NULL },
		{ "api/v{version}-x", "api/v-x", NULL },
		{ "aa{version}aa", "aaa", NULL },
		{ "version", "version", NULL },
	};
	struct pq_slice tag;
	bool found;
	size_t i;

	(void)state;
	for (i = 0; i < N(rows); i++) {
		tag = PQ_SLICE_LIT("untouched");
		found = pq_template_match(&tag, pq_slice_str(rows[i].template),
		    pq_slice_str(rows[i].git_tag));
		if (found != (rows[i].tag != NULL) ||
		    !pq_slice_eq_str(tag, found ? rows[i].tag : "untouched"))
			fail_msg("%s, %s: %d", rows[i].template,
			    rows[i].git_tag, found);
	}
}

static void
test_template__matches_each_expansion(void **state)
{
	static char template[NAMES_ROOM], tag[NAMES_ROOM];
	char git_tag[PQ_GIT_TAG_TEXT];
	size_t i, n, k, good = 0;
	struct pq_slice back;

	(void)state;
	names_begin();
	for (i = 0; i < NAMES_EACH; i++) {
		n = names_make(
		    template, i, PQ_TEMPLATE_REST_MAX, names_template);
		k = names_make(tag, i / 2, PQ_TAG_MAX, names_tag);
		if (pq_template_expand(git_tag, pq_slice(template, n),
			pq_slice(tag, k), NULL) != 0)
			continue;
		good++;
		assert_true(strlen(git_tag) <= PQ_GIT_TAG_MAX);
		if (!pq_template_match(
			&back, pq_slice(template, n), pq_slice_str(git_tag)) ||
		    !pq_slice_eq(back, pq_slice(tag, k)))
			fail_msg("%s, %s: %s", template, tag, git_tag);
	}
	assert_true(good > NAMES_EACH / 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_template__contains_one_placeholder),
		cmocka_unit_test(test_template__leaves_room_for_each_image_tag),
		cmocka_unit_test(test_template__refuses_invalid_git_tags),
		cmocka_unit_test(test_template__matches_back),
		cmocka_unit_test(test_template__matches_each_expansion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
