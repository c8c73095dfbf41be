/* SPDX-License-Identifier: Apache-2.0 */
/* Who can ship alone, by the names of the parties and by their keys. */
#include "directory.h"

struct told {
	unsigned n;
	char party[64], why[128];
};

static void
tell(void *ctx, const char *party, const char *why)
{
	struct told *t = ctx;

	t->n++;
	(void)snprintf(t->party, sizeof(t->party), "%s", party);
	(void)snprintf(t->why, sizeof(t->why), "%s", why);
}

static struct told
alone(void)
{
	const struct pq_config_service *s = load_good();
	struct told t = { 0, "", "" };
	int n = pq_config_alone(s, tell, &t);

	assert_int_equal(n, t.n);
	return t;
}

static void
test_party__names_are_compared(void **state)
{
	struct told t;

	(void)state;
	assert_int_equal(alone().n, 0);
	edit(SERVICE, "party: release", "party: ci");
	load_bad(SERVICE, 11, "accept-alone: REASON needed");
	edit(SERVICE,
	    "track:", "accept-alone: there are only two of us\ntrack:");
	t = alone();
	assert_int_equal(t.n, 1); /* however many keys it holds */
	assert_string_equal(t.party, "ci");
	assert_non_null(strstr(t.why, "both the tag key and an image key"));
	assert_true(said(false, SERVICE, 12, "ci can ship alone"));
	assert_string_equal(
	    config->services[0].accept_alone, "there are only two of us");
	/* names are not folded: Ci may be somebody else, but is it? */
	assert_false(noted("differ in nothing but case"));
	edit(SERVICE, "pub], party: ci", "pub], party: Ci");
	assert_int_equal(alone().n, 0);
	assert_true(said(
	    false, SERVICE, 12, "party: ci and Ci differ in nothing but case"));
}

static void
test_party__is_one_without_a_source(void **state)
{
	struct told t;
	char *from, *to;
	static char text[4096];

	(void)state;
	(void)snprintf(text, sizeof(text), "%s", read_text(at(SERVICE)));
	from = strstr(text, "source:");
	to = strstr(text, "require:");
	memmove(from, to, strlen(to) + 1);
	put_text(SERVICE, text);
	load_bad(SERVICE, 9, "the policy has no source");
	edit(SERVICE, "track:", "accept-alone: no tags here\ntrack:");
	t = alone();
	assert_int_equal(t.n, 1);
	assert_string_equal(t.party, "ci");
	edit(SERVICE, ", party: ci", "");
	t = alone();
	assert_int_equal(t.n, 2); /* nobody says that it is the same */
	assert_string_equal(t.party, "keys/ci-next.pub");
}

/* What the key is called and who is said to hold it makes no other key of it */
static void
test_party__is_one_that_holds_one_key_for_both(void **state)
{
	static const char *const keys[] = { "p256", "p256-compressed", "p384",
		"p521", "rsa", "ed25519" };
	char path[256], line[2048];
	struct told t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		copy(SERVICE);
		copy("keys/web.allowed_signers");
		(void)snprintf(
		    path, sizeof(path), "%s/keys/%s.pem", PQ_FIXTURES, keys[i]);
		put_text("keys/ci-next.pub", read_text(path));
		assert_int_equal(alone().n, 0);
		(void)snprintf(
		    path, sizeof(path), "%s/keys/%s.ssh", PQ_FIXTURES, keys[i]);
		(void)snprintf(
		    line, sizeof(line), "x@example.com %s", read_text(path));
		put_text("keys/web.allowed_signers", line);
		load_bad(SERVICE, 11,
		    "ci can ship alone: one and the same key signs tags and "
		    "images; accept-alone: REASON needed");
		edit(SERVICE, "track:", "accept-alone: one of us\ntrack:");
		edit(SERVICE, ", party: ci", "");
		t = alone();
		assert_int_equal(t.n, 1);
		assert_string_equal(t.party, "keys/ci-next.pub");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_party__names_are_compared),
		T(test_party__is_one_without_a_source),
		T(test_party__is_one_that_holds_one_key_for_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
