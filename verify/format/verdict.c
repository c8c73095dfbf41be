/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge: evidence and a policy in, findings out.
 *
 * It does two things. It looks in the evidence for the pieces of a proof (the
 * signature by a policy key, the manifests, the tag object) and hands them to
 * pq_proof_recheck(), the same function by which the owner of the Docker
 * socket decides, so that the two can not come to rule by different laws.
 * Then it judges what only the whole document shows: where the bytes came
 * from and where the tag pointed.
 *
 * A piece that is not there yet is pending, and only where the document
 * records that it was asked for and answered "absent"; silence is a failure.
 *
 * Beside an image lie other things than its signature: provenance, lists of
 * parts, bundles of a kind that is not examined here. They are no signature,
 * and no bad one either. A builder attests before the release is signed, and
 * if that were a failure nothing that it attests could ever be deployed.
 *
 * Nor is a signature that will not do a reason to give up before its time.
 * Whoever may push beside an image can put junk there, or a copy of what a
 * policy key once signed for another image, and could so have each release
 * refused for good before its signer comes. It stays pending, with the words
 * for what is wrong, and is refused with them when no good one has come by
 * the deadline.
 *
 * A signature by a policy key over this very digest may still be of another
 * image: an operator promoted it from another repository, or the signed
 * annotation says another version. The search goes on behind it, and only
 * where nothing fits is the last of them the proof, so that the verdict can
 * say which name or version was signed.
 */
#include <pratique/verdict.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/dsse.h>
#include <pratique/evidence.h>
#include <pratique/gittag.h>
#include <pratique/oci.h>
#include <pratique/pubkey.h>
#include <pratique/simplesigning.h>

#include "format/keep.h"

#define CANDIDATES_MAX 16 /* signatures tried of one list */
#define OTHERS_MAX 64     /* of one list, what turns out to be no signature */
#define ENTRIES_MAX 256   /* of one list, entries of any kind */

_Static_assert(PQ_SUBJECT_MAX >= PQ_GIT_REF_TEXT, "a ref is a subject, too");

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
	unsigned seen;          /* candidates that were there */
	unsigned others;        /* of these, what is no signature at all */
	unsigned seen_before;   /* both, when the present list began: each */
	unsigned others_before; /* list has its own budget, or one is flooded */
	bool cut;               /* some list was longer than its budget */
	char why[PQ_REASON_MAX]; /* of the last one that did not do */
	char other[160];         /* of the last one that is none */
	struct misfit misfit;    /* the last one; kind none: there is none */
	struct pq_proof *proof;
};

static void
list_begin(struct search *s)
{
	s->seen_before = s->seen;
	s->others_before = s->others;
}

/* May entry @i of the present list be looked at? */
static bool
list_goes_on(struct search *s, size_t i)
{
	unsigned others = s->others - s->others_before;
	unsigned signatures = s->seen - s->seen_before - others;

	if (i < ENTRIES_MAX && others < OTHERS_MAX &&
	    signatures < CANDIDATES_MAX)
		return true;
	s->cut = true;
	return false;
}

static const struct pq_evidence_lookup *
find_lookup(const struct pq_evidence *ev, const char *what)
{
	size_t i;

	for (i = 0; i < ev->n_lookups; i++)
		if (strcmp(ev->lookups[i].what, what) == 0)
			return &ev->lookups[i];
	return NULL;
}

/* The bytes that a lookup led to; none when it was absent or not kept. */
static struct pq_slice
looked_up(const struct pq_evidence *ev, const char *what)
{
	const struct pq_evidence_lookup *l = find_lookup(ev, what);
	const struct pq_evidence_blob *b;

	if (l == NULL || l->status != 200)
		return pq_slice(NULL, 0);
	b = pq_evidence_blob(ev, &l->digest);
	return b == NULL ? pq_slice(NULL, 0) : b->data;
}

static struct pq_slice
blob_of(const struct pq_evidence *ev, const struct pq_oci_descriptor *d)
{
	const struct pq_evidence_blob *b = pq_evidence_blob(ev, &d->digest);

	if (b == NULL || b->data.n != d->size)
		return pq_slice(NULL, 0);
	return b->data;
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
	(void)snprintf(
	    s->why, sizeof(s->why), "no key of the policy made the signature");
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
	s->seen++;
	payload = blob_of(s->ev, layer);
	text = pq_oci_annotation(layer, PQ_SIMPLE_SIGNATURE);
	if (payload.n == 0 || text.n == 0 || pq_b64_decode(&sig, text) != 0) {
		(void)snprintf(s->why, sizeof(s->why),
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
		(void)snprintf(s->why, sizeof(s->why), "%s", ruling.reason);
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
		s->seen++;
		(void)snprintf(s->why, sizeof(s->why),
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
	s->others++;
	(void)snprintf(s->other, sizeof(s->other), "%s", what);
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
		(void)snprintf(s->why, sizeof(s->why), "%s", ruling.reason);
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
		(void)snprintf(s->why, sizeof(s->why), "%s", err.text);
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
	struct pq_slice bytes = blob_of(s->ev, entry);
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
	s->seen++;
	if (!pq_digest_eq(&m->subject.digest, &s->ev->digest)) {
		(void)snprintf(s->why, sizeof(s->why),
		    "referrer whose subject is another digest");
		return 1;
	}
	return try_bundle_bytes(s, blob_of(s->ev, &m->layers[0]));
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
		s->seen++;
		(void)snprintf(
		    s->why, sizeof(s->why), "%s: %.400s", what, err.text);
		return 1;
	}
	list_begin(s);
	for (i = 0; i < x->n_entries && list_goes_on(s, i); i++) {
		/* fetch, too, brings only so many of a long list */
		if (i >= CANDIDATES_MAX &&
		    blob_of(s->ev, &x->entries[i]).n == 0)
			s->cut = true;
		r = try_referrer(s, &x->entries[i]);
		if (r <= 0)
			return r;
	}
	return 1;
}

static int
load_keys(struct search *s, const struct pq_policy *policy)
{
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

/* The document's bytes for digest, platform manifest and config. */
static int
collect_image(struct pq_proof *proof, const struct pq_evidence *ev)
{
	pq_auto(pq_oci_index_freep) struct pq_oci_index *x = NULL;
	pq_auto(pq_oci_manifest_freep) struct pq_oci_manifest *m = NULL;
	const struct pq_evidence_blob *b = pq_evidence_blob(ev, &ev->digest);
	const struct pq_oci_descriptor *d;
	struct pq_err err = PQ_ERR_INIT;
	int r;

	if (b == NULL)
		return 0;
	if (pq_oci_sniff(b->data) != 1) {
		proof->manifest = b->data;
	} else {
		proof->index = b->data;
		r = pq_oci_index_parse(&x, b->data, "", &err);
		if (r != 0)
			return r == -PQ_ENOMEM ? r : 0;
		if (pq_oci_index_find(&d, x, ev->os, ev->architecture) != 0)
			return 0;
		proof->manifest = blob_of(ev, d);
	}
	r = pq_oci_manifest_parse(&m, proof->manifest, "", &err);
	if (r == 0)
		proof->config = blob_of(ev, &m->config);
	return r == -PQ_ENOMEM ? r : 0;
}

/* Is it on what the signature says, beside another finding of its check? */
static bool
is_signed(const struct pq_finding *f)
{
	return strcmp(f->spec, PQ_RULE_SIGNED_AS) == 0 ||
	    strcmp(f->spec, PQ_RULE_VERSION_FROM) == 0;
}

/* The finding of a check; of image.repository and source.version the other. */
static struct pq_finding *
find(struct pq_findings *f, enum pq_check c)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->v[i].check == c && !is_signed(&f->v[i]))
			return &f->v[i];
	return NULL;
}

static void
rewrite(struct pq_finding *one, enum pq_status to, const char *why)
{
	one->status = to;
	pq_text_escape(one->reason, sizeof(one->reason), pq_slice_str(why));
}

/* Replaces a finding: the document shows more than the proof could. */
static void
rule(struct pq_findings *f, enum pq_check c, enum pq_status to, const char *why)
{
	struct pq_finding *one = find(f, c);

	if (one == NULL)
		pq_findings_add(f, c, to, "", "", "%s", why);
	else
		rewrite(one, to, why);
}

/* What one piece of the document shows overrides a pass of the proof. */
static void
demote(struct pq_findings *f, enum pq_check c, const char *why)
{
	struct pq_finding *one = find(f, c);

	/* the first reason of a failure stands */
	if (one == NULL || one->status != PQ_FAIL)
		rule(f, c, PQ_FAIL, why);
}

/* words for a list of which the end was not looked at */
static const char *
say_cut(const struct search *s)
{
	return s->cut ? "; too many candidates to examine" : "";
}

static void
say_signature(char *why, size_t size, const struct search *s)
{
	const char *cut = say_cut(s);

	if (s->seen > s->others)
		(void)snprintf(why, size,
		    "%u signature(s) examined, none good: %.380s%s",
		    s->seen - s->others, s->why, cut);
	else
		(void)snprintf(why, size,
		    "no signature of this digest was found (yet)%s%s%s",
		    s->others == 0 ? "" : "; passed over: ", s->other, cut);
}

/* Is it on something to which only a good signature leads? */
static bool
rests_on_signature(const struct pq_finding *f)
{
	return is_signed(f) || f->check == PQ_CHECK_IMAGE_DIGEST ||
	    f->check == PQ_CHECK_IMAGE_PLATFORM ||
	    f->check == PQ_CHECK_IMAGE_LABELS ||
	    f->check == PQ_CHECK_SOURCE_IMAGE_COMMIT;
}

static void
explain_signature(
    struct pq_findings *f, const struct search *s, bool *ret_by_others)
{
	const struct pq_evidence_lookup *old, *ref, *fall;
	char why[PQ_REASON_MAX];
	size_t i;

	if (s->proof->kind != PQ_PROOF_NONE || s->n_keys == 0)
		return;
	old = find_lookup(s->ev, "cosign-tag");
	ref = find_lookup(s->ev, "referrers");
	fall = find_lookup(s->ev, "fallback-tag");
	if (old == NULL || (ref == NULL && fall == NULL))
		return; /* nobody asked: a failure, not "not there yet" */
	say_signature(why, sizeof(why), s);
	*ret_by_others = s->seen > s->others;
	rule(f, PQ_CHECK_IMAGE_SIGNATURE, PQ_PENDING, why);
	for (i = 0; i < f->n; i++)
		if (rests_on_signature(&f->v[i]))
			rewrite(&f->v[i], PQ_PENDING,
			    "not examined: no good signature of this digest "
			    "(yet)");
}

/* Is it on the signed text itself? The label is the image's. */
static bool
is_of_text(const struct pq_finding *f, const struct pq_policy *p)
{
	return is_signed(f) &&
	    (f->check == PQ_CHECK_IMAGE_REPOSITORY ||
		p->version_from == PQ_VERSION_ANNOTATION);
}

/* What the last one signed says is bad; one that fits may be behind it. */
static void
explain_misfit(struct pq_findings *f, const struct search *s)
{
	size_t i, n;

	if (s->misfit.kind == PQ_PROOF_NONE)
		return;
	for (i = 0; i < f->n; i++) {
		n = strlen(f->v[i].reason);
		if (is_of_text(&f->v[i], s->policy) &&
		    f->v[i].status == PQ_FAIL)
			(void)snprintf(f->v[i].reason + n,
			    sizeof(f->v[i].reason) - n, "%s", say_cut(s));
	}
}

static void
explain_source(struct pq_findings *f, const struct pq_evidence *ev)
{
	static const enum pq_check checks[] = { PQ_CHECK_SOURCE_TAG_SIGNATURE,
		PQ_CHECK_SOURCE_TAG_COMMIT, PQ_CHECK_SOURCE_IMAGE_COMMIT,
		PQ_CHECK_SOURCE_VERSION };
	const struct pq_evidence_lookup *l = find_lookup(ev, "git-ref");
	size_t i;

	if (ev->tag_object.n != 0)
		return;
	if (ev->git_ref != NULL) {
		rule(f, PQ_CHECK_SOURCE_TAG_SIGNATURE, PQ_FAIL,
		    "the tag is lightweight: it points at a commit and "
		    "nobody has signed it");
		return;
	}
	if (l == NULL || l->status != 404)
		return;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		rule(f, checks[i], PQ_PENDING,
		    "the git repository has no such tag (yet)");
}

/* The ref line: where the tag pointed when the agent looked. */
static void
judge_ref(struct pq_verdict *v, const struct pq_policy *policy,
    const struct pq_evidence *ev)
{
	char oid[PQ_OID_TEXT], want[PQ_OID_TEXT + PQ_GIT_REF_TEXT];
	pq_auto(pq_autofree) char *tag = NULL;
	struct pq_oid is = { 0 };

	if (ev->tag_object.n == 0)
		return;
	if (pq_policy_git_tag(&tag, policy, pq_slice_str(ev->tag)) != 0 ||
	    pq_oid_of(&is, PQ_GITOBJ_TAG, ev->tag_oid.len, ev->tag_object) !=
		0 ||
	    !pq_oid_eq(&is, &ev->tag_oid)) {
		demote(&v->findings, PQ_CHECK_SOURCE_TAG_COMMIT,
		    "the tag object does not hash to its id");
		return;
	}
	pq_oid_format(oid, &is);
	(void)snprintf(want, sizeof(want), "%s " PQ_GIT_TAGS "%s", oid, tag);
	if (ev->git_ref == NULL || strcmp(ev->git_ref, want) != 0)
		demote(&v->findings, PQ_CHECK_SOURCE_TAG_COMMIT,
		    "the ref that the server advertised is not this tag "
		    "object under this name");
	if (ev->commit_object.n == 0)
		return;
	if (pq_oid_of(&is, PQ_GITOBJ_COMMIT, ev->commit_oid.len,
		ev->commit_object) != 0 ||
	    !pq_oid_eq(&is, &ev->commit_oid) ||
	    (v->commit.len != 0 && !pq_oid_eq(&is, &v->commit)))
		demote(&v->findings, PQ_CHECK_SOURCE_TAG_COMMIT,
		    "the commit object is not the one that the tag names");
}

static void
judge_origin(struct pq_findings *f, const struct pq_policy *policy,
    const struct pq_evidence *ev)
{
	bool same = strcmp(ev->repository, policy->image) == 0;

	pq_findings_add(f, PQ_CHECK_IMAGE_REPOSITORY, same ? PQ_PASS : PQ_FAIL,
	    ev->repository, "",
	    same ? "fetched from %s" : "not the configured repository %s",
	    policy->image);
	if (policy->git_url == NULL)
		return;
	same = ev->git_repository != NULL &&
	    strcmp(ev->git_repository, policy->git_url) == 0;
	pq_findings_add(f, PQ_CHECK_SOURCE_REPOSITORY, same ? PQ_PASS : PQ_FAIL,
	    ev->git_repository != NULL ? ev->git_repository : "", "",
	    same ? "fetched from %s" : "not fetched from %s", policy->git_url);
}

static bool
is_of_source(const struct pq_finding *f)
{
	return strncmp(pq_check_name(f->check), "source.", 7) == 0 &&
	    !is_signed(f);
}

/*
 * What was not examined has no bytes to name: then the digest of the image is
 * named, or the tag object, or the place where one should be.
 */
static void
name_subjects(struct pq_findings *f, const struct pq_policy *policy,
    const struct pq_evidence *ev)
{
	char image[PQ_DIGEST_TEXT], source[PQ_SUBJECT_MAX] = "";
	pq_auto(pq_autofree) char *tag = NULL;
	size_t i;

	pq_digest_format(image, &ev->digest);
	if (ev->tag_object.n != 0)
		pq_oid_format(source, &ev->tag_oid);
	else if (policy->git_url != NULL &&
	    pq_policy_git_tag(&tag, policy, pq_slice_str(ev->tag)) == 0)
		(void)snprintf(source, sizeof(source), PQ_GIT_TAGS "%s", tag);
	for (i = 0; i < f->n; i++)
		if (f->v[i].subject[0] == '\0')
			pq_text_escape(f->v[i].subject, sizeof(f->v[i].subject),
			    pq_slice_str(
				is_of_source(&f->v[i]) ? source : image));
}

static int
judge(struct pq_verdict *v, struct search *s, const struct pq_policy *policy,
    int64_t now)
{
	const struct pq_evidence *ev = s->ev;
	int r = load_keys(s, policy);

	if (r == 0)
		r = search_signature(s);
	if (r == 0)
		r = collect_image(&v->proof, ev);
	if (r != 0)
		return r;
	v->proof.tag_object = ev->tag_object;
	judge_origin(&v->findings, policy, ev);
	r = pq_proof_recheck(v, policy, pq_slice_str(ev->tag), &v->proof, now);
	if (r != 0)
		return r;
	explain_signature(&v->findings, s, &v->signed_by_others);
	explain_misfit(&v->findings, s);
	if (policy->git_url != NULL) {
		explain_source(&v->findings, ev);
		judge_ref(v, policy, ev);
	}
	if (!pq_digest_none(&v->digest) &&
	    !pq_digest_eq(&v->digest, &ev->digest))
		demote(&v->findings, PQ_CHECK_IMAGE_DIGEST,
		    "the signed digest is not the one that the tag names");
	v->digest = ev->digest;
	name_subjects(&v->findings, policy, ev);
	return 0;
}

int
pq_verdict_judge(struct pq_verdict *ret, const struct pq_policy *policy,
    const struct pq_evidence *ev, int64_t now)
{
	struct pq_verdict *v = calloc(1, sizeof(*v));
	struct search s = { .ev = ev,
		.policy = policy,
		.misfit = { .payload = PQ_BUF_INIT(PQ_BUNDLE_MAX),
		    .signature = PQ_BUF_INIT(PQ_PUBKEY_SIG_MAX) } };
	size_t i;
	int r;

	if (v == NULL)
		return -PQ_ENOMEM;
	s.proof = &v->proof;
	r = judge(v, &s, policy, now);
	for (i = 0; i < s.n_keys; i++)
		pq_pubkey_free(s.keys[i]);
	pq_buf_free(&s.misfit.payload);
	pq_buf_free(&s.misfit.signature);
	if (r == 0)
		*ret = *v;
	free(v);
	return r;
}
