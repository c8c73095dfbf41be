/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetch the documents of one image from a registry: index, manifest, config,
 * and each artifact that claims to be a signature of the image.
 *
 * This code parses documents only to find the next digest; it does not judge
 * them. It records a malformed signature artifact and continues. Otherwise any
 * account that may push to the repository could stop every release with one
 * broken artifact. Index, manifest and config of the image must be complete.
 * Counts and sizes have limits, and entries beyond a limit are not requested.
 * So a flood of signatures causes a limited number of requests.
 */
#include <stdio.h>
#include <string.h>

#include "net/gather.h"

#define CONFIG_MAX (1u << 20)
#define AHEAD 4 /* entries of a list that are requested in advance */

struct job {
	struct pq_gather *g;
	const struct pq_oci_source *c;
	unsigned artifacts; /* places to request, bits of PQ_ARTIFACT_BIT() */
	struct pq_err err;
	struct pq_oci_manifest *signatures; /* at cosign's tag, or NULL */
	struct pq_oci_index *referrers;     /* list of referrers, or NULL */
};

/*
 * Send a request in advance. A distant registry needs about 100 ms for each
 * answer, so requests that are certainly needed run in parallel. The code reads
 * the answers in a fixed order, so the result does not depend on the order of
 * arrival.
 */
static void
fetch_ahead(struct job *j, enum pq_oci_kind kind, const struct pq_digest *d,
    const char *tag, size_t max)
{
	struct pq_oci_want w = { .kind = kind, .tag = tag, .max = max };

	if (d != NULL)
		w.digest = *d;
	if (j->c->ahead != NULL)
		j->c->ahead(j->c->ctx, &w);
}

/* Return true if the policy needs the artifacts at this place. */
static bool
needs_artifact(const struct job *j, enum pq_artifact a)
{
	return (j->artifacts & PQ_ARTIFACT_BIT(a)) != 0;
}

static bool
needs_referrers(const struct job *j)
{
	return needs_artifact(j, PQ_ARTIFACT_REFERRERS) ||
	    needs_artifact(j, PQ_ARTIFACT_FALLBACK_TAG);
}

static int
keep_bytes(struct job *j, const struct pq_digest *d, const char *media_type,
    struct pq_buf *body)
{
	int r = pq_gather_add(j->g, d, media_type, body);
	char text[PQ_DIGEST_TEXT];

	if (r == 0)
		return 0;
	pq_digest_format(text, d);
	return pq_err_set(&j->err, -r,
	    "%s: the evidence exceeds the limit of %u blobs or %u bytes", text,
	    PQ_EVIDENCE_BLOBS, PQ_GATHER_BYTES);
}

static int
keep_document(struct job *j, struct pq_oci_document *d)
{
	return keep_bytes(j, &d->digest, d->media_type, &d->body);
}

/* Return the stored bytes with digest @d, or an empty slice. */
static struct pq_slice
find_kept(const struct job *j, const struct pq_digest *d)
{
	size_t i;

	for (i = 0; i < j->g->n_blobs; i++)
		if (pq_digest_eq(&j->g->blobs[i].digest, d))
			return pq_buf_view(&j->g->blobs[i].data);
	return pq_slice(NULL, 0);
}

static int
note_lookup(struct job *j, const char *what, const char *ref, unsigned status,
    const struct pq_digest *d)
{
	int r = pq_gather_note(j->g, what, ref, status, d);

	return r == 0 ? 0
		      : pq_err_set(&j->err, -r, "%s %s: more than %u requests",
			    what, ref, PQ_EVIDENCE_LOOKUPS);
}

/* Fetch the config blob of the platform manifest. */
static int
gather_config(struct job *j, const struct pq_oci_descriptor *d)
{
	struct pq_buf body = PQ_BUF_INIT(0);
	int r = j->c->get_blob(
	    j->c->ctx, &d->digest, d->size, CONFIG_MAX, &body, &j->err);

	if (r == PQ_OCI_ABSENT)
		return pq_err_set(&j->err, PQ_EABSENT,
		    "the image's config is not in the %s", j->c->place);
	if (r != 0)
		return r;
	return keep_bytes(j, &d->digest, d->media_type, &body);
}

static int
gather_manifest(struct job *j, struct pq_slice body, const char *media_type)
{
	struct pq_oci_manifest *m = NULL;
	int r = pq_oci_manifest_parse(&m, body, media_type, &j->err);

	if (r != 0)
		return pq_err_wrap(&j->err, r, "the platform manifest");
	r = gather_config(j, &m->config);
	pq_oci_manifest_free(m);
	return r;
}

/* Fetch the manifest that the index lists for this platform. */
static int
gather_entry(struct job *j, const struct pq_oci_descriptor *d)
{
	struct pq_oci_document doc = { 0 };
	char text[PQ_DIGEST_TEXT];
	int r;

	pq_digest_format(text, &d->digest);
	r = j->c->get_manifest(
	    j->c->ctx, &d->digest, PQ_OCI_DOC_MAX, &doc, &j->err);
	if (r == PQ_OCI_ABSENT) {
		r = note_lookup(j, PQ_LOOKUP_MANIFEST, text, 404, NULL);
		return r != 0
		    ? r
		    : pq_err_set(&j->err, PQ_EABSENT,
			  "manifest %s is not in the %s", text, j->c->place);
	}
	if (r != 0)
		return r;
	r = note_lookup(j, PQ_LOOKUP_MANIFEST, text, 200, &d->digest);
	if (r == 0)
		r = keep_document(j, &doc);
	pq_oci_document_free(&doc);
	if (r != 0)
		return r;
	return gather_manifest(j, find_kept(j, &d->digest), d->media_type);
}

static int
gather_index(struct job *j, struct pq_slice body, const char *media_type)
{
	const struct pq_oci_descriptor *d = NULL;
	struct pq_oci_index *x = NULL;
	int r = pq_oci_index_parse(&x, body, media_type, &j->err);

	if (r != 0)
		return pq_err_wrap(&j->err, r, "the image index");
	r = pq_oci_index_find(&d, x, j->g->os, j->g->architecture);
	if (r == 0)
		r = gather_entry(j, d);
	else
		/* verify reports a missing or a repeated entry */
		r = 0;
	pq_oci_index_free(x);
	return r;
}

/* Fetch a tag or a digest. A ref with a colon is a digest: tags have none. */
static int
get_root(struct job *j, const char *ref, struct pq_oci_document *doc)
{
	struct pq_digest d;

	if (strchr(ref, ':') == NULL)
		return j->c->get_tag(j->c->ctx, ref, doc, &j->err);
	if (pq_digest_parse(&d, pq_slice_str(ref)) != 0)
		return pq_err_set(
		    &j->err, PQ_EFORMAT, "neither a tag nor a digest");
	return j->c->get_manifest(j->c->ctx, &d, PQ_OCI_DOC_MAX, doc, &j->err);
}

/* Write the tag under which cosign stores the image's signatures. */
static void
signature_tag(char tag[96], const struct job *j)
{
	char hex[65];

	pq_hex_encode(hex, pq_slice(j->g->digest.sha256, 32));
	(void)snprintf(tag, 96, "sha256-%s.sig", hex);
}

static int
gather_chain(struct job *j, const char *ref)
{
	struct pq_oci_document doc = { 0 };
	char media_type[128], tag[96];
	int r = get_root(j, ref, &doc);

	if (r == PQ_OCI_ABSENT) {
		(void)note_lookup(j, PQ_LOOKUP_MANIFEST, ref, 404, NULL);
		return pq_err_set(&j->err, PQ_EABSENT, "the %s has no %s %s",
		    j->c->place, strchr(ref, ':') == NULL ? "tag" : "manifest",
		    ref);
	}
	if (r != 0)
		return r;
	j->g->digest = doc.digest;
	memcpy(media_type, doc.media_type, sizeof(media_type));
	r = note_lookup(j, PQ_LOOKUP_MANIFEST, ref, 200, &doc.digest);
	if (r == 0)
		r = keep_document(j, &doc);
	pq_oci_document_free(&doc);
	if (r != 0)
		return r;
	signature_tag(tag, j);
	if (needs_artifact(j, PQ_ARTIFACT_COSIGN_TAG))
		fetch_ahead(j, PQ_OCI_TAG, NULL, tag, PQ_OCI_DOC_MAX);
	if (needs_referrers(j))
		fetch_ahead(
		    j, PQ_OCI_REFERRERS, &j->g->digest, NULL, PQ_OCI_DOC_MAX);
	if (pq_oci_is_index(media_type))
		return gather_index(j, find_kept(j, &j->g->digest), media_type);
	if (pq_oci_is_manifest(media_type))
		return gather_manifest(
		    j, find_kept(j, &j->g->digest), media_type);
	return pq_err_set(&j->err, PQ_EFORMAT,
	    "%s: the media type given by the %s is neither an image manifest "
	    "nor an index",
	    ref, j->c->place);
}

/*
 * Return 0 instead of @r for a malformed, oversized or missing signature
 * artifact. A network fault stays a fault: otherwise one lost answer would
 * make a signed image look unsigned.
 */
static int
forgive_fault(struct job *j, int r)
{
	if (r == PQ_OCI_ABSENT || r == -PQ_EFORMAT || r == -PQ_ELIMIT ||
	    r == -PQ_EMISMATCH) {
		j->err.fault = 0;
		j->err.text[0] = '\0';
		return 0;
	}
	return r;
}

/*
 * Record an unreadable answer with status 502. Without a record, verify would
 * conclude that the request was never sent, and fail.
 */
static int
note_unreadable(struct job *j, const char *what, const char *ref, int r)
{
	r = forgive_fault(j, r);
	return r != 0 ? r : note_lookup(j, what, ref, 502, NULL);
}

static void
payload_ahead(struct job *j, const struct pq_oci_descriptor *d)
{
	if (pq_artifact_is_fetched(PQ_ARTIFACT_COSIGN_TAG, d->media_type) &&
	    d->size > 0 && d->size <= PQ_ARTIFACT_BYTES)
		fetch_ahead(j, PQ_OCI_BLOB, &d->digest, NULL, (size_t)d->size);
}

/* Fetch the payloads (layers) of a signature artifact, at most @most. */
static int
gather_layers(struct job *j, const struct pq_oci_manifest *m,
    enum pq_artifact a, size_t most)
{
	struct pq_buf body;
	size_t i, tried = 0;
	int r;

	for (i = 0; i < m->n_layers && tried < most; i++) {
		const struct pq_oci_descriptor *d = &m->layers[i];

		if (!pq_artifact_is_fetched(a, d->media_type))
			continue;
		tried++;
		if (find_kept(j, &d->digest).n > 0)
			continue;
		body = PQ_BUF_INIT(0);
		r = j->c->get_blob(j->c->ctx, &d->digest, d->size,
		    PQ_ARTIFACT_BYTES, &body, &j->err);
		if (r == 0)
			r = pq_gather_add(
			    j->g, &d->digest, d->media_type, &body);
		r = forgive_fault(j, r);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Fetch the artifact at cosign's tag. */
static int
find_signatures(struct job *j)
{
	struct pq_oci_document doc = { 0 };
	const char *what = pq_artifact_row(PQ_ARTIFACT_COSIGN_TAG)->lookup;
	char tag[96], media_type[128];
	size_t i;
	int r;

	signature_tag(tag, j);
	r = j->c->get_tag(j->c->ctx, tag, &doc, &j->err);
	if (r == PQ_OCI_ABSENT)
		return note_lookup(j, what, tag, 404, NULL);
	if (r != 0)
		return note_unreadable(j, what, tag, r);
	memcpy(media_type, doc.media_type, sizeof(media_type));
	r = note_lookup(j, what, tag, 200, &doc.digest);
	if (r == 0)
		r = forgive_fault(j, keep_document(j, &doc));
	if (r == 0)
		r = forgive_fault(j,
		    pq_oci_manifest_parse(&j->signatures,
			find_kept(j, &doc.digest), media_type, &j->err));
	pq_oci_document_free(&doc);
	if (r == 0 && j->signatures != NULL)
		for (i = 0; i < j->signatures->n_layers && i < AHEAD; i++)
			payload_ahead(j, &j->signatures->layers[i]);
	return r;
}

/* Fetch one manifest that the referrers index lists. */
static int
gather_referrer(struct job *j, const struct pq_oci_descriptor *d)
{
	struct pq_oci_document doc = { 0 };
	struct pq_oci_manifest *m = NULL;
	char text[PQ_DIGEST_TEXT];
	int r;

	pq_digest_format(text, &d->digest);
	r = j->c->get_manifest(
	    j->c->ctx, &d->digest, PQ_ARTIFACT_BYTES, &doc, &j->err);
	if (r == PQ_OCI_ABSENT)
		return note_lookup(j, PQ_LOOKUP_MANIFEST, text, 404, NULL);
	if (r != 0)
		return forgive_fault(j, r);
	r = note_lookup(j, PQ_LOOKUP_MANIFEST, text, 200, &d->digest);
	if (r == 0)
		r = forgive_fault(j, keep_document(j, &doc));
	if (r == 0)
		r = forgive_fault(j,
		    pq_oci_manifest_parse(
			&m, find_kept(j, &d->digest), d->media_type, &j->err));
	if (r == 0 && m != NULL)
		r = gather_layers(j, m, PQ_ARTIFACT_REFERRERS, 1);
	pq_oci_manifest_free(m);
	pq_oci_document_free(&doc);
	return r;
}

/* Fetch the list of referrers, from the API or from the fallback tag. */
static int
find_referrers(struct job *j)
{
	struct pq_oci_document doc = { 0 };
	const char *what = pq_artifact_row(PQ_ARTIFACT_REFERRERS)->lookup;
	char ref[96];
	size_t i;
	int r;

	pq_digest_format(ref, &j->g->digest);
	r = j->c->get_referrers(j->c->ctx, &j->g->digest, &doc, &j->err);
	if (r == PQ_OCI_ABSENT) {
		r = note_lookup(j, what, ref, 404, NULL);
		if (r != 0)
			return r;
		what = pq_artifact_row(PQ_ARTIFACT_FALLBACK_TAG)->lookup;
		ref[sizeof("sha256") - 1] = '-';
		r = j->c->get_tag(j->c->ctx, ref, &doc, &j->err);
	}
	if (r == PQ_OCI_ABSENT)
		return note_lookup(j, what, ref, 404, NULL);
	if (r != 0)
		return note_unreadable(j, what, ref, r);
	r = note_lookup(j, what, ref, 200, &doc.digest);
	if (r == 0)
		r = forgive_fault(j, keep_document(j, &doc));
	if (r == 0 && find_kept(j, &doc.digest).n > 0)
		r = forgive_fault(j,
		    pq_oci_index_parse(&j->referrers, find_kept(j, &doc.digest),
			PQ_OCI_INDEX, &j->err));
	pq_oci_document_free(&doc);
	if (r == 0 && j->referrers != NULL)
		for (i = 0; i < j->referrers->n_entries && i < AHEAD; i++)
			fetch_ahead(j, PQ_OCI_BY_DIGEST,
			    &j->referrers->entries[i].digest, NULL,
			    PQ_ARTIFACT_BYTES);
	return r;
}

static int
gather_referrers(struct job *j)
{
	size_t most = pq_artifact_row(PQ_ARTIFACT_REFERRERS)->fetched, i;
	int r = 0;

	for (i = 0; r == 0 && i < j->referrers->n_entries && i < most; i++)
		r = gather_referrer(j, &j->referrers->entries[i]);
	return r;
}

/* Fetch the lists first, so that their entries are requested in parallel. */
static int
gather_artifacts(struct job *j)
{
	int r = 0;

	if (needs_artifact(j, PQ_ARTIFACT_COSIGN_TAG))
		r = find_signatures(j);
	if (r == 0 && needs_referrers(j))
		r = find_referrers(j);
	if (r == 0 && j->signatures != NULL)
		r = gather_layers(j, j->signatures, PQ_ARTIFACT_COSIGN_TAG,
		    pq_artifact_row(PQ_ARTIFACT_COSIGN_TAG)->fetched);
	if (r == 0 && j->referrers != NULL)
		r = gather_referrers(j);
	return r;
}

void
pq_gather_image(struct pq_gather *g, const struct pq_oci_source *c,
    const char *ref, const char *architecture, unsigned artifacts)
{
	struct job j = { .g = g, .c = c, .artifacts = artifacts };
	int r;

	(void)snprintf(g->os, sizeof(g->os), "linux");
	(void)snprintf(
	    g->architecture, sizeof(g->architecture), "%s", architecture);
	r = gather_chain(&j, ref);
	if (r == 0)
		r = gather_artifacts(&j);
	pq_oci_manifest_free(j.signatures);
	pq_oci_index_free(j.referrers);
	if (r == 0)
		g->result = PQ_GATHER_FETCHED;
	else
		pq_gather_fault(g, r, &j.err);
}
