/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pratique/dsse.h>
#include <pratique/pubkey.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define BAD_SIGNATURE "not this key's signature"

static const struct bad_file bads[] = {
	{ "array-around-it", "expected object" },
	{ "base64-url-alphabet", "/sig: expected strict base64" },
	{ "base64-with-blank", "/sig: expected strict base64" },
	{ "base64-with-newline", "/sig: expected strict base64" },
	{ "base64-without-padding", "/payload: expected strict base64" },
	{ "byte-order-mark", "invalid JSON at byte" },
	{ "case-folded-member", "/DsseEnvelope: member not allowed" },
	{ "certificate-beside-key", "signed with a certificate" },
	{ "certificate-chain", "signed with a certificate" },
	{ "certificate-in-place-of-key", "signed with a certificate" },
	{ "cosign-attestation",
	    "\"https://slsa.dev/provenance/v1\", expected" },
	{ "cosign-other-image", "/subject: no entry for" },
	{ "cosign-other-key", BAD_SIGNATURE },
	{ "der-trailing-byte", BAD_SIGNATURE },
	{ "der-truncated", BAD_SIGNATURE },
	{ "der-zero", BAD_SIGNATURE },
	{ "duplicate-envelope", "duplicate" },
	{ "duplicate-payload", "duplicate" },
	{ "empty", "empty document" },
	{ "flipped-bit-in-payload", BAD_SIGNATURE },
	{ "flipped-bit-in-signature", BAD_SIGNATURE },
	{ "many-log-entries", "33 entries; the limit is 32" },
	{ "material-without-key", "/publicKey: missing" },
	{ "media-type-missing", "/mediaType: missing" },
	{ "media-type-v0.1", "/mediaType: expected" },
	{ "media-type-v0.2", "/mediaType: expected" },
	{ "message-signature", "only dsseEnvelope is supported" },
	{ "message-signature-too", "both dsseEnvelope and" },
	{ "nested-too-deep", "nested deeper" },
	{ "no-content", "/dsseEnvelope: missing" },
	{ "no-material", "/verificationMaterial: missing" },
	{ "no-signature", "expected exactly one, not 0" },
	{ "not-utf8", "byte 0xff" },
	{ "nul-in-hint", "u0000" },
	{ "other-key-with-our-hint", BAD_SIGNATURE },
	{ "predicate-array", "/predicate: expected object or null" },
	{ "predicate-type-array", "/predicateType: expected string" },
	{ "predicate-type-case-folded", "/PredicateType: member not" },
	{ "predicate-type-cut-short", "sign/v\", expected" },
	{ "predicate-type-empty", "found \"\", expected" },
	{ "predicate-type-missing", "/predicateType: missing" },
	{ "predicate-type-provenance", "provenance/v1\", expected" },
	{ "predicate-type-twice", "duplicate" },
	{ "predicate-type-upper-case", "SIGN/V1\", expected" },
	{ "predicate-type-with-suffix", "sign/v1/\", expected" },
	{ "second-document", "invalid JSON at byte" },
	{ "signature-empty", "/sig: expected strict base64" },
	{ "signature-of-64-raw-bytes", BAD_SIGNATURE },
	{ "signed-as-another-type", BAD_SIGNATURE },
	{ "signed-over-base64", BAD_SIGNATURE },
	{ "signed-without-encoding", BAD_SIGNATURE },
	{ "statement-empty-object", "/_type: missing" },
	{ "statement-no-json", "invalid JSON at byte" },
	{ "statement-trailing-bytes", "invalid JSON at byte" },
	{ "statement-unknown-member", "/extra: member not allowed" },
	{ "subject-algorithm-upper-case", "/subject: no entry for" },
	{ "subject-another-image", "/subject: no entry for" },
	{ "subject-cut-short", "/subject: no entry for" },
	{ "subject-digest-text", "/subject/digest: expected object" },
	{ "subject-digest-twice", "duplicate" },
	{ "subject-digests-33", "33 entries; the limit is 32" },
	{ "subject-missing", "/subject: missing" },
	{ "subject-none", "/subject: no entry for" },
	{ "subject-only-in-name", "/subject: no entry for" },
	{ "subject-under-sha512", "/subject: no entry for" },
	{ "subject-upper-case", "/subject: no entry for" },
	{ "subject-with-prefix", "/subject: no entry for" },
	{ "subject-without-digest", "/subject/digest: missing" },
	{ "trailing-bytes", "invalid JSON at byte" },
	{ "truncated", "invalid JSON at byte" },
	{ "two-signatures", "expected exactly one, not 2" },
	{ "two-signatures-bad-first", "expected exactly one, not 2" },
	{ "type-missing", "/_type: missing" },
	{ "type-of-no-statement", "not an in-toto statement" },
	{ "unknown-member", "/extra: member not allowed" },
	{ "unknown-member-in-envelope", "/extra: member not allowed" },
	{ "unknown-member-in-signature", "/cert: member not allowed" },
	{ "wrong-payload-type", "/dsseEnvelope/payloadType: expected" },
};

struct world {
	struct pq_pubkey *key;
	struct pq_digest image;
};

static int
set_up(void **state)
{
	static struct world w;
	struct pq_buf pem = fixture("cosign/good/key/p256");
	struct pq_buf index = fixture("cosign/good/index");

	assert_int_equal(pq_pubkey_parse(&w.key, pq_buf_view(&pem), NULL), 0);
	assert_int_equal(pq_digest_of(&w.image, pq_buf_view(&index)), 0);
	pq_buf_free(&index);
	pq_buf_free(&pem);
	*state = &w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	pq_pubkey_free(w->key);
	return 0;
}

static bool
signed_by(const struct pq_pubkey *key, const struct pq_bundle *b)
{
	struct pq_buf pae = PQ_BUF_INIT(2 * PQ_BUNDLE_MAX);
	int r;

	assert_int_equal(pq_dsse_pae(&pae, pq_slice_str(b->payload_type),
			     pq_buf_view(&b->payload)),
	    0);
	r = pq_pubkey_verify(
	    key, pq_buf_view(&pae), pq_buf_view(&b->signature));
	assert_in_range(r, 0, PQ_PUBKEY_BAD);
	pq_buf_free(&pae);
	return r == 0;
}

/* Judge as each caller must: parse, verify the encoding, then read on. */
static bool
passes_bundle(char reason[512], struct pq_slice bytes, void *arg)
{
	const struct world *w = arg;
	struct pq_ruling ruling = { 0 };
	struct pq_claims claims;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_bundle b;

	if (pq_bundle_parse(&b, bytes, &err) != 0) {
		(void)snprintf(reason, 512, "%s", err.text);
		return false;
	}
	if (signed_by(w->key, &b)) {
		assert_int_equal(
		    pq_statement_examine(pq_buf_view(&b.payload),
			PQ_STATEMENT_SIGN, &w->image, &ruling, &claims),
		    0);
		(void)snprintf(reason, 512, "%s", ruling.reason);
	} else {
		(void)snprintf(reason, 512, "%s", BAD_SIGNATURE);
	}
	pq_bundle_free(&b);
	return ruling.status == PQ_PASS;
}

static void
test_dsse__accepts_what_cosign_made(void **state)
{
	static const char *const goods[] = { "cosign", "high-s",
		"hint-of-another-key", "low-s", "no-log-entries",
		"no-predicate", "one-subject-of-two", "predicate-null",
		"statement-v0.1", "version-in-parameter" };
	char path[128], reason[512];
	size_t i;

	for (i = 0; i < N(goods); i++) {
		struct pq_buf b;

		(void)snprintf(
		    path, sizeof(path), "cosign/good/bundle/%s", goods[i]);
		b = fixture(path);
		if (!passes_bundle(reason, pq_buf_view(&b), *state))
			fail_msg("%s: %s", goods[i], reason);
		pq_buf_free(&b);
	}
}

static void
test_dsse__refuses_every_bad_bundle(void **state)
{
	refuses_every(
	    "cosign/bad/bundle", bads, N(bads), passes_bundle, *state);
}

/* The example of the DSSE protocol. Lengths count bytes. */
static void
test_dsse__encodes_as_the_protocol_says(void **state)
{
	static const struct {
		const char *type, *payload, *pae;
	} vectors[] = {
		{ "http://example.com/HelloWorld", "hello world",
		    "DSSEv1 29 http://example.com/HelloWorld 11 hello world" },
		{ "", "", "DSSEv1 0  0 " },
		{ "a b", "1 c", "DSSEv1 3 a b 3 1 c" },
		{ "t", "\xc3\xa9\n", "DSSEv1 1 t 3 \xc3\xa9\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(vectors); i++) {
		struct pq_buf b = PQ_BUF_INIT(128);

		assert_int_equal(pq_dsse_pae(&b, pq_slice_str(vectors[i].type),
				     pq_slice_str(vectors[i].payload)),
		    0);
		assert_true(pq_slice_eq_str(pq_buf_view(&b), vectors[i].pae));
		pq_buf_free(&b);
	}
}

static void
test_dsse__encoding_reports_a_full_buffer(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(12);

	(void)state;
	assert_int_equal(
	    pq_dsse_pae(&b, pq_slice_str("type"), pq_slice_str("payload")),
	    -PQ_ELIMIT);
	pq_buf_free(&b);
}

/* A changed byte in cosign's bundle refuses it or has no effect. */
static void
test_dsse__refuses_every_changed_byte(void **state)
{
	const struct world *w = *state;
	struct pq_buf b = fixture("cosign/good/bundle/cosign");
	const char *hint = strstr(pq_buf_cstr(&b), "\"hint\":\"");
	size_t i, from, to;
	char reason[512];

	assert_non_null(hint);
	/* the key hint is not used, so its bytes may change */
	from = (size_t)((const uint8_t *)hint - b.p) + strlen("\"hint\":\"");
	to = from + 44;
	for (i = 0; i < b.n; i++) {
		b.p[i] ^= 1;
		if (passes_bundle(reason, pq_buf_view(&b), *state) &&
		    (i < from || i >= to))
			fail_msg("byte %zu may be changed", i);
		b.p[i] ^= 1;
	}
	assert_true(
	    passes_bundle(reason, pq_buf_view(&b), (void *)(uintptr_t)w));
	pq_buf_free(&b);
}

static void
test_dsse__refuses_every_cut(void **state)
{
	struct pq_buf b = fixture("cosign/good/bundle/cosign");
	char reason[512];
	size_t i;

	for (i = 0; i < b.n; i++)
		assert_false(passes_bundle(reason, pq_slice(b.p, i), *state));
	pq_buf_free(&b);
}

/* A caller that expects provenance must not accept a signature either. */
static void
test_dsse__accepts_one_predicate_type(void **state)
{
	static const char *const types[] = { "https://slsa.dev/provenance/v1",
		"https://slsa.dev/provenance/v0.2", "" };
	const struct world *w = *state;
	struct pq_buf json = fixture("cosign/good/bundle/cosign");
	struct pq_bundle b;
	size_t i;

	assert_int_equal(pq_bundle_parse(&b, pq_buf_view(&json), NULL), 0);
	for (i = 0; i < N(types); i++) {
		struct pq_ruling ruling = { 0 };
		struct pq_claims claims;

		assert_int_equal(pq_statement_examine(pq_buf_view(&b.payload),
				     types[i], &w->image, &ruling, &claims),
		    0);
		assert_int_equal(ruling.status, PQ_FAIL);
	}
	pq_bundle_free(&b);
	pq_buf_free(&json);
}

/* Only a valid statement of another type is "other". Invalid ones are bad. */
static void
test_dsse__distinguishes_other_and_bad_statements(void **state)
{
	static const struct {
		const char *name;
		bool other;
	} cases[] = {
		{ "good/bundle/cosign", false },
		{ "good/bundle/statement-v0.1", false },
		{ "bad/bundle/cosign-attestation", true },
		{ "bad/bundle/predicate-type-with-suffix", true },
		{ "bad/bundle/predicate-type-array", false },
		{ "bad/bundle/predicate-type-missing", false },
		{ "bad/bundle/predicate-type-twice", false },
		{ "bad/bundle/predicate-type-case-folded", false },
		{ "bad/bundle/type-of-no-statement", false },
		{ "bad/bundle/statement-trailing-bytes", false },
		{ "bad/bundle/statement-no-json", false },
		{ "bad/bundle/subject-another-image", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		char path[128];
		struct pq_bundle b;
		struct pq_buf json;

		(void)snprintf(path, sizeof(path), "cosign/%s", cases[i].name);
		json = fixture(path);
		assert_int_equal(
		    pq_bundle_parse(&b, pq_buf_view(&json), NULL), 0);
		if (pq_statement_other(pq_buf_view(&b.payload),
			PQ_STATEMENT_SIGN) != cases[i].other)
			fail_msg("%s", cases[i].name);
		pq_bundle_free(&b);
		pq_buf_free(&json);
	}
}

#define MATERIAL(m)                                                \
	"{\"mediaType\":\"" PQ_BUNDLE_MEDIA_TYPE                   \
	"\",\"verificationMaterial\":" m                           \
	",\"dsseEnvelope\":{\"payload\":\"e30=\",\"payloadType\":" \
	"\"" PQ_DSSE_INTOTO "\",\"signatures\":[{\"sig\":\"AAAA\"}]}}"

/* Every member next to the public key is checked. */
static void
test_dsse__reads_the_whole_material(void **state)
{
	static const struct {
		const char *json, *words; /* NULL: accepted */
	} v[] = {
		{ MATERIAL("{\"publicKey\":{\"hint\":\"h\"}}"), NULL },
		{ MATERIAL(
		      "{\"publicKey\":{\"hint\":\"h\",\"rawBytes\":\"\"}}"),
		    "not allowed here" },
		{ MATERIAL("{\"publicKey\":{\"hint\":7}}"), "expected string" },
		{ MATERIAL("{\"publicKey\":{\"hint\":\"h\"},"
			   "\"certificate\":[]}"),
		    "expected object" },
		{ MATERIAL("{\"publicKey\":{\"hint\":\"h\"},\"key\":{}}"),
		    "not allowed here" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(v); i++) {
		struct pq_err err = PQ_ERR_INIT;
		struct pq_bundle b = { 0 };
		int r = pq_bundle_parse(&b, pq_slice_str(v[i].json), &err);

		if (v[i].words == NULL
			? r != 0
			: r >= 0 || strstr(err.text, v[i].words) == NULL)
			fail_msg("%s: %d: %s", v[i].json, r, err.text);
		if (r == 0)
			assert_true(pq_slice_eq_str(pq_buf_view(&b.hint), "h"));
		pq_bundle_free(&b);
	}
}

static void
test_dsse__leaves_its_output_alone(void **state)
{
	struct pq_bundle b, before;

	(void)state;
	memset(&b, 0xa5, sizeof(b));
	before = b;
	assert_true(
	    pq_bundle_parse(&b, pq_slice_str("{\"mediaType\":1}"), NULL) < 0);
	assert_memory_equal(&b, &before, sizeof(b));
}

static void
test_dsse__refuses_over_the_limit(void **state)
{
	struct pq_buf b = fixture("cosign/good/bundle/cosign");
	struct pq_buf big = PQ_BUF_INIT(PQ_BUNDLE_MAX + 2);
	char reason[512];

	pq_buf_slice(&big, pq_buf_view(&b));
	while (big.n < PQ_BUNDLE_MAX)
		pq_buf_u8(&big, ' ');
	assert_true(passes_bundle(reason, pq_buf_view(&big), *state));
	pq_buf_u8(&big, ' ');
	assert_false(passes_bundle(reason, pq_buf_view(&big), *state));
	assert_non_null(strstr(reason, "the limit is"));
	pq_buf_free(&big);
	pq_buf_free(&b);
}

/* Make a statement with many subjects. Only the last one is the image. */
static void
make_statement(struct pq_buf *dst, const struct pq_digest *image, size_t others)
{
	char text[PQ_DIGEST_TEXT];
	size_t i;

	pq_digest_format(text, image);
	pq_buf_str(dst,
	    "{\"_type\":\"https://in-toto.io/Statement/v1\","
	    "\"predicateType\":\"" PQ_STATEMENT_SIGN "\",\"subject\":[");
	for (i = 0; i < others; i++)
		pq_buf_str(dst, "{\"digest\":{\"sha256\":\"00\"}},");
	pq_buf_fmt(
	    dst, "{\"digest\":{\"sha256\":\"%s\"}}]}", strchr(text, ':') + 1);
	assert_int_equal(dst->fault, 0);
}

static void
test_dsse__refuses_too_many_subjects(void **state)
{
	const struct world *w = *state;
	size_t i;

	for (i = 0; i < 2; i++) {
		struct pq_buf b = PQ_BUF_INIT(PQ_STATEMENT_MAX);
		struct pq_ruling ruling = { 0 };
		struct pq_claims claims;

		make_statement(&b, &w->image, PQ_STATEMENT_SUBJECTS - 1 + i);
		assert_int_equal(
		    pq_statement_examine(pq_buf_view(&b), PQ_STATEMENT_SIGN,
			&w->image, &ruling, &claims),
		    0);
		assert_int_equal(ruling.status, i == 0 ? PQ_PASS : PQ_FAIL);
		pq_buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dsse__accepts_what_cosign_made),
		cmocka_unit_test(test_dsse__refuses_every_bad_bundle),
		cmocka_unit_test(test_dsse__encodes_as_the_protocol_says),
		cmocka_unit_test(test_dsse__encoding_reports_a_full_buffer),
		cmocka_unit_test(test_dsse__refuses_every_changed_byte),
		cmocka_unit_test(test_dsse__refuses_every_cut),
		cmocka_unit_test(test_dsse__accepts_one_predicate_type),
		cmocka_unit_test(
		    test_dsse__distinguishes_other_and_bad_statements),
		cmocka_unit_test(test_dsse__reads_the_whole_material),
		cmocka_unit_test(test_dsse__leaves_its_output_alone),
		cmocka_unit_test(test_dsse__refuses_over_the_limit),
		cmocka_unit_test(test_dsse__refuses_too_many_subjects),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
