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
#define SIGNATURE_DOC_MAX (256u << 10)
#define PAYLOAD_MAX (256u << 10)
#define SIMPLE_SIGNING "application/vnd.dev.cosign.simplesigning.v1+json"
#define SIGSTORE_BUNDLE "application/vnd.dev.sigstore.bundle"

struct job {
	struct pq_gather *g;
	const struct pq_oci_source *c;
	struct pq_err err;
};

static bool
is_bundle(const char *media_type)
{
	return strncmp(media_type, SIGSTORE_BUNDLE,
		   sizeof(SIGSTORE_BUNDLE) - 1) == 0;
}

static int
keep(struct job *j, struct pq_oci_document *d)
{
	int r = pq_gather_add(j->g, &d->digest, d->media_type, &d->body);

	return r == 0 ? 0
		      : pq_err_set(&j->err, -r,
			    "the evidence is over its limit of %u bytes",
			    PQ_GATHER_BYTES);
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

	return r == 0 ? 0 : pq_err_set(&j->err, -r, "too many look-ups");
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
	r = pq_gather_add(j->g, &d->digest, d->media_type, &body);
	return r == 0 ? 0 : pq_err_set(&j->err, -r, "too many bytes");
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
		r = note(j, "manifest", text, 404, NULL);
		return r != 0
		    ? r
		    : pq_err_set(&j->err, PQ_EABSENT,
			  "manifest %s is not in the %s", text, j->c->place);
	}
	if (r != 0)
		return r;
	r = note(j, "manifest", text, 200, &d->digest);
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

static int
gather_chain(struct job *j, const char *ref)
{
	struct pq_oci_document doc = { 0 };
	char media_type[128];
	int r = get_root(j, ref, &doc);

	if (r == PQ_OCI_ABSENT) {
		(void)note(j, "manifest", ref, 404, NULL);
		return pq_err_set(&j->err, PQ_EABSENT, "the %s has no %s %s",
		    j->c->place, strchr(ref, ':') == NULL ? "tag" : "manifest",
		    ref);
	}
	if (r != 0)
		return r;
	j->g->digest = doc.digest;
	memcpy(media_type, doc.media_type, sizeof(media_type));
	r = note(j, "manifest", ref, 200, &doc.digest);
	if (r == 0)
		r = keep(j, &doc);
	pq_oci_document_free(&doc);
	if (r != 0)
		return r;
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

/* payloads (layers) of a signature artifact */
static int
gather_layers(struct job *j, const struct pq_oci_manifest *m,
    bool (*wanted)(const char *media_type), size_t most)
{
	struct pq_buf body;
	size_t i, tried = 0;
	int r;

	for (i = 0; i < m->n_layers && tried < most; i++) {
		const struct pq_oci_descriptor *d = &m->layers[i];

		if (!wanted(d->media_type))
			continue;
		tried++;
		if (kept(j, &d->digest).n > 0)
			continue;
		body = PQ_BUF_INIT(0);
		r = j->c->get_blob(j->c->ctx, &d->digest, d->size, PAYLOAD_MAX,
		    &body, &j->err);
		if (r == 0)
			r = pq_gather_add(
			    j->g, &d->digest, d->media_type, &body);
		r = forgive(j, r);
		if (r != 0)
			return r;
	}
	return 0;
}

static bool
is_simple_signing(const char *media_type)
{
	return strcmp(media_type, SIMPLE_SIGNING) == 0;
}

static int
gather_artifact(struct job *j, const struct pq_digest *digest,
    const char *media_type, bool (*wanted)(const char *), size_t most)
{
	struct pq_oci_manifest *m = NULL;
	int r;

	r = pq_oci_manifest_parse(&m, kept(j, digest), media_type, &j->err);
	if (r != 0)
		return forgive(j, r);
	r = gather_layers(j, m, wanted, most);
	pq_oci_manifest_free(m);
	return r;
}

static int
gather_cosign_tag(struct job *j, const char *hex)
{
	struct pq_oci_document doc = { 0 };
	char tag[96], media_type[128];
	int r;

	(void)snprintf(tag, sizeof(tag), "sha256-%s.sig", hex);
	r = j->c->get_tag(j->c->ctx, tag, &doc, &j->err);
	if (r == PQ_OCI_ABSENT)
		return note(j, "cosign-tag", tag, 404, NULL);
	if (r != 0)
		return unreadable(j, "cosign-tag", tag, r);
	memcpy(media_type, doc.media_type, sizeof(media_type));
	r = note(j, "cosign-tag", tag, 200, &doc.digest);
	if (r == 0)
		r = forgive(j, keep(j, &doc));
	if (r == 0)
		r = gather_artifact(j, &doc.digest, media_type,
		    is_simple_signing, PQ_GATHER_CANDIDATES);
	pq_oci_document_free(&doc);
	return r;
}

/* one manifest that a referrers index lists */
static int
gather_referrer(struct job *j, const struct pq_oci_descriptor *d)
{
	struct pq_oci_document doc = { 0 };
	char text[PQ_DIGEST_TEXT];
	int r;

	pq_digest_format(text, &d->digest);
	r = j->c->get_manifest(
	    j->c->ctx, &d->digest, SIGNATURE_DOC_MAX, &doc, &j->err);
	if (r == PQ_OCI_ABSENT)
		return note(j, "manifest", text, 404, NULL);
	if (r != 0)
		return forgive(j, r);
	r = note(j, "manifest", text, 200, &d->digest);
	if (r == 0)
		r = forgive(j, keep(j, &doc));
	if (r == 0)
		r = gather_artifact(j, &d->digest, d->media_type, is_bundle, 1);
	pq_oci_document_free(&doc);
	return r;
}

static int
gather_referrer_index(struct job *j, const struct pq_digest *digest)
{
	struct pq_oci_index *x = NULL;
	size_t i;
	int r;

	r = pq_oci_index_parse(&x, kept(j, digest), PQ_OCI_INDEX, &j->err);
	if (r != 0)
		return forgive(j, r);
	for (i = 0; i < x->n_entries && i < PQ_GATHER_REFERRERS; i++) {
		r = gather_referrer(j, &x->entries[i]);
		if (r != 0)
			break;
	}
	pq_oci_index_free(x);
	return r;
}

static int
gather_referrers(struct job *j, const char *hex)
{
	struct pq_oci_document doc = { 0 };
	const char *what = "referrers";
	char ref[96];
	int r;

	(void)snprintf(ref, sizeof(ref), "sha256:%s", hex);
	r = j->c->get_referrers(j->c->ctx, &j->g->digest, &doc, &j->err);
	if (r == PQ_OCI_ABSENT) {
		r = note(j, what, ref, 404, NULL);
		if (r != 0)
			return r;
		what = "fallback-tag";
		(void)snprintf(ref, sizeof(ref), "sha256-%s", hex);
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
		r = gather_referrer_index(j, &doc.digest);
	pq_oci_document_free(&doc);
	return r;
}

void
pq_gather_image(struct pq_gather *g, const struct pq_oci_source *c,
    const char *ref, const char *architecture)
{
	struct job j = { g, c, PQ_ERR_INIT };
	char hex[65];
	int r;

	(void)snprintf(g->os, sizeof(g->os), "linux");
	(void)snprintf(
	    g->architecture, sizeof(g->architecture), "%s", architecture);
	r = gather_chain(&j, ref);
	if (r == 0) {
		pq_hex_encode(hex, pq_slice(g->digest.sha256, 32));
		r = gather_cosign_tag(&j, hex);
	}
	if (r == 0)
		r = gather_referrers(&j, hex);
	if (r == 0)
		g->result = PQ_GATHER_FETCHED;
	else
		pq_gather_fault(g, r, &j.err);
}
