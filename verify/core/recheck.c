/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check of a proof: the path from a trusted key to the bytes that will run.
 * This code parses only bytes that a key or a hash has authenticated.
 *
 *   policy key -> payload -> digest -> (index ->) manifest -> config -> label
 *   allowed signer -> tag object -> commit
 *
 * The prover of each kind verifies the pieces of this kind. Only this file
 * compares the claims of different pieces: the revision label must be the tag's
 * commit; each payload must name the policy's repository; signed content must
 * give the version of the image tag. The process that owns the Docker socket
 * calls this code with its own policy. So an attacker who controls every other
 * process still needs bytes that the keys of the policy signed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/oci.h>
#include <pratique/text.h>
#include <pratique/verdict.h>

#include "core/clauses.h"

struct proving {
	struct pq_verdict *v;
	const struct pq_policy *policy;
	const struct pq_proof *proof;
	struct pq_slice image_tag;
	int64_t now;
	struct pq_proven_list all; /* pieces about the image, later the tag */
	/* the pieces that meet the clauses */
	const struct pq_proven *used[PQ_PROOF_PIECES];
	size_t n_used;
	struct pq_oci_config config;
	bool have_config;
};

void
pq_verdict_free(struct pq_verdict *v)
{
	pq_findings_free(&v->findings);
}

static void
text_of(char dst[PQ_DIGEST_TEXT], const struct pq_digest *d)
{
	dst[0] = '\0';
	if (!pq_digest_none(d))
		pq_digest_format(dst, d);
}

static void
add_finding(struct proving *p, enum pq_check c, enum pq_status s,
    const char *subject, const char *reason)
{
	pq_findings_add(&p->v->findings, c, s, subject, "", "%s", reason);
}

/* Return the architecture of this build: the daemon is on the same machine. */
const char *
pq_proof_architecture(void)
{
#if defined(__x86_64__)
	return "amd64";
#elif defined(__aarch64__)
	return "arm64";
#elif defined(__riscv)
	return "riscv64";
#else
#error "name this architecture as the OCI image specification does"
#endif
}

/* Return the bytes whose digest the payload must name. */
static struct pq_slice
named_bytes(const struct pq_proof *proof)
{
	return proof->index.n != 0 ? proof->index : proof->manifest;
}

static void
keep_used(struct proving *p, const struct pq_clause *c)
{
	size_t i;

	for (i = 0; i < c->n && p->n_used < PQ_PROOF_PIECES; i++)
		p->used[p->n_used++] = c->used[i];
}

/* Report whether the signer of used piece @nth also made an earlier one. */
static bool
is_named(const struct proving *p, size_t nth)
{
	size_t k;

	for (k = 0; k < nth; k++)
		if (strcmp(p->used[k]->claims.principal,
			p->used[nth]->claims.principal) == 0)
			return true;
	return false;
}

/* Append ", NAME". Return false if less than @spare bytes would remain. */
static bool
add_name(char *dst, size_t size, const char *name, size_t spare)
{
	char text[PQ_NAME_MAX + 1];
	size_t n = strlen(dst);

	pq_text_escape(text, sizeof(text), pq_slice_str(name));
	if (n + (n == 0 ? 0 : 2) + strlen(text) + spare >= size)
		return false;
	(void)snprintf(dst + n, size - n, "%s%s", n == 0 ? "" : ", ", text);
	return true;
}

/*
 * List the signers of the used pieces: "keys/a.pub, keys/b.pub, and 3 more". A
 * signer that counts for two clauses is listed once.
 */
static void
name_used(char *dst, size_t size, const struct proving *p)
{
	size_t i, all = 0, named = 0, n;
	bool full = false;

	dst[0] = '\0';
	for (i = 0; i < p->n_used; i++)
		all += !is_named(p, i);
	for (i = 0; i < p->n_used && !full; i++) {
		if (is_named(p, i))
			continue;
		full = !add_name(dst, size, p->used[i]->claims.principal,
		    named + 1 == all ? 0 : strlen(", and 16 more"));
		named += !full;
	}
	n = strlen(dst);
	if (full)
		(void)snprintf(dst + n, size - n, "%s%zu more",
		    n == 0 ? "" : ", and ", all - named);
}

static void
say_clause(struct proving *p, enum pq_check check, const struct pq_clause *c,
    const char *subject)
{
	pq_findings_add(&p->v->findings, check, c->status, subject, c->spec,
	    "%s", c->reason);
}

/*
 * Check the image signatures. The digest is computed from the image bytes in
 * the proof, and each payload must name it. If the code took the digest from a
 * payload, the payload would choose the image bytes.
 */
static int
prove_signatures(struct proving *p, struct pq_digest *digest, bool *ret)
{
	const struct pq_policy *policy = p->policy;
	size_t i = pq_clause_next(policy, PQ_ABOUT_IMAGE, 0);
	char subject[PQ_DIGEST_TEXT];
	struct pq_clause c;
	int r = pq_digest_of(digest, named_bytes(p->proof));

	*ret = i < policy->n_requirements;
	if (!*ret)
		add_finding(p, PQ_CHECK_IMAGE_SIGNATURE, PQ_FAIL, "",
		    "the policy has no key for image signatures: set "
		    "image-signature under require");
	if (r == 0)
		r = pq_proven_all(&p->all, policy, p->proof, PQ_ABOUT_IMAGE,
		    digest, p->image_tag, p->now);
	text_of(subject, digest);
	for (; r == 0 && i < policy->n_requirements;
	     i = pq_clause_next(policy, PQ_ABOUT_IMAGE, i + 1)) {
		r = pq_clause_judge(&c, policy, i, &p->all);
		if (r != 0)
			return r;
		say_clause(
		    p, PQ_CHECK_IMAGE_SIGNATURE, &c, c.n > 0 ? subject : "");
		*ret = *ret && c.status == PQ_PASS;
		if (c.status == PQ_PASS)
			keep_used(p, &c);
	}
	name_used(p->v->key, sizeof(p->v->key), p);
	return r;
}

/* Check the manifest: digest -> index -> entry of this platform -> manifest. */
static int
walk_index(struct proving *p, struct pq_digest *manifest, struct pq_err *err)
{
	pq_auto(pq_oci_index_freep) struct pq_oci_index *x = NULL;
	const struct pq_oci_descriptor *d = NULL;
	const char *why = "the index has no entry for this platform";
	int r = pq_digest_of(manifest, p->proof->manifest);

	if (r != 0)
		return pq_err_set(err, -r, "cannot compute a digest");
	if (p->proof->index.n == 0)
		return 0;
	r = pq_oci_index_parse(&x, p->proof->index, "", err);
	if (r != 0)
		return pq_err_wrap(err, r, "the index is malformed");
	r = pq_oci_index_find(&d, x, "linux", pq_proof_architecture());
	if (r == PQ_OCI_TWICE)
		why = "the index has two entries for this platform";
	else if (r == PQ_OCI_NESTED)
		why = "the entry for this platform is itself an index";
	if (r == 0 && pq_oci_descriptor_check(d, p->proof->manifest) == 0)
		return 0;
	return pq_err_set(err, PQ_EMISMATCH, "%s",
	    r == 0 ? "the manifest's digest is not the one in the index" : why);
}

static int
walk_manifest(struct proving *p, struct pq_digest *config, struct pq_err *err)
{
	pq_auto(pq_oci_manifest_freep) struct pq_oci_manifest *m = NULL;
	int r = pq_oci_manifest_parse(&m, p->proof->manifest, "", err);

	if (r != 0)
		return pq_err_wrap(err, r, "the manifest is malformed");
	if (pq_oci_descriptor_check(&m->config, p->proof->config) != 0)
		return pq_err_set(err, PQ_EMISMATCH,
		    "the configuration's digest is not the one in the "
		    "manifest");
	r = pq_oci_config_parse(&p->config, p->proof->config, err);
	if (r != 0)
		return pq_err_wrap(err, r, "the configuration is malformed");
	*config = m->config.digest;
	p->have_config = true;
	return 0;
}

static void
prove_platform(struct proving *p, const char *subject, const char *why)
{
	const struct pq_oci_config *c = &p->config;

	if (why != NULL)
		pq_findings_add(&p->v->findings, PQ_CHECK_IMAGE_PLATFORM,
		    PQ_FAIL, subject, "", "not examined: %s", why);
	else if (strcmp(c->os, "linux") == 0 &&
	    strcmp(c->architecture, pq_proof_architecture()) == 0)
		add_finding(p, PQ_CHECK_IMAGE_PLATFORM, PQ_PASS, subject,
		    "the image is for linux on this architecture");
	else
		pq_findings_add(&p->v->findings, PQ_CHECK_IMAGE_PLATFORM,
		    PQ_FAIL, subject, "",
		    "the image is for %s/%s, not linux/%s", c->os,
		    c->architecture, pq_proof_architecture());
}

/* Add a finding for a ruling. Its subject is the digest of the signed bytes. */
static int
say_ruling(struct proving *p, enum pq_check c, const struct pq_ruling *ruling,
    struct pq_slice signed_bytes)
{
	char subject[PQ_DIGEST_TEXT];
	struct pq_digest d;
	int r = pq_digest_of(&d, signed_bytes);

	if (r != 0)
		return r;
	text_of(subject, &d);
	pq_findings_add(&p->v->findings, c, ruling->status, subject,
	    ruling->spec, "%s", ruling->reason);
	return 0;
}

/* Each used signature must name the policy's repository. */
static int
prove_repository(struct proving *p)
{
	struct pq_ruling ruling;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < p->n_used; i++) {
		pq_claims_repository(
		    &ruling, &p->used[i]->claims.repository, p->policy);
		r = say_ruling(p, PQ_CHECK_IMAGE_REPOSITORY, &ruling,
		    p->used[i]->piece->payload);
	}
	return r;
}

/* Each used signature must give the version of the image tag. */
static int
prove_annotations(struct proving *p)
{
	struct pq_ruling ruling;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < p->n_used; i++) {
		pq_claims_version(&ruling, &p->used[i]->claims.version,
		    PQ_VERSION_ANNOTATION, p->image_tag);
		r = say_ruling(p, PQ_CHECK_SOURCE_VERSION, &ruling,
		    p->used[i]->piece->payload);
	}
	return r;
}

static int
prove_version(struct proving *p, const char *subject, const char *why)
{
	enum pq_version_from from = p->policy->version_from;
	struct pq_slice bytes = named_bytes(p->proof);
	struct pq_ruling ruling;

	if (from == PQ_VERSION_ANNOTATION)
		return prove_annotations(p);
	if (from == PQ_VERSION_LABEL && !p->have_config) {
		pq_findings_add(&p->v->findings, PQ_CHECK_SOURCE_VERSION,
		    PQ_FAIL, subject, PQ_RULE_VERSION_FROM, "not examined: %s",
		    why);
		return 0;
	}
	if (from == PQ_VERSION_LABEL)
		bytes = p->proof->config;
	pq_claims_version(&ruling, &p->config.version, from, p->image_tag);
	return say_ruling(p, PQ_CHECK_SOURCE_VERSION, &ruling, bytes);
}

/*
 * Refuse an image with a reserved label. Deploy writes these labels on a
 * container and later reads version and digest from them. An image with such a
 * label could forge these values: with pratique.version=9999 each later release
 * would be too old.
 */
static void
prove_labels(struct proving *p, const char *subject, const char *why)
{
	const char *name = p->config.reserved;

	if (why != NULL)
		pq_findings_add(&p->v->findings, PQ_CHECK_IMAGE_LABELS, PQ_FAIL,
		    subject, "", "not examined: %s", why);
	else if (name[0] == '\0')
		add_finding(p, PQ_CHECK_IMAGE_LABELS, PQ_PASS, subject,
		    "no label begins with " PQ_OCI_RESERVED);
	else
		pq_findings_add(&p->v->findings, PQ_CHECK_IMAGE_LABELS, PQ_FAIL,
		    subject, "",
		    "the image has the label \"%s\", but labels that begin "
		    "with " PQ_OCI_RESERVED " are reserved for pratique: "
		    "remove it from the Dockerfile or the base image",
		    name);
}

static int
prove_image(struct proving *p, const struct pq_digest *digest)
{
	char subject[PQ_DIGEST_TEXT];
	struct pq_digest manifest = { { 0 } }, config = { { 0 } };
	struct pq_err err = PQ_ERR_INIT;
	int r = walk_index(p, &manifest, &err);

	text_of(subject, digest);
	if (r == 0)
		r = walk_manifest(p, &config, &err);
	if (r == -PQ_ENOMEM || r == -PQ_ECRYPTO)
		return r;
	add_finding(p, PQ_CHECK_IMAGE_DIGEST, r == 0 ? PQ_PASS : PQ_FAIL,
	    subject,
	    r == 0 ? "index, manifest and configuration match their digests"
		   : err.text);
	prove_platform(p, subject, r == 0 ? NULL : err.text);
	prove_labels(p, subject, r == 0 ? NULL : err.text);
	if (r == 0) {
		p->v->digest = *digest;
		p->v->manifest = manifest;
		p->v->config = config;
	}
	return prove_version(p, subject, err.text);
}

/*
 * Fail the checks that depend on a signature. Without a good signature, neither
 * the digest nor the documents behind it are authenticated.
 */
static void
leave_unexamined(struct proving *p)
{
	static const struct {
		enum pq_check check;
		const char *rule;
	} all[] = { { PQ_CHECK_IMAGE_REPOSITORY, PQ_RULE_SIGNED_AS },
		{ PQ_CHECK_IMAGE_DIGEST, "" }, { PQ_CHECK_IMAGE_PLATFORM, "" },
		{ PQ_CHECK_IMAGE_LABELS, "" },
		{ PQ_CHECK_SOURCE_VERSION, PQ_RULE_VERSION_FROM } };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		pq_findings_add(&p->v->findings, all[i].check, PQ_FAIL, "",
		    all[i].rule, "not examined: no good image signature");
}

static void
fail_source(struct proving *p, const char *subject)
{
	static const char none[] = "no signed tag";

	add_finding(p, PQ_CHECK_SOURCE_VERSION, PQ_FAIL, subject, none);
	add_finding(p, PQ_CHECK_SOURCE_TAG_COMMIT, PQ_FAIL, subject, none);
	add_finding(p, PQ_CHECK_SOURCE_IMAGE_COMMIT, PQ_FAIL, subject, none);
}

static void
prove_commit(struct proving *p, const struct pq_oid *commit)
{
	const char *revision = p->config.revision;
	char oid[PQ_OID_TEXT];

	pq_oid_format(oid, commit);
	p->v->commit = *commit;
	add_finding(p, PQ_CHECK_SOURCE_TAG_COMMIT, PQ_PASS, oid,
	    "the signed tag names this commit");
	if (!p->have_config)
		add_finding(p, PQ_CHECK_SOURCE_IMAGE_COMMIT, PQ_FAIL, oid,
		    "not examined: no configuration of the image was read");
	else if (revision[0] == '\0')
		add_finding(p, PQ_CHECK_SOURCE_IMAGE_COMMIT, PQ_FAIL, oid,
		    "the image's label " PQ_OCI_REVISION " is missing or "
		    "empty: set it to the commit in your build");
	else if (strcmp(revision, oid) == 0)
		add_finding(p, PQ_CHECK_SOURCE_IMAGE_COMMIT, PQ_PASS, oid,
		    "the image's revision label is the signed tag's commit");
	else
		pq_findings_add(&p->v->findings, PQ_CHECK_SOURCE_IMAGE_COMMIT,
		    PQ_FAIL, oid, "",
		    "the image's revision label is \"%s\", not the signed "
		    "tag's commit",
		    revision);
}

/* Compute the object id of a clause's tag. An unreadable tag has none. */
static int
tag_id(struct pq_oid *ret, const struct pq_clause *c)
{
	const struct pq_proven *tag = c->n > 0 ? c->used[0] : NULL;

	*ret = (struct pq_oid){ 0 };
	if (tag == NULL || tag->claims.commit.len == 0)
		return 0;
	return pq_oid_of(
	    ret, PQ_GITOBJ_TAG, tag->claims.commit.len, tag->piece->payload);
}

/*
 * Refuse a clause that is met by another tag object. A release has one tag
 * object. A signature on another tag object is not a signature of this release.
 */
static void
refuse_other_tag(const struct proving *p, struct pq_clause *c)
{
	const struct pq_proven *one = p->n_used > 0 ? p->used[0] : c->used[0];
	size_t i;

	for (i = 0; c->status == PQ_PASS && i < c->n; i++)
		if (!pq_slice_eq(
			c->used[i]->piece->payload, one->piece->payload))
			*c = (struct pq_clause){
				.reason = "the signature is on another tag "
					  "object"
			};
}

/* @ret: id of the tag object that meets each clause about the tag */
static int
prove_signers(struct proving *p, struct pq_oid *ret, bool *ret_signed)
{
	const struct pq_policy *policy = p->policy;
	size_t i = pq_clause_next(policy, PQ_ABOUT_TAG, 0);
	char subject[PQ_OID_TEXT];
	struct pq_clause c;
	int r = 0;

	*ret_signed = i < policy->n_requirements;
	if (!*ret_signed)
		add_finding(p, PQ_CHECK_SOURCE_TAG_SIGNATURE, PQ_FAIL, "",
		    "the policy has no signer of git tags: set signers under "
		    "source");
	for (; r == 0 && i < policy->n_requirements;
	     i = pq_clause_next(policy, PQ_ABOUT_TAG, i + 1)) {
		r = pq_clause_judge(&c, policy, i, &p->all);
		if (r == 0)
			r = tag_id(ret, &c);
		if (r != 0)
			return r;
		refuse_other_tag(p, &c);
		pq_oid_format(subject, ret);
		say_clause(p, PQ_CHECK_SOURCE_TAG_SIGNATURE, &c, subject);
		*ret_signed = *ret_signed && c.status == PQ_PASS;
		if (c.status == PQ_PASS)
			keep_used(p, &c);
	}
	return r;
}

/* Judge the content of the signed tag: its name and its commit. */
static int
prove_tag(struct proving *p, const struct pq_oid *oid)
{
	const struct pq_claims *tag = &p->used[0]->claims;
	pq_auto(pq_autofree) char *want = NULL;
	char subject[PQ_OID_TEXT];
	int r = pq_policy_git_tag(&want, p->policy, p->image_tag);
	bool named;

	if (r == -PQ_ENOMEM)
		return r;
	pq_oid_format(subject, oid);
	p->v->tag_object = *oid;
	name_used(p->v->signer, sizeof(p->v->signer), p);
	named = r == 0 && tag->version.kind == PQ_CLAIM_TEXT &&
	    strcmp(tag->version.text, want) == 0;
	add_finding(p, PQ_CHECK_SOURCE_VERSION, named ? PQ_PASS : PQ_FAIL,
	    subject,
	    named ? "the name inside the signed tag matches the image "
		    "tag"
		  : "the name inside the signed tag does not match the "
		    "image tag");
	prove_commit(p, &tag->commit);
	return 0;
}

static int
prove_source(struct proving *p)
{
	static const struct pq_digest none;
	char subject[PQ_OID_TEXT];
	struct pq_oid oid = { 0 };
	bool signed_ = false;
	int r;

	if (p->policy->git_url == NULL)
		return 0;
	p->all.n = p->n_used = 0;
	r = pq_proven_all(&p->all, p->policy, p->proof, PQ_ABOUT_TAG, &none,
	    p->image_tag, p->now);
	if (r == 0)
		r = prove_signers(p, &oid, &signed_);
	if (r != 0)
		return r;
	if (signed_)
		return prove_tag(p, &oid);
	pq_oid_format(subject, &oid);
	fail_source(p, subject);
	return 0;
}

static int
prove_all(struct proving *p)
{
	struct pq_digest digest = { { 0 } };
	bool signed_ = false;
	int r = prove_signatures(p, &digest, &signed_);

	if (r != 0)
		return r;
	if (!signed_) {
		leave_unexamined(p);
		return prove_source(p);
	}
	r = prove_repository(p);
	if (r == 0)
		r = prove_image(p, &digest);
	return r != 0 ? r : prove_source(p);
}

int
pq_proof_recheck(struct pq_verdict *ret, const struct pq_policy *policy,
    struct pq_slice image_tag, const struct pq_proof *proof, int64_t now)
{
	struct proving *p = calloc(1, sizeof(*p));
	int r;

	if (p == NULL)
		return -PQ_ENOMEM;
	p->v = ret;
	p->policy = policy;
	p->proof = proof;
	p->image_tag = image_tag;
	p->now = now;
	r = prove_all(p);
	free(p);
	/* a finding that was lost for lack of memory is not a failed check */
	return r == 0 && ret->findings.fault == -PQ_ENOMEM ? -PQ_ENOMEM : r;
}
