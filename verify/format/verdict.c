/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge: evidence and a policy in, findings out.
 *
 * It does two things. It looks in the evidence for the pieces of a proof (the
 * signatures in search.c; the manifests here) and hands them to
 * pq_proof_recheck(), the same function by which the owner of the Docker socket
 * decides, so that the two can not come to rule by different laws. Then it
 * judges what only the whole document shows: where the bytes came from and
 * where the tag pointed.
 *
 * A piece that is not there yet is pending, and only where the document
 * records that it was asked for and answered "absent"; silence is a failure.
 *
 * A signature that will not do is no reason to give up before its time. Who
 * may push beside an image can put junk there, or a copy of what a policy key
 * once signed for another image, and could so have each release refused for
 * good before its signer comes. It stays pending, with the words for what is
 * wrong, and is refused with them when no good one has come by the deadline.
 */
#include <pratique/verdict.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/oci.h>
#include <pratique/text.h>

#include "format/search.h"

_Static_assert(PQ_SUBJECT_MAX >= PQ_GIT_REF_TEXT, "a ref is a subject, too");

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
		proof->manifest = pq_evidence_bytes(ev, d);
	}
	r = pq_oci_manifest_parse(&m, proof->manifest, "", &err);
	if (r == 0)
		proof->config = pq_evidence_bytes(ev, &m->config);
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

/* The same, of each finding of a check: a source may have several lists. */
static void
rule_each(
    struct pq_findings *f, enum pq_check c, enum pq_status to, const char *why)
{
	size_t i;

	rule(f, c, to, why);
	for (i = 0; i < f->n; i++)
		if (f->v[i].check == c && !is_signed(&f->v[i]))
			rewrite(&f->v[i], to, why);
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

/* Is it on something to which only a good signature leads? */
static bool
rests_on_signature(const struct pq_finding *f)
{
	return is_signed(f) || f->check == PQ_CHECK_IMAGE_DIGEST ||
	    f->check == PQ_CHECK_IMAGE_PLATFORM ||
	    f->check == PQ_CHECK_IMAGE_LABELS ||
	    f->check == PQ_CHECK_SOURCE_IMAGE_COMMIT;
}

/* the finding on the clause that is the @nth of the image */
static struct pq_finding *
find_clause(struct pq_findings *f, size_t nth)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->v[i].check == PQ_CHECK_IMAGE_SIGNATURE && nth-- == 0)
			return &f->v[i];
	return NULL;
}

static void
explain_signature(struct pq_verdict *v, const struct pq_search *s)
{
	struct pq_findings *f = &v->findings;
	struct pq_finding *one;
	bool pends = false;
	size_t i;

	for (i = 0; i < s->n; i++) {
		one = find_clause(f, i);
		/* nobody asked: a failure, not "not there yet" */
		if (s->clauses[i].met || !s->clauses[i].asked || one == NULL)
			continue;
		rewrite(one, PQ_PENDING, s->clauses[i].why);
		pends = true;
	}
	v->signed_by_others = pends && s->others;
	for (i = 0; pends && i < f->n; i++)
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
explain_misfit(struct pq_findings *f, const struct pq_search *s,
    const struct pq_policy *policy)
{
	bool misfit = false;
	size_t i, n;

	for (i = 0; i < s->n; i++)
		misfit = misfit || s->clauses[i].misfit;
	for (i = 0; misfit && s->cut && i < f->n; i++) {
		n = strlen(f->v[i].reason);
		if (is_of_text(&f->v[i], policy) && f->v[i].status == PQ_FAIL)
			(void)snprintf(f->v[i].reason + n,
			    sizeof(f->v[i].reason) - n,
			    "; too many candidates to examine");
	}
}

static void
explain_source(struct pq_findings *f, const struct pq_evidence *ev)
{
	static const enum pq_check checks[] = { PQ_CHECK_SOURCE_TAG_SIGNATURE,
		PQ_CHECK_SOURCE_TAG_COMMIT, PQ_CHECK_SOURCE_IMAGE_COMMIT,
		PQ_CHECK_SOURCE_VERSION };
	const struct pq_evidence_lookup *l =
	    pq_evidence_lookup(ev, PQ_LOOKUP_GIT_REF);
	size_t i;

	if (ev->tag_object.n != 0)
		return;
	if (ev->git_ref != NULL) {
		rule_each(f, PQ_CHECK_SOURCE_TAG_SIGNATURE, PQ_FAIL,
		    "the tag is lightweight: it points at a commit and "
		    "nobody has signed it");
		return;
	}
	if (l == NULL || l->status != 404)
		return;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		rule_each(f, checks[i], PQ_PENDING,
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
judge(struct pq_verdict *v, const struct pq_policy *policy,
    const struct pq_evidence *ev, int64_t now)
{
	struct pq_search s;
	int r = pq_search_pieces(&s, &v->proof, policy, ev, now);

	if (r == 0)
		r = collect_image(&v->proof, ev);
	if (r != 0)
		return r;
	judge_origin(&v->findings, policy, ev);
	r = pq_proof_recheck(v, policy, pq_slice_str(ev->tag), &v->proof, now);
	if (r != 0)
		return r;
	explain_signature(v, &s);
	explain_misfit(&v->findings, &s, policy);
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
	int r;

	if (v == NULL)
		return -PQ_ENOMEM;
	r = judge(v, policy, ev, now);
	if (r == 0)
		*ret = *v;
	else
		pq_verdict_free(v);
	free(v);
	return r;
}
