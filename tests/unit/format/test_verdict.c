/* SPDX-License-Identifier: Apache-2.0 */
/* Which signature counts for an image, and the findings about the others. */
#include "layers.h"

#define IMAGE_ADMIN "127.0.0.1:5000/acme/admin"

static void
add_cosign_bundle(json_t *doc, const char *what)
{
	add_lookup_file(doc, what, GOOD "fallback-index");
	add_file(doc, GOOD "cosign-referrer");
	add_file(doc, GOOD "bundle/cosign");
}

/* Make a layer with a payload of the fixtures, signed by the test's key. */
static json_t *
layer_signing(json_t *doc, const char *name)
{
	struct pq_buf b = fixture(name), sig = PQ_BUF_INIT(128);
	json_t *layer;

	testkey_sign(w.key, pq_buf_view(&b), &sig);
	layer = simple_layer(doc, pq_buf_view(&b), pq_buf_view(&sig));
	pq_buf_free(&sig);
	pq_buf_free(&b);
	return layer;
}

/* Make an entry of a referrers index: its manifest and bundle are added. */
static json_t *
referrer_of(json_t *doc, const char *name, const struct pq_digest *subject)
{
	struct pq_buf b = fixture(name);
	char text[PQ_DIGEST_TEXT], *body;
	json_t *m = make_artifact(doc,
	    json_pack("[o]",
		make_descriptor(doc, PQ_BUNDLE_MEDIA_TYPE, pq_buf_view(&b))));
	json_t *entry;

	pq_digest_format(text, subject);
	json_object_set_new(m, "subject",
	    json_pack("{s:s,s:s,s:i}", "mediaType", PQ_OCI_INDEX, "digest",
		text, "size", 1));
	body = json_dumps(m, JSON_COMPACT);
	entry = make_descriptor(doc, PQ_OCI_MANIFEST, pq_slice_str(body));
	free(body);
	json_decref(m);
	pq_buf_free(&b);
	return entry;
}

static void
add_referrers(json_t *doc, json_t *entries)
{
	add_json(doc, "referrers",
	    json_pack("{s:i,s:s,s:o}", "schemaVersion", 2, "mediaType",
		PQ_OCI_INDEX, "manifests", entries));
}

static void
test_verdict__passes_what_cosign_signed(void **state)
{
	json_t *doc;

	(void)state;
	check_passes(signed_document());
	assert_int_equal(verdict.proof.v[0].form, PQ_FORM_SIMPLE);

	doc = make_document();
	add_lookup(doc, "cosign-tag", NULL);
	add_lookup(doc, "referrers", NULL);
	add_cosign_bundle(doc, "fallback-tag");
	check_passes(doc);
	assert_int_equal(verdict.proof.v[0].form, PQ_FORM_DSSE);

	doc = make_document();
	add_lookup(doc, "cosign-tag", NULL);
	add_cosign_bundle(doc, "referrers");
	check_passes(doc);
	assert_int_equal(verdict.proof.v[0].form, PQ_FORM_DSSE);
}

/* The owner of the Docker socket needs only the proof. */
static void
test_verdict__makes_a_self_contained_proof(void **state)
{
	pq_auto(pq_verdict_free) struct pq_verdict again = { 0 };

	(void)state;
	check_passes(signed_document());
	assert_int_equal(pq_proof_recheck(&again, &w.policy,
			     pq_slice_str("1.0.0"), &verdict.proof, NOW),
	    0);
	assert_int_equal(pq_findings_overall(&again.findings), PQ_PASS);
	assert_true(pq_digest_eq(&again.digest, &w.image));
	assert_true(pq_oid_eq(&again.commit, &verdict.commit));
}

/* -- the signature ------------------------------------------------------ */

static void
test_verdict__missing_signature_is_pending(void **state)
{
	json_t *doc = make_document();

	(void)state;
	add_absent(doc);
	check_pends(doc, "image.signature",
	    "no signature of this digest was found yet");
	check_finding("image.digest", PQ_PENDING, "not examined");
	check_finding("image.platform", PQ_PENDING, "not examined");
	check_finding("source.image-commit", PQ_PENDING, "not examined");
	check_finding("source.tag-signature", PQ_PASS, "");
}

/* A missing lookup is not the same as the answer "absent". */
static void
test_verdict__a_missing_lookup_is_a_failure(void **state)
{
	static const char *const asked[] = { "", "cosign-tag", "referrers",
		"fallback-tag", "manifest" };
	size_t i;

	(void)state;
	for (i = 0; i < N(asked); i++) {
		json_t *doc = make_document();

		if (asked[i][0] != '\0')
			add_lookup(doc, asked[i], NULL);
		check_fails(doc, "image.signature", "no signature by a key");
	}
}

/* A lookup found an artifact that is not in the document. */
static void
test_verdict__a_missing_blob_never_passes(void **state)
{
	static const char *const missing[] = { "payload/legacy",
		"legacy-manifest" };
	size_t i, k;

	(void)state;
	for (i = 0; i < N(missing); i++) {
		json_t *doc = signed_document(),
		       *blobs = get_member(doc, "blobs"), *b;
		char path[64], text[PQ_DIGEST_TEXT];
		struct pq_digest d;
		struct pq_buf raw;

		(void)snprintf(path, sizeof(path), GOOD "%s", missing[i]);
		raw = fixture(path);
		assert_int_equal(pq_digest_of(&d, pq_buf_view(&raw)), 0);
		pq_digest_format(text, &d);
		json_array_foreach (blobs, k, b)
			if (strcmp(json_string_value(get_member(b, "digest")),
				text) == 0)
				break;
		assert_int_equal(json_array_remove(blobs, k), 0);
		assert_int_not_equal(judge_json(doc), PQ_PASS);
		assert_int_not_equal(
		    find_finding("image.signature")->status, PQ_PASS);
		pq_buf_free(&raw);
	}
}

/* Report whether a bundle is not a signature at all, not even a bad one. */
static bool
no_signature(const char *name)
{
	static const char *const names[] = { "cosign-attestation",
		"predicate-type-provenance", "predicate-type-with-suffix",
		"predicate-type-cut-short", "predicate-type-upper-case",
		"predicate-type-empty", "certificate-in-place-of-key",
		"certificate-beside-key", "certificate-chain",
		"message-signature" };
	size_t i;

	for (i = 0; i < N(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
test_verdict__refuses_every_bad_bundle(void **state)
{
	struct folder bad;
	size_t i;

	(void)state;
	folder_read(&bad, "cosign/bad/bundle");
	assert_true(bad.n > 10);
	for (i = 0; i < bad.n; i++) {
		const char *name = bad.v[i]->d_name;
		json_t *doc = make_document();
		const char *want = no_signature(name)
		    ? "no signature of this digest"
		    : "1 signature(s) examined, none accepted";
		char path[512];

		(void)snprintf(
		    path, sizeof(path), "cosign/bad/bundle/%s", name);
		add_lookup(doc, "cosign-tag", NULL);
		add_referrers(
		    doc, json_pack("[o]", referrer_of(doc, path, &w.image)));
		check_pends(doc, "image.signature", want);
	}
	folder_free(&bad);
}

static void
test_verdict__refuses_every_bad_payload(void **state)
{
	struct folder bad;
	size_t i;

	(void)state;
	folder_read(&bad, "cosign/bad/payload");
	assert_true(bad.n > 10);
	for (i = 0; i < bad.n; i++) {
		const char *name = bad.v[i]->d_name;
		json_t *doc = make_document();
		char path[512];

		(void)snprintf(
		    path, sizeof(path), "cosign/bad/payload/%s", name);
		add_lookup(doc, "referrers", NULL);
		add_json(doc, "cosign-tag",
		    make_artifact(
			doc, json_pack("[o]", layer_signing(doc, path))));
		check_pends(doc, "image.signature", "1 signature(s) examined");
		check_finding("image.digest", PQ_PENDING, "not examined");
	}
	folder_free(&bad);
}

/* The control: the same document with a good payload passes. */
static void
test_verdict__passes_a_good_payload_by_the_same_key(void **state)
{
	json_t *doc = make_document();

	(void)state;
	add_lookup(doc, "referrers", NULL);
	add_json(doc, "cosign-tag",
	    make_artifact(doc,
		json_pack("[o]", layer_signing(doc, GOOD "payload/legacy"))));
	check_passes(doc);
	assert_int_equal(verdict.proof.v[0].material, 1);
}

static void
test_verdict__refuses_a_signature_by_another_key(void **state)
{
	struct pq_buf payload = fixture(GOOD "payload/legacy");
	struct pq_buf sig = fixture("cosign/bad/signature/p256-other-key");
	json_t *doc = make_document(), *layer;

	(void)state;
	layer = simple_layer(doc, pq_buf_view(&payload), pq_buf_view(&sig));
	add_lookup(doc, "referrers", NULL);
	add_json(
	    doc, "cosign-tag", make_artifact(doc, json_pack("[o]", layer)));
	check_pends(doc, "image.signature", "no key in the policy made");
	pq_buf_free(&sig);
	pq_buf_free(&payload);
}

/* Base64 has one spelling: with blanks it would be another signature. */
static void
test_verdict__refuses_loose_base64(void **state)
{
	static const char *const before[] = { " ", "\n", "=", "-" };
	size_t i;

	(void)state;
	for (i = 0; i < N(before); i++) {
		json_t *doc = make_document();
		json_t *layer = layer_signing(doc, GOOD "payload/legacy");
		json_t *a = get_member(layer, "annotations");
		char text[256];

		(void)snprintf(text, sizeof(text), "%s%s", before[i],
		    json_string_value(get_member(a, PQ_SIMPLE_SIGNATURE)));
		json_object_set_new(a, PQ_SIMPLE_SIGNATURE, json_string(text));
		add_lookup(doc, "referrers", NULL);
		add_json(doc, "cosign-tag",
		    make_artifact(doc, json_pack("[o]", layer)));
		check_pends(doc, "image.signature", "base64");
	}
}

/* An attestation says who built an image, not that the image may run. */
static void
test_verdict__an_attestation_is_not_a_signature(void **state)
{
	json_t *doc = make_document();

	(void)state;
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc,
	    json_pack("[o]",
		referrer_of(
		    doc, "cosign/bad/bundle/cosign-attestation", &w.image)));
	check_pends(doc, "image.signature",
	    "yet; skipped: a statement with another predicate type");
	assert_null(
	    strstr(find_finding("image.signature")->reason, "too many"));
	check_finding("image.digest", PQ_PENDING, "not examined");
}

/*
 * A builder attests an image before the release is signed. The attestation must
 * not refuse the release, and it must not hide the fault of a signature.
 */
static void
test_verdict__an_attestation_neither_helps_nor_harms(void **state)
{
	static const char *const attest = "cosign/bad/bundle/"
					  "cosign-attestation";
	json_t *doc = make_document();

	(void)state;
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc,
	    json_pack("[o,o]", referrer_of(doc, attest, &w.image),
		referrer_of(doc, GOOD "bundle/cosign", &w.image)));
	check_passes(doc);

	doc = make_document();
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc,
	    json_pack("[o,o]",
		referrer_of(
		    doc, "cosign/bad/bundle/cosign-other-key", &w.image),
		referrer_of(doc, attest, &w.image)));
	check_pends(doc, "image.signature",
	    "1 signature(s) examined, none accepted: no key in the policy "
	    "made");
}

static void
test_verdict__one_good_signature_among_bad_ones_counts(void **state)
{
	static const char *const other = "cosign/bad/bundle/cosign-other-key";
	static const char *const good = GOOD "bundle/cosign";
	json_t *doc;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		doc = make_document();
		add_lookup(doc, "cosign-tag", NULL);
		add_referrers(doc,
		    json_pack("[o,o]",
			referrer_of(doc, i == 0 ? good : other, &w.image),
			referrer_of(doc, i == 0 ? other : good, &w.image)));
		check_passes(doc);

		doc = make_document();
		add_lookup(doc, "referrers", NULL);
		add_json(doc, "cosign-tag",
		    make_artifact(doc,
			json_pack("[o,o]",
			    layer_signing(doc,
				i == 0 ? "cosign/bad/payload/other-digest"
				       : GOOD "payload/legacy"),
			    layer_signing(doc,
				i == 0 ? GOOD "payload/legacy"
				       : "cosign/bad/payload/type-atomic"))));
		check_passes(doc);
	}
	/* a bad signature of the newer form, a good one of the older form */
	doc = make_document();
	add_referrers(doc, json_pack("[o]", referrer_of(doc, other, &w.image)));
	add_cosign_tag(doc);
	check_passes(doc);
}

/* The digest is the platform's manifest itself, as small builders push it. */
static void
test_verdict__passes_an_image_without_an_index(void **state)
{
	struct pq_buf m = fixture(GOOD "manifest-" ARCH);
	struct pq_buf payload = PQ_BUF_INIT(1024), sig = PQ_BUF_INIT(128);
	json_t *doc = make_document(), *layer;
	char text[PQ_DIGEST_TEXT];
	struct pq_digest d;

	(void)state;
	assert_int_equal(pq_digest_of(&d, pq_buf_view(&m)), 0);
	pq_digest_format(text, &d);
	json_object_set_new(
	    get_member(doc, "image"), "digest", json_string(text));
	simple_payload(&payload, &d);
	testkey_sign(w.key, pq_buf_view(&payload), &sig);
	layer = simple_layer(doc, pq_buf_view(&payload), pq_buf_view(&sig));
	add_lookup(doc, "referrers", NULL);
	add_json(
	    doc, "cosign-tag", make_artifact(doc, json_pack("[o]", layer)));
	assert_int_equal(judge_json(doc), PQ_PASS);
	assert_true(pq_digest_eq(&verdict.digest, &d));
	assert_int_equal(verdict.proof.index.n, 0);
	assert_int_equal(verdict.proof.manifest.n, m.n);
	pq_buf_free(&m);
	pq_buf_free(&payload);
	pq_buf_free(&sig);
}

/* The payload of one signature with the bytes of another: both are good. */
static void
test_verdict__never_mixes_two_signatures(void **state)
{
	struct pq_buf bad = fixture("cosign/bad/payload/other-digest");
	struct pq_buf sig = fixture(GOOD "key/p256.sig");
	json_t *doc = make_document(), *layer;

	(void)state;
	layer = simple_layer(doc, pq_buf_view(&bad), pq_buf_view(&sig));
	add_lookup(doc, "referrers", NULL);
	add_json(doc, "cosign-tag",
	    make_artifact(doc,
		json_pack("[o,o]", layer,
		    layer_signing(doc, "cosign/bad/payload/type-atomic"))));
	check_pends(doc, "image.signature", "2 signature(s) examined");
	pq_buf_free(&sig);
	pq_buf_free(&bad);
}

/* Sixteen signatures are tried, which limits the cost of a flood. */
static void
test_verdict__tries_sixteen_signatures(void **state)
{
	size_t bad, i;

	(void)state;
	for (bad = 15; bad <= 16; bad++) {
		json_t *doc = make_document(), *layers = json_array();

		for (i = 0; i < bad; i++)
			json_array_append_new(layers,
			    layer_signing(
				doc, "cosign/bad/payload/other-digest"));
		json_array_append_new(
		    layers, layer_signing(doc, GOOD "payload/legacy"));
		add_lookup(doc, "referrers", NULL);
		add_json(doc, "cosign-tag", make_artifact(doc, layers));
		if (bad == 15)
			check_passes(doc);
		else
			check_pends(doc, "image.signature",
			    "too many candidates to examine");
	}
}

/* Each list has its own budget. Other artifacts do not use it. */
static void
test_verdict__a_flooded_list_does_not_hide_others(void **state)
{
	static const char *const other = "cosign/bad/bundle/cosign-other-key";
	static const char *const attest = "cosign/bad/bundle/"
					  "cosign-attestation";
	json_t *doc = make_document(), *entries = json_array();
	size_t i;

	(void)state;
	for (i = 0; i < 40; i++)
		json_array_append_new(
		    entries, referrer_of(doc, other, &w.image));
	add_referrers(doc, entries);
	add_cosign_tag(doc);
	check_passes(doc);

	doc = make_document();
	entries = json_array();
	for (i = 0; i < 40; i++)
		json_array_append_new(
		    entries, referrer_of(doc, attest, &w.image));
	json_array_append_new(
	    entries, referrer_of(doc, GOOD "bundle/cosign", &w.image));
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc, entries);
	check_passes(doc);

	/* any number of later entries does not affect it */
	doc = make_document();
	entries =
	    json_pack("[o]", referrer_of(doc, GOOD "bundle/cosign", &w.image));
	json_array_append_new(entries, referrer_of(doc, attest, &w.image));
	for (i = 2; i < 256; i++)
		json_array_append(entries, json_array_get(entries, 1));
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc, entries);
	check_passes(doc);
}

/* Fetch brings only a part of a long list: the finding must say so. */
static void
test_verdict__reports_a_truncated_list(void **state)
{
	size_t n, i;

	(void)state;
	for (n = 16; n <= 17; n++) {
		json_t *doc = make_document(), *entries = json_array();

		for (i = 0; i < n; i++)
			json_array_append_new(entries,
			    json_pack("{s:s,s:s,s:i}", "mediaType",
				PQ_OCI_MANIFEST, "digest",
				"sha256:" ZEROS "000000000000000000000001",
				"size", 1));
		add_lookup(doc, "cosign-tag", NULL);
		add_referrers(doc, entries);
		check_pends(doc, "image.signature", "no signature");
		if ((strstr(find_finding("image.signature")->reason,
			 "too many candidates") != NULL) != (n == 17))
			fail_msg("%zu: %s", n,
			    find_finding("image.signature")->reason);
	}
}

/* A policy with one unreadable key judges nothing, even with its other keys. */
static void
test_verdict__a_damaged_key_is_a_fault(void **state)
{
	struct flat_policy saved = w.trusted;
	size_t i;

	(void)state;
	for (i = 0; i < N(w.pem); i++) {
		check_passes(signed_document());
		w.trusted.keys[i].n /= 2;
		pq_verdict_free(&verdict);
		memset(&verdict, 0xa5, sizeof(verdict));
		assert_int_equal(
		    pq_verdict_judge(&verdict, &w.policy, judged, NOW),
		    -PQ_EFORMAT);
		assert_int_equal(((uint8_t *)&verdict)[0], 0xa5);
		memset(&verdict, 0, sizeof(verdict));
		w.trusted = saved;
	}
}

static void
test_verdict__refuses_a_referrer_of_another_image(void **state)
{
	struct pq_digest other = w.image;
	json_t *doc = make_document();

	(void)state;
	other.sha256[0] ^= 1;
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc,
	    json_pack("[o]", referrer_of(doc, GOOD "bundle/cosign", &other)));
	check_pends(doc, "image.signature", "subject is another digest");
}

/* -- which image was signed ---------------------------------------------- */

#define OTHER_REPOSITORY "cosign/bad/reference/other-repository"
#define OTHER_HOST "cosign/bad/reference/other-host"

/* Check that only this check fails, also for the owner of the Docker socket. */
static void
only_signed_fails(const char *check, const char *words)
{
	const struct pq_finding *bad = finding_of(check, true);
	pq_auto(pq_verdict_free) struct pq_verdict again = { 0 };
	size_t i;

	is_said(bad, PQ_FAIL, words);
	for (i = 0; i < verdict.findings.n; i++)
		if (&verdict.findings.v[i] != bad)
			is_said(&verdict.findings.v[i], PQ_PASS, "");
	assert_int_equal(pq_proof_recheck(&again, &w.policy,
			     pq_slice_str(judged->tag), &verdict.proof, NOW),
	    0);
	assert_int_equal(pq_findings_overall(&again.findings), PQ_FAIL);
}

/* An image of another component was copied here with its signature. */
static void
test_verdict__refuses_an_image_of_another_repository(void **state)
{
	json_t *doc = make_document();

	(void)state;
	(void)with_layers(
	    doc, json_pack("[o]", layer_signing(doc, OTHER_REPOSITORY)));
	assert_int_equal(judge_json(doc), PQ_FAIL);
	only_signed_fails("image.repository", "signed as " IMAGE_ADMIN);
	assert_false(verdict.signed_by_others);
	/* the same text with this repository's name */
	doc = make_document();
	check_passes(with_layers(
	    doc, json_pack("[o]", layer_signing(doc, GOOD "payload/legacy"))));
}

static void
test_verdict__continues_after_a_signature_of_another_name(void **state)
{
	static const char *const good = GOOD "payload/legacy";
	json_t *doc;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		doc = make_document();
		check_passes(with_layers(doc,
		    json_pack("[o,o,o]",
			layer_signing(doc, i == 0 ? good : OTHER_REPOSITORY),
			layer_signing(doc, i == 1 ? good : OTHER_HOST),
			layer_signing(doc, i == 2 ? good : OTHER_HOST))));
	}
	/* the last misfit is named; other artifacts do not hide it */
	doc = make_document();
	(void)with_layers(doc,
	    json_pack("[o,o,o]", layer_signing(doc, OTHER_REPOSITORY),
		layer_signing(doc, OTHER_HOST),
		layer_signing(doc, "cosign/bad/payload/other-digest")));
	assert_int_equal(judge_json(doc), PQ_FAIL);
	only_signed_fails(
	    "image.repository", "signed as mirror.example/acme/web");
}

/* After sixteen signatures of other names, the right one is not examined. */
static void
test_verdict__reports_a_misfit_of_a_truncated_list(void **state)
{
	size_t bad, i;

	(void)state;
	for (bad = 16; bad <= 17; bad++) {
		json_t *doc = make_document(), *layers = json_array();

		for (i = 0; i < bad; i++)
			json_array_append_new(
			    layers, layer_signing(doc, OTHER_REPOSITORY));
		(void)with_layers(doc, layers);
		assert_int_equal(judge_json(doc), PQ_FAIL);
		only_signed_fails("image.repository",
		    bad == 17 ? "in the policy; too many candidates to examine"
			      : "in the policy");
		if (bad == 16)
			assert_null(
			    strstr(finding_of("image.repository", true)->reason,
				"too many"));
	}
}

/* The newer form is examined first. It has no repository name. */
static void
test_verdict__reports_a_bundle_without_a_repository(void **state)
{
	json_t *doc = make_document();

	(void)state;
	add_cosign_bundle(doc, "referrers");
	add_json(doc, "cosign-tag",
	    make_artifact(
		doc, json_pack("[o]", layer_signing(doc, OTHER_REPOSITORY))));
	check_passes(doc);
	signed_says(
	    "image.repository", PQ_PASS, "a bundle names no repository");
	check_finding("image.repository", PQ_PASS, "fetched from " IMAGE);
}

/* A policy that requires an annotation accepts it in either form. */
static void
test_verdict__looks_for_the_annotation_of_this_version(void **state)
{
	static const char *const bundle = GOOD "annotation/bundle";
	static const char *const other = "cosign/bad/annotation/"
					 "bundle-other-version";
	json_t *doc;
	size_t i;

	(void)state;
	w.policy.version_from = PQ_VERSION_ANNOTATION;
	for (i = 0; i < 2; i++) {
		doc = make_document();
		add_lookup(doc, "cosign-tag", NULL);
		add_referrers(doc,
		    json_pack("[o,o]",
			referrer_of(doc, i == 0 ? bundle : other, &w.image),
			referrer_of(doc, i == 0 ? other : bundle, &w.image)));
		check_passes(doc);
	}
	/* no bundle has the annotation, an older signature has it */
	doc = make_document();
	add_cosign_bundle(doc, "referrers");
	add_json(doc, "cosign-tag",
	    make_artifact(doc,
		json_pack(
		    "[o]", layer_signing(doc, GOOD "annotation/simple"))));
	check_passes(doc);
	assert_int_equal(verdict.proof.v[0].form, PQ_FORM_SIMPLE);

	doc = make_document();
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc, json_pack("[o]", referrer_of(doc, other, &w.image)));
	assert_int_equal(judge_json(doc), PQ_FAIL);
	only_signed_fails(
	    "source.version", "is \"1.0.1\", but the image tag is \"1.0.0\"");
	doc = signed_document();
	assert_int_equal(judge_json(doc), PQ_FAIL);
	only_signed_fails("source.version", "is missing");
	w.policy.version_from = PQ_VERSION_LABEL;
}

/* Any artifact may be stored for an image: it is skipped and not trusted. */
static void
test_verdict__skips_other_artifacts(void **state)
{
	json_t *doc = make_document();

	(void)state;
	add_json(doc, "cosign-tag",
	    make_artifact(doc,
		json_pack("[o]",
		    make_descriptor(doc, "application/json",
			pq_slice_str("{\"signed\":true}")))));
	add_referrers(doc,
	    json_pack("[o]",
		make_descriptor(doc, PQ_OCI_MANIFEST, pq_buf_view(&w.index))));
	check_pends(doc, "image.signature", "no signature of this digest");

	doc = make_document();
	add_lookup_file(doc, "cosign-tag", "cosign/bad/manifest/truncated");
	add_lookup(doc, "referrers", NULL);
	check_pends(doc, "image.signature", "signature manifest:");

	doc = make_document();
	add_lookup(doc, "cosign-tag", NULL);
	add_lookup_file(doc, "referrers", "cosign/bad/index/layers-too");
	check_pends(doc, "image.signature", "referrers:");
}

#define TEST(name) \
	cmocka_unit_test_teardown(test_verdict__##name, drop_document)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passes_what_cosign_signed),
		TEST(makes_a_self_contained_proof),
		TEST(missing_signature_is_pending),
		TEST(a_missing_lookup_is_a_failure),
		TEST(a_missing_blob_never_passes),
		TEST(refuses_every_bad_bundle),
		TEST(refuses_every_bad_payload),
		TEST(passes_a_good_payload_by_the_same_key),
		TEST(refuses_a_signature_by_another_key),
		TEST(refuses_loose_base64),
		TEST(an_attestation_is_not_a_signature),
		TEST(an_attestation_neither_helps_nor_harms),
		TEST(one_good_signature_among_bad_ones_counts),
		TEST(passes_an_image_without_an_index),
		TEST(never_mixes_two_signatures),
		TEST(tries_sixteen_signatures),
		TEST(a_flooded_list_does_not_hide_others),
		TEST(reports_a_truncated_list),
		TEST(a_damaged_key_is_a_fault),
		TEST(refuses_a_referrer_of_another_image),
		TEST(refuses_an_image_of_another_repository),
		TEST(continues_after_a_signature_of_another_name),
		TEST(reports_a_misfit_of_a_truncated_list),
		TEST(reports_a_bundle_without_a_repository),
		TEST(looks_for_the_annotation_of_this_version),
		TEST(skips_other_artifacts),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
