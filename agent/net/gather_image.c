/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathering what a registry has about one image: index, manifest, config, and
 * whatever claims to be a signature of it.
 *
 * Documents are parsed here only to find the next digest. Nothing is judged:
 * a signature artifact that makes no sense is recorded and passed over, since
 * whoever may push beside the image could otherwise stop every release with
 * one broken file. The image's own chain must be whole. Counts and sizes are
 * bounded; what is over the bound of candidates is not looked at, so a flood
 * of signatures costs a known number of requests.
 */
#include <stdio.h>
#include <string.h>

#include "net/gather.h"

#define CONFIG_MAX (1u << 20)
#define AHEAD 4 /* of a list; the others come when it is their turn */

struct job {
	struct pq_gather *g;
	const struct pq_oci_source *c;
	unsigned artifacts; /* where is asked, bits of PQ_ARTIFACT_BIT() */
	struct pq_err err;
	struct pq_oci_manifest *signatures; /* at cosign's tag; NULL: none */
	struct pq_oci_index *referrers;     /* NULL: none */
};

/*
 * A registry far away answers after a tenth of a second, whatever it is asked.
 * What is known to be wanted travels together, and is got in order all the
 * same, so that nothing depends on which answer comes first.
 */
static void
ahead(struct job *j, enum pq_oci_kind kind, const struct pq_digest *d,
    const char *tag, size_t max)
{
	struct pq_oci_want w = { .kind = kind, .tag = tag, .max = max };

	if (d != NULL)
		w.digest = *d;
	if (j->c->ahead != NULL)
		j->c->ahead(j->c->ctx, &w);
}

/* Does the policy ask for what can be there? */
static bool
asks(const struct job *j, enum pq_artifact a)
{
	return (j->artifacts & PQ_ARTIFACT_BIT(a)) != 0;
}

static bool
asks_referrers(const struct job *j)
{
	return asks(j, PQ_ARTIFACT_REFERRERS) ||
	    asks(j, PQ_ARTIFACT_FALLBACK_TAG);
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
	    "%s: with it the evidence is over its limit of %u blobs or %u "
	    "bytes",
	    text, PQ_EVIDENCE_BLOBS, PQ_GATHER_BYTES);
}

static int
keep(struct job *j, struct pq_oci_document *d)
{
	return keep_bytes(j, &d->digest, d->media_type, &d->body);
}

/* the bytes that were kept last under @d */
static struct pq_slice
kept(const struct job *j, const struct pq_digest *d)
{
	size_t i;

	for (i = 0; i < j->g->n_blobs; i++)
		if (pq_digest_eq(&j->g->blobs[i].digest, d))
			return pq_buf_view(&j->g->blobs[i].data);
	return pq_slice(NULL, 0);
}

static int
note(struct job *j, const char *what, const char *ref, unsigned status,
    const struct pq_digest *d)
{
	int r = pq_gather_note(j->g, what, ref, status, d);

	return r == 0
	    ? 0
	    : pq_err_set(&j->err, -r, "%s %s: too many look-ups", what, ref);
}

/* the config blob of the platform manifest */
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

/* the entry of the index for our platform */
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
		r = note(j, PQ_LOOKUP_MANIFEST, text, 404, NULL);
		return r != 0
		    ? r
		    : pq_err_set(&j->err, PQ_EABSENT,
			  "manifest %s is not in the %s", text, j->c->place);
	}
	if (r != 0)
		return r;
	r = note(j, PQ_LOOKUP_MANIFEST, text, 200, &d->digest);
	if (r == 0)
		r = keep(j, &doc);
	pq_oci_document_free(&doc);
	if (r != 0)
		return r;
	return gather_manifest(j, kept(j, &d->digest), d->media_type);
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
		/* which entry is missing or doubled is for verify to say */
		r = 0;
	pq_oci_index_free(x);
	return r;
}

/* a tag cannot hold a colon, so a digest is told from it by its looks */
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

/* where cosign puts its signatures of the image */
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
		(void)note(j, PQ_LOOKUP_MANIFEST, ref, 404, NULL);
		return pq_err_set(&j->err, PQ_EABSENT, "the %s has no %s %s",
		    j->c->place, strchr(ref, ':') == NULL ? "tag" : "manifest",
		    ref);
	}
	if (r != 0)
		return r;
	j->g->digest = doc.digest;
	memcpy(media_type, doc.media_type, sizeof(media_type));
	r = note(j, PQ_LOOKUP_MANIFEST, ref, 200, &doc.digest);
	if (r == 0)
		r = keep(j, &doc);
	pq_oci_document_free(&doc);
	if (r != 0)
		return r;
	signature_tag(tag, j);
	if (asks(j, PQ_ARTIFACT_COSIGN_TAG))
		ahead(j, PQ_OCI_TAG, NULL, tag, PQ_OCI_DOC_MAX);
	if (asks_referrers(j))
		ahead(j, PQ_OCI_REFERRERS, &j->g->digest, NULL, PQ_OCI_DOC_MAX);
	if (pq_oci_is_index(media_type))
		return gather_index(j, kept(j, &j->g->digest), media_type);
	if (pq_oci_is_manifest(media_type))
		return gather_manifest(j, kept(j, &j->g->digest), media_type);
	return pq_err_set(&j->err, PQ_EFORMAT,
	    "%s: by what the %s says of its type it is neither an image "
	    "manifest nor an index",
	    ref, j->c->place);
}

/*
 * Beside the image, malformed or oversized things are passed over; network
 * trouble is not, or one dropped answer would turn "signed" into "unsigned".
 */
static int
forgive(struct job *j, int r)
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
 * An answer that nobody can read is an answer: without a note of it verify
 * would take the question for one that was never asked, and fail.
 */
static int
unreadable(struct job *j, const char *what, const char *ref, int r)
{
	r = forgive(j, r);
	return r != 0 ? r : note(j, what, ref, 502, NULL);
}

static void
payload_ahead(struct job *j, const struct pq_oci_descriptor *d)
{
	if (pq_artifact_is_fetched(PQ_ARTIFACT_COSIGN_TAG, d->media_type) &&
	    d->size > 0 && d->size <= PQ_ARTIFACT_BYTES)
		ahead(j, PQ_OCI_BLOB, &d->digest, NULL, (size_t)d->size);
}

/* payloads (layers) of a signature artifact */
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
		if (kept(j, &d->digest).n > 0)
			continue;
		body = PQ_BUF_INIT(0);
		r = j->c->get_blob(j->c->ctx, &d->digest, d->size,
		    PQ_ARTIFACT_BYTES, &body, &j->err);
		if (r == 0)
			r = pq_gather_add(
			    j->g, &d->digest, d->media_type, &body);
		r = forgive(j, r);
		if (r != 0)
			return r;
	}
	return 0;
}

/* the artifact at cosign's tag */
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
		return note(j, what, tag, 404, NULL);
	if (r != 0)
		return unreadable(j, what, tag, r);
	memcpy(media_type, doc.media_type, sizeof(media_type));
	r = note(j, what, tag, 200, &doc.digest);
	if (r == 0)
		r = forgive(j, keep(j, &doc));
	if (r == 0)
		r = forgive(j,
		    pq_oci_manifest_parse(&j->signatures, kept(j, &doc.digest),
			media_type, &j->err));
	pq_oci_document_free(&doc);
	if (r == 0 && j->signatures != NULL)
		for (i = 0; i < j->signatures->n_layers && i < AHEAD; i++)
			payload_ahead(j, &j->signatures->layers[i]);
	return r;
}

/* one manifest that a referrers index lists */
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
		return note(j, PQ_LOOKUP_MANIFEST, text, 404, NULL);
	if (r != 0)
		return forgive(j, r);
	r = note(j, PQ_LOOKUP_MANIFEST, text, 200, &d->digest);
	if (r == 0)
		r = forgive(j, keep(j, &doc));
	if (r == 0)
		r = forgive(j,
		    pq_oci_manifest_parse(
			&m, kept(j, &d->digest), d->media_type, &j->err));
	if (r == 0 && m != NULL)
		r = gather_layers(j, m, PQ_ARTIFACT_REFERRERS, 1);
	pq_oci_manifest_free(m);
	pq_oci_document_free(&doc);
	return r;
}

/* the list of what refers to the image, from the API or the fallback tag */
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
		r = note(j, what, ref, 404, NULL);
		if (r != 0)
			return r;
		what = pq_artifact_row(PQ_ARTIFACT_FALLBACK_TAG)->lookup;
		ref[sizeof("sha256") - 1] = '-';
		r = j->c->get_tag(j->c->ctx, ref, &doc, &j->err);
	}
	if (r == PQ_OCI_ABSENT)
		return note(j, what, ref, 404, NULL);
	if (r != 0)
		return unreadable(j, what, ref, r);
	r = note(j, what, ref, 200, &doc.digest);
	if (r == 0)
		r = forgive(j, keep(j, &doc));
	if (r == 0 && kept(j, &doc.digest).n > 0)
		r = forgive(j,
		    pq_oci_index_parse(&j->referrers, kept(j, &doc.digest),
			PQ_OCI_INDEX, &j->err));
	pq_oci_document_free(&doc);
	if (r == 0 && j->referrers != NULL)
		for (i = 0; i < j->referrers->n_entries && i < AHEAD; i++)
			ahead(j, PQ_OCI_BY_DIGEST,
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

/* The lists first: what is in them travels together. */
static int
gather_artifacts(struct job *j)
{
	int r = 0;

	if (asks(j, PQ_ARTIFACT_COSIGN_TAG))
		r = find_signatures(j);
	if (r == 0 && asks_referrers(j))
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
