/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pratique/simplesigning.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))

static const struct bad_file bads[] = {
	{ "array-around-it", "expected object" },
	{ "byte-order-mark", "invalid JSON at byte" },
	{ "case-folded-member", "/Critical: member not allowed" },
	{ "cosign-other-image", "signed text names sha256:" },
	{ "critical-in-optional", "/critical: missing" },
	{ "critical-twice", "duplicate" },
	{ "digest-cut-short", "expected a sha256 digest" },
	{ "digest-empty", "expected a sha256 digest" },
	{ "digest-hex-upper-case", "expected a sha256 digest" },
	{ "digest-number", "expected string" },
	{ "digest-sha512", "expected a sha256 digest" },
	{ "digest-twice", "duplicate" },
	{ "digest-upper-case", "expected a sha256 digest" },
	{ "digest-with-blank", "expected a sha256 digest" },
	{ "digest-with-nul", "u0000" },
	{ "digest-without-algorithm", "expected a sha256 digest" },
	{ "empty", "empty document" },
	{ "identity-missing", "/critical/identity: missing" },
	{ "image-missing", "/critical/image: missing" },
	{ "nested-too-deep", "nested deeper" },
	{ "not-utf8", "byte 0xff" },
	{ "optional-array", "/optional: expected object or null" },
	{ "optional-missing", "/optional: missing" },
	{ "other-digest", "signed text names sha256:1111" },
	{ "reference-number", "docker-reference: expected string" },
	{ "second-document", "invalid JSON at byte" },
	{ "statement", "/critical: missing" },
	{ "trailing-bytes", "invalid JSON at byte" },
	{ "truncated", "invalid JSON at byte" },
	{ "type-atomic", "type \"atomic container signature\"" },
	{ "type-missing", "/critical/type: missing" },
	{ "type-predicate", "type \"https://sigstore.dev" },
	{ "type-upper-case", "type \"COSIGN" },
	{ "type-with-blank", "type \"cosign container image signature \"" },
	{ "unknown-at-top", "/extra: member not allowed" },
	{ "unknown-in-critical", "/critical/extra: member not allowed" },
	{ "unknown-in-identity", "/critical/identity/extra: member not" },
	{ "unknown-in-image", "/critical/image/extra: member not" },
};

static int
set_up(void **state)
{
	static struct pq_digest image;
	struct pq_buf index = fixture("cosign/good/index");

	assert_int_equal(pq_digest_of(&image, pq_buf_view(&index)), 0);
	pq_buf_free(&index);
	*state = &image;
	return 0;
}

static bool
passes_payload(char reason[512], struct pq_slice bytes, void *image)
{
	struct pq_ruling ruling = { 0 };
	struct pq_claims claims;

	assert_int_equal(
	    pq_simplesigning_examine(bytes, image, &ruling, &claims), 0);
	(void)snprintf(reason, 512, "%s", ruling.reason);
	assert_true(reason[0] != '\0');
	return ruling.status == PQ_PASS;
}

static void
test_simplesigning__accepts_what_cosign_wrote(void **state)
{
	static const char *const goods[] = { "legacy", "optional-claims",
		"other-reference", "white-space" };
	char path[128], reason[512];
	size_t i;

	for (i = 0; i < N(goods); i++) {
		struct pq_buf b;

		(void)snprintf(
		    path, sizeof(path), "cosign/good/payload/%s", goods[i]);
		b = fixture(path);
		if (!passes_payload(reason, pq_buf_view(&b), *state))
			fail_msg("%s: %s", goods[i], reason);
		pq_buf_free(&b);
	}
}

static void
test_simplesigning__refuses_every_bad_one(void **state)
{
	refuses_every(
	    "cosign/bad/payload", bads, N(bads), passes_payload, *state);
}

static void
test_simplesigning__refuses_another_image(void **state)
{
	struct pq_buf b = fixture("cosign/good/payload/legacy");
	struct pq_digest image = *(const struct pq_digest *)*state;
	char reason[512];
	size_t i;

	for (i = 0; i < sizeof(image.sha256); i++) {
		image.sha256[i] ^= 0x80;
		assert_false(passes_payload(reason, pq_buf_view(&b), &image));
		image.sha256[i] ^= 0x80;
	}
	assert_true(passes_payload(reason, pq_buf_view(&b), &image));
	pq_buf_free(&b);
}

/* The signed text is untrusted: it must not reach a terminal unescaped. */
static void
test_simplesigning__escapes_quoted_text(void **state)
{
	struct pq_slice text =
	    PQ_SLICE_LIT("{\"critical\":{\"type\":\"\\u001b[2J\\n\",\"image\":{"
			 "\"docker-manifest-digest\":\"\"},\"identity\":{"
			 "\"docker-reference\":\"\"}},\"optional\":null}");
	char reason[512];
	size_t i;

	assert_false(passes_payload(reason, text, *state));
	assert_non_null(strstr(reason, "[2J"));
	for (i = 0; reason[i] != '\0'; i++)
		assert_in_range(reason[i], ' ', '~');
}

static void
test_simplesigning__refuses_over_the_limit(void **state)
{
	struct pq_buf b = fixture("cosign/good/payload/legacy");
	char reason[512];

	while (b.n < PQ_SIMPLE_MAX)
		pq_buf_u8(&b, ' ');
	assert_true(passes_payload(reason, pq_buf_view(&b), *state));
	pq_buf_u8(&b, ' ');
	assert_false(passes_payload(reason, pq_buf_view(&b), *state));
	assert_non_null(strstr(reason, "the limit is"));
	pq_buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simplesigning__accepts_what_cosign_wrote),
		cmocka_unit_test(test_simplesigning__refuses_every_bad_one),
		cmocka_unit_test(test_simplesigning__refuses_another_image),
		cmocka_unit_test(test_simplesigning__escapes_quoted_text),
		cmocka_unit_test(test_simplesigning__refuses_over_the_limit),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
