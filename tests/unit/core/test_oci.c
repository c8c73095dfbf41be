/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pratique/oci.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define INDEX "cosign/good/index"
#define MANIFEST "cosign/good/manifest-amd64"

/* Faults of an index and of a manifest; @d is the path of the descriptor. */
#define COMMON(d)                                                        \
	{ "array-around-it", "expected object" },                        \
	    { "empty", "empty document" },                               \
	    { "entry-annotation-number", d "/annotations: expected" },   \
	    { "entry-annotations-65", "limit is 64" },                   \
	    { "entry-digest-case-folded", d "/Digest: member not" },     \
	    { "entry-digest-cut-short", d "/digest: expected sha256" },  \
	    { "entry-digest-missing", d "/digest: missing" },            \
	    { "entry-digest-path", d "/digest: expected sha256" },       \
	    { "entry-digest-sha512", d "/digest: expected sha256" },     \
	    { "entry-digest-upper-case", d "/digest: expected sha256" }, \
	    { "entry-digest-zero", d "/digest: expected sha256" },       \
	    { "entry-media-type-missing", d "/mediaType: missing" },     \
	    { "entry-media-type-of-128-bytes", "limit is 127" },         \
	    { "entry-media-type-with-newline", "printable ASCII" },      \
	    { "entry-size-fraction", d "/size: expected integer" },      \
	    { "entry-size-missing", d "/size: missing" },                \
	    { "entry-size-negative", d "/size: negative" },              \
	    { "entry-size-of-20-digits", "too big integer" },            \
	    { "entry-size-text", d "/size: expected integer" },          \
	    { "entry-urls", d "/urls: content outside" },                \
	    { "media-type-case-folded", "/MediaType: member not" },      \
	    { "media-type-number", "/mediaType: expected string" },      \
	    { "media-type-unknown", "unexpected " },                     \
	    { "media-type-upper-case", "unexpected " },                  \
	    { "media-type-with-parameter", "unexpected " },              \
	    { "member-not-ascii", "member not allowed here" },           \
	    { "nested-too-deep", "nested deeper" },                      \
	    { "older-blobs", "of an older manifest format" },            \
	    { "older-fs-layers", "of an older manifest format" },        \
	    { "older-signatures", "of an older manifest format" },       \
	    { "schema-1", "/schemaVersion: expected 2" },                \
	    { "schema-missing", "/schemaVersion: missing" },             \
	    { "schema-text", "/schemaVersion: expected integer" },       \
	    { "trailing-bytes", "invalid JSON at byte" },                \
	{                                                                \
		"truncated", "invalid JSON at byte"                      \
	}

static const struct bad_file bad_indexes[] = {
	COMMON("/manifests/0"),
	{ "config-and-layers-too", "both an index and a manifest" },
	{ "entries-257", "257 entries; the limit is 256" },
	{ "layers-too", "both an index and a manifest" },
	{ "manifests-case-folded", "/Manifests: member not" },
	{ "manifests-missing", "/manifests: missing" },
	{ "manifests-twice", "duplicate" },
	{ "media-type-of-a-manifest", "unexpected " },
	{ "platform-text", "/platform: expected object" },
	{ "platform-with-blank",
	    "/manifests/0/platform/os: expected printable ASCII" },
	{ "platform-without-os", "/manifests/0/platform/os: missing" },
};

static const struct bad_file bad_manifests[] = {
	COMMON("/layers/0"),
	{ "artifact-type-with-newline", "printable ASCII" },
	{ "config-array", "/config: expected object" },
	{ "config-missing", "expected config and layers" },
	{ "config-with-urls", "/config/urls: content outside" },
	{ "layers-129", "129 entries; the limit is 128" },
	{ "layers-case-folded", "/Layers: member not" },
	{ "layers-missing", "expected config and layers" },
	{ "layers-object", "/layers: expected array" },
	{ "layers-twice", "duplicate" },
	{ "manifests-too", "both an index and a manifest" },
	{ "media-type-of-an-index", "unexpected " },
	{ "subject-without-digest", "/subject/digest: missing" },
};

static const struct bad_file bad_configs[] = {
	{ "architecture-case-folded", "/Architecture: member not" },
	{ "architecture-missing", "/architecture: missing" },
	{ "architecture-twice", "duplicate" },
	{ "array-around-it", "expected object" },
	{ "config-array", "/config: expected object or null" },
	{ "empty", "empty document" },
	{ "labels-array", "/Labels: expected object or null" },
	{ "labels-case-folded", "/labels: member not" },
	{ "labels-twice", "duplicate" },
	{ "layers-too", "with members of a manifest" },
	{ "manifests-too", "with members of a manifest" },
	{ "os-missing", "/os: missing" },
	{ "os-with-blank", "printable ASCII" },
	{ "revision-not-ascii", "printable ASCII" },
	{ "revision-number", "expected string" },
	{ "revision-of-129-bytes", "limit is 128" },
	{ "revision-twice", "duplicate" },
	{ "revision-with-blank", "printable ASCII" },
	{ "revision-with-newline", "printable ASCII" },
	{ "rootfs-missing", "/rootfs: missing" },
	{ "trailing-bytes", "invalid JSON at byte" },
	{ "truncated", "invalid JSON at byte" },
};

static bool
index_passes(char reason[512], struct pq_slice bytes, void *media_type)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_oci_index *x = NULL;
	int r = pq_oci_index_parse(&x, bytes, media_type, &err);

	assert_true(r == 0 || x == NULL);
	pq_oci_index_free(x);
	(void)snprintf(reason, 512, "%s", err.text);
	return r == 0;
}

static bool
manifest_passes(char reason[512], struct pq_slice bytes, void *media_type)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_oci_manifest *m = NULL;
	int r = pq_oci_manifest_parse(&m, bytes, media_type, &err);

	assert_true(r == 0 || m == NULL);
	pq_oci_manifest_free(m);
	(void)snprintf(reason, 512, "%s", err.text);
	return r == 0;
}

static bool
config_passes(char reason[512], struct pq_slice bytes, void *arg)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_oci_config c;

	(void)arg;
	if (pq_oci_config_parse(&c, bytes, &err) == 0)
		return true;
	(void)snprintf(reason, 512, "%s", err.text);
	return false;
}

static void
test_oci__refuses_every_bad_index(void **state)
{
	(void)state;
	refuses_every("cosign/bad/index", bad_indexes, N(bad_indexes),
	    index_passes, (void *)(uintptr_t) "");
}

static void
test_oci__refuses_every_bad_manifest(void **state)
{
	(void)state;
	refuses_every("cosign/bad/manifest", bad_manifests, N(bad_manifests),
	    manifest_passes, (void *)(uintptr_t) "");
}

static void
test_oci__refuses_every_bad_config(void **state)
{
	(void)state;
	refuses_every("cosign/bad/config", bad_configs, N(bad_configs),
	    config_passes, NULL);
}

static struct pq_oci_index *
index_of(const char *text)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_oci_index *x = NULL;

	if (pq_oci_index_parse(&x, pq_slice_str(text), "", &err) != 0)
		fail_msg("%s", err.text);
	return x;
}

static void
test_oci__walks_from_index_to_label(void **state)
{
	struct pq_buf raw = fixture(INDEX), body = fixture(MANIFEST);
	struct pq_buf conf = fixture("cosign/good/config-amd64");
	const struct pq_oci_descriptor *d = NULL;
	struct pq_oci_index *x = NULL;
	struct pq_oci_manifest *m = NULL;
	struct pq_oci_config c;

	(void)state;
	assert_int_equal(
	    pq_oci_index_parse(&x, pq_buf_view(&raw), PQ_OCI_INDEX, NULL), 0);
	assert_int_equal(x->n_entries, 4);
	assert_int_equal(pq_oci_index_find(&d, x, "linux", "amd64"), 0);
	assert_string_equal(d->architecture, "amd64");
	assert_int_equal(pq_oci_descriptor_check(d, pq_buf_view(&body)), 0);
	assert_int_equal(
	    pq_oci_manifest_parse(&m, pq_buf_view(&body), d->media_type, NULL),
	    0);
	assert_int_equal(m->n_layers, 1);
	assert_true(pq_digest_none(&m->subject.digest));
	assert_int_equal(
	    pq_oci_descriptor_check(&m->config, pq_buf_view(&conf)), 0);
	assert_int_equal(pq_oci_config_parse(&c, pq_buf_view(&conf), NULL), 0);
	assert_string_equal(c.os, "linux");
	assert_int_equal(strlen(c.revision), 40);
	assert_int_equal(c.version.kind, PQ_CLAIM_TEXT);
	assert_string_equal(c.version.text, "1.0.0");
	assert_string_equal(c.reserved, "");
	assert_string_equal(c.source, "https://example.com/acme/web");
	pq_oci_manifest_free(m);
	pq_oci_index_free(x);
	pq_buf_free(&conf);
	pq_buf_free(&body);
	pq_buf_free(&raw);
}

static void
test_oci__descriptor_covers_every_byte(void **state)
{
	struct pq_buf raw = fixture(INDEX), body = fixture(MANIFEST);
	const struct pq_oci_descriptor *d = NULL;
	struct pq_oci_index *x = index_of(pq_buf_cstr(&raw));
	struct pq_oci_descriptor other;

	(void)state;
	assert_int_equal(pq_oci_index_find(&d, x, "linux", "amd64"), 0);
	assert_int_equal(
	    pq_oci_descriptor_check(d, pq_slice(body.p, body.n - 1)),
	    -PQ_EMISMATCH);
	assert_int_equal(
	    pq_oci_descriptor_check(d, pq_slice(NULL, 0)), -PQ_EMISMATCH);
	/* the right bytes, but another size in the descriptor */
	other = *d;
	other.size++;
	assert_int_equal(
	    pq_oci_descriptor_check(&other, pq_buf_view(&body)), -PQ_EMISMATCH);
	body.p[0] ^= 1;
	assert_int_equal(
	    pq_oci_descriptor_check(d, pq_buf_view(&body)), -PQ_EMISMATCH);
	pq_oci_index_free(x);
	pq_buf_free(&body);
	pq_buf_free(&raw);
}

#define A                                                               \
	"\"digest\":\"sha256:"                                          \
	"1111111111111111111111111111111111111111111111111111111111111" \
	"111\",\"size\":1"
#define E(type, platform) "{\"mediaType\":\"" type "\"," A platform "}"
#define P(os, arch)                                       \
	",\"platform\":{\"os\":\"" os "\",\"architecture" \
	"\":\"" arch "\"}"
#define X(entries) "{\"schemaVersion\":2,\"manifests\":[" entries "]}"
#define AMD E(PQ_OCI_MANIFEST, P("linux", "amd64"))

static void
test_oci__finds_one_entry_or_none(void **state)
{
	static const struct {
		const char *index;
		int outcome;
	} cases[] = {
		{ X(AMD), 0 },
		{ X(E(PQ_DOCKER_MANIFEST, P("linux", "amd64"))), 0 },
		{ X(AMD "," E(PQ_OCI_MANIFEST, P("linux", "arm64"))), 0 },
		{ X(AMD "," E(PQ_OCI_MANIFEST, P("unknown", "unknown"))), 0 },
		/* a single entry without a platform is the candidate */
		{ X(E(PQ_OCI_MANIFEST, "")), 0 },
		{ X(""), PQ_OCI_NONE },
		{ X(E(PQ_OCI_MANIFEST, P("linux", "arm64"))), PQ_OCI_NONE },
		{ X(E(PQ_OCI_MANIFEST, P("windows", "amd64"))), PQ_OCI_NONE },
		{ X(E(PQ_OCI_MANIFEST, P("Linux", "amd64"))), PQ_OCI_NONE },
		/* an entry with half a platform is not a candidate */
		{ X(E(PQ_OCI_MANIFEST, P("windows", ""))), PQ_OCI_NONE },
		{ X(E(PQ_OCI_MANIFEST, P("", "arm64"))), PQ_OCI_NONE },
		{ X(E(PQ_OCI_MANIFEST, P("unknown", "unknown"))), PQ_OCI_NONE },
		{ X(AMD "," AMD), PQ_OCI_TWICE },
		{ X(AMD "," E(PQ_OCI_MANIFEST, "")), PQ_OCI_TWICE },
		{ X(AMD "," E(PQ_OCI_INDEX, P("linux", "amd64"))),
		    PQ_OCI_TWICE },
		{ X(E(PQ_OCI_INDEX, P("linux", "amd64"))), PQ_OCI_NESTED },
		{ X(E(PQ_DOCKER_INDEX, P("linux", "amd64"))), PQ_OCI_NESTED },
		{ X(E("x/y", P("linux", "amd64"))), PQ_OCI_NESTED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		struct pq_oci_index *x = index_of(cases[i].index);
		const struct pq_oci_descriptor *d = &x->subject;

		if (pq_oci_index_find(&d, x, "linux", "amd64") !=
		    cases[i].outcome)
			fail_msg("%s", cases[i].index);
		assert_true((d == NULL) == (cases[i].outcome != 0));
		pq_oci_index_free(x);
	}
}

/* Two variants are two candidates: the engine could run either of them. */
static void
test_oci__refuses_two_variants(void **state)
{
	struct pq_oci_index *x =
	    index_of(X("{\"mediaType\":\"" PQ_OCI_MANIFEST "\"," A
		       ",\"platform\":{\"os\":\"linux\","
		       "\"architecture\":\"arm64\",\"variant\":"
		       "\"v8\"}}," E(PQ_OCI_MANIFEST, P("linux", "arm64"))));
	const struct pq_oci_descriptor *d = NULL;

	(void)state;
	assert_string_equal(x->entries[0].variant, "v8");
	assert_int_equal(
	    pq_oci_index_find(&d, x, "linux", "arm64"), PQ_OCI_TWICE);
	assert_null(d);
	pq_oci_index_free(x);
}

static void
test_oci__reads_the_subject_of_an_index(void **state)
{
	char reason[512];

	(void)state;
	assert_true(index_passes(reason,
	    PQ_SLICE_LIT("{\"schemaVersion\":2,\"manifests\":[],\"subject\":" E(
		PQ_OCI_MANIFEST, "") "}"),
	    (void *)(uintptr_t) ""));
	assert_false(index_passes(reason,
	    PQ_SLICE_LIT("{\"schemaVersion\":2,\"manifests\":[],"
			 "\"subject\":{\"mediaType\":\"a/b\",\"size\":1}}"),
	    (void *)(uintptr_t) ""));
	assert_non_null(strstr(reason, "/subject/digest: missing"));
	assert_false(index_passes(reason,
	    PQ_SLICE_LIT("{\"schemaVersion\":2,\"manifests\":[],\"config\":" E(
		PQ_OCI_CONFIG, "") "}"),
	    (void *)(uintptr_t) ""));
	assert_non_null(strstr(reason, "both an index and a manifest"));
}

/* Descriptor and body have different types: readers could disagree. */
static void
test_oci__refuses_a_type_that_differs_from_the_descriptor(void **state)
{
	static const char *const said[] = { PQ_OCI_INDEX, PQ_DOCKER_INDEX,
		PQ_OCI_MANIFEST, PQ_DOCKER_MANIFEST, "application/json",
		PQ_OCI_CONFIG };
	struct pq_buf x = fixture(INDEX), m = fixture(MANIFEST);
	char reason[512];
	size_t i;

	(void)state;
	for (i = 0; i < N(said); i++) {
		void *type = (void *)(uintptr_t)said[i];

		assert_int_equal(index_passes(reason, pq_buf_view(&x), type),
		    strcmp(said[i], PQ_OCI_INDEX) == 0);
		assert_int_equal(manifest_passes(reason, pq_buf_view(&m), type),
		    strcmp(said[i], PQ_OCI_MANIFEST) == 0);
		/* for a body without a type, the descriptor's type must fit */
		assert_int_equal(
		    index_passes(reason, PQ_SLICE_LIT(X("")), type), i < 2);
	}
	assert_false(manifest_passes(reason, pq_buf_view(&x), NULL));
	assert_false(index_passes(reason, pq_buf_view(&m), NULL));
	pq_buf_free(&m);
	pq_buf_free(&x);
}

static void
test_oci__reads_cosigns_artifacts(void **state)
{
	struct pq_buf raw = fixture(INDEX);
	struct pq_buf sig = fixture("cosign/good/legacy-manifest");
	struct pq_buf ref = fixture("cosign/good/cosign-referrer");
	struct pq_oci_manifest *m = NULL;
	struct pq_digest image;

	(void)state;
	assert_int_equal(pq_digest_of(&image, pq_buf_view(&raw)), 0);
	assert_int_equal(
	    pq_oci_manifest_parse(&m, pq_buf_view(&sig), "", NULL), 0);
	assert_true(pq_oci_annotation(
			&m->layers[0], "dev.cosignproject.cosign/signature")
			.n > 60);
	assert_null(pq_oci_annotation(&m->layers[0], "other").p);
	assert_null(pq_oci_annotation(&m->config, "other").p);
	pq_oci_manifest_freep(&m);
	assert_null(m);
	assert_int_equal(
	    pq_oci_manifest_parse(&m, pq_buf_view(&ref), "", NULL), 0);
	assert_true(pq_digest_eq(&m->subject.digest, &image));
	assert_int_equal(m->subject.size, raw.n);
	assert_string_equal(m->artifact_type, m->layers[0].media_type);
	pq_oci_manifest_free(m);
	pq_buf_free(&ref);
	pq_buf_free(&sig);
	pq_buf_free(&raw);
}

static void
test_oci__sniffs_index_manifest_or_neither(void **state)
{
	static const struct {
		const char *file;
		int outcome;
	} cases[] = {
		{ INDEX, 1 },
		{ "cosign/good/fallback-index", 1 },
		{ MANIFEST, 0 },
		{ "cosign/good/legacy-manifest", 0 },
		{ "cosign/good/config-amd64", -PQ_EFORMAT },
		{ "cosign/good/bundle/cosign", -PQ_EFORMAT },
		{ "cosign/bad/index/config-and-layers-too", -PQ_EFORMAT },
		{ "cosign/bad/index/manifests-twice", -PQ_EFORMAT },
		{ "cosign/bad/index/older-fs-layers", -PQ_EFORMAT },
		{ "cosign/bad/manifest/config-missing", -PQ_EFORMAT },
		{ "cosign/bad/manifest/layers-missing", -PQ_EFORMAT },
		{ "cosign/bad/manifest/trailing-bytes", -PQ_EFORMAT },
		{ "cosign/bad/manifest/empty", -PQ_EFORMAT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		struct pq_buf b = fixture(cases[i].file);

		if (pq_oci_sniff(pq_buf_view(&b)) != cases[i].outcome)
			fail_msg("%s", cases[i].file);
		pq_buf_free(&b);
	}
}

/*
 * An invalid version label does not refuse the whole configuration. The check
 * of the version must see that the label is invalid, not absent.
 */
static void
test_oci__distinguishes_invalid_and_absent_versions(void **state)
{
	const char *text = "{\"os\":\"linux\",\"architecture\":\"amd64\","
			   "\"rootfs\":{},\"config\":{\"Labels\":{"
			   "\"" PQ_OCI_VERSION "\":7,"
			   "\"" PQ_OCI_SOURCE "\":\"a b\"}}}";
	struct pq_oci_config c;

	(void)state;
	assert_int_equal(pq_oci_config_parse(&c, pq_slice_str(text), NULL), 0);
	assert_string_equal(c.revision, "");
	assert_int_equal(c.version.kind, PQ_CLAIM_ODD);
	assert_string_equal(c.source, "");
}

static void
test_oci__refuses_over_the_limit(void **state)
{
	struct pq_buf b = fixture(MANIFEST);
	struct pq_buf big = PQ_BUF_INIT(PQ_OCI_DOC_MAX + 2);
	char reason[512];

	(void)state;
	pq_buf_slice(&big, pq_buf_view(&b));
	while (big.n < PQ_OCI_DOC_MAX)
		pq_buf_u8(&big, '\n');
	assert_true(manifest_passes(reason, pq_buf_view(&big), NULL));
	pq_buf_u8(&big, '\n');
	assert_false(manifest_passes(reason, pq_buf_view(&big), NULL));
	assert_non_null(strstr(reason, "the limit is"));
	assert_int_equal(pq_oci_sniff(pq_buf_view(&big)), -PQ_ELIMIT);
	pq_buf_free(&big);
	pq_buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oci__refuses_every_bad_index),
		cmocka_unit_test(test_oci__refuses_every_bad_manifest),
		cmocka_unit_test(test_oci__refuses_every_bad_config),
		cmocka_unit_test(test_oci__walks_from_index_to_label),
		cmocka_unit_test(test_oci__descriptor_covers_every_byte),
		cmocka_unit_test(test_oci__finds_one_entry_or_none),
		cmocka_unit_test(test_oci__refuses_two_variants),
		cmocka_unit_test(test_oci__reads_the_subject_of_an_index),
		cmocka_unit_test(
		    test_oci__refuses_a_type_that_differs_from_the_descriptor),
		cmocka_unit_test(test_oci__reads_cosigns_artifacts),
		cmocka_unit_test(test_oci__sniffs_index_manifest_or_neither),
		cmocka_unit_test(
		    test_oci__distinguishes_invalid_and_absent_versions),
		cmocka_unit_test(test_oci__refuses_over_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
