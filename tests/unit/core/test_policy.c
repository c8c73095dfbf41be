/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pratique/err.h>
#include <pratique/policy.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))

/* Return the git tag for an image tag, or "" for an error. */
static const char *
git_tag(const char *template, struct pq_slice image_tag)
{
	struct pq_policy p = { .git_tag = (char *)(uintptr_t) template };
	static char got[256];
	char *s = NULL;
	int r = pq_policy_git_tag(&s, &p, image_tag);

	assert_true(r == 0 || (r == -PQ_EFORMAT && s == NULL));
	(void)snprintf(got, sizeof(got), "%s", r == 0 ? s : "");
	free(s);
	return got;
}

static void
test_policy__makes_one_git_tag_for_an_image_tag(void **state)
{
	static const struct {
		const char *template, *tag, *want;
	} v[] = {
		{ "v{version}", "1.2.3", "v1.2.3" },
		{ "{version}", "1.2.3", "1.2.3" },
		{ "web/v{version}-x", "1_2-Z", "web/v1_2-Z-x" },
		{ "acme@{version}", "1.0.0", "acme@1.0.0" },
		{ "\xc3\xa9/{version}+x", "1.0", "\xc3\xa9/1.0+x" },
		{ "{version}", "a", "a" },
		{ "{version}", "azAZ09", "azAZ09" },
		{ "{version}", "_", "_" },
		{ "{version}", "9", "9" },
		{ "lock{version}", "a.b", "locka.b" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(v); i++)
		assert_string_equal(
		    git_tag(v[i].template, pq_slice_str(v[i].tag)), v[i].want);
}

/* Not valid in an OCI registry: no template may turn it into a git tag. */
static void
test_policy__refuses_invalid_image_tags(void **state)
{
	static const char *const bad[] = { "", ".1", "-1", "1/2", "1:2", "1 2",
		"1+2", "1@2", "1~2", "1[2", "1`2", "1{2", "1\n", "\xc3\xa9",
		"1\x7f" };
	char longest[129];
	size_t i;

	(void)state;
	for (i = 0; i < N(bad); i++)
		if (*git_tag("v{version}-x", pq_slice_str(bad[i])) != '\0')
			fail_msg("\"%s\" has a git tag", bad[i]);
	assert_string_equal(git_tag("v{version}-x", PQ_SLICE_LIT("1\0")), "");
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(
	    strlen(git_tag("{version}", pq_slice(longest, 128))), 128);
	assert_string_equal(git_tag("{version}", pq_slice(longest, 129)), "");
	/* the longest tag also has a git tag */
	assert_int_equal(
	    strlen(git_tag("v{version}", pq_slice(longest, 128))), 129);
}

static void
test_policy__refuses_invalid_git_names(void **state)
{
	static const char *const bad[] = { "", "v1", "version", "{version",
		"{version}{version}", "{version}-{version}", "-{version}",
		".{version}", "/{version}", "{version}/", "{version}.",
		"a..{version}", "a/.{version}", "a//{version}",
		"{version}.lock", "a {version}", "a\t{version}", "a~{version}",
		"a^{version}", "a:{version}", "a?{version}", "a*{version}",
		"a[{version}", "a\\{version}", "a\x7f{version}", "a@{{version}",
		"\xe9{version}" };
	char longest[600];
	size_t i;

	(void)state;
	for (i = 0; i < N(bad); i++)
		if (*git_tag(bad[i], PQ_SLICE_LIT("1.0")) != '\0')
			fail_msg("\"%s\" makes a git tag", bad[i]);
	assert_string_equal(git_tag(NULL, PQ_SLICE_LIT("1.0")), "");
	assert_string_equal(git_tag("{version}", PQ_SLICE_LIT("1.")), "");
	assert_string_equal(git_tag("{version}", PQ_SLICE_LIT("1..0")), "");
	assert_string_equal(git_tag("{version}", PQ_SLICE_LIT("a.lock")), "");
	assert_string_equal(git_tag("{version}k", PQ_SLICE_LIT("a.loc")), "");
	(void)snprintf(longest, sizeof(longest), "{version}%0520d", 0);
	assert_string_equal(git_tag(longest, PQ_SLICE_LIT("1.0")), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_policy__makes_one_git_tag_for_an_image_tag),
		cmocka_unit_test(test_policy__refuses_invalid_image_tags),
		cmocka_unit_test(test_policy__refuses_invalid_git_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
