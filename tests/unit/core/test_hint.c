/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pratique/callback.h>

#define HEX40 "0123456789abcdef0123456789abcdef01234567"
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHA "sha256:" HEX64

static struct pq_hint
read_hint(enum pq_scheme scheme, const char *event, const char *body)
{
	struct pq_callback cb = {
		.body = pq_slice_str(body),
		.content_type = PQ_SLICE_LIT("application/json"),
		.github_event = pq_slice_str(event),
	};
	struct pq_hint h;

	assert_int_equal(pq_hint_read(&h, scheme, &cb), 0);
	return h;
}

static void
test_hint__reads_own_form(void **state)
{
	static const char body[] =
	    "{\"image\": \"reg.example.com:5000/acme/web:1.1.0\","
	    " \"digest\": \"" SHA "\", \"commit\": \"" HEX40 "\","
	    " \"git_tag\": \"v1.1.0\", \"id\": \"msg_7\"}";
	static const char *const events[] = { NULL, "pratique" };
	struct pq_hint h;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		h = read_hint(PQ_SCHEME_GITHUB, events[i], body);
		assert_string_equal(h.reason, "");
		assert_int_equal(h.kind, PQ_HINT_IMAGE);
		assert_string_equal(
		    h.repository, "reg.example.com:5000/acme/web");
		assert_string_equal(h.tag, "1.1.0");
		assert_string_equal(h.digest, SHA);
		assert_string_equal(h.commit, HEX40);
		assert_string_equal(h.git_tag, "v1.1.0");
	}
	h = read_hint(
	    PQ_SCHEME_STANDARD, NULL, "{\"image\":\"localhost/web:latest\"}");
	assert_int_equal(h.kind, PQ_HINT_IMAGE);
	assert_string_equal(h.digest, "");
}

/* Unreadable bodies, each with the beginning of the expected reason. */
static const struct {
	const char *event;
	const char *body;
	const char *words;
} unreadable[] = {
	{ NULL, "", "a body of 0 bytes" },
	{ NULL, "{", "not JSON: line 1" },
	{ NULL, "[]", "/: expected an object, found an array" },
	{ NULL, "{} x", "not JSON" },
	{ NULL, "{}", "/image: expected a string, found nothing" },
	{ NULL, "{\"image\": 1}", "/image: expected a string, found a number" },
	{ NULL, "{\"image\": \"h.x/a:1\", \"image\": \"h.x/b:1\"}",
	    "not JSON" },
	{ NULL, "{\"image\": \"h.x/a:1\", \"imag\": 1}",
	    "/imag: unknown member" },
	{ NULL, "{\"image\": \"h.x/a:1\\u0000\"}", "not JSON" },
	{ NULL, "{\"image\": \"web:1\"}",
	    "/image: byte 4 is missing: a slash" },
	{ NULL, "{\"image\": \"acme/web:1\"}",
	    "/image: byte 5 is '/': the host before" },
	{ NULL, "{\"image\": \"h.x:5000/web\"}", "/image: expected host/" },
	{ NULL, "{\"image\": \"h.x/../web:1\"}", "/image: byte 5 is '.'" },
	{ NULL, "{\"image\": \"h.x/Web:1\"}", "/image: byte 5 is 'W'" },
	{ NULL, "{\"image\": \"h.x//web:1\"}", "/image: byte 5 is '/'" },
	{ NULL, "{\"image\": \"h.x/web/:1\"}", "/image: byte 9 is missing" },
	{ NULL, "{\"image\": \"h.x/web@" SHA "\"}", "/image: byte 8 is '@'" },
	{ NULL, "{\"image\": \"h.x/a..b:1\"}", "/image: byte 6 is '.'" },
	{ NULL, "{\"image\": \"h..x/web:1\"}", "/image: byte 3 is '.'" },
	{ NULL, "{\"image\": \"h.x:0/web:1\"}", "/image: byte 5 is '0'" },
	{ NULL, "{\"image\": \"h.x/web:-1\"}",
	    "/image: after the last colon: byte 1 is '-'" },
	{ NULL, "{\"image\": \"h.x/web:1 \"}",
	    "/image: after the last colon: byte 2 is \\x20" },
	{ NULL, "{\"image\": \"h.x/a:1\", \"digest\": \"sha512:00\"}",
	    "/digest: expected sha256:" },
	{ NULL, "{\"image\": \"h.x/a:1\", \"digest\": null}",
	    "/digest: expected a string, found null" },
	{ NULL, "{\"image\": \"h.x/a:1\", \"commit\": \"abc\"}",
	    "/commit: expected 40 or 64" },
	{ NULL, "{\"image\": \"h.x/a:1\", \"git_tag\": \"-x\"}",
	    "/git_tag: byte 1 is '-'" },
	{ NULL, "{\"image\": \"h.x/a:1\", \"git_tag\": \"a..b\"}",
	    "/git_tag: byte 3 is '.'" },
	{ NULL, "{\"image\": \"h.x/a:1\", \"id\": 1}",
	    "/id: expected a string, found a number" },
	{ NULL, "{\"image\": \"h.x/a:1\", \"id\": \"\"}",
	    "/id: byte 1 is missing" },
	{ NULL, "{\"image\": \"h.x/a:1\", \"id\": \"a b\"}",
	    "/id: byte 2 is \\x20" },
	{ NULL, "{\"image\": \"h.x/a:1\", \"id\": \"" HEX64 HEX64 "0\"}",
	    "/id: byte 129 is too many" },
	{ "push", "{}", "/ref: expected a string, found nothing" },
	{ "push", "{\"ref\": \"refs/tags/v1\"}", "/after: expected" },
	{ "push", "{\"ref\": \"refs/tags/v1\", \"after\": \"" HEX40 "\"}",
	    "/repository: expected an object" },
	{ "push",
	    "{\"ref\": \"refs/tags/v1\", \"after\": \"" HEX40 "\","
	    " \"repository\": {\"full_name\": 7}}",
	    "/repository/full_name: expected a string" },
	{ "push", "{\"ref\": \"refs/tags/v 1\", \"after\": \"" HEX40 "\"}",
	    "/ref: after refs/tags/: byte 2 is \\x20" },
	{ "package", "{\"action\": \"published\"}",
	    "/package: expected an object" },
	{ "registry_package",
	    "{\"action\": \"published\", \"registry_package\": {}}",
	    "/registry_package/package_version: expected an object" },
};

static void
test_hint__names_the_unreadable_member(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(unreadable) / sizeof(unreadable[0]); i++) {
		struct pq_hint h = read_hint(
		    PQ_SCHEME_GITHUB, unreadable[i].event, unreadable[i].body);

		if (h.kind != PQ_HINT_UNREADABLE)
			fail_msg("%s: read", unreadable[i].body);
		if (strstr(h.reason, unreadable[i].words) != h.reason)
			fail_msg("%s: %s", unreadable[i].body, h.reason);
		assert_string_equal(h.repository, "");
	}
}

/* Tag names that git accepts, also of a monorepo and in other alphabets. */
static void
test_hint__reads_every_git_tag_name(void **state)
{
	static const char *const tags[] = { "acme@1.0.0", "@acme/web@1.0.0",
		"api/v1.0.0", "v1.0.0+build", "100%", "\xc3\xa4-1.0" };
	char body[400];
	struct pq_hint h;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		(void)snprintf(body, sizeof(body),
		    "{\"ref\": \"refs/tags/%s\", \"after\": \"" HEX40 "\","
		    " \"repository\": {\"full_name\": \"acme/web\"}}",
		    tags[i]);
		h = read_hint(PQ_SCHEME_GITHUB, "push", body);
		assert_string_equal(h.reason, "");
		assert_string_equal(h.git_tag, tags[i]);
	}
}

static void
test_hint__reads_tag_push(void **state)
{
	struct pq_hint h = read_hint(PQ_SCHEME_GITHUB, "push",
	    "{\"ref\": \"refs/tags/v1.1.0\", \"after\": \"" HEX64 "\","
	    " \"repository\": {\"full_name\": \"Acme/web\", \"id\": 1},"
	    " \"head_commit\": {\"id\": \"" HEX40 "\"}}");

	(void)state;
	assert_string_equal(h.reason, "");
	assert_int_equal(h.kind, PQ_HINT_GIT_TAG);
	assert_string_equal(h.repository, "Acme/web");
	assert_string_equal(h.git_tag, "v1.1.0");
	assert_string_equal(h.commit, HEX40);
}

#define ZERO "0000000000000000000000000000000000000000"

static void
test_hint__ignores_events_without_an_image(void **state)
{
	static const struct {
		const char *event;
		const char *body;
	} v[] = {
		{ "star", "{}" },
		{ "push",
		    "{\"ref\": \"refs/heads/main\", \"after\": \"" HEX40
		    "\"}" },
		{ "push",
		    "{\"ref\": \"refs/tags/v1\", \"after\": \"" ZERO "\"}" },
		{ "push",
		    "{\"ref\": \"refs/tags/v1\", \"after\": \"" HEX40
		    "\", \"deleted\": true}" },
		{ "package", "{\"action\": \"updated\"}" },
		{ "package",
		    "{\"action\": \"published\", \"package\":"
		    " {\"package_version\": {}}}" },
		{ "package",
		    "{\"action\": \"published\", \"package\":"
		    " {\"package_version\": {\"container_metadata\":"
		    " {\"tag\": {\"name\": \"\"}}}}}" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct pq_hint h =
		    read_hint(PQ_SCHEME_GITHUB, v[i].event, v[i].body);

		if (h.kind != PQ_HINT_IGNORED)
			fail_msg("%s: %s", v[i].body, h.reason);
	}
}

#define PACKAGE(member)                                                      \
	"{\"action\": \"published\", \"" member "\": {\"namespace\":"        \
	" \"Acme\", \"name\": \"Web\", \"package_type\": \"npm\","           \
	" \"package_version\": {\"container_metadata\": {"                   \
	"\"tag\": {\"name\": \"1.1.0\", \"digest\": \"\"},"                  \
	"\"manifest\": {\"digest\": \"" SHA "\"}, \"labels\":"               \
	" {\"all_labels\": {\"org.opencontainers.image.revision\": \"" HEX40 \
	"\"}}}}}}"

static void
test_hint__reads_package(void **state)
{
	struct pq_hint h;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		h = i == 0
		    ? read_hint(PQ_SCHEME_GITHUB, "package", PACKAGE("package"))
		    : read_hint(PQ_SCHEME_GITHUB, "registry_package",
			  PACKAGE("registry_package"));
		assert_string_equal(h.reason, "");
		assert_int_equal(h.kind, PQ_HINT_IMAGE);
		assert_string_equal(h.repository, "ghcr.io/acme/web");
		assert_string_equal(h.tag, "1.1.0");
		assert_string_equal(h.digest, SHA);
		assert_string_equal(h.commit, HEX40);
	}
}

static void
test_hint__answers_ping(void **state)
{
	(void)state;
	assert_int_equal(
	    read_hint(PQ_SCHEME_GITHUB, "ping", "{\"zen\": \"x\"}").kind,
	    PQ_HINT_PING);
	/* the other scheme has no such header */
	assert_int_equal(
	    read_hint(PQ_SCHEME_STANDARD, "ping", "{\"zen\": \"x\"}").kind,
	    PQ_HINT_UNREADABLE);
}

/* Each scheme reads pratique's own payload, under the event in its row. */
static void
test_hint__reads_what_send_makes(void **state)
{
	unsigned i;

	(void)state;
	for (i = PQ_SCHEME_NONE + 1; i < PQ_SCHEME_END; i++) {
		const struct pq_scheme_row *row =
		    pq_scheme_row((enum pq_scheme)i);
		struct pq_callback cb = {
			.body = PQ_SLICE_LIT("{\"image\":\"r.example/web:1\"}"),
		};
		struct pq_hint h;

		if (row->sign == NULL)
			continue;
		cb.headers[row->event] = pq_slice_str(row->own_event);
		assert_int_equal(pq_hint_read(&h, (enum pq_scheme)i, &cb), 0);
		assert_string_equal(h.reason, "");
		assert_int_equal(h.kind, PQ_HINT_IMAGE);
		assert_string_equal(h.repository, "r.example/web");
	}
}

/* A message carries the scheme's number, which selects the reader. */
static void
test_hint__refuses_unknown_schemes(void **state)
{
	static const unsigned unknown[] = { PQ_SCHEME_NONE, PQ_SCHEME_END,
		UINT32_MAX };
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}") };
	struct pq_hint h;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_int_equal(
		    pq_hint_read(&h, (enum pq_scheme)unknown[i], &cb), 0);
		assert_int_equal(h.kind, PQ_HINT_UNREADABLE);
		assert_string_equal(h.reason, "unknown scheme");
	}
}

static void
test_hint__refuses_depth(void **state)
{
	char body[512];
	struct pq_hint h;

	(void)state;
	memset(body, '[', 40);
	memset(body + 40, ']', 40);
	body[80] = '\0';
	h = read_hint(PQ_SCHEME_GITHUB, "push", body);
	assert_non_null(strstr(h.reason, "nested deeper"));
	/* brackets in a string do not count as nesting */
	h = read_hint(PQ_SCHEME_GITHUB, "star",
	    "{\"a\\\"\": \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}");
	assert_int_equal(h.kind, PQ_HINT_IGNORED);
}

#define FORM "application/x-www-form-urlencoded"

static struct pq_hint
read_typed(enum pq_scheme scheme, const char *type, const char *body)
{
	struct pq_callback cb = { .body = pq_slice_str(body),
		.content_type = pq_slice_str(type) };
	struct pq_hint h;

	assert_int_equal(pq_hint_read(&h, scheme, &cb), 0);
	return h;
}

/* GitHub's default content type. */
static void
test_hint__reads_a_form_of_github(void **state)
{
	static const char body[] =
	    "payload=%7B%22image%22%3a+%22localhost%2Fweb%3A1%22%7D";
	static const char *const good[] = { FORM,
		"Application/X-WWW-Form-"
		"urlencoded",
		"application/json", "" };
	struct pq_hint h;
	size_t i;

	(void)state;
	/* the type is not signed, so it does not decide how the body is read */
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		h = read_typed(PQ_SCHEME_GITHUB, good[i], body);
		assert_string_equal(h.reason, "");
		assert_int_equal(h.kind, PQ_HINT_IMAGE);
		assert_string_equal(h.repository, "localhost/web");
		assert_string_equal(h.tag, "1");
		h = read_typed(PQ_SCHEME_GITHUB, good[i],
		    "{\"image\":\"localhost/web:1\"}");
		assert_int_equal(h.kind, PQ_HINT_IMAGE);
	}
}

static void
test_hint__refuses_other_forms(void **state)
{
	static const char *const bad[] = {
		"payload=",
		"payload=%7B%7D&payload=%7B%7D",
		"a=b&payload=%7B%22image%22%3A%22localhost%2Fweb%3A1%22%7D",
		"payload=%7B%22image%22%3A%22localhost%2Fweb%3A1%22%7D&a=b",
		"payload=%7B%22image%22%3A%22localhost%2Fweb%3A1%22%7D=",
		"payload=%7B%22image%22%3A%22localhost%2Fweb%3A1%22%7",
		"payload=%7B%22image%22%3A%22localhost%2Fweb%3A1%22%7G",
		"payload=%7B%22image%22%3A%22localhost%2Fweb%3A1%22%7D%00",
		"payload=%7B%22image%22%3A%22localhost%2Fweb%3A1%00%22%7D",
		"payload=payload=%7B%7D",
		"payload=%257B%2522image%2522%253A%2522a%252Fb%253A1%2522%257D",
	};
	struct pq_hint h;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		h = read_typed(PQ_SCHEME_GITHUB, FORM, bad[i]);
		if (h.kind != PQ_HINT_UNREADABLE)
			fail_msg("%s: accepted", bad[i]);
	}
	/* the other scheme sends no forms */
	h = read_typed(PQ_SCHEME_STANDARD, FORM,
	    "payload=%7B%22image%22%3A%22localhost%2Fweb%3A1%22%7D");
	assert_int_equal(h.kind, PQ_HINT_UNREADABLE);
	h = read_typed(PQ_SCHEME_STANDARD, "",
	    "payload=%7B%22image%22%3A%22localhost%2Fweb%3A1%22%7D");
	assert_int_equal(h.kind, PQ_HINT_UNREADABLE);
}

/* A decoded body has the same limits as another. */
static void
test_hint__refuses_depth_in_a_form(void **state)
{
	char body[8 + 3 * 64 + 1] = "payload=";
	size_t i;

	(void)state;
	for (i = 0; i < 64; i++)
		memcpy(body + 8 + 3 * i, "%5B", 4);
	assert_non_null(strstr(
	    read_typed(PQ_SCHEME_GITHUB, FORM, body).reason, "nested deeper"));
}

static void
test_hint__refuses_other_content_types(void **state)
{
	static const char body[] = "{\"image\":\"localhost/web:1\"}";
	static const char *const bad[] = { FORM "; charset=utf-8", FORM " ",
		"text/plain", "application/x-www-form" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    read_typed(PQ_SCHEME_GITHUB, bad[i], body).kind,
		    PQ_HINT_UNREADABLE);
	assert_int_equal(read_typed(PQ_SCHEME_STANDARD, FORM, body).kind,
	    PQ_HINT_UNREADABLE);
	assert_int_equal(read_typed(PQ_SCHEME_GITHUB,
			     "application/json; charset=utf-8", body)
			     .kind,
	    PQ_HINT_IMAGE);
	assert_int_equal(
	    read_typed(PQ_SCHEME_NONE, "", body).kind, PQ_HINT_UNREADABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hint__reads_own_form),
		cmocka_unit_test(test_hint__names_the_unreadable_member),
		cmocka_unit_test(test_hint__reads_every_git_tag_name),
		cmocka_unit_test(test_hint__reads_tag_push),
		cmocka_unit_test(test_hint__ignores_events_without_an_image),
		cmocka_unit_test(test_hint__reads_package),
		cmocka_unit_test(test_hint__answers_ping),
		cmocka_unit_test(test_hint__reads_what_send_makes),
		cmocka_unit_test(test_hint__refuses_unknown_schemes),
		cmocka_unit_test(test_hint__refuses_depth),
		cmocka_unit_test(test_hint__reads_a_form_of_github),
		cmocka_unit_test(test_hint__refuses_other_forms),
		cmocka_unit_test(test_hint__refuses_depth_in_a_form),
		cmocka_unit_test(test_hint__refuses_other_content_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
