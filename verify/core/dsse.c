/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sigstore bundles that carry a DSSE envelope, and the statement inside.
 *
 * The signature covers the pre-authentication encoding of the type and the
 * decoded payload. So the base64 and the JSON of the envelope need not be
 * authenticated. The bundle around them is read strictly, and all of its fields
 * are untrusted. The key hint never selects a key that the policy does not
 * list, and the media type never selects an algorithm.
 *
 * The predicate type must be exactly the one that the caller gives. A builder
 * that attests provenance with its key has not approved the image for release.
 * If the predicate type were ignored, every build would count as a release.
 */
#include <pratique/dsse.h>

#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

#include "strictjson.h"

#define DEPTH 16
#define SPEC "in-toto attestation spec v1, statement"
#define LOG_ENTRIES 32
#define N(table) (sizeof(table) / sizeof((table)[0]))

int
pq_dsse_pae(
    struct pq_buf *dst, struct pq_slice payload_type, struct pq_slice payload)
{
	pq_buf_fmt(dst, "DSSEv1 %zu ", payload_type.n);
	pq_buf_slice(dst, payload_type);
	pq_buf_fmt(dst, " %zu ", payload.n);
	pq_buf_slice(dst, payload);
	return dst->fault;
}

void
pq_bundle_free(struct pq_bundle *b)
{
	pq_buf_free(&b->payload);
	pq_buf_free(&b->signature);
	pq_buf_free(&b->hint);
}

static int
decode_base64(struct pq_buf *dst, const json_t *string, const char *path,
    struct pq_err *err)
{
	int r = pq_b64_decode(dst, pq_json_slice(string));

	if (r == 0 && dst->n == 0)
		r = -PQ_EFORMAT;
	if (r == -PQ_ENOMEM)
		return pq_err_set(err, PQ_ENOMEM, "out of memory");
	if (r == -PQ_ELIMIT)
		return pq_err_set(
		    err, PQ_ELIMIT, "%s: more than %zu bytes", path, dst->max);
	if (r != 0)
		return pq_err_set(
		    err, PQ_EFORMAT, "%s: expected strict base64", path);
	return 0;
}

static int
read_signature(
    struct pq_bundle *b, const json_t *signatures, struct pq_err *err)
{
	const json_t *sig = NULL, *keyid = NULL;
	const struct pq_json_field fields[] = {
		{ "sig", PQ_JSON_STRING, true, &sig },
		{ "keyid", PQ_JSON_STRING, false, &keyid },
	};
	int r;

	if (json_array_size(signatures) != 1)
		return pq_err_set(err, PQ_EFORMAT,
		    "/dsseEnvelope/signatures: expected exactly one, not %zu",
		    json_array_size(signatures));
	r = pq_json_fields(json_array_get(signatures, 0),
	    "/dsseEnvelope/signatures/0", fields, N(fields), PQ_JSON_REFUSE,
	    err);
	if (r != 0)
		return r;
	return decode_base64(
	    &b->signature, sig, "/dsseEnvelope/signatures/0/sig", err);
}

static int
read_envelope(struct pq_bundle *b, const json_t *envelope, struct pq_err *err)
{
	const json_t *payload = NULL, *type = NULL, *signatures = NULL;
	const struct pq_json_field fields[] = {
		{ "payload", PQ_JSON_STRING, true, &payload },
		{ "payloadType", PQ_JSON_STRING, true, &type },
		{ "signatures", PQ_JSON_ARRAY, true, &signatures },
	};
	int r;

	r = pq_json_fields(
	    envelope, "/dsseEnvelope", fields, N(fields), PQ_JSON_REFUSE, err);
	if (r != 0)
		return r;
	if (!pq_slice_eq_str(pq_json_slice(type), PQ_DSSE_INTOTO))
		return pq_err_set(err, PQ_EFORMAT,
		    "/dsseEnvelope/payloadType: expected " PQ_DSSE_INTOTO);
	snprintf(
	    b->payload_type, sizeof(b->payload_type), "%s", PQ_DSSE_INTOTO);
	r = decode_base64(&b->payload, payload, "/dsseEnvelope/payload", err);
	return r != 0 ? r : read_signature(b, signatures, err);
}

static int
read_key(struct pq_bundle *b, const json_t *key, struct pq_err *err)
{
	const json_t *hint = NULL;
	const struct pq_json_field fields[] = {
		{ "hint", PQ_JSON_STRING, false, &hint },
	};
	int r;

	r = pq_json_fields(key, "/verificationMaterial/publicKey", fields,
	    N(fields), PQ_JSON_REFUSE, err);
	if (r != 0 || hint == NULL)
		return r;
	pq_buf_slice(&b->hint, pq_json_slice(hint));
	if (b->hint.fault != 0)
		return pq_err_set(err, -b->hint.fault,
		    "/verificationMaterial/publicKey/hint: "
		    "%zu bytes; the limit is %zu",
		    json_string_length(hint), b->hint.max);
	return 0;
}

/*
 * Log entries and timestamps are allowed but not checked, because a policy with
 * public keys does not require them.
 */
static int
read_material(struct pq_bundle *b, const json_t *material, struct pq_err *err)
{
	const json_t *key = NULL, *cert = NULL, *chain = NULL;
	const json_t *log = NULL, *stamps = NULL;
	const struct pq_json_field fields[] = {
		{ "publicKey", PQ_JSON_OBJECT, false, &key },
		{ "certificate", PQ_JSON_OBJECT, false, &cert },
		{ "x509CertificateChain", PQ_JSON_OBJECT, false, &chain },
		{ "tlogEntries", PQ_JSON_ARRAY, false, &log },
		{ "timestampVerificationData", PQ_JSON_OBJECT_OR_NULL, false,
		    &stamps },
	};
	int r;

	r = pq_json_fields(material, "/verificationMaterial", fields, N(fields),
	    PQ_JSON_REFUSE, err);
	if (r != 0)
		return r;
	if (cert != NULL || chain != NULL)
		return pq_err_set(err, PQ_EUNSUPPORTED,
		    "/verificationMaterial: signed with a certificate, but the "
		    "policy lists public keys");
	if (key == NULL)
		return pq_err_set(err, PQ_EFORMAT,
		    "/verificationMaterial/publicKey: missing");
	if (json_array_size(log) > LOG_ENTRIES)
		return pq_err_set(err, PQ_ELIMIT,
		    "/verificationMaterial/tlogEntries: "
		    "%zu entries; the limit is %d",
		    json_array_size(log), LOG_ENTRIES);
	return read_key(b, key, err);
}

static int
read_bundle(struct pq_bundle *b, const json_t *root, struct pq_err *err)
{
	const json_t *type = NULL, *material = NULL;
	const json_t *envelope = NULL, *message = NULL;
	const struct pq_json_field fields[] = {
		{ "mediaType", PQ_JSON_STRING, true, &type },
		{ "verificationMaterial", PQ_JSON_OBJECT, true, &material },
		{ "dsseEnvelope", PQ_JSON_OBJECT, false, &envelope },
		{ "messageSignature", PQ_JSON_OBJECT, false, &message },
	};
	int r;

	r = pq_json_fields(root, "", fields, N(fields), PQ_JSON_REFUSE, err);
	if (r != 0)
		return r;
	if (!pq_slice_eq_str(pq_json_slice(type), PQ_BUNDLE_MEDIA_TYPE) &&
	    !pq_slice_eq_str(pq_json_slice(type),
		"application/vnd.dev.sigstore.bundle+json;version=0.3"))
		return pq_err_set(err, PQ_EFORMAT,
		    "/mediaType: expected " PQ_BUNDLE_MEDIA_TYPE);
	if (message != NULL && envelope != NULL)
		return pq_err_set(err, PQ_EFORMAT,
		    "/: both dsseEnvelope and messageSignature");
	if (message != NULL)
		return pq_err_set(err, PQ_EUNSUPPORTED,
		    "/messageSignature: only dsseEnvelope is supported");
	if (envelope == NULL)
		return pq_err_set(err, PQ_EFORMAT, "/dsseEnvelope: missing");
	r = read_material(b, material, err);
	return r != 0 ? r : read_envelope(b, envelope, err);
}

int
pq_bundle_parse(struct pq_bundle *ret, struct pq_slice json, struct pq_err *err)
{
	pq_auto(pq_json_unref) json_t *root = NULL;
	struct pq_bundle b = {
		.payload = PQ_BUF_INIT(PQ_STATEMENT_MAX),
		.signature = PQ_BUF_INIT(1024),
		.hint = PQ_BUF_INIT(256),
	};
	int r;

	r = pq_json_load(&root, json, PQ_BUNDLE_MAX, DEPTH, err);
	if (r == 0)
		r = read_bundle(&b, root, err);
	if (r != 0) {
		pq_bundle_free(&b);
		return pq_err_wrap(err, r, "bundle");
	}
	*ret = b;
	return 0;
}

static bool
digest_names(const json_t *digest, const struct pq_digest *image)
{
	struct pq_digest d;
	struct pq_slice hex;
	const json_t *v = json_object_get(digest, "sha256");

	if (!json_is_string(v))
		return false;
	hex = pq_json_slice(v);
	return pq_hex_decode(d.sha256, sizeof(d.sha256), hex) == 0 &&
	    pq_digest_eq(&d, image);
}

struct subject {
	const json_t *name, *digest, *annotations;
};

static int
read_subject(struct subject *s, const json_t *o, struct pq_err *err)
{
	const struct pq_json_field fields[] = {
		{ "name", PQ_JSON_STRING, false, &s->name },
		{ "digest", PQ_JSON_OBJECT, true, &s->digest },
		{ "annotations", PQ_JSON_OBJECT_OR_NULL, false,
		    &s->annotations },
	};
	int r =
	    pq_json_fields(o, "/subject", fields, N(fields), PQ_JSON_PASS, err);

	if (r == 0 && json_object_size(s->digest) > PQ_STATEMENT_DIGESTS)
		return pq_err_set(err, PQ_ELIMIT,
		    "/subject/digest: %zu entries; the limit is %d",
		    json_object_size(s->digest), PQ_STATEMENT_DIGESTS);
	return r;
}

/* If two subjects name this image, both must give the same version. */
static void
take_version(struct pq_claim *c, bool first, const struct subject *s)
{
	struct pq_claim one;

	pq_json_claim(&one, json_object_get(s->annotations, PQ_CLAIM_VERSION));
	if (first) {
		*c = one;
	} else if (one.kind != c->kind || strcmp(one.text, c->text) != 0) {
		c->kind = PQ_CLAIM_ODD;
		(void)snprintf(c->text, sizeof(c->text),
		    "two subjects name this image and give different versions");
	}
}

/* Return 0 and set *ret_found; or return a fault. */
static int
find_subject(bool *ret_found, struct pq_claim *ret_version,
    const json_t *subjects, const struct pq_digest *image, struct pq_err *err)
{
	struct subject s = { 0 };
	bool found = false;
	size_t i;
	int r;

	if (json_array_size(subjects) > PQ_STATEMENT_SUBJECTS)
		return pq_err_set(err, PQ_ELIMIT,
		    "/subject: %zu entries; the limit is %d",
		    json_array_size(subjects), PQ_STATEMENT_SUBJECTS);
	for (i = 0; i < json_array_size(subjects); i++) {
		r = read_subject(&s, json_array_get(subjects, i), err);
		if (r != 0)
			return r;
		if (!digest_names(s.digest, image))
			continue;
		take_version(ret_version, !found, &s);
		found = true;
	}
	*ret_found = found;
	return 0;
}

struct statement {
	const json_t *type, *subject, *predicate_type, *predicate;
};

static int
read_statement(struct statement *s, const json_t *root, struct pq_err *err)
{
	const struct pq_json_field fields[] = {
		{ "_type", PQ_JSON_STRING, true, &s->type },
		{ "subject", PQ_JSON_ARRAY, true, &s->subject },
		{ "predicateType", PQ_JSON_STRING, true, &s->predicate_type },
		{ "predicate", PQ_JSON_OBJECT_OR_NULL, false, &s->predicate },
	};
	int r;

	r = pq_json_fields(root, "", fields, N(fields), PQ_JSON_REFUSE, err);
	if (r != 0)
		return r;
	if (!pq_slice_eq_str(
		pq_json_slice(s->type), "https://in-toto.io/Statement/v1") &&
	    !pq_slice_eq_str(
		pq_json_slice(s->type), "https://in-toto.io/Statement/v0.1"))
		return pq_err_set(err, PQ_EFORMAT,
		    "/_type: not an in-toto statement v1 or v0.1");
	return 0;
}

static int
judge_statement(struct pq_ruling *ruling, struct pq_claims *claims,
    const json_t *root, const char *predicate_type,
    const struct pq_digest *image, struct pq_err *err)
{
	struct statement s = { 0 };
	char text[PQ_DIGEST_TEXT], got[200];
	bool found = false;
	int r;

	r = read_statement(&s, root, err);
	if (r != 0)
		return r;
	if (!pq_slice_eq_str(pq_json_slice(s.predicate_type), predicate_type)) {
		pq_text_escape(
		    got, sizeof(got), pq_json_slice(s.predicate_type));
		return pq_err_set(err, PQ_EMISMATCH,
		    "/predicateType: found \"%s\", expected \"%s\"", got,
		    predicate_type);
	}
	r = find_subject(&found, &claims->version, s.subject, image, err);
	if (r != 0)
		return r;
	pq_digest_format(text, image);
	if (!found)
		return pq_err_set(err, PQ_EMISMATCH,
		    "/subject: no entry for the image %s", text);
	snprintf(ruling->reason, sizeof(ruling->reason),
	    "signed statement names %s", text);
	ruling->status = PQ_PASS;
	claims->digest = *image;
	return 0;
}

int
pq_statement_examine(struct pq_slice payload, const char *predicate_type,
    const struct pq_digest *image, struct pq_ruling *ret,
    struct pq_claims *ret_claims)
{
	pq_auto(pq_json_unref) json_t *root = NULL;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_ruling ruling = { 0 };
	struct pq_claims claims = { .repository.kind = PQ_CLAIM_NO_PLACE };
	int r;

	snprintf(ruling.spec, sizeof(ruling.spec), "%s", SPEC);
	r = pq_json_load(&root, payload, PQ_STATEMENT_MAX, DEPTH, &err);
	if (r == 0)
		r = judge_statement(
		    &ruling, &claims, root, predicate_type, image, &err);
	if (r == -PQ_ENOMEM)
		return r;
	if (r != 0)
		snprintf(ruling.reason, sizeof(ruling.reason),
		    "signed statement: %.400s", err.text);
	*ret = ruling;
	*ret_claims = claims;
	return 0;
}

bool
pq_statement_other(struct pq_slice payload, const char *predicate_type)
{
	pq_auto(pq_json_unref) json_t *root = NULL;
	struct statement s = { 0 };

	return pq_json_load(&root, payload, PQ_STATEMENT_MAX, DEPTH, NULL) ==
	    0 &&
	    read_statement(&s, root, NULL) == 0 &&
	    !pq_slice_eq_str(pq_json_slice(s.predicate_type), predicate_type);
}
