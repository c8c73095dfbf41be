/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Make findings from the evidence and a policy.
 *
 * First the pieces of a proof are collected from the evidence: search.c finds
 * the signatures, and this file finds the manifests. The proof is passed to
 * pq_proof_recheck(). The process that owns the Docker socket decides with the
 * same function, so both processes apply the same rules. Then this file checks
 * the facts that only the whole document shows: the origin of the bytes and the
 * target of the tag.
 *
 * A missing piece is pending only if the document records that fetch asked for
 * it and that the answer was "absent". A missing record is a failure.
 *
 * A bad signature must not refuse a release before the deadline. An attacker
 * with push access to the registry can add junk to an image, or a signature
 * that a policy key once made for another image. If such a signature refused
 * the release, the attacker could block each release before its signer signs.
 * So the finding stays pending and gives the reason. If there is no good
 * signature at the deadline, the release is refused with that reason.
 */
#include <pratique/verdict.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/oci.h>
#include <pratique/text.h>

#include "format/search.h"

_Static_assert(
    PQ_SUBJECT_MAX >= PQ_GIT_REF_TEXT, "a subject must hold a git ref");

/* Get the index, the platform manifest and the config from the document. */
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

/*
 * Report whether a finding is about the signed text. Its check has another
 * finding, which is about the document.
 */
static bool
is_signed(const struct pq_finding *f)
{
	return strcmp(f->spec, PQ_RULE_SIGNED_AS) == 0 ||
	    strcmp(f->spec, PQ_RULE_VERSION_FROM) == 0;
}

/*
 * Find a check's finding. For image.repository and source.version, skip the
 * finding about the signed text.
 */
static struct pq_finding *
find_finding(struct pq_findings *f, enum pq_check c)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->v[i].check == c && !is_signed(&f->v[i]))
			return &f->v[i];
	return NULL;
}

static void
rewrite_finding(struct pq_finding *one, enum pq_status to, const char *why)
{
	one->status = to;
	pq_text_escape(one->reason, sizeof(one->reason), pq_slice_str(why));
}

/* Replace a finding, because the document shows more than the proof. */
static void
set_finding(
    struct pq_findings *f, enum pq_check c, enum pq_status to, const char *why)
{
	struct pq_finding *one = find_finding(f, c);

	if (one == NULL)
		pq_findings_add(f, c, to, "", "", "%s", why);
	else
		rewrite_finding(one, to, why);
}

/* Replace each finding of a check: a source may have several signer lists. */
static void
set_each_finding(
    struct pq_findings *f, enum pq_check c, enum pq_status to, const char *why)
{
	size_t i;

	set_finding(f, c, to, why);
	for (i = 0; i < f->n; i++)
		if (f->v[i].check == c && !is_signed(&f->v[i]))
			rewrite_finding(&f->v[i], to, why);
}

/* Fail a check that the proof passed, because a part of the document is bad. */
static void
fail_check(struct pq_findings *f, enum pq_check c, const char *why)
{
	struct pq_finding *one = find_finding(f, c);

	/* keep the first reason of a failure */
	if (one == NULL || one->status != PQ_FAIL)
		set_finding(f, c, PQ_FAIL, why);
}

/* Report whether only a signature authenticates the subject of a finding. */
static bool
rests_on_signature(const struct pq_finding *f)
{
	return is_signed(f) || f->check == PQ_CHECK_IMAGE_DIGEST ||
	    f->check == PQ_CHECK_IMAGE_PLATFORM ||
	    f->check == PQ_CHECK_IMAGE_LABELS ||
	    f->check == PQ_CHECK_SOURCE_IMAGE_COMMIT;
}

/* Find the finding of the @nth clause about the image. */
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
		/* if fetch did not ask, it is a failure, not "absent so far" */
		if (s->clauses[i].met || !s->clauses[i].asked || one == NULL)
			continue;
		rewrite_finding(one, PQ_PENDING, s->clauses[i].why);
		pends = true;
	}
	v->signed_by_others = pends && s->others;
	for (i = 0; pends && i < f->n; i++)
		if (rests_on_signature(&f->v[i]))
			rewrite_finding(&f->v[i], PQ_PENDING,
			    "not examined: no good signature of this digest "
			    "yet");
}

/*
 * Report whether a finding is about the signed text itself. The version label
 * is in the image, not in that text.
 */
static bool
is_of_text(const struct pq_finding *f, const struct pq_policy *p)
{
	return is_signed(f) &&
	    (f->check == PQ_CHECK_IMAGE_REPOSITORY ||
		p->version_from == PQ_VERSION_ANNOTATION);
}

/*
 * If a list exceeded its limit, say so in the reason of a misfit: a signature
 * that fits may be in the rest of the list.
 */
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
		set_each_finding(f, PQ_CHECK_SOURCE_TAG_SIGNATURE, PQ_FAIL,
		    "the tag is lightweight and carries no signature: create "
		    "a signed tag with git tag -s");
		return;
	}
	if (l == NULL || l->status != 404)
		return;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		set_each_finding(f, checks[i], PQ_PENDING,
		    "the git repository has no such tag yet");
}

/* Check the ref line: the target of the tag when fetch asked for it. */
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
		fail_check(&v->findings, PQ_CHECK_SOURCE_TAG_COMMIT,
		    "the tag object does not match its object id");
		return;
	}
	pq_oid_format(oid, &is);
	(void)snprintf(want, sizeof(want), "%s " PQ_GIT_TAGS "%s", oid, tag);
	if (ev->git_ref == NULL || strcmp(ev->git_ref, want) != 0)
		fail_check(&v->findings, PQ_CHECK_SOURCE_TAG_COMMIT,
		    "the git server advertised another object or another "
		    "name for this tag");
	if (ev->commit_object.n == 0)
		return;
	if (pq_oid_of(&is, PQ_GITOBJ_COMMIT, ev->commit_oid.len,
		ev->commit_object) != 0 ||
	    !pq_oid_eq(&is, &ev->commit_oid) ||
	    (v->commit.len != 0 && !pq_oid_eq(&is, &v->commit)))
		fail_check(&v->findings, PQ_CHECK_SOURCE_TAG_COMMIT,
		    "the commit object is not the one that the tag names");
}

static void
judge_origin(struct pq_findings *f, const struct pq_policy *policy,
    const struct pq_evidence *ev)
{
	bool same = strcmp(ev->repository, policy->image) == 0;

	pq_findings_add(f, PQ_CHECK_IMAGE_REPOSITORY, same ? PQ_PASS : PQ_FAIL,
	    ev->repository, "",
	    same ? "fetched from %s"
		 : "fetched from another repository than the configured %s",
	    policy->image);
	if (policy->git_url == NULL)
		return;
	same = ev->git_repository != NULL &&
	    strcmp(ev->git_repository, policy->git_url) == 0;
	pq_findings_add(f, PQ_CHECK_SOURCE_REPOSITORY, same ? PQ_PASS : PQ_FAIL,
	    ev->git_repository != NULL ? ev->git_repository : "", "",
	    same ? "fetched from %s"
		 : "fetched from another repository than the configured %s",
	    policy->git_url);
}

static bool
is_of_source(const struct pq_finding *f)
{
	return strncmp(pq_check_name(f->check), "source.", 7) == 0 &&
	    !is_signed(f);
}

/*
 * Fill empty subjects. If nothing was examined, the subject of a finding is the
 * image's digest or the tag object. If the tag object is missing, it is the
 * ref.
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
judge_document(struct pq_verdict *v, const struct pq_policy *policy,
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
		fail_check(&v->findings, PQ_CHECK_IMAGE_DIGEST,
		    "the signed digest is not the digest that the tag points "
		    "to");
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
	r = judge_document(v, policy, ev, now);
	if (r == 0)
		*ret = *v;
	else
		pq_verdict_free(v);
	free(v);
	return r;
}
