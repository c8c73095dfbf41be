/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for the signature among all that lies beside an image.
 *
 * Beside an image lie other things than its signature: provenance, lists of
 * parts, bundles of a kind that is not examined here. They are no signature,
 * and no bad one either. A builder attests before the release is signed, and
 * if that were a failure nothing that it attests could ever be deployed.
 *
 * A signature by a policy key over this very digest may still be of another
 * image: an operator promoted it from another repository, or the signed
 * annotation says another version. The search goes on behind it, and only
 * where nothing fits is the last of them the proof, so that the verdict can
 * say which name or version was signed.
 */
#include "format/candidates.h"

#include <stdio.h>
#include <string.h>

#include <pratique/claims.h>
#include <pratique/dsse.h>
#include <pratique/oci.h>
#include <pratique/pubkey.h>
#include <pratique/simplesigning.h>

#include "format/keep.h"

#define CANDIDATES_MAX 16 /* signatures tried of one list */
#define OTHERS_MAX 64     /* of one list, what turns out to be no signature */
#define ENTRIES_MAX 256   /* of one list, entries of any kind */

/* A signature of this digest by a policy key, which says something else. */
struct misfit {
	enum pq_proof_kind kind;
	uint32_t key;
	struct pq_buf payload, signature;
};

struct search {
	const struct pq_evidence *ev;
	const struct pq_policy *policy;
	struct pq_pubkey *keys[PQ_POLICY_KEYS];
	size_t n_keys;
	struct pq_candidates found;
	unsigned seen_before;   /* both, when the present list began: each */
	unsigned others_before; /* list has its own budget, or one is flooded */
	struct misfit misfit;   /* the last one; kind none: there is none */
	struct pq_proof *proof;
};

static void
list_begin(struct search *s)
{
	s->seen_before = s->found.seen;
	s->others_before = s->found.others;
}

/* May entry @i of the present list be looked at? */
static bool
list_goes_on(struct search *s, size_t i)
{
	unsigned others = s->found.others - s->others_before;
	unsigned signatures = s->found.seen - s->seen_before - others;

	if (i < ENTRIES_MAX && others < OTHERS_MAX &&
	    signatures < CANDIDATES_MAX)
		return true;
	s->found.cut = true;
	return false;
}

/* The bytes that a lookup led to; none when it was absent or not kept. */
static struct pq_slice
looked_up(const struct pq_evidence *ev, const char *what)
{
	const struct pq_evidence_lookup *l = pq_evidence_lookup(ev, what);
	const struct pq_evidence_blob *b;

	if (l == NULL || l->status != 200)
		return pq_slice(NULL, 0);
	b = pq_evidence_blob(ev, &l->digest);
	return b == NULL ? pq_slice(NULL, 0) : b->data;
}

/* 0 a key of the policy made it; 1 none did; negative fault */
static int
try_keys(struct search *s, struct pq_slice message, struct pq_slice signature,
    uint32_t *ret_key)
{
	size_t i;
	int r;

	for (i = 0; i < s->n_keys; i++) {
		r = pq_pubkey_verify(s->keys[i], message, signature);
		if (r <= 0) {
			*ret_key = (uint32_t)i;
			return r;
		}
	}
	(void)snprintf(s->found.why, sizeof(s->found.why),
	    "no key of the policy made the signature");
	return 1;
}

static int
accept_proof(struct search *s, enum pq_proof_kind kind, uint32_t key,
    struct pq_slice payload, struct pq_slice signature)
{
	struct pq_slice kept_payload, kept_signature;
	int r = pq_evidence_keep(s->ev, &kept_payload, payload);

	if (r == 0)
		r = pq_evidence_keep(s->ev, &kept_signature, signature);
	if (r != 0)
		return r;
	s->proof->kind = (uint32_t)kind;
	s->proof->key = key;
	s->proof->payload = kept_payload;
	s->proof->signature = kept_signature;
	return 0;
}

/* Does the signed text say what the policy needs it to say? */
static bool
fits(const struct search *s, const struct pq_claims *claims)
{
	struct pq_ruling ruling;

	pq_claims_repository(&ruling, &claims->repository, s->policy);
	if (ruling.status != PQ_PASS)
		return false;
	if (s->policy->version_from != PQ_VERSION_ANNOTATION)
		return true;
	pq_claims_version(&ruling, &claims->version, PQ_VERSION_ANNOTATION,
	    pq_slice_str(s->ev->tag));
	return ruling.status == PQ_PASS;
}

/* 1: looked at, and a better one may follow */
static int
set_aside(struct search *s, enum pq_proof_kind kind, uint32_t key,
    struct pq_slice payload, struct pq_slice signature)
{
	struct misfit *m = &s->misfit;

	s->found.misfit = true;
	pq_buf_free(&m->payload);
	pq_buf_free(&m->signature);
	m->kind = kind;
	m->key = key;
	pq_buf_slice(&m->payload, payload);
	pq_buf_slice(&m->signature, signature);
	return m->payload.fault != 0  ? m->payload.fault
	    : m->signature.fault != 0 ? m->signature.fault
				      : 1;
}

/* A policy key signed this digest: does the rest of the text fit, too? */
static int
weigh(struct search *s, const struct pq_claims *claims, enum pq_proof_kind kind,
    uint32_t key, struct pq_slice payload, struct pq_slice signature)
{
	return fits(s, claims) ? accept_proof(s, kind, key, payload, signature)
			       : set_aside(s, kind, key, payload, signature);
}

/* 0 found; 1 not this one; negative fault */
static int
try_simple(struct search *s, const struct pq_oci_descriptor *layer)
{
	pq_auto(pq_buf_free) struct pq_buf sig = PQ_BUF_INIT(PQ_PUBKEY_SIG_MAX);
	struct pq_slice payload, text;
	struct pq_ruling ruling = { 0 };
	struct pq_claims claims = { 0 };
	uint32_t key = 0;
	int r;

	if (strcmp(layer->media_type, PQ_SIMPLE_MEDIA_TYPE) != 0)
		return 1;
	s->found.seen++;
	payload = pq_evidence_bytes(s->ev, layer);
	text = pq_oci_annotation(layer, PQ_SIMPLE_SIGNATURE);
	if (payload.n == 0 || text.n == 0 || pq_b64_decode(&sig, text) != 0) {
		(void)snprintf(s->found.why, sizeof(s->found.why),
		    "signature layer without payload or base64 signature");
		return 1;
	}
	r = try_keys(s, payload, pq_buf_view(&sig), &key);
	if (r != 0)
		return r;
	r = pq_simplesigning_examine(payload, &s->ev->digest, &ruling, &claims);
	if (r != 0)
		return r;
	if (ruling.status != PQ_PASS) {
		(void)snprintf(
		    s->found.why, sizeof(s->found.why), "%s", ruling.reason);
		return 1;
	}
	return weigh(
	    s, &claims, PQ_PROOF_SIMPLE, key, payload, pq_buf_view(&sig));
}

static int
search_simple(struct search *s)
{
	pq_auto(pq_oci_manifest_freep) struct pq_oci_manifest *m = NULL;
	struct pq_slice bytes = looked_up(s->ev, "cosign-tag");
	struct pq_err err = PQ_ERR_INIT;
	size_t i;
	int r;

	if (bytes.n == 0)
		return 1;
	r = pq_oci_manifest_parse(&m, bytes, "", &err);
	if (r == -PQ_ENOMEM)
		return r;
	if (r != 0) {
		s->found.seen++;
		(void)snprintf(s->found.why, sizeof(s->found.why),
		    "signature manifest: %.400s", err.text);
		return 1;
	}
	list_begin(s);
	for (i = 0; i < m->n_layers && list_goes_on(s, i); i++) {
		r = try_simple(s, &m->layers[i]);
		if (r <= 0)
			return r;
	}
	return 1;
}

/* 1: passed over, so that it can not harm where it can not help */
static int
pass_over(struct search *s, const char *what)
{
	s->found.others++;
	(void)snprintf(s->found.other, sizeof(s->found.other), "%s", what);
	return 1;
}

static int
try_statement(struct search *s, const struct pq_bundle *b)
{
	pq_auto(pq_buf_free) struct pq_buf pae =
	    PQ_BUF_INIT((size_t)2 * PQ_BUNDLE_MAX);
	struct pq_slice payload = pq_buf_view(&b->payload);
	struct pq_slice signature = pq_buf_view(&b->signature);
	struct pq_ruling ruling = { 0 };
	struct pq_claims claims = { 0 };
	uint32_t key = 0;
	int r;

	if (pq_statement_other(payload, PQ_STATEMENT_SIGN))
		return pass_over(s, "a statement of another predicate type");
	r = pq_dsse_pae(&pae, pq_slice_str(b->payload_type), payload);
	if (r == 0)
		r = try_keys(s, pq_buf_view(&pae), signature, &key);
	if (r == 0)
		r = pq_statement_examine(payload, PQ_STATEMENT_SIGN,
		    &s->ev->digest, &ruling, &claims);
	if (r != 0)
		return r;
	if (ruling.status != PQ_PASS) {
		(void)snprintf(
		    s->found.why, sizeof(s->found.why), "%s", ruling.reason);
		return 1;
	}
	return weigh(s, &claims, PQ_PROOF_DSSE, key, payload, signature);
}

static int
try_bundle_bytes(struct search *s, struct pq_slice json)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_bundle b;
	int r = pq_bundle_parse(&b, json, &err);

	if (r == -PQ_ENOMEM)
		return r;
	if (r == -PQ_EUNSUPPORTED)
		return pass_over(s, err.text);
	if (r != 0) {
		(void)snprintf(
		    s->found.why, sizeof(s->found.why), "%s", err.text);
		return 1;
	}
	r = try_statement(s, &b);
	pq_bundle_free(&b);
	return r;
}

/*
 * What the entry in the index says of itself proves nothing (cosign writes
 * another artifactType into the fallback index): the manifest decides.
 */
static int
try_referrer(struct search *s, const struct pq_oci_descriptor *entry)
{
	pq_auto(pq_oci_manifest_freep) struct pq_oci_manifest *m = NULL;
	struct pq_slice bytes = pq_evidence_bytes(s->ev, entry);
	struct pq_err err = PQ_ERR_INIT;
	int r;

	if (bytes.n == 0)
		return 1;
	r = pq_oci_manifest_parse(&m, bytes, "", &err);
	if (r == -PQ_ENOMEM)
		return r;
	if (r != 0 || m->n_layers != 1 ||
	    strcmp(m->layers[0].media_type, PQ_BUNDLE_MEDIA_TYPE) != 0)
		return 1;
	s->found.seen++;
	if (!pq_digest_eq(&m->subject.digest, &s->ev->digest)) {
		(void)snprintf(s->found.why, sizeof(s->found.why),
		    "referrer whose subject is another digest");
		return 1;
	}
	return try_bundle_bytes(s, pq_evidence_bytes(s->ev, &m->layers[0]));
}

static int
search_bundles(struct search *s, const char *what)
{
	pq_auto(pq_oci_index_freep) struct pq_oci_index *x = NULL;
	struct pq_slice bytes = looked_up(s->ev, what);
	struct pq_err err = PQ_ERR_INIT;
	size_t i;
	int r;

	if (bytes.n == 0)
		return 1;
	r = pq_oci_index_parse(&x, bytes, "", &err);
	if (r == -PQ_ENOMEM)
		return r;
	if (r != 0) {
		s->found.seen++;
		(void)snprintf(s->found.why, sizeof(s->found.why), "%s: %.400s",
		    what, err.text);
		return 1;
	}
	list_begin(s);
	for (i = 0; i < x->n_entries && list_goes_on(s, i); i++) {
		/* fetch, too, brings only so many of a long list */
		if (i >= CANDIDATES_MAX &&
		    pq_evidence_bytes(s->ev, &x->entries[i]).n == 0)
			s->found.cut = true;
		r = try_referrer(s, &x->entries[i]);
		if (r <= 0)
			return r;
	}
	return 1;
}

static int
load_keys(struct search *s)
{
	const struct pq_policy *policy = s->policy;
	struct pq_err err = PQ_ERR_INIT;
	int r;

	for (; s->n_keys < policy->n_keys; s->n_keys++) {
		const struct pq_policy_key *k = &policy->keys[s->n_keys];

		r = pq_pubkey_parse(
		    &s->keys[s->n_keys], pq_slice(k->pem, k->pem_n), &err);
		if (r != 0)
			return r;
	}
	return 0;
}

static int
search_signature(struct search *s)
{
	int r = search_bundles(s, "referrers");

	if (r > 0)
		r = search_bundles(s, "fallback-tag");
	if (r > 0)
		r = search_simple(s);
	if (r > 0 && s->misfit.kind != PQ_PROOF_NONE)
		r = accept_proof(s, s->misfit.kind, s->misfit.key,
		    pq_buf_view(&s->misfit.payload),
		    pq_buf_view(&s->misfit.signature));
	return r < 0 ? r : 0;
}

int
pq_candidates_search(struct pq_candidates *ret, struct pq_proof *proof,
    const struct pq_policy *policy, const struct pq_evidence *ev)
{
	struct search s = { .ev = ev,
		.policy = policy,
		.proof = proof,
		.misfit = { .payload = PQ_BUF_INIT(PQ_BUNDLE_MAX),
		    .signature = PQ_BUF_INIT(PQ_PUBKEY_SIG_MAX) } };
	size_t i;
	int r = load_keys(&s);

	if (r == 0)
		r = search_signature(&s);
	for (i = 0; i < s.n_keys; i++)
		pq_pubkey_free(s.keys[i]);
	pq_buf_free(&s.misfit.payload);
	pq_buf_free(&s.misfit.signature);
	if (r == 0)
		*ret = s.found;
	return r;
}
