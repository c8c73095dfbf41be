/* SPDX-License-Identifier: Apache-2.0 */
/* What cosign wrote beside the digest, and labels: does it name this image? */
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
setup(void **state)
{
	struct pq_buf index = fixture("cosign/good/index");

	(void)state;
	assert_int_equal(pq_digest_of(&image, pq_buf_view(&index)), 0);
	pq_buf_free(&index);
	return 0;
}

/* The text is signed and names the digest: only the rest is in question. */
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
	{ "blank", "\"" WEB " \", where up to 511 bytes of printable ASCII" },
	{ "control-characters", "acme/web\\x1b[2J\\x0a\", where" },
	{ "cyrillic", "\"127.0.0.1:5000/\\xd0\\xb0cme/web\", where" },
	{ "digest-cut-short", "behind the @ is no digest" },
	{ "dot-dot", "/acme/admin/../web\": byte 27 is '.'" },
	{ "empty", "names no repository: \"\": byte 1 is missing" },
	{ "longer-name", "signed as 127.0.0.1:5000/acme/web2, not as" },
	{ "no-host", "signed as docker.io/acme/web, not as " WEB },
	{ "of-256-bytes", "byte 256 is too many" },
	{ "of-600-bytes", "names no repository: \"127.0.0.1:5000/aaa" },
	{ "only-a-digest", "byte 1 is missing" },
	{ "only-a-tag", "byte 1 is missing" },
	{ "other-host", "signed as mirror.example/acme/web, not as " WEB },
	{ "other-port", "signed as 127.0.0.1:5001/acme/web, not as" },
	{ "other-repository",
	    "signed as 127.0.0.1:5000/acme/admin, not as " WEB
	    ": a promotion needs a signature of its own here, or signed-as in "
	    "the policy" },
	{ "port-as-tag", "signed as docker.io/library/127.0.0.1, not as" },
	{ "scheme", "byte 6 is '/': a port" },
	{ "shorter-name", "signed as 127.0.0.1:5000/acme/we, not as" },
	{ "tag-empty", "behind the last colon: byte 1 is missing" },
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
test_claims__takes_each_spelling_of_the_repository(void **state)
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

/* A mirror or a promotion: the policy says which name was signed. */
static void
test_claims__compares_with_signed_as_where_it_is_set(void **state)
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
	assert_non_null(strstr(reason, "the policy's own repository"));
	policy.signed_as = NULL;
	policy.image = NULL;
	assert_false(is_of(reason, pq_buf_view(&web), &policy));
	pq_buf_free(&mirror);
	pq_buf_free(&web);
}

static void
test_claims__says_that_a_bundle_names_no_repository(void **state)
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
	/* and the zero value is no bundle's */
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

/* Payloads and bundles lie together: only a bundle has an envelope. */
static bool
annotated(char reason[512], struct pq_slice bytes, void *tag)
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
	    "the signed annotation \"version\" is missing, the "
	    "image tag is \"1.0.0\": sign with cosign sign -a "
	    "version=" },
	{ "bundle-null", "annotation \"version\" is missing" },
	{ "bundle-number", "is odd: not a string" },
	{ "bundle-of-another-subject", "is missing" },
	{ "bundle-other-version", "is \"1.0.1\", the image tag \"1.0.0\"" },
	{ "bundle-two-subjects", "is odd: two subjects are this image" },
	{ "simple-blank", "is odd: \"1.0.0 \", where up to 511 bytes" },
	{ "simple-case-folded", "is missing" },
	{ "simple-empty", "is \"\", the image tag \"1.0.0\"" },
	{ "simple-missing", "annotation \"version\" is missing" },
	{ "simple-number", "is odd: not a string" },
	{ "simple-other-version", "is \"1.0.1\", the image tag \"1.0.0\"" },
};

static void
test_claims__refuses_every_bad_annotation(void **state)
{
	(void)state;
	refuses_every("cosign/bad/annotation", bad_annotations,
	    N(bad_annotations), annotated, TEXT("1.0.0"));
}

static void
test_claims__takes_the_annotation_of_both_forms(void **state)
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
		if (!annotated(reason, pq_buf_view(&b), TEXT("1.0.0")))
			fail_msg("%s: %s", path, reason);
		assert_true(annotated(reason, pq_buf_view(&b), TEXT("v1.0.0")));
		assert_false(
		    annotated(reason, pq_buf_view(&b), TEXT("1.0.0-debug")));
		assert_false(annotated(reason, pq_buf_view(&b), TEXT("")));
		pq_buf_free(&b);
	}
}

/* The label, and what else a configuration must not bring. */
static bool
labelled(char reason[512], struct pq_slice bytes, void *tag)
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
	{ "version-empty", "is \"\", the image tag \"1.0.0\"" },
	{ "version-missing",
	    "the label " PQ_OCI_VERSION
	    " is missing, the image tag is \"1.0.0\": set it "
	    "in your Dockerfile" },
	{ "version-not-ascii", "is odd: \"1.0.\\xd9\\xa0\"" },
	{ "version-number", "is odd: not a string" },
	{ "version-of-600-bytes", "is odd: \"1111" },
	{ "version-of-a-variant",
	    "is \"1.0.0-debug\", the image tag "
	    "\"1.0.0\"" },
	{ "version-of-the-base",
	    "is \"22.04\", the image tag \"1.0.0\": a "
	    "base image passes its own label on" },
	{ "version-with-blank", "is odd: \"1.0.0 \"" },
};

static void
test_claims__refuses_every_bad_label(void **state)
{
	(void)state;
	refuses_every("cosign/bad/label", bad_labels, N(bad_labels), labelled,
	    TEXT("1.0.0"));
}

static void
test_claims__takes_labels_that_only_look_reserved(void **state)
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
		if (!labelled(reason, pq_buf_view(&b), TEXT("1.0.0")))
			fail_msg("%s: %s", path, reason);
		pq_buf_free(&b);
	}
}

/* Only a policy that says so believes the registry's tag. */
static void
test_claims__the_zero_policy_believes_nothing(void **state)
{
	struct pq_claim right = { PQ_CLAIM_TEXT, "1.0.0" };
	char reason[512];

	(void)state;
	assert_false(says_version(reason, &right, PQ_VERSION_UNSET, "1.0.0"));
	assert_non_null(strstr(reason, "the policy does not say"));
	assert_true(says_version(reason, &right, PQ_VERSION_TAG, "9.9.9"));
	assert_non_null(strstr(reason, "the registry's tag says the version"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claims__refuses_every_other_repository),
		cmocka_unit_test(
		    test_claims__takes_each_spelling_of_the_repository),
		cmocka_unit_test(
		    test_claims__compares_with_signed_as_where_it_is_set),
		cmocka_unit_test(
		    test_claims__says_that_a_bundle_names_no_repository),
		cmocka_unit_test(test_claims__refuses_every_bad_annotation),
		cmocka_unit_test(
		    test_claims__takes_the_annotation_of_both_forms),
		cmocka_unit_test(test_claims__refuses_every_bad_label),
		cmocka_unit_test(
		    test_claims__takes_labels_that_only_look_reserved),
		cmocka_unit_test(test_claims__the_zero_policy_believes_nothing),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
