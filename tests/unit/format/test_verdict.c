/* SPDX-License-Identifier: Apache-2.0 */
#include "../core/testkey.h"

#include <jansson.h>

#include <pratique/dsse.h>
#include <pratique/evidence.h>
#include <pratique/oci.h>
#include <pratique/simplesigning.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define GOOD "cosign/good/"
#define IMAGE "127.0.0.1:5000/acme/web"
#define GIT "http://127.0.0.1:8080/web.git"
#define ZEROS "0000000000000000000000000000000000000000"

struct world {
	EVP_PKEY *key;
	struct pq_buf pem[2], signers;
	struct pq_policy policy;
	struct pq_buf index, tag, commit;
	struct pq_digest image;
};

static struct world w;

static int
setup(void **state)
{
	struct pq_policy *p = &w.policy;
	size_t i;

	(void)state;
	w.pem[0] = fixture(GOOD "key/p256");
	w.pem[1] = PQ_BUF_INIT(1024);
	w.key = testkey_new(&w.pem[1]);
	w.signers = fixture(GOOD "allowed_signers");
	w.index = fixture(GOOD "index");
	w.tag = fixture(GOOD "tag");
	w.commit = fixture(GOOD "commit");
	assert_int_equal(pq_digest_of(&w.image, pq_buf_view(&w.index)), 0);
	for (i = 0; i < N(w.pem); i++) {
		p->keys[i].name = (char *)(uintptr_t) "keys/web.pub";
		p->keys[i].pem = w.pem[i].p;
		p->keys[i].pem_n = w.pem[i].n;
	}
	p->n_keys = N(w.pem);
	p->signers = (char *)w.signers.p;
	p->signers_n = w.signers.n;
	p->image = (char *)(uintptr_t)IMAGE;
	p->git_url = (char *)(uintptr_t)GIT;
	p->git_tag = (char *)(uintptr_t) "v{version}";
	p->threshold = 1;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pq_buf_free(&w.pem[0]);
	pq_buf_free(&w.pem[1]);
	pq_buf_free(&w.signers);
	pq_buf_free(&w.index);
	pq_buf_free(&w.tag);
	pq_buf_free(&w.commit);
	EVP_PKEY_free(w.key);
	return 0;
}

/* -- documents, built as fetch builds them ------------------------------ */

static json_t *
get(json_t *o, const char *name)
{
	return json_object_get(o, name);
}

static json_t *
base64(struct pq_slice s)
{
	struct pq_buf b = PQ_BUF_INIT(1u << 20);
	json_t *j;

	assert_int_equal(pq_b64_encode(&b, s), 0);
	j = json_stringn((const char *)b.p, b.n);
	pq_buf_free(&b);
	return j;
}

/* Files bytes under their digest, which is written to @text. */
static void
add_blob(json_t *doc, struct pq_slice s, char text[PQ_DIGEST_TEXT])
{
	struct pq_digest d;

	assert_int_equal(pq_digest_of(&d, s), 0);
	pq_digest_format(text, &d);
	json_array_append_new(get(doc, "blobs"),
	    json_pack("{s:s,s:s,s:o}", "digest", text, "media_type",
		"application/octet-stream", "data", base64(s)));
}

static void
add_file(json_t *doc, const char *name)
{
	struct pq_buf b = fixture(name);
	char text[PQ_DIGEST_TEXT];

	add_blob(doc, pq_buf_view(&b), text);
	pq_buf_free(&b);
}

/* "absent" when @digest is NULL */
static void
add_lookup(json_t *doc, const char *what, const char *digest)
{
	json_t *l = json_pack("{s:s,s:s,s:i}", "what", what, "ref", "x",
	    "status", digest == NULL ? 404 : 200);

	if (digest != NULL)
		json_object_set_new(l, "digest", json_string(digest));
	json_array_append_new(get(doc, "lookups"), l);
}

static json_t *
object(const struct pq_buf *b, enum pq_gitobj type)
{
	char hex[PQ_OID_TEXT];
	struct pq_oid oid;

	assert_int_equal(pq_oid_of(&oid, type, 20, pq_buf_view(b)), 0);
	pq_oid_format(hex, &oid);
	return json_pack(
	    "{s:s,s:o}", "oid", hex, "data", base64(pq_buf_view(b)));
}

static json_t *
git_of(const struct pq_buf *tag)
{
	json_t *t = object(tag, PQ_GITOBJ_TAG);
	json_t *c = object(&w.commit, PQ_GITOBJ_COMMIT);
	char ref[PQ_OID_TEXT + 32];

	(void)snprintf(ref, sizeof(ref), "%s refs/tags/v1.0.0",
	    json_string_value(get(t, "oid")));
	return json_pack("{s:s,s:s,s:s,s:o,s:o}", "repository", GIT, "tag",
	    "v1.0.0", "ref", ref, "tag_object", t, "commit_object", c);
}

/* The image and its source, without any signature of the image. */
static json_t *
document(void)
{
	char text[PQ_DIGEST_TEXT];
	json_t *doc;

	pq_digest_format(text, &w.image);
	doc = json_pack("{s:s,s:s,s:I,s:{s:s,s:[]},s:{s:s,s:s,s:s},"
			"s:{s:s,s:s},s:[],s:[],s:o}",
	    "format", "pratique-evidence/1", "service", "web", "seen",
	    (json_int_t)NOW, "policy", "hash", text, "files", "image",
	    "repository", IMAGE, "tag", "1.0.0", "digest", text, "platform",
	    "os", "linux", "architecture", ARCH, "blobs", "lookups", "git",
	    git_of(&w.tag));
	assert_non_null(doc);
	add_file(doc, GOOD "index");
	add_file(doc, GOOD "manifest-" ARCH);
	add_file(doc, GOOD "config-" ARCH);
	return doc;
}

static void
add_lookup_file(json_t *doc, const char *what, const char *name)
{
	struct pq_buf b = fixture(name);
	char text[PQ_DIGEST_TEXT];

	add_blob(doc, pq_buf_view(&b), text);
	add_lookup(doc, what, text);
	pq_buf_free(&b);
}

/* What cosign left in the registry, the older form. */
static void
add_cosign_tag(json_t *doc)
{
	add_lookup_file(doc, "cosign-tag", GOOD "legacy-manifest");
	add_file(doc, GOOD "payload/legacy");
}

static void
add_cosign_bundle(json_t *doc, const char *what)
{
	add_lookup_file(doc, what, GOOD "fallback-index");
	add_file(doc, GOOD "cosign-referrer");
	add_file(doc, GOOD "bundle/cosign");
}

static void
add_absent(json_t *doc)
{
	add_lookup(doc, "cosign-tag", NULL);
	add_lookup(doc, "referrers", NULL);
	add_lookup(doc, "fallback-tag", NULL);
}

static json_t *
signed_document(void)
{
	json_t *doc = document();

	add_cosign_tag(doc);
	add_lookup(doc, "referrers", NULL);
	add_lookup(doc, "fallback-tag", NULL);
	return doc;
}

static void
add_json(json_t *doc, const char *what, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT), digest[PQ_DIGEST_TEXT];

	assert_non_null(text);
	add_blob(doc, pq_slice_str(text), digest);
	if (what != NULL)
		add_lookup(doc, what, digest);
	free(text);
	json_decref(j);
}

static json_t *
descriptor(json_t *doc, const char *media_type, struct pq_slice bytes)
{
	char text[PQ_DIGEST_TEXT];

	add_blob(doc, bytes, text);
	return json_pack("{s:s,s:s,s:I}", "mediaType", media_type, "digest",
	    text, "size", (json_int_t)bytes.n);
}

static json_t *
artifact(json_t *doc, json_t *layers)
{
	return json_pack("{s:i,s:s,s:o,s:o}", "schemaVersion", 2, "mediaType",
	    PQ_OCI_MANIFEST, "config",
	    descriptor(doc, PQ_OCI_EMPTY, pq_slice_str("{}")), "layers",
	    layers);
}

/* One layer of a cosign tag: a payload, and base64 of a signature over it. */
static json_t *
simple_layer(json_t *doc, struct pq_slice payload, struct pq_slice signature)
{
	json_t *layer = descriptor(doc, PQ_SIMPLE_MEDIA_TYPE, payload);

	json_object_set_new(layer, "annotations",
	    json_pack("{s:o}", PQ_SIMPLE_SIGNATURE, base64(signature)));
	return layer;
}

/* A payload of the fixtures, signed by the test's own trusted key. */
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

/* An entry of a referrers index: a bundle behind its manifest. */
static json_t *
referrer_of(json_t *doc, const char *name, const struct pq_digest *subject)
{
	struct pq_buf b = fixture(name);
	char text[PQ_DIGEST_TEXT], *body;
	json_t *m = artifact(doc,
	    json_pack(
		"[o]", descriptor(doc, PQ_BUNDLE_MEDIA_TYPE, pq_buf_view(&b))));
	json_t *entry;

	pq_digest_format(text, subject);
	json_object_set_new(m, "subject",
	    json_pack("{s:s,s:s,s:i}", "mediaType", PQ_OCI_INDEX, "digest",
		text, "size", 1));
	body = json_dumps(m, JSON_COMPACT);
	entry = descriptor(doc, PQ_OCI_MANIFEST, pq_slice_str(body));
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

/* -- judging ------------------------------------------------------------ */

static const char *const all_checks[] = { "image.repository", "image.signature",
	"image.digest", "image.platform", "source.repository",
	"source.tag-signature", "source.version", "source.tag-commit",
	"source.image-commit" };

static struct pq_verdict verdict; /* of the last document judged */
static struct pq_evidence *judged;

/* whatever comes out: by which rule, on which bytes, or at which place */
static void
each_names_rule_and_bytes(const struct pq_findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->v[i].spec[0] != '\0' && f->v[i].subject[0] != '\0')
			continue;
		print_error("%s: %s: rule \"%s\", bytes \"%s\"\n",
		    pq_check_name(f->v[i].check), f->v[i].reason, f->v[i].spec,
		    f->v[i].subject);
		fail();
	}
}

/* Consumes the document; the verdict borrows from what is parsed here. */
static enum pq_status
judge(json_t *doc)
{
	char *text = json_dumps(doc, JSON_COMPACT);
	struct pq_err err = PQ_ERR_INIT;

	pq_evidence_free(judged);
	judged = NULL;
	if (pq_evidence_parse(&judged, pq_slice_str(text), &err) != 0)
		fail_msg("%s", err.text);
	free(text);
	json_decref(doc);
	memset(&verdict, 0, sizeof(verdict));
	assert_int_equal(pq_verdict_judge(&verdict, &w.policy, judged, NOW), 0);
	each_names_rule_and_bytes(&verdict.findings);
	return pq_findings_overall(&verdict.findings);
}

static const struct pq_finding *
finding(const char *name)
{
	enum pq_check c = pq_check_by_name(pq_slice_str(name));
	const struct pq_finding *found = NULL;
	size_t i;

	for (i = 0; i < verdict.findings.n; i++) {
		if (verdict.findings.v[i].check != c)
			continue;
		assert_null(found);
		found = &verdict.findings.v[i];
	}
	if (found == NULL)
		fail_msg("nothing is said of %s", name);
	return found;
}

static void
says(const char *check, enum pq_status status, const char *words)
{
	const struct pq_finding *f = finding(check);

	if (f->status != status || strstr(f->reason, words) == NULL)
		fail_msg(
		    "%s: %s: %s", check, pq_status_name(f->status), f->reason);
}

static void
passes(json_t *doc)
{
	enum pq_status overall = judge(doc);
	size_t i;

	for (i = 0; i < N(all_checks); i++)
		says(all_checks[i], PQ_PASS, "");
	assert_int_equal(overall, PQ_PASS);
	assert_int_equal(verdict.findings.n, N(all_checks));
	assert_true(pq_digest_eq(&verdict.digest, &w.image));
}

/* One check fails, with these words; the rest of the document is good. */
static void
fails(json_t *doc, const char *check, const char *words)
{
	assert_int_equal(judge(doc), PQ_FAIL);
	says(check, PQ_FAIL, words);
}

static void
pends(json_t *doc, const char *check, const char *words)
{
	assert_int_equal(judge(doc), PQ_PENDING);
	says(check, PQ_PENDING, words);
}

static void
test_verdict__passes_what_cosign_signed(void **state)
{
	json_t *doc;

	(void)state;
	passes(signed_document());
	assert_int_equal(verdict.proof.kind, PQ_PROOF_SIMPLE);

	doc = document();
	add_lookup(doc, "cosign-tag", NULL);
	add_lookup(doc, "referrers", NULL);
	add_cosign_bundle(doc, "fallback-tag");
	passes(doc);
	assert_int_equal(verdict.proof.kind, PQ_PROOF_DSSE);

	doc = document();
	add_lookup(doc, "cosign-tag", NULL);
	add_cosign_bundle(doc, "referrers");
	passes(doc);
	assert_int_equal(verdict.proof.kind, PQ_PROOF_DSSE);
}

/* The pointers are all that the owner of the Docker socket needs. */
static void
test_verdict__points_at_a_proof_that_stands_alone(void **state)
{
	struct pq_verdict again = { 0 };

	(void)state;
	passes(signed_document());
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
	json_t *doc = document();

	(void)state;
	add_absent(doc);
	pends(doc, "image.signature", "has no signature of this digest (yet)");
	says("image.digest", PQ_PENDING, "not examined");
	says("image.platform", PQ_PENDING, "not examined");
	says("source.image-commit", PQ_PENDING, "not examined");
	says("source.tag-signature", PQ_PASS, "");
}

/* Not having asked is not the same as having been told "absent". */
static void
test_verdict__silence_is_a_failure(void **state)
{
	static const char *const asked[] = { "", "cosign-tag", "referrers",
		"fallback-tag", "manifest" };
	size_t i;

	(void)state;
	for (i = 0; i < N(asked); i++) {
		json_t *doc = document();

		if (asked[i][0] != '\0')
			add_lookup(doc, asked[i], NULL);
		fails(doc, "image.signature", "no signature by a key");
	}
}

/* A look-up that found something which is not in the document. */
static void
test_verdict__what_was_not_kept_never_passes(void **state)
{
	static const char *const missing[] = { "payload/legacy",
		"legacy-manifest" };
	size_t i, k;

	(void)state;
	for (i = 0; i < N(missing); i++) {
		json_t *doc = signed_document(), *blobs = get(doc, "blobs"), *b;
		char path[64], text[PQ_DIGEST_TEXT];
		struct pq_digest d;
		struct pq_buf raw;

		(void)snprintf(path, sizeof(path), GOOD "%s", missing[i]);
		raw = fixture(path);
		assert_int_equal(pq_digest_of(&d, pq_buf_view(&raw)), 0);
		pq_digest_format(text, &d);
		json_array_foreach (blobs, k, b)
			if (strcmp(json_string_value(get(b, "digest")), text) ==
			    0)
				break;
		assert_int_equal(json_array_remove(blobs, k), 0);
		assert_int_not_equal(judge(doc), PQ_PASS);
		assert_int_not_equal(
		    finding("image.signature")->status, PQ_PASS);
		pq_buf_free(&raw);
	}
}

/* Which bundles are no signatures at all, rather than bad ones. */
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
	DIR *d = opendir(PQ_FIXTURES "/cosign/bad/bundle");
	const struct dirent *e;
	size_t seen = 0;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		json_t *doc = document();
		const char *want = no_signature(e->d_name)
		    ? "no signature of this digest"
		    : "1 signature(s) examined, none good";
		char path[512];

		(void)snprintf(
		    path, sizeof(path), "cosign/bad/bundle/%s", e->d_name);
		if (e->d_name[0] == '.') {
			json_decref(doc);
			continue;
		}
		seen++;
		add_lookup(doc, "cosign-tag", NULL);
		add_referrers(
		    doc, json_pack("[o]", referrer_of(doc, path, &w.image)));
		pends(doc, "image.signature", want);
	}
	(void)closedir(d);
	assert_true(seen > 10);
}

static void
test_verdict__refuses_every_bad_payload(void **state)
{
	DIR *d = opendir(PQ_FIXTURES "/cosign/bad/payload");
	const struct dirent *e;
	size_t seen = 0;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		json_t *doc = document();
		char path[512];

		(void)snprintf(
		    path, sizeof(path), "cosign/bad/payload/%s", e->d_name);
		if (e->d_name[0] == '.') {
			json_decref(doc);
			continue;
		}
		seen++;
		add_lookup(doc, "referrers", NULL);
		add_json(doc, "cosign-tag",
		    artifact(doc, json_pack("[o]", layer_signing(doc, path))));
		pends(doc, "image.signature", "1 signature(s) examined");
		says("image.digest", PQ_PENDING, "not examined");
	}
	(void)closedir(d);
	assert_true(seen > 10);
}

/* The control: the same construction with a good payload does pass. */
static void
test_verdict__passes_a_good_payload_by_the_same_key(void **state)
{
	json_t *doc = document();

	(void)state;
	add_lookup(doc, "referrers", NULL);
	add_json(doc, "cosign-tag",
	    artifact(doc,
		json_pack("[o]", layer_signing(doc, GOOD "payload/legacy"))));
	passes(doc);
	assert_int_equal(verdict.proof.key, 1);
}

static void
test_verdict__refuses_a_signature_by_another_key(void **state)
{
	struct pq_buf payload = fixture(GOOD "payload/legacy");
	struct pq_buf sig = fixture("cosign/bad/signature/p256-other-key");
	json_t *doc = document(), *layer;

	(void)state;
	layer = simple_layer(doc, pq_buf_view(&payload), pq_buf_view(&sig));
	add_lookup(doc, "referrers", NULL);
	add_json(doc, "cosign-tag", artifact(doc, json_pack("[o]", layer)));
	pends(doc, "image.signature", "no key of the policy made");
	pq_buf_free(&sig);
	pq_buf_free(&payload);
}

/* Base64 is compared as text by nobody: blanks in it are another signature. */
static void
test_verdict__refuses_loose_base64(void **state)
{
	static const char *const before[] = { " ", "\n", "=", "-" };
	size_t i;

	(void)state;
	for (i = 0; i < N(before); i++) {
		json_t *doc = document();
		json_t *layer = layer_signing(doc, GOOD "payload/legacy");
		json_t *a = get(layer, "annotations");
		char text[256];

		(void)snprintf(text, sizeof(text), "%s%s", before[i],
		    json_string_value(get(a, PQ_SIMPLE_SIGNATURE)));
		json_object_set_new(a, PQ_SIMPLE_SIGNATURE, json_string(text));
		add_lookup(doc, "referrers", NULL);
		add_json(
		    doc, "cosign-tag", artifact(doc, json_pack("[o]", layer)));
		pends(doc, "image.signature", "base64");
	}
}

/* A statement says who made it, not that it may run. */
static void
test_verdict__an_attestation_is_no_signature(void **state)
{
	json_t *doc = document();

	(void)state;
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc,
	    json_pack("[o]",
		referrer_of(
		    doc, "cosign/bad/bundle/cosign-attestation", &w.image)));
	pends(doc, "image.signature", "another predicate type");
	says("image.digest", PQ_PENDING, "not examined");
}

/* A builder attests before the release is signed: that is no reason to give
 * up, nor to hide what is wrong with a signature beside it. */
static void
test_verdict__an_attestation_neither_helps_nor_harms(void **state)
{
	static const char *const attest = "cosign/bad/bundle/"
					  "cosign-attestation";
	json_t *doc = document();

	(void)state;
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc,
	    json_pack("[o,o]", referrer_of(doc, attest, &w.image),
		referrer_of(doc, GOOD "bundle/cosign", &w.image)));
	passes(doc);

	doc = document();
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc,
	    json_pack("[o,o]",
		referrer_of(
		    doc, "cosign/bad/bundle/cosign-other-key", &w.image),
		referrer_of(doc, attest, &w.image)));
	pends(doc, "image.signature", "no key of the policy made");
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
		doc = document();
		add_lookup(doc, "cosign-tag", NULL);
		add_referrers(doc,
		    json_pack("[o,o]",
			referrer_of(doc, i == 0 ? good : other, &w.image),
			referrer_of(doc, i == 0 ? other : good, &w.image)));
		passes(doc);

		doc = document();
		add_lookup(doc, "referrers", NULL);
		add_json(doc, "cosign-tag",
		    artifact(doc,
			json_pack("[o,o]",
			    layer_signing(doc,
				i == 0 ? "cosign/bad/payload/other-digest"
				       : GOOD "payload/legacy"),
			    layer_signing(doc,
				i == 0 ? GOOD "payload/legacy"
				       : "cosign/bad/payload/type-atomic"))));
		passes(doc);
	}
	/* a bad one of the newer form, a good one of the older */
	doc = document();
	add_referrers(doc, json_pack("[o]", referrer_of(doc, other, &w.image)));
	add_cosign_tag(doc);
	passes(doc);
}

/* Payload of one, signature of another: each is good where it belongs. */
static void
test_verdict__never_mixes_two_signatures(void **state)
{
	struct pq_buf bad = fixture("cosign/bad/payload/other-digest");
	struct pq_buf sig = fixture(GOOD "key/p256.sig");
	json_t *doc = document(), *layer;

	(void)state;
	layer = simple_layer(doc, pq_buf_view(&bad), pq_buf_view(&sig));
	add_lookup(doc, "referrers", NULL);
	add_json(doc, "cosign-tag",
	    artifact(doc,
		json_pack("[o,o]", layer,
		    layer_signing(doc, "cosign/bad/payload/type-atomic"))));
	pends(doc, "image.signature", "2 signature(s) examined");
	pq_buf_free(&sig);
	pq_buf_free(&bad);
}

/* Sixteen are tried: a flood of signatures costs no more than that. */
static void
test_verdict__tries_sixteen_signatures(void **state)
{
	size_t bad, i;

	(void)state;
	for (bad = 15; bad <= 16; bad++) {
		json_t *doc = document(), *layers = json_array();

		for (i = 0; i < bad; i++)
			json_array_append_new(layers,
			    layer_signing(
				doc, "cosign/bad/payload/other-digest"));
		json_array_append_new(
		    layers, layer_signing(doc, GOOD "payload/legacy"));
		add_lookup(doc, "referrers", NULL);
		add_json(doc, "cosign-tag", artifact(doc, layers));
		if (bad == 15)
			passes(doc);
		else
			pends(doc, "image.signature",
			    "too many candidates to examine");
	}
}

/* Each list has its own budget, and what is no signature uses none of it. */
static void
test_verdict__a_flooded_list_hides_no_other(void **state)
{
	static const char *const other = "cosign/bad/bundle/cosign-other-key";
	static const char *const attest = "cosign/bad/bundle/"
					  "cosign-attestation";
	json_t *doc = document(), *entries = json_array();
	size_t i;

	(void)state;
	for (i = 0; i < 40; i++)
		json_array_append_new(
		    entries, referrer_of(doc, other, &w.image));
	add_referrers(doc, entries);
	add_cosign_tag(doc);
	passes(doc);

	doc = document();
	entries = json_array();
	for (i = 0; i < 40; i++)
		json_array_append_new(
		    entries, referrer_of(doc, attest, &w.image));
	json_array_append_new(
	    entries, referrer_of(doc, GOOD "bundle/cosign", &w.image));
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc, entries);
	passes(doc);
}

static void
test_verdict__refuses_a_referrer_of_another_image(void **state)
{
	struct pq_digest other = w.image;
	json_t *doc = document();

	(void)state;
	other.sha256[0] ^= 1;
	add_lookup(doc, "cosign-tag", NULL);
	add_referrers(doc,
	    json_pack("[o]", referrer_of(doc, GOOD "bundle/cosign", &other)));
	pends(doc, "image.signature", "subject is another digest");
}

/* Beside the image may lie anything: it is passed over, never believed. */
static void
test_verdict__passes_over_what_is_no_signature(void **state)
{
	json_t *doc = document();

	(void)state;
	add_json(doc, "cosign-tag",
	    artifact(doc,
		json_pack("[o]",
		    descriptor(doc, "application/json",
			pq_slice_str("{\"signed\":true}")))));
	add_referrers(doc,
	    json_pack("[o]",
		descriptor(doc, PQ_OCI_MANIFEST, pq_buf_view(&w.index))));
	pends(doc, "image.signature", "has no signature of this digest");

	doc = document();
	add_lookup_file(doc, "cosign-tag", "cosign/bad/manifest/truncated");
	add_lookup(doc, "referrers", NULL);
	pends(doc, "image.signature", "signature manifest:");

	doc = document();
	add_lookup(doc, "cosign-tag", NULL);
	add_lookup_file(doc, "referrers", "cosign/bad/index/layers-too");
	pends(doc, "image.signature", "referrers:");
}

/* -- image and source --------------------------------------------------- */

static void
set(json_t *doc, const char *object, const char *member, const char *value)
{
	json_object_set_new(get(doc, object), member, json_string(value));
}

static void
test_verdict__refuses_another_repository(void **state)
{
	static const char *const others[] = { "127.0.0.1:5000/acme/web2",
		"127.0.0.1:5000/acme/we", "127.0.0.1:5000/Acme/web", "" };
	json_t *doc;
	size_t i;

	(void)state;
	for (i = 0; i < N(others); i++) {
		doc = signed_document();
		set(doc, "image", "repository", others[i]);
		fails(doc, "image.repository", "not the configured repository");
		says("image.signature", PQ_PASS, "");
	}
	doc = signed_document();
	set(doc, "git", "repository", GIT "/");
	fails(doc, "source.repository", "not fetched from " GIT);
	says("source.tag-signature", PQ_PASS, "");
}

static void
test_verdict__refuses_another_platform(void **state)
{
	json_t *doc = signed_document();

	(void)state;
	set(doc, "platform", "architecture", OTHER_ARCH);
	fails(doc, "image.digest", "not the one that the index names");
	says("image.platform", PQ_FAIL, "");
	doc = signed_document();
	set(doc, "platform", "os", "windows");
	fails(doc, "image.digest", "");
}

/* The signature is there, of the image's own bytes only a part is. */
static void
test_verdict__refuses_an_image_with_pieces_missing(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		json_t *doc = signed_document();

		assert_int_equal(json_array_remove(get(doc, "blobs"), i), 0);
		assert_int_equal(judge(doc), PQ_FAIL);
		assert_int_equal(finding("image.digest")->status, PQ_FAIL);
	}
}

/* The document's digest is another image's than the one that is signed. */
static void
test_verdict__refuses_a_signature_of_another_image(void **state)
{
	struct pq_buf m = fixture(GOOD "manifest-" ARCH);
	json_t *doc = signed_document();
	char text[PQ_DIGEST_TEXT];
	struct pq_digest d;

	(void)state;
	/* the tag names the platform's manifest, the index is signed */
	assert_int_equal(pq_digest_of(&d, pq_buf_view(&m)), 0);
	pq_digest_format(text, &d);
	set(doc, "image", "digest", text);
	pends(doc, "image.signature", "signed text names");
	pq_buf_free(&m);
}

static void
test_verdict__missing_tag_is_pending(void **state)
{
	static const char *const source[] = { "source.tag-signature",
		"source.tag-commit", "source.image-commit", "source.version" };
	json_t *doc = signed_document(), *git;
	size_t i;

	(void)state;
	json_object_set_new(doc, "git",
	    json_pack("{s:s,s:s}", "repository", GIT, "tag", "v1.0.0"));
	add_lookup(doc, "git-ref", NULL);
	assert_int_equal(judge(doc), PQ_PENDING);
	for (i = 0; i < N(source); i++)
		says(source[i], PQ_PENDING, "no such tag (yet)");
	says("image.signature", PQ_PASS, "");

	/* nobody asked: a failure */
	doc = signed_document();
	git = get(doc, "git");
	json_object_del(git, "ref");
	json_object_del(git, "tag_object");
	json_object_del(git, "commit_object");
	fails(doc, "source.tag-signature", "there is no tag object");

	doc = signed_document();
	json_object_del(doc, "git");
	fails(doc, "source.repository", "not fetched from");
	says("source.tag-signature", PQ_FAIL, "there is no tag object");
}

static void
test_verdict__refuses_a_lightweight_tag(void **state)
{
	json_t *doc = signed_document();

	(void)state;
	json_object_del(get(doc, "git"), "tag_object");
	fails(doc, "source.tag-signature", "lightweight");
}

static void
test_verdict__refuses_every_bad_tag(void **state)
{
	static const struct {
		const char *name, *check, *words;
	} cases[] = {
		{ "other-name", "source.version", "own name" },
		{ "other-commit", "source.image-commit", "revision label" },
		{ "other-key", "source.tag-signature", "not an allowed" },
		{ "unsigned", "source.tag-signature", "not signed" },
		{ "changed-message", "source.tag-signature", "does not fit" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		json_t *doc = signed_document();
		char path[128];
		struct pq_buf tag;

		(void)snprintf(
		    path, sizeof(path), "cosign/bad/tag/%s", cases[i].name);
		tag = fixture(path);
		json_object_set_new(doc, "git", git_of(&tag));
		fails(doc, cases[i].check, cases[i].words);
		says("image.signature", PQ_PASS, "");
		pq_buf_free(&tag);
	}
}

/* The object under the name is not the object that was asked for. */
static void
test_verdict__refuses_a_ref_that_points_elsewhere(void **state)
{
	static const char *const refs[] = { ZEROS " refs/tags/v1.0.0",
		"refs/tags/v1.0.0", "" };
	json_t *doc, *git;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < N(refs); i++) {
		doc = signed_document();
		set(doc, "git", "ref", refs[i]);
		fails(doc, "source.tag-commit", "the ref that the server");
		says("source.tag-signature", PQ_PASS, "");
	}
	doc = signed_document();
	git = get(doc, "git");
	(void)snprintf(text, sizeof(text), "%.40s refs/tags/v1.0.1",
	    json_string_value(get(git, "ref")));
	set(doc, "git", "ref", text);
	fails(doc, "source.tag-commit", "the ref that the server");

	doc = signed_document();
	set(get(doc, "git"), "tag_object", "oid", ZEROS);
	fails(doc, "source.tag-commit", "does not hash to its id");
}

static void
test_verdict__refuses_another_commit_object(void **state)
{
	struct pq_buf other = PQ_BUF_INIT(4096);
	json_t *doc = signed_document();

	(void)state;
	set(get(doc, "git"), "commit_object", "oid", ZEROS);
	fails(doc, "source.tag-commit", "the commit object is not");

	doc = signed_document();
	pq_buf_slice(&other, pq_buf_view(&w.commit));
	pq_buf_str(&other, "more\n");
	json_object_set_new(
	    get(doc, "git"), "commit_object", object(&other, PQ_GITOBJ_COMMIT));
	fails(doc, "source.tag-commit", "the commit object is not");
	pq_buf_free(&other);
}

static void
test_verdict__holds_the_callback_to_its_commit(void **state)
{
	json_t *doc = signed_document();
	char hex[41] = "";

	(void)state;
	memcpy(hex, w.tag.p + strlen("object "), 40);
	json_object_set_new(doc, "callback", json_pack("{s:s}", "commit", hex));
	passes(doc);

	doc = signed_document();
	json_object_set_new(
	    doc, "callback", json_pack("{s:s}", "commit", ZEROS));
	pends(doc, "source.image-commit", "the callback names commit 0000");
	/* what a callback says can not make up for anything */
	doc = document();
	add_absent(doc);
	json_object_set_new(doc, "callback", json_pack("{s:s}", "commit", hex));
	pends(doc, "image.signature", "");
}

/* Without a source in the policy nothing is said of it. */
static void
test_verdict__judges_by_the_policy_only(void **state)
{
	struct pq_policy saved = w.policy;
	json_t *doc = signed_document();

	(void)state;
	w.policy.git_url = NULL;
	json_object_del(doc, "git");
	assert_int_equal(judge(doc), PQ_PASS);
	assert_int_equal(verdict.findings.n, 4);
	/* and one without any key accepts nothing */
	w.policy = saved;
	w.policy.n_keys = 0;
	fails(signed_document(), "image.signature", "");
	w.policy = saved;
}

static int
drop(void **state)
{
	(void)state;
	pq_evidence_free(judged);
	judged = NULL;
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(test_verdict__##name, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passes_what_cosign_signed),
		TEST(points_at_a_proof_that_stands_alone),
		TEST(missing_signature_is_pending),
		TEST(silence_is_a_failure),
		TEST(what_was_not_kept_never_passes),
		TEST(refuses_every_bad_bundle),
		TEST(refuses_every_bad_payload),
		TEST(passes_a_good_payload_by_the_same_key),
		TEST(refuses_a_signature_by_another_key),
		TEST(refuses_loose_base64),
		TEST(an_attestation_is_no_signature),
		TEST(an_attestation_neither_helps_nor_harms),
		TEST(one_good_signature_among_bad_ones_counts),
		TEST(never_mixes_two_signatures),
		TEST(tries_sixteen_signatures),
		TEST(a_flooded_list_hides_no_other),
		TEST(refuses_a_referrer_of_another_image),
		TEST(passes_over_what_is_no_signature),
		TEST(refuses_another_repository),
		TEST(refuses_another_platform),
		TEST(refuses_an_image_with_pieces_missing),
		TEST(refuses_a_signature_of_another_image),
		TEST(missing_tag_is_pending),
		TEST(refuses_a_lightweight_tag),
		TEST(refuses_every_bad_tag),
		TEST(refuses_a_ref_that_points_elsewhere),
		TEST(refuses_another_commit_object),
		TEST(holds_the_callback_to_its_commit),
		TEST(judges_by_the_policy_only),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
