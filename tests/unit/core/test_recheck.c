/* SPDX-License-Identifier: Apache-2.0 */
#include "recheck.h"

#include <stddef.h>

/* Find a finding. For source.version, find the one about the signed tag. */
static const struct pq_finding *
find_finding(const struct pq_verdict *v, enum pq_check c)
{
	const struct pq_finding *found = NULL;
	size_t i;

	for (i = 0; i < v->findings.n; i++) {
		if (v->findings.v[i].check != c ||
		    strcmp(v->findings.v[i].spec, PQ_RULE_VERSION_FROM) == 0)
			continue;
		if (found != NULL)
			fail_msg("%s is ruled on twice", pq_check_name(c));
		found = &v->findings.v[i];
	}
	return found;
}

static const struct pq_finding *
signed_version(const struct pq_verdict *v)
{
	size_t i = 0;

	while (i < v->findings.n &&
	    strcmp(v->findings.v[i].spec, PQ_RULE_VERSION_FROM) != 0)
		i++;
	assert_true(i < v->findings.n);
	assert_int_equal(v->findings.v[i].check, PQ_CHECK_SOURCE_VERSION);
	return &v->findings.v[i];
}

static bool
check_proved(const struct pq_verdict *v, enum pq_check c)
{
	return find_finding(v, c)->status == PQ_PASS;
}

/* The verdict names only digests and commits that a key authenticates. */
static void
names_what_it_proved(const struct pq_verdict *v)
{
	if (!check_proved(v, PQ_CHECK_IMAGE_SIGNATURE)) {
		assert_false(check_proved(v, PQ_CHECK_IMAGE_DIGEST));
		assert_string_equal(v->key, "");
	}
	if (!check_proved(v, PQ_CHECK_IMAGE_DIGEST)) {
		assert_false(check_proved(v, PQ_CHECK_IMAGE_PLATFORM));
		assert_true(pq_digest_none(&v->digest));
		assert_true(pq_digest_none(&v->config));
	}
	if (!check_proved(v, PQ_CHECK_SOURCE_TAG_SIGNATURE)) {
		assert_string_equal(v->signer, "");
		assert_int_equal(v->tag_object.len, 0);
		assert_int_equal(v->commit.len, 0);
	}
}

/*
 * Check that @check fails with these words and that each check has a finding.
 */
static void
check_refused(const char *what, const struct pq_policy *policy, const char *tag,
    const struct flat *proof, enum pq_check c, const char *words)
{
	static const enum pq_check all[] = { PQ_CHECK_IMAGE_SIGNATURE,
		PQ_CHECK_IMAGE_DIGEST, PQ_CHECK_IMAGE_PLATFORM,
		PQ_CHECK_IMAGE_REPOSITORY, PQ_CHECK_IMAGE_LABELS,
		PQ_CHECK_SOURCE_TAG_SIGNATURE, PQ_CHECK_SOURCE_VERSION,
		PQ_CHECK_SOURCE_TAG_COMMIT, PQ_CHECK_SOURCE_IMAGE_COMMIT };
	const struct pq_finding *f;
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };
	size_t i;

	if (recheck_proof(&v, policy, tag, proof) != PQ_FAIL)
		fail_msg("%s: not refused", what);
	for (i = 0; i < N(all); i++)
		if (find_finding(&v, all[i]) == NULL)
			fail_msg("%s: no %s", what, pq_check_name(all[i]));
	names_what_it_proved(&v);
	(void)signed_version(&v);
	f = find_finding(&v, c);
	if (f->status != PQ_FAIL || strstr(f->reason, words) == NULL)
		fail_msg("%s: %s: %s: %s", what, pq_check_name(c),
		    pq_status_name(f->status), f->reason);
}

static void
check_passed(const struct pq_policy *policy, const struct flat *proof)
{
	struct pq_digest digest, manifest, config;
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };
	size_t i;

	if (recheck_proof(&v, policy, "1.0.0", proof) != PQ_PASS)
		for (i = 0; i < v.findings.n; i++)
			print_message("%s: %s: %s\n",
			    pq_check_name(v.findings.v[i].check),
			    pq_status_name(v.findings.v[i].status),
			    v.findings.v[i].reason);
	assert_int_equal(pq_findings_overall(&v.findings), PQ_PASS);
	assert_int_equal(v.findings.n, 10);
	assert_int_equal(
	    pq_digest_of(
		&digest, proof->index.n != 0 ? proof->index : proof->manifest),
	    0);
	assert_int_equal(pq_digest_of(&manifest, proof->manifest), 0);
	assert_int_equal(pq_digest_of(&config, proof->config), 0);
	assert_true(pq_digest_eq(&v.digest, &digest));
	assert_true(pq_digest_eq(&v.manifest, &manifest));
	assert_true(pq_digest_eq(&v.config, &config));
	assert_int_equal(v.commit.len, 20);
	assert_int_equal(v.tag_object.len, 20);
	assert_string_equal(v.signer, "release@example.com");
	assert_string_equal(v.key, "keys/web.pub");
}

static void
test_recheck__proves_signatures_of_cosign_and_git(void **state)
{
	(void)state;
	check_passed(&w.policy, &w.simple);
	check_passed(&w.policy, &w.dsse);
}

static void
test_recheck__refuses_the_zero_proof(void **state)
{
	static const struct flat zero;
	static const struct pq_policy none;
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };
	size_t i;

	(void)state;
	check_refused("zero", &w.policy, "1.0.0", &zero,
	    PQ_CHECK_IMAGE_SIGNATURE, "no signature by a key in the policy");
	(void)recheck_proof(&v, &w.policy, "1.0.0", &zero);
	for (i = 0; i < v.findings.n; i++)
		assert_int_equal(v.findings.v[i].status, PQ_FAIL);
	assert_true(pq_digest_none(&v.digest));
	assert_true(pq_digest_none(&v.config));
	assert_int_equal(v.tag_object.len, 0);
	/* a policy without requirements allows nothing */
	assert_int_equal(recheck_proof(&v, &none, "1.0.0", &zero), PQ_FAIL);
	assert_int_equal(recheck_proof(&v, &none, "1.0.0", &w.simple), PQ_FAIL);
}

#define AT(member) offsetof(struct flat, member)

/* One part is replaced by another; the rest of the proof is good. */
static const struct {
	size_t at;
	const char *file;
	enum pq_check check;
	const char *words;
} swaps[] = {
	{ AT(payload), "bad/payload/other-digest", PQ_CHECK_IMAGE_SIGNATURE,
	    "did not make this signature" },
	{ AT(payload), "bad/payload/cosign-other-image",
	    PQ_CHECK_IMAGE_SIGNATURE, "did not make this signature" },
	{ AT(payload), "good/payload/optional-claims", PQ_CHECK_IMAGE_SIGNATURE,
	    "did not make this signature" },
	{ AT(payload), "bad/payload/empty", PQ_CHECK_IMAGE_SIGNATURE,
	    "did not make this signature" },
	{ AT(signature), "bad/signature/p256-other-key",
	    PQ_CHECK_IMAGE_SIGNATURE, "did not make this signature" },
	{ AT(signature), "bad/signature/p256-zero", PQ_CHECK_IMAGE_SIGNATURE,
	    "did not make this signature" },
	{ AT(signature), "good/key/rsa2048.sig", PQ_CHECK_IMAGE_SIGNATURE,
	    "did not make this signature" },
	{ AT(signature), "bad/payload/empty", PQ_CHECK_IMAGE_SIGNATURE,
	    "did not make this signature" },
	{ AT(index), "good/manifest-" ARCH, PQ_CHECK_IMAGE_SIGNATURE,
	    "the image" },
	{ AT(index), "good/fallback-index", PQ_CHECK_IMAGE_SIGNATURE,
	    "the image" },
	{ AT(index), "bad/index/empty", PQ_CHECK_IMAGE_SIGNATURE, "the image" },
	{ AT(manifest), "good/manifest-" OTHER_ARCH, PQ_CHECK_IMAGE_DIGEST,
	    "not the one in the index" },
	{ AT(manifest), "good/config-" ARCH, PQ_CHECK_IMAGE_DIGEST,
	    "not the one in the index" },
	{ AT(manifest), "bad/manifest/empty", PQ_CHECK_IMAGE_DIGEST,
	    "not the one in the index" },
	{ AT(config), "good/config-" OTHER_ARCH, PQ_CHECK_IMAGE_DIGEST,
	    "not the one in the manifest" },
	{ AT(config), "bad/config/revision-number", PQ_CHECK_IMAGE_DIGEST,
	    "not the one in the manifest" },
	{ AT(config), "bad/config/empty", PQ_CHECK_IMAGE_DIGEST,
	    "not the one in the manifest" },
	{ AT(tag_object), "bad/tag/other-name", PQ_CHECK_SOURCE_VERSION,
	    "the name inside the signed tag" },
	{ AT(tag_object), "bad/tag/other-commit", PQ_CHECK_SOURCE_IMAGE_COMMIT,
	    "not the signed tag's commit" },
	{ AT(tag_object), "bad/tag/other-key", PQ_CHECK_SOURCE_TAG_SIGNATURE,
	    "not an allowed signer" },
	{ AT(tag_object), "bad/tag/unsigned", PQ_CHECK_SOURCE_TAG_SIGNATURE,
	    "not signed" },
	{ AT(tag_object), "bad/tag/changed-message",
	    PQ_CHECK_SOURCE_TAG_SIGNATURE, "is not over these bytes" },
	{ AT(tag_object), "good/commit", PQ_CHECK_SOURCE_TAG_SIGNATURE,
	    "expected the" },
	{ AT(tag_object), "bad/payload/empty", PQ_CHECK_SOURCE_TAG_SIGNATURE,
	    "the evidence has no tag object" },
};

static void
test_recheck__refuses_every_substitution(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N(swaps); i++) {
		struct flat one = w.simple, two = w.dsse;
		char path[128];
		struct pq_buf b;

		(void)snprintf(path, sizeof(path), "cosign/%s", swaps[i].file);
		b = fixture(path);
		*(struct pq_slice *)((char *)&one + swaps[i].at) =
		    pq_buf_view(&b);
		*(struct pq_slice *)((char *)&two + swaps[i].at) =
		    pq_buf_view(&b);
		check_refused(path, &w.policy, "1.0.0", &one, swaps[i].check,
		    swaps[i].words);
		check_refused(path, &w.policy, "1.0.0", &two, swaps[i].check,
		    swaps[i].words);
		pq_buf_free(&b);
	}
}

static void
test_recheck__refuses_every_changed_byte(void **state)
{
	static const size_t members[] = { AT(payload), AT(signature), AT(index),
		AT(manifest), AT(config), AT(tag_object) };
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };
	size_t m, i;

	(void)state;
	for (m = 0; m < N(members); m++) {
		struct flat proof = w.simple;
		struct pq_slice *s =
		    (struct pq_slice *)((char *)&proof + members[m]);
		uint8_t *p = malloc(s->n);

		assert_non_null(p);
		memcpy(p, s->p, s->n);
		s->p = p;
		for (i = 0; i < s->n; i++) {
			p[i] ^= 1;
			if (recheck_proof(&v, &w.policy, "1.0.0", &proof) ==
			    PQ_PASS)
				fail_msg("member %zu, byte %zu", m, i);
			p[i] ^= 1;
		}
		free(p);
	}
}

/* Key index and form are untrusted: a wrong value can only fail the proof. */
static void
test_recheck__refuses_another_key_or_kind(void **state)
{
	static const struct {
		uint32_t kind, key;
		const char *words;
	} cases[] = {
		{ PQ_FORM_SIMPLE, 0, "did not make this signature" },
		{ PQ_FORM_SIMPLE, TEST_KEY, "did not make this signature" },
		{ PQ_FORM_SIMPLE, 3, "no signature by a key in" },
		{ PQ_FORM_SIMPLE, PQ_MATERIALS_MAX,
		    "no signature by a key in" },
		{ PQ_FORM_SIMPLE, UINT32_MAX, "no signature by a key in" },
		{ PQ_FORM_NONE, COSIGN_KEY, "no signature by a key in" },
		{ PQ_FORM_DSSE, COSIGN_KEY, "did not make this signature" },
		{ PQ_FORM_DSSE + 1, COSIGN_KEY, "no signature by a key in" },
		{ UINT32_MAX, COSIGN_KEY, "no signature by a key in" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		struct flat proof = w.simple;

		proof.kind = cases[i].kind;
		proof.key = cases[i].key;
		check_refused("key or kind", &w.policy, "1.0.0", &proof,
		    PQ_CHECK_IMAGE_SIGNATURE, cases[i].words);
	}
	/* the other way round: a statement as the older form */
	w.dsse.kind = PQ_FORM_SIMPLE;
	check_refused("kind", &w.policy, "1.0.0", &w.dsse,
	    PQ_CHECK_IMAGE_SIGNATURE, "did not make this signature");
	w.dsse.kind = PQ_FORM_DSSE;
}

/* Signed by the right key, but not valid as a signature. */
static void
test_recheck__refuses_every_bad_statement(void **state)
{
	struct folder bad;
	size_t i, n = 0;

	(void)state;
	folder_read(&bad, "cosign/bad/bundle");
	for (i = 0; i < bad.n; i++) {
		struct flat proof = w.dsse;
		char path[512];
		struct pq_bundle b;
		pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };
		struct pq_buf json;

		(void)snprintf(path, sizeof(path), "cosign/bad/bundle/%s",
		    bad.v[i]->d_name);
		json = fixture(path);
		if (pq_bundle_parse(&b, pq_buf_view(&json), NULL) == 0) {
			proof.payload = pq_buf_view(&b.payload);
			proof.signature = pq_buf_view(&b.signature);
			if (recheck_proof(&v, &w.policy, "1.0.0", &proof) !=
			    PQ_FAIL)
				fail_msg("%s", path);
			assert_true(pq_digest_none(&v.digest));
			pq_bundle_free(&b);
			n++;
		}
		pq_buf_free(&json);
	}
	folder_free(&bad);
	assert_true(n > 30);
}

static void
test_recheck__refuses_another_tag_name(void **state)
{
	static const char *const tags[] = { "1.0.1", "1.0", "1.0.0.0", "v1.0.0",
		"", "../1.0.0", "1.0.0 ", "1.0.0\n", "{version}" };
	size_t i;

	(void)state;
	for (i = 0; i < N(tags); i++)
		check_refused(tags[i], &w.policy, tags[i], &w.simple,
		    PQ_CHECK_SOURCE_VERSION, "the name inside the signed tag");
}

static void
test_recheck__a_damaged_policy_allows_nothing(void **state)
{
	struct pq_policy p = w.policy;
	struct flat_policy t = w.trusted;

	(void)state;
	p.n_requirements = 0;
	check_refused("no keys", &p, "1.0.0", &w.simple,
	    PQ_CHECK_IMAGE_SIGNATURE, "no key for image signatures");
	flat_policy(&p, &t, N(w.pem));
	t.keys[COSIGN_KEY].n /= 2;
	check_refused("half a key", &p, "1.0.0", &w.simple,
	    PQ_CHECK_IMAGE_SIGNATURE, "PEM");
	t.keys[COSIGN_KEY].n = 0;
	check_refused("empty key", &p, "1.0.0", &w.simple,
	    PQ_CHECK_IMAGE_SIGNATURE, "PEM");
	t = w.trusted;
	flat_policy(&p, &t, N(w.pem));
	t.signers.n = 0;
	check_refused("no signers", &p, "1.0.0", &w.simple,
	    PQ_CHECK_SOURCE_TAG_SIGNATURE, "");
	t.signers.n = 20;
	check_refused("half a line", &p, "1.0.0", &w.simple,
	    PQ_CHECK_SOURCE_TAG_SIGNATURE, "");
	p = w.policy;
	p.git_tag = NULL;
	check_refused("no template", &p, "1.0.0", &w.simple,
	    PQ_CHECK_SOURCE_VERSION, "the name inside the signed tag");
	p.git_tag = (char *)(uintptr_t) "v1.0.0";
	check_refused("fixed name", &p, "1.0.0", &w.simple,
	    PQ_CHECK_SOURCE_VERSION, "the name inside the signed tag");
}

/* -- bad images that the right key signed ------------------------------- */

struct image {
	struct pq_buf index, manifest, config, payload, signature;
};

#define DESCRIPTOR "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu%s}"

static void
append_descriptor(struct pq_buf *dst, const char *media_type,
    const struct pq_buf *of, const char *more)
{
	char text[PQ_DIGEST_TEXT];
	struct pq_digest d;

	assert_int_equal(pq_digest_of(&d, pq_buf_view(of)), 0);
	pq_digest_format(text, &d);
	pq_buf_fmt(dst, DESCRIPTOR, media_type, text, of->n, more);
}

static void
image_init(struct image *i)
{
	i->index = PQ_BUF_INIT(65536);
	i->manifest = PQ_BUF_INIT(65536);
	i->config = PQ_BUF_INIT(65536);
	i->payload = PQ_BUF_INIT(1024);
	i->signature = PQ_BUF_INIT(128);
}

static void
image_free(struct image *i)
{
	pq_buf_free(&i->index);
	pq_buf_free(&i->manifest);
	pq_buf_free(&i->config);
	pq_buf_free(&i->payload);
	pq_buf_free(&i->signature);
}

/* @more: more labels, each with a comma in front */
static void
image_labels(struct image *i, const char *os, const char *arch,
    const char *revision, const char *more)
{
	pq_buf_fmt(&i->config,
	    "{\"os\":\"%s\",\"architecture\":\"%s\",\"rootfs\":{},"
	    "\"config\":{\"Labels\":{\"" PQ_OCI_REVISION "\":\"%s\"%s}}}",
	    os, arch, revision, more);
}

static void
image_config(
    struct image *i, const char *os, const char *arch, const char *revision)
{
	image_labels(
	    i, os, arch, revision, ",\"" PQ_OCI_VERSION "\":\"1.0.0\"");
}

static void
image_manifest(struct image *i)
{
	pq_buf_str(&i->manifest, "{\"schemaVersion\":2,\"config\":");
	append_descriptor(&i->manifest, PQ_OCI_CONFIG, &i->config, "");
	pq_buf_str(&i->manifest, ",\"layers\":[]}");
}

static struct flat
image_sign(struct image *i)
{
	struct flat proof = w.simple;
	struct pq_digest d;

	assert_int_equal(
	    pq_digest_of(
		&d, pq_buf_view(i->index.n != 0 ? &i->index : &i->manifest)),
	    0);
	simple_payload(&i->payload, &d);
	testkey_sign(w.key, pq_buf_view(&i->payload), &i->signature);
	proof.key = TEST_KEY;
	proof.payload = pq_buf_view(&i->payload);
	proof.signature = pq_buf_view(&i->signature);
	proof.index = pq_buf_view(&i->index);
	proof.manifest = pq_buf_view(&i->manifest);
	proof.config = pq_buf_view(&i->config);
	return proof;
}

/* Return the commit that the fixtures' tag names. */
static const char *
tag_commit(void)
{
	static char hex[41];

	memcpy(hex, w.tag.p + strlen("object "), 40);
	return hex;
}

/* An image without an index: the signature names the manifest itself. */
static void
test_recheck__proves_a_manifest_without_index(void **state)
{
	struct flat proof;
	struct image i;

	(void)state;
	image_init(&i);
	image_config(&i, "linux", ARCH, tag_commit());
	image_manifest(&i);
	proof = image_sign(&i);
	check_passed(&w.policy, &proof);
	/* an index that names the signed manifest does not help */
	proof.index = pq_buf_view(&w.index);
	check_refused("index", &w.policy, "1.0.0", &proof,
	    PQ_CHECK_IMAGE_SIGNATURE, "the image is");
	image_free(&i);
}

static void
test_recheck__refuses_signed_images_of_another_kind(void **state)
{
	static const struct {
		const char *os, *arch, *revision; /* NULL: the tag's commit */
		enum pq_check check;
		const char *words;
	} cases[] = {
		{ "windows", ARCH, NULL, PQ_CHECK_IMAGE_PLATFORM,
		    "is for windows/" ARCH ", not linux/" ARCH },
		{ "linux", OTHER_ARCH, NULL, PQ_CHECK_IMAGE_PLATFORM,
		    "is for linux/" OTHER_ARCH ", not linux/" ARCH },
		{ "", "", NULL, PQ_CHECK_IMAGE_PLATFORM,
		    "is for /, not linux/" ARCH },
		{ "linux", ARCH, "", PQ_CHECK_SOURCE_IMAGE_COMMIT,
		    PQ_OCI_REVISION " is missing or empty" },
		{ "linux", ARCH, "0000000000000000000000000000000000000000",
		    PQ_CHECK_SOURCE_IMAGE_COMMIT, "not the signed tag's" },
		{ "linux", ARCH, "main", PQ_CHECK_SOURCE_IMAGE_COMMIT,
		    "revision label is \"main\"" },
		{ "linux", ARCH, "a b", PQ_CHECK_IMAGE_DIGEST,
		    "the configuration is malformed: image "
		    "config: " PQ_OCI_REVISION ": expected printable ASCII" },
		/* the later checks report that they examined nothing */
		{ "linux", ARCH, "a b", PQ_CHECK_IMAGE_PLATFORM,
		    "not examined: the configuration is malformed" },
		{ "linux", ARCH, "a b", PQ_CHECK_SOURCE_IMAGE_COMMIT,
		    "not examined: no configuration" },
	};
	size_t n;

	(void)state;
	for (n = 0; n < N(cases); n++) {
		struct flat proof;
		struct image i;

		image_init(&i);
		image_config(&i, cases[n].os, cases[n].arch,
		    cases[n].revision != NULL ? cases[n].revision
					      : tag_commit());
		image_manifest(&i);
		proof = image_sign(&i);
		check_refused("image", &w.policy, "1.0.0", &proof,
		    cases[n].check, cases[n].words);
		image_free(&i);
	}
}

/* The whole label is compared: a prefix of the commit is not the commit. */
static void
test_recheck__compares_the_whole_commit(void **state)
{
	char text[64];
	size_t n;

	(void)state;
	for (n = 0; n < 3; n++) {
		struct flat proof;
		struct image i;

		(void)snprintf(text, sizeof(text), "%.*s%s", n == 0 ? 39 : 40,
		    tag_commit(), n == 1 ? "0" : "");
		if (n == 2)
			text[0] = text[0] == 'a' ? 'A' : 'F';
		image_init(&i);
		image_config(&i, "linux", ARCH, text);
		image_manifest(&i);
		proof = image_sign(&i);
		check_refused(text, &w.policy, "1.0.0", &proof,
		    PQ_CHECK_SOURCE_IMAGE_COMMIT, "not the signed tag's");
		image_free(&i);
	}
}

#define PLATFORM(arch) \
	",\"platform\":{\"os\":\"linux\",\"architecture\":\"" arch "\"}"

static void
test_recheck__refuses_a_signed_index_that_is_ambiguous(void **state)
{
	static const struct {
		const char *type[2], *platform[2];
		const char *words; /* NULL: good */
	} cases[] = {
		{ { PQ_OCI_MANIFEST, NULL }, { PLATFORM(ARCH), NULL }, NULL },
		{ { PQ_OCI_MANIFEST, NULL }, { PLATFORM(OTHER_ARCH), NULL },
		    "no entry for this platform" },
		{ { PQ_OCI_MANIFEST, PQ_OCI_MANIFEST },
		    { PLATFORM(ARCH), PLATFORM(ARCH) }, "two entries" },
		{ { PQ_OCI_MANIFEST, PQ_OCI_MANIFEST }, { PLATFORM(ARCH), "" },
		    "two entries" },
		{ { PQ_OCI_INDEX, NULL }, { PLATFORM(ARCH), NULL },
		    "itself an index" },
		{ { PQ_OCI_MANIFEST, NULL }, { ",\"urls\":[]", NULL },
		    "the index is malformed: index: /manifests/0/urls: "
		    "content outside" },
	};
	size_t n, k;

	(void)state;
	for (n = 0; n < N(cases); n++) {
		struct flat proof;
		struct image i;

		image_init(&i);
		image_config(&i, "linux", ARCH, tag_commit());
		image_manifest(&i);
		pq_buf_str(&i.index, "{\"schemaVersion\":2,\"manifests\":[");
		for (k = 0; k < 2 && cases[n].type[k] != NULL; k++) {
			if (k > 0)
				pq_buf_str(&i.index, ",");
			append_descriptor(&i.index, cases[n].type[k],
			    &i.manifest, cases[n].platform[k]);
		}
		pq_buf_str(&i.index, "]}");
		proof = image_sign(&i);
		if (cases[n].words == NULL)
			check_passed(&w.policy, &proof);
		else
			check_refused("index", &w.policy, "1.0.0", &proof,
			    PQ_CHECK_IMAGE_DIGEST, cases[n].words);
		if (cases[n].words != NULL)
			check_refused("index", &w.policy, "1.0.0", &proof,
			    PQ_CHECK_IMAGE_PLATFORM, cases[n].words);
		image_free(&i);
	}
}

/* A signed document that is not an image. */
static void
test_recheck__refuses_signed_non_images(void **state)
{
	static const char *const texts[] = { "", "{}", "null",
		"{\"schemaVersion\":2,\"manifests\":[]}" };
	size_t n;

	(void)state;
	for (n = 0; n < N(texts); n++) {
		struct flat proof;
		struct image i;

		image_init(&i);
		pq_buf_str(&i.manifest, texts[n]);
		proof = image_sign(&i);
		check_refused(texts[n], &w.policy, "1.0.0", &proof,
		    PQ_CHECK_IMAGE_DIGEST, "the manifest is malformed");
		image_free(&i);
	}
}

/* Without a git repository in the policy there are no source findings. */
static void
test_recheck__without_source_judges_only_the_image(void **state)
{
	struct pq_policy p = w.policy;
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };

	(void)state;
	p.git_url = NULL;
	assert_int_equal(recheck_proof(&v, &p, "1.0.0", &w.simple), PQ_PASS);
	assert_int_equal(v.findings.n, 6);
	assert_null(find_finding(&v, PQ_CHECK_SOURCE_TAG_SIGNATURE));
}

/* -- repository and version --------------------------------------------- */

/* Make a proof that the test's key signed. The policy trusts that key. */
static struct flat
sign_proof(const struct pq_buf *payload, struct pq_buf *signature)
{
	struct flat proof = w.simple;

	testkey_sign(w.key, pq_buf_view(payload), signature);
	proof.key = TEST_KEY;
	proof.payload = pq_buf_view(payload);
	proof.signature = pq_buf_view(signature);
	return proof;
}

/* Check that only one check fails. */
static void
fails_alone(const char *what, const struct pq_policy *policy, const char *tag,
    const struct flat *proof, const char *spec)
{
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };
	size_t i;

	assert_int_equal(recheck_proof(&v, policy, tag, proof), PQ_FAIL);
	for (i = 0; i < v.findings.n; i++)
		if ((v.findings.v[i].status == PQ_PASS) ==
		    (strcmp(v.findings.v[i].spec, spec) == 0))
			fail_msg("%s: %s: %s", what,
			    pq_check_name(v.findings.v[i].check),
			    v.findings.v[i].reason);
}

static void
test_recheck__refuses_every_other_repository(void **state)
{
	struct folder bad;
	size_t i;

	(void)state;
	folder_read(&bad, "cosign/bad/reference");
	assert_true(bad.n > 20);
	for (i = 0; i < bad.n; i++) {
		struct pq_buf payload, sig = PQ_BUF_INIT(128);
		struct flat proof;
		char path[512];

		(void)snprintf(path, sizeof(path), "cosign/bad/reference/%s",
		    bad.v[i]->d_name);
		payload = fixture(path);
		proof = sign_proof(&payload, &sig);
		fails_alone(
		    path, &w.policy, "1.0.0", &proof, PQ_RULE_SIGNED_AS);
		pq_buf_free(&payload);
		pq_buf_free(&sig);
	}
	folder_free(&bad);
}

static void
test_recheck__accepts_the_repository_of_signed_as(void **state)
{
	struct pq_policy p = w.policy;

	(void)state;
	p.image = (char *)(uintptr_t) "mirror.example/acme/web";
	fails_alone("mirror", &p, "1.0.0", &w.simple, PQ_RULE_SIGNED_AS);
	p.signed_as = w.policy.image;
	check_passed(&p, &w.simple);
	p.signed_as = (char *)(uintptr_t) "127.0.0.1:5000/acme/admin";
	fails_alone("another", &p, "1.0.0", &w.simple, PQ_RULE_SIGNED_AS);
	/* a statement has no field for the repository */
	check_passed(&p, &w.dsse);
}

/* An attacker with the registry account moves another tag to a signed image. */
static void
test_recheck__refuses_a_version_that_nobody_signed(void **state)
{
	struct pq_policy p = w.policy;
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };

	(void)state;
	p.git_url = NULL;
	fails_alone("tag", &p, "9.9.9", &w.simple, PQ_RULE_VERSION_FROM);
	fails_alone("tag", &p, "1.0.0-debug", &w.dsse, PQ_RULE_VERSION_FROM);
	assert_int_equal(recheck_proof(&v, &p, "v1.0.0", &w.simple), PQ_PASS);
	p.version_from = PQ_VERSION_UNSET;
	fails_alone("unset", &p, "1.0.0", &w.simple, PQ_RULE_VERSION_FROM);
	/* the tag is trusted only with version-from: tag */
	p.version_from = PQ_VERSION_TAG;
	assert_int_equal(recheck_proof(&v, &p, "9.9.9", &w.simple), PQ_PASS);
	assert_non_null(strstr(signed_version(&v)->reason, "registry's tag"));
}

static void
test_recheck__names_the_bytes_with_the_version(void **state)
{
	struct pq_buf b = fixture("cosign/good/annotation/simple");
	struct pq_buf sig = PQ_BUF_INIT(128);
	struct flat proof = sign_proof(&b, &sig);
	struct pq_policy p = w.policy;
	char text[PQ_DIGEST_TEXT];
	struct pq_digest d;
	pq_auto(pq_verdict_free) struct pq_verdict v = { 0 };

	(void)state;
	assert_int_equal(recheck_proof(&v, &p, "1.0.0", &proof), PQ_PASS);
	assert_int_equal(pq_digest_of(&d, proof.config), 0);
	pq_digest_format(text, &d);
	assert_string_equal(signed_version(&v)->subject, text);
	p.version_from = PQ_VERSION_ANNOTATION;
	assert_int_equal(recheck_proof(&v, &p, "1.0.0", &proof), PQ_PASS);
	assert_int_equal(pq_digest_of(&d, proof.payload), 0);
	pq_digest_format(text, &d);
	assert_string_equal(signed_version(&v)->subject, text);
	pq_buf_free(&b);
	pq_buf_free(&sig);
}

/* Annotations of the real cosign and malformed ones, in both forms. */
static void
check_annotation(const char *name, const struct pq_policy *policy)
{
	struct pq_buf b, sig = PQ_BUF_INIT(128);
	struct flat proof = w.dsse;
	struct pq_bundle bundle = { 0 };
	char path[512];

	(void)snprintf(path, sizeof(path), "cosign/%s", name);
	b = fixture(path);
	if (strstr(name, "bundle") == NULL) {
		proof = sign_proof(&b, &sig);
	} else {
		assert_int_equal(
		    pq_bundle_parse(&bundle, pq_buf_view(&b), NULL), 0);
		proof.payload = pq_buf_view(&bundle.payload);
		proof.signature = pq_buf_view(&bundle.signature);
	}
	if (strncmp(name, "good", 4) == 0)
		check_passed(policy, &proof);
	else
		fails_alone(
		    path, policy, "1.0.0", &proof, PQ_RULE_VERSION_FROM);
	pq_bundle_free(&bundle);
	pq_buf_free(&sig);
	pq_buf_free(&b);
}

static void
test_recheck__judges_the_version_annotation(void **state)
{
	struct pq_policy p = w.policy;
	struct folder bad;
	char name[300];
	size_t i;

	(void)state;
	p.version_from = PQ_VERSION_ANNOTATION;
	check_annotation("good/annotation/simple", &p);
	check_annotation("good/annotation/bundle", &p);
	folder_read(&bad, "cosign/bad/annotation");
	assert_true(bad.n > 10);
	for (i = 0; i < bad.n; i++) {
		(void)snprintf(
		    name, sizeof(name), "bad/annotation/%s", bad.v[i]->d_name);
		check_annotation(name, &p);
	}
	folder_free(&bad);
}

static void
test_recheck__refuses_labels_that_are_wrong(void **state)
{
	static const struct {
		const char *more;
		const char *spec; /* of the only finding that fails */
	} cases[] = {
		{ "", PQ_RULE_VERSION_FROM },
		{ ",\"" PQ_OCI_VERSION "\":\"22.04\"", PQ_RULE_VERSION_FROM },
		{ ",\"" PQ_OCI_VERSION "\":7", PQ_RULE_VERSION_FROM },
		{ ",\"" PQ_OCI_VERSION "\":\"1.0.0\",\"pratique.version\":"
		  "\"9999\"",
		    NULL },
		{ ",\"" PQ_OCI_VERSION "\":\"1.0.0\",\"pratique.\":\"\"",
		    NULL },
	};
	size_t n;

	(void)state;
	for (n = 0; n < N(cases); n++) {
		struct flat proof;
		struct image i;

		image_init(&i);
		image_labels(&i, "linux", ARCH, tag_commit(), cases[n].more);
		image_manifest(&i);
		proof = image_sign(&i);
		fails_alone(cases[n].more, &w.policy, "1.0.0", &proof,
		    cases[n].spec != NULL
			? cases[n].spec
			: pq_check_rule(PQ_CHECK_IMAGE_LABELS));
		if (cases[n].spec == NULL)
			check_refused("labels", &w.policy, "1.0.0", &proof,
			    PQ_CHECK_IMAGE_LABELS,
			    "the image has the label \"pratique.");
		image_free(&i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_recheck__proves_signatures_of_cosign_and_git),
		cmocka_unit_test(test_recheck__refuses_the_zero_proof),
		cmocka_unit_test(test_recheck__refuses_every_substitution),
		cmocka_unit_test(test_recheck__refuses_every_changed_byte),
		cmocka_unit_test(test_recheck__refuses_another_key_or_kind),
		cmocka_unit_test(test_recheck__refuses_every_bad_statement),
		cmocka_unit_test(test_recheck__refuses_another_tag_name),
		cmocka_unit_test(test_recheck__a_damaged_policy_allows_nothing),
		cmocka_unit_test(test_recheck__proves_a_manifest_without_index),
		cmocka_unit_test(
		    test_recheck__refuses_signed_images_of_another_kind),
		cmocka_unit_test(test_recheck__compares_the_whole_commit),
		cmocka_unit_test(
		    test_recheck__refuses_a_signed_index_that_is_ambiguous),
		cmocka_unit_test(test_recheck__refuses_signed_non_images),
		cmocka_unit_test(
		    test_recheck__without_source_judges_only_the_image),
		cmocka_unit_test(test_recheck__refuses_every_other_repository),
		cmocka_unit_test(
		    test_recheck__accepts_the_repository_of_signed_as),
		cmocka_unit_test(
		    test_recheck__refuses_a_version_that_nobody_signed),
		cmocka_unit_test(
		    test_recheck__names_the_bytes_with_the_version),
		cmocka_unit_test(test_recheck__judges_the_version_annotation),
		cmocka_unit_test(test_recheck__refuses_labels_that_are_wrong),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
