/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for image signatures in the forms that cosign makes.
 *
 * A registry also stores other artifacts for an image: provenance, SBOMs, and
 * bundles of a kind that this code does not examine. These are not signatures,
 * so they must not count as bad signatures. A builder attests an image before
 * the release is signed. If an attestation counted as a bad signature, no
 * attested image could be deployed.
 *
 * Each list is read once, whatever the policy is. Each list has its own limits,
 * so that a flooded list cannot hide the other lists. So the work is limited to
 * the candidates of three lists, times PQ_MATERIALS_MAX.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pratique/dsse.h>
#include <pratique/oci.h>
#include <pratique/pubkey.h>
#include <pratique/simplesigning.h>

#include "format/kinds.h"

struct search {
	const struct pq_evidence *ev;
	struct pq_candidates *found;
	unsigned seen_before; /* found->seen before the current list */
	unsigned others_before;
};

static void
list_begin(struct search *s)
{
	s->seen_before = s->found->seen;
	s->others_before = s->found->others;
}

/* Report whether the limits permit entry @i of the current list. */
static bool
list_goes_on(struct search *s, size_t i)
{
	unsigned others = s->found->others - s->others_before;
	unsigned signatures = s->found->seen - s->seen_before - others;

	if (i < PQ_ARTIFACT_ENTRIES && others < PQ_ARTIFACT_OTHERS &&
	    signatures < PQ_ARTIFACT_SIGNATURES)
		return true;
	s->found->cut = true;
	return false;
}

/* Return the bytes that a lookup found, or an empty slice if it found none. */
static struct pq_slice
lookup_bytes(const struct pq_evidence *ev, enum pq_artifact a)
{
	const struct pq_evidence_lookup *l =
	    pq_evidence_lookup(ev, pq_artifact_row(a)->lookup);
	const struct pq_evidence_blob *b;

	if (l == NULL || l->status != 200)
		return pq_slice(NULL, 0);
	b = pq_evidence_blob(ev, &l->digest);
	return b == NULL ? pq_slice(NULL, 0) : b->data;
}

/* Add a candidate that is not usable, with the reason. */
static int __attribute__((format(printf, 2, 3)))
add_unusable(struct search *s, const char *fmt, ...)
{
	struct pq_candidate *c = pq_candidates_add(s->found);
	va_list ap;

	if (c == NULL)
		return -PQ_ENOMEM;
	va_start(ap, fmt);
	(void)vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return 0;
}

static int
add_simple(struct search *s, const struct pq_oci_descriptor *layer)
{
	struct pq_slice payload, text;
	struct pq_candidate *c;

	if (strcmp(layer->media_type,
		pq_artifact_row(PQ_ARTIFACT_COSIGN_TAG)->media_type) != 0)
		return 0;
	s->found->seen++;
	payload = pq_evidence_bytes(s->ev, layer);
	text = pq_oci_annotation(layer, PQ_SIMPLE_SIGNATURE);
	c = pq_candidates_add(s->found);
	if (c == NULL)
		return -PQ_ENOMEM;
	if (payload.n == 0 || text.n == 0 ||
	    pq_b64_decode(&c->signature, text) != 0) {
		(void)snprintf(c->why, sizeof(c->why),
		    "signature layer: payload or base64 signature missing");
		return 0;
	}
	c->piece.form = PQ_FORM_SIMPLE;
	c->piece.payload = payload;
	c->piece.signature = pq_buf_view(&c->signature);
	return 0;
}

static int
walk_simple(struct search *s)
{
	pq_auto(pq_oci_manifest_freep) struct pq_oci_manifest *m = NULL;
	struct pq_slice bytes = lookup_bytes(s->ev, PQ_ARTIFACT_COSIGN_TAG);
	struct pq_err err = PQ_ERR_INIT;
	size_t i;
	int r;

	if (bytes.n == 0)
		return 0;
	r = pq_oci_manifest_parse(&m, bytes, "", &err);
	if (r == -PQ_ENOMEM)
		return r;
	if (r != 0) {
		s->found->seen++;
		return add_unusable(s, "signature manifest: %.400s", err.text);
	}
	list_begin(s);
	for (i = 0; i < m->n_layers && list_goes_on(s, i); i++) {
		r = add_simple(s, &m->layers[i]);
		if (r != 0)
			return r;
	}
	return 0;
}

/*
 * Skip an artifact that is not a signature. It cannot make a release pass, so
 * it must not make a release fail.
 */
static int
skip_other(struct search *s, const char *what)
{
	s->found->others++;
	(void)snprintf(s->found->other, sizeof(s->found->other), "%s", what);
	return 0;
}

static int
add_statement(struct search *s, struct pq_bundle *b)
{
	struct pq_candidate *c;

	if (pq_statement_other(pq_buf_view(&b->payload), PQ_STATEMENT_SIGN))
		return skip_other(s, "a statement with another predicate type");
	c = pq_candidates_add(s->found);
	if (c == NULL)
		return -PQ_ENOMEM;
	pq_buf_slice(&c->payload, pq_buf_view(&b->payload));
	pq_buf_slice(&c->signature, pq_buf_view(&b->signature));
	if (c->payload.fault != 0 || c->signature.fault != 0)
		return c->payload.fault != 0 ? c->payload.fault
					     : c->signature.fault;
	c->piece.form = PQ_FORM_DSSE;
	c->piece.payload = pq_buf_view(&c->payload);
	c->piece.signature = pq_buf_view(&c->signature);
	return 0;
}

static int
add_bundle(struct search *s, struct pq_slice json)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_bundle b;
	int r = pq_bundle_parse(&b, json, &err);

	if (r == -PQ_ENOMEM)
		return r;
	if (r == -PQ_EUNSUPPORTED)
		return skip_other(s, err.text);
	if (r != 0)
		return add_unusable(s, "%s", err.text);
	r = add_statement(s, &b);
	pq_bundle_free(&b);
	return r;
}

/*
 * Add the bundle of a referrer. The layer's media type in the manifest decides.
 * The artifactType in the index entry is ignored, because cosign writes another
 * type into the fallback index.
 */
static int
add_referrer(
    struct search *s, enum pq_artifact a, const struct pq_oci_descriptor *entry)
{
	pq_auto(pq_oci_manifest_freep) struct pq_oci_manifest *m = NULL;
	struct pq_slice bytes = pq_evidence_bytes(s->ev, entry);
	struct pq_err err = PQ_ERR_INIT;
	int r;

	if (bytes.n == 0)
		return 0;
	r = pq_oci_manifest_parse(&m, bytes, "", &err);
	if (r == -PQ_ENOMEM)
		return r;
	if (r != 0 || m->n_layers != 1 ||
	    strcmp(m->layers[0].media_type, pq_artifact_row(a)->media_type) !=
		0)
		return 0;
	s->found->seen++;
	if (!pq_digest_eq(&m->subject.digest, &s->ev->digest))
		return add_unusable(
		    s, "referrer: its subject is another digest");
	return add_bundle(s, pq_evidence_bytes(s->ev, &m->layers[0]));
}

static int
walk_bundles(struct search *s, enum pq_artifact a)
{
	pq_auto(pq_oci_index_freep) struct pq_oci_index *x = NULL;
	struct pq_slice bytes = lookup_bytes(s->ev, a);
	struct pq_err err = PQ_ERR_INIT;
	size_t i;
	int r;

	if (bytes.n == 0)
		return 0;
	r = pq_oci_index_parse(&x, bytes, "", &err);
	if (r == -PQ_ENOMEM)
		return r;
	if (r != 0) {
		s->found->seen++;
		return add_unusable(
		    s, "%s: %.400s", pq_artifact_row(a)->lookup, err.text);
	}
	list_begin(s);
	for (i = 0; i < x->n_entries && list_goes_on(s, i); i++) {
		/* fetch, too, limits the number of artifacts */
		if (i >= PQ_ARTIFACT_SIGNATURES &&
		    pq_evidence_bytes(s->ev, &x->entries[i]).n == 0)
			s->found->cut = true;
		r = add_referrer(s, a, &x->entries[i]);
		if (r != 0)
			return r;
	}
	return 0;
}

static int
find_candidates(struct pq_candidates *ret, const struct pq_evidence *ev)
{
	struct search s = { .ev = ev, .found = ret };
	int r = walk_bundles(&s, PQ_ARTIFACT_REFERRERS);

	if (r == 0)
		r = walk_bundles(&s, PQ_ARTIFACT_FALLBACK_TAG);
	return r == 0 ? walk_simple(&s) : r;
}

static int
check_key(const struct pq_material *m)
{
	pq_auto(pq_pubkey_freep) struct pq_pubkey *key = NULL;

	return pq_pubkey_parse(&key, pq_slice(m->p, m->n), NULL);
}

static int
open_key(struct pq_pubkey **ret, const struct pq_material *m)
{
	return pq_pubkey_parse(ret, pq_slice(m->p, m->n), NULL);
}

static bool
was_asked(const struct pq_evidence *ev, enum pq_artifact a)
{
	return pq_evidence_lookup(ev, pq_artifact_row(a)->lookup) != NULL;
}

/*
 * Report whether fetch asked the registry for signatures. If fetch did not ask,
 * a missing signature is a failure and not "absent so far".
 */
static bool
is_asked(const struct pq_evidence *ev)
{
	return was_asked(ev, PQ_ARTIFACT_COSIGN_TAG) &&
	    (was_asked(ev, PQ_ARTIFACT_REFERRERS) ||
		was_asked(ev, PQ_ARTIFACT_FALLBACK_TAG));
}

const struct pq_find_row pq_cosign_key_find = {
	.find = find_candidates,
	.check = check_key,
	.asked = is_asked,
	.open = open_key,
};
