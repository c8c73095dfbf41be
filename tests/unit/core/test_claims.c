/* SPDX-License-Identifier: Apache-2.0 */
/* The claims in cosign's signed text and in labels, against the policy. */
#include "fixture.h"

#include <pratique/claims.h>
#include <pratique/dsse.h>
#include <pratique/oci.h>
#include <pratique/simplesigning.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define TEXT(s) ((char *)(uintptr_t)(s))
#define WEB "127.0.0.1:5000/acme/web"
#define NGINX "docker.io/library/nginx"

static struct pq_digest image;

static int
set_up(void **state)
{
	struct pq_buf index = fixture("cosign/good/index");

	(void)state;
	assert_int_equal(pq_digest_of(&image, pq_buf_view(&index)), 0);
	pq_buf_free(&index);
	return 0;
}

/*
 * Read a signed text that names the digest. The test judges its other claims.
 */
static void
read_simple(struct pq_claims *c, struct pq_slice payload)
{
	struct pq_ruling ruling;

	assert_int_equal(
	    pq_simplesigning_examine(payload, &image, &ruling, c), 0);
	if (ruling.status != PQ_PASS)
		fail_msg("%s", ruling.reason);
}

static void
read_bundle(struct pq_claims *c, struct pq_slice json)
{
	struct pq_ruling ruling;
	struct pq_bundle b;

	assert_int_equal(pq_bundle_parse(&b, json, NULL), 0);
	assert_int_equal(pq_statement_examine(pq_buf_view(&b.payload),
			     PQ_STATEMENT_SIGN, &image, &ruling, c),
	    0);
	if (ruling.status != PQ_PASS)
		fail_msg("%s", ruling.reason);
	pq_bundle_free(&b);
}

/* -- the repository ------------------------------------------------------ */

static bool
is_of(char reason[512], struct pq_slice payload, void *arg)
{
	const struct pq_policy *policy = arg;
	struct pq_ruling ruling;
	struct pq_claims c;
	size_t i;

	read_simple(&c, payload);
	pq_claims_repository(&ruling, &c.repository, policy);
	(void)snprintf(reason, 512, "%s", ruling.reason);
	for (i = 0; reason[i] != '\0'; i++)
		assert_in_range(reason[i], ' ', '~');
	assert_string_equal(ruling.spec, PQ_RULE_SIGNED_AS);
	return ruling.status == PQ_PASS;
}

static const struct bad_file bad_references[] = {
	{ "behind-a-host",
	    "\"mirror.example/127.0.0.1:5000/acme/web\": byte 25 is ':'" },
	{ "below-it", "signed as " WEB "/debug, not as " WEB },
	{ "blank",
	    "\"" WEB " \" (expected up to 511 bytes of printable ASCII" },
	{ "control-characters", "acme/web\\x1b[2J\\x0a\" (expected" },
	{ "cyrillic", "\"127.0.0.1:5000/\\xd0\\xb0cme/web\" (expected" },
	{ "digest-cut-short", "after the @: expected sha256:" },
	{ "dot-dot", "/acme/admin/../web\": byte 27 is '.'" },
	{ "empty", "in the signed text is not valid: \"\": byte 1 is missing" },
	{ "longer-name", "signed as 127.0.0.1:5000/acme/web2, not as" },
	{ "no-host", "signed as docker.io/acme/web, not as " WEB },
	{ "of-256-bytes", "byte 256 is too many" },
	{ "of-600-bytes", "text is not valid: \"127.0.0.1:5000/aaa" },
	{ "only-a-digest", "byte 1 is missing" },
	{ "only-a-tag", "byte 1 is missing" },
	{ "other-host", "signed as mirror.example/acme/web, not as " WEB },
	{ "other-port", "signed as 127.0.0.1:5001/acme/web, not as" },
	{ "other-repository",
	    "signed as 127.0.0.1:5000/acme/admin, not as " WEB
	    ": sign the promoted image again under its new name, or set "
	    "signed-as in the policy" },
	{ "port-as-tag", "signed as docker.io/library/127.0.0.1, not as" },
	{ "scheme", "byte 6 is '/': a port" },
	{ "shorter-name", "signed as 127.0.0.1:5000/acme/we, not as" },
	{ "tag-empty", "after the last colon: byte 1 is missing" },
	{ "two-slashes", "acme//web\": byte 21 is '/'" },
	{ "upper-case", "Acme/web\": byte 16 is 'A'" },
};

static void
test_claims__refuses_every_other_repository(void **state)
{
	struct pq_policy policy = { .image = TEXT(WEB) };

	(void)state;
	refuses_every("cosign/bad/reference", bad_references, N(bad_references),
	    is_of, &policy);
}

static void
test_claims__accepts_each_spelling_of_the_repository(void **state)
{
	static const struct {
		const char *name, *image;
	} goods[] = {
		{ "web", WEB },
		{ "web-tag", WEB },
		{ "web-digest", WEB },
		{ "web-tag-digest", WEB },
		{ "docker-short", NGINX },
		{ "docker-short-tag", NGINX },
		{ "docker-library", NGINX },
		{ "docker-host", NGINX },
		{ "docker-whole", NGINX },
		{ "docker-index", NGINX },
		{ "docker-registry", NGINX },
	};
	char path[128], reason[512];
	size_t i;

	(void)state;
	for (i = 0; i < N(goods); i++) {
		struct pq_policy policy = { .image = TEXT(goods[i].image) };
		struct pq_policy other = { .image = TEXT(i < 4 ? NGINX : WEB) };
		struct pq_buf b;

		(void)snprintf(path, sizeof(path), "cosign/good/reference/%s",
		    goods[i].name);
		b = fixture(path);
		if (!is_of(reason, pq_buf_view(&b), &policy))
			fail_msg("%s: %s", path, reason);
		assert_false(is_of(reason, pq_buf_view(&b), &other));
		pq_buf_free(&b);
	}
}

/* For a mirror or a promotion the policy gives the name that was signed. */
static void
test_claims__compares_with_signed_as(void **state)
{
	struct pq_policy policy = { .image = TEXT("mirror.example/acme/web"),
		.signed_as = TEXT(WEB) };
	struct pq_buf web = fixture("cosign/good/reference/web");
	struct pq_buf mirror = fixture("cosign/bad/reference/other-host");
	char reason[512];

	(void)state;
	assert_true(is_of(reason, pq_buf_view(&web), &policy));
	assert_false(is_of(reason, pq_buf_view(&mirror), &policy));
	policy.signed_as = TEXT("Not/one");
	assert_false(is_of(reason, pq_buf_view(&web), &policy));
	assert_non_null(
	    strstr(reason, "the repository in the policy is not valid: "));
	policy.signed_as = NULL;
	policy.image = NULL;
	assert_false(is_of(reason, pq_buf_view(&web), &policy));
	pq_buf_free(&mirror);
	pq_buf_free(&web);
}

static void
test_claims__reports_a_bundle_without_a_repository(void **state)
{
	struct pq_policy policy = { .image = TEXT(WEB) };
	struct pq_buf b = fixture("cosign/good/bundle/cosign");
	static const struct pq_claim none;
	struct pq_ruling ruling;
	struct pq_claims c;

	(void)state;
	read_bundle(&c, pq_buf_view(&b));
	pq_claims_repository(&ruling, &c.repository, &policy);
	assert_int_equal(ruling.status, PQ_PASS);
	assert_non_null(strstr(ruling.reason, "a bundle names no repository"));
	/* the zero value is an absent claim, not one of a bundle */
	pq_claims_repository(&ruling, &none, &policy);
	assert_int_equal(ruling.status, PQ_FAIL);
	pq_buf_free(&b);
}

/* -- the version --------------------------------------------------------- */

static bool
says_version(char reason[512], const struct pq_claim *c,
    enum pq_version_from from, const char *tag)
{
	struct pq_ruling ruling;
	size_t i;

	pq_claims_version(&ruling, c, from, pq_slice_str(tag));
	(void)snprintf(reason, 512, "%s", ruling.reason);
	for (i = 0; reason[i] != '\0'; i++)
		assert_in_range(reason[i], ' ', '~');
	assert_string_equal(ruling.spec, PQ_RULE_VERSION_FROM);
	return ruling.status == PQ_PASS;
}

/* The folder holds payloads and bundles. Only a bundle has an envelope. */
static bool
passes_annotation(char reason[512], struct pq_slice bytes, void *tag)
{
	struct pq_claims c;

	if (memmem(bytes.p, bytes.n, "dsseEnvelope", 12) != NULL)
		read_bundle(&c, bytes);
	else
		read_simple(&c, bytes);
	return says_version(reason, &c.version, PQ_VERSION_ANNOTATION, tag);
}

static const struct bad_file bad_annotations[] = {
	{ "bundle-missing",
	    "the signed annotation \"version\" is missing, and the "
	    "image tag is \"1.0.0\": sign with cosign sign -a "
	    "version=" },
	{ "bundle-null", "annotation \"version\" is missing" },
	{ "bundle-number", "is not valid: not a string" },
	{ "bundle-of-another-subject", "is missing" },
	{ "bundle-other-version",
	    "is \"1.0.1\", but the image tag is \"1.0.0\"" },
	{ "bundle-two-subjects", "is not valid: two subjects name this image" },
	{ "simple-blank",
	    "is not valid: \"1.0.0 \" (expected up to 511 bytes" },
	{ "simple-case-folded", "is missing" },
	{ "simple-empty", "is \"\", but the image tag is \"1.0.0\"" },
	{ "simple-missing", "annotation \"version\" is missing" },
	{ "simple-number", "is not valid: not a string" },
	{ "simple-other-version",
	    "is \"1.0.1\", but the image tag is \"1.0.0\"" },
};

static void
test_claims__refuses_every_bad_annotation(void **state)
{
	(void)state;
	refuses_every("cosign/bad/annotation", bad_annotations,
	    N(bad_annotations), passes_annotation, TEXT("1.0.0"));
}

static void
test_claims__reads_the_annotation_of_both_forms(void **state)
{
	static const char *const goods[] = { "simple", "simple-v", "bundle",
		"bundle-two-subjects" };
	char path[128], reason[512];
	size_t i;

	(void)state;
	for (i = 0; i < N(goods); i++) {
		struct pq_buf b;

		(void)snprintf(
		    path, sizeof(path), "cosign/good/annotation/%s", goods[i]);
		b = fixture(path);
		if (!passes_annotation(reason, pq_buf_view(&b), TEXT("1.0.0")))
			fail_msg("%s: %s", path, reason);
		assert_true(
		    passes_annotation(reason, pq_buf_view(&b), TEXT("v1.0.0")));
		assert_false(passes_annotation(
		    reason, pq_buf_view(&b), TEXT("1.0.0-debug")));
		assert_false(
		    passes_annotation(reason, pq_buf_view(&b), TEXT("")));
		pq_buf_free(&b);
	}
}

/* Judge the version label and the reserved labels of a configuration. */
static bool
passes_labels(char reason[512], struct pq_slice bytes, void *tag)
{
	struct pq_oci_config c;

	assert_int_equal(pq_oci_config_parse(&c, bytes, NULL), 0);
	if (c.reserved[0] == '\0')
		return says_version(reason, &c.version, PQ_VERSION_LABEL, tag);
	(void)snprintf(reason, 512, "%s", c.reserved);
	return false;
}

static const struct bad_file bad_labels[] = {
	{ "labels-missing", "is missing" },
	{ "reserved-after-5000", "pratique.digest" },
	{ "reserved-number", "pratique.digest" },
	{ "reserved-prefix-alone", "pratique." },
	{ "reserved-version", "pratique.version" },
	{ "reserved-with-escape", "pratique.\\x1b[2J" },
	{ "version-empty", "is \"\", but the image tag is \"1.0.0\"" },
	{ "version-missing",
	    "the label " PQ_OCI_VERSION
	    " is missing, and the image tag is \"1.0.0\": set it "
	    "in your Dockerfile" },
	{ "version-not-ascii", "is not valid: \"1.0.\\xd9\\xa0\"" },
	{ "version-number", "is not valid: not a string" },
	{ "version-of-600-bytes", "is not valid: \"1111" },
	{ "version-of-a-variant",
	    "is \"1.0.0-debug\", but the image tag is "
	    "\"1.0.0\"" },
	{ "version-of-the-base",
	    "is \"22.04\", but the image tag is \"1.0.0\": an "
	    "image inherits the label of its base" },
	{ "version-with-blank", "is not valid: \"1.0.0 \"" },
};

static void
test_claims__refuses_every_bad_label(void **state)
{
	(void)state;
	refuses_every("cosign/bad/label", bad_labels, N(bad_labels),
	    passes_labels, TEXT("1.0.0"));
}

static void
test_claims__accepts_labels_similar_to_reserved_ones(void **state)
{
	static const char *const goods[] = { "version-with-v",
		"upper-case-is-another", "without-the-dot", "in-the-middle" };
	char path[128], reason[512];
	size_t i;

	(void)state;
	for (i = 0; i < N(goods); i++) {
		struct pq_buf b;

		(void)snprintf(
		    path, sizeof(path), "cosign/good/label/%s", goods[i]);
		b = fixture(path);
		if (!passes_labels(reason, pq_buf_view(&b), TEXT("1.0.0")))
			fail_msg("%s: %s", path, reason);
		pq_buf_free(&b);
	}
}

/* Only version-from: tag makes a policy trust the registry's tag. */
static void
test_claims__refuses_with_the_zero_policy(void **state)
{
	struct pq_claim right = { PQ_CLAIM_TEXT, "1.0.0" };
	char reason[512];

	(void)state;
	assert_false(says_version(reason, &right, PQ_VERSION_UNSET, "1.0.0"));
	assert_non_null(strstr(reason, "the policy does not say"));
	assert_true(says_version(reason, &right, PQ_VERSION_TAG, "9.9.9"));
	assert_non_null(strstr(reason, "the registry's tag gives the version"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claims__refuses_every_other_repository),
		cmocka_unit_test(
		    test_claims__accepts_each_spelling_of_the_repository),
		cmocka_unit_test(test_claims__compares_with_signed_as),
		cmocka_unit_test(
		    test_claims__reports_a_bundle_without_a_repository),
		cmocka_unit_test(test_claims__refuses_every_bad_annotation),
		cmocka_unit_test(
		    test_claims__reads_the_annotation_of_both_forms),
		cmocka_unit_test(test_claims__refuses_every_bad_label),
		cmocka_unit_test(
		    test_claims__accepts_labels_similar_to_reserved_ones),
		cmocka_unit_test(test_claims__refuses_with_the_zero_policy),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
