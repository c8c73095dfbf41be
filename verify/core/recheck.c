/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof: from a trusted key to the bytes that will run, with nothing
 * parsed that a key or a hash has not authenticated before.
 *
 *   policy key -> payload -> digest -> (index ->) manifest -> config -> label
 *   allowed signer -> tag object -> commit
 *
 * The label and the commit must be one, the payload must name the policy's
 * repository, and signed content the version of the image tag. The owner of
 * the Docker socket calls this with its own policy, so that an attacker who
 * took over every other process still has to present bytes that the real keys
 * have signed.
 */
#include <string.h>

#include <pratique/dsse.h>
#include <pratique/gittag.h>
#include <pratique/oci.h>
#include <pratique/pubkey.h>
#include <pratique/simplesigning.h>
#include <pratique/text.h>
#include <pratique/verdict.h>

struct proving {
	struct pq_verdict *v;
	const struct pq_policy *policy;
	const struct pq_proof *proof;
	struct pq_slice image_tag;
	int64_t now;
	struct pq_claims claims; /* of the payload, once its key is proven */
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
say(struct proving *p, enum pq_check c, enum pq_status s, const char *subject,
    const char *reason)
{
	pq_findings_add(&p->v->findings, c, s, subject, "", "%s", reason);
}

/* Platform of this build: the daemon runs on the same machine. */
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

/* The signed bytes of the proof: payload itself, or its DSSE encoding. */
static int
verify_signature(
    struct proving *p, const struct pq_policy_key *k, struct pq_err *err)
{
	pq_auto(pq_buf_free) struct pq_buf pae =
	    PQ_BUF_INIT((size_t)2 * PQ_BUNDLE_MAX);
	pq_auto(pq_pubkey_freep) struct pq_pubkey *key = NULL;
	struct pq_slice message = p->proof->payload;
	int r = pq_pubkey_parse(&key, pq_slice(k->pem, k->pem_n), err);

	if (r == 0 && p->proof->kind == PQ_PROOF_DSSE) {
		r = pq_dsse_pae(&pae, pq_slice_str(PQ_DSSE_INTOTO), message);
		message = pq_buf_view(&pae);
	}
	if (r == 0)
		r = pq_pubkey_verify(key, message, p->proof->signature);
	return r;
}

/* The bytes whose digest the payload is to name. */
static struct pq_slice
deployed(const struct pq_proof *proof)
{
	return proof->index.n != 0 ? proof->index : proof->manifest;
}

static int
examine_payload(
    struct proving *p, const struct pq_digest *digest, struct pq_ruling *ret)
{
	struct pq_slice payload = p->proof->payload;

	return p->proof->kind == PQ_PROOF_DSSE
	    ? pq_statement_examine(
		  payload, PQ_STATEMENT_SIGN, digest, ret, &p->claims)
	    : pq_simplesigning_examine(payload, digest, ret, &p->claims);
}

/*
 * The digest is computed from the bytes at hand and the signed payload must
 * name it; the other way round the payload would choose the bytes.
 */
static int
prove_signature(struct proving *p, struct pq_digest *digest, bool *ret)
{
	const struct pq_policy_key *k = &p->policy->keys[p->proof->key];
	struct pq_err err = PQ_ERR_INIT;
	struct pq_ruling ruling = { 0 };
	char subject[PQ_DIGEST_TEXT];
	int r = pq_digest_of(digest, deployed(p->proof));

	*ret = false;
	if (r != 0)
		return r;
	text_of(subject, digest);
	r = verify_signature(p, k, &err);
	if (r == -PQ_ENOMEM || r == -PQ_ECRYPTO)
		return r;
	if (r != 0) {
		say(p, PQ_CHECK_IMAGE_SIGNATURE, PQ_FAIL, subject,
		    r < 0 ? err.text
			  : "the signature was not made by the policy's key");
		return 0;
	}
	r = examine_payload(p, digest, &ruling);
	if (r != 0)
		return r;
	*ret = ruling.status == PQ_PASS;
	pq_findings_add(&p->v->findings, PQ_CHECK_IMAGE_SIGNATURE,
	    ruling.status, subject, ruling.spec, "%s%s%s", ruling.reason,
	    *ret ? "; signed by " : "", *ret && k->name != NULL ? k->name : "");
	if (*ret && k->name != NULL)
		pq_text_escape(
		    p->v->key, sizeof(p->v->key), pq_slice_str(k->name));
	return 0;
}

static bool
signature_named(struct proving *p)
{
	if (p->policy->n_keys == 0 ||
	    (p->proof->kind != PQ_PROOF_SIMPLE &&
		p->proof->kind != PQ_PROOF_DSSE) ||
	    p->proof->key >= p->policy->n_keys) {
		say(p, PQ_CHECK_IMAGE_SIGNATURE, PQ_FAIL, "",
		    p->policy->n_keys == 0
			? "the policy names no image key"
			: "no signature by a key of the policy");
		return false;
	}
	return true;
}

/* digest -> index -> the one entry of this platform -> manifest */
static int
walk_index(struct proving *p, struct pq_digest *manifest, struct pq_err *err)
{
	pq_auto(pq_oci_index_freep) struct pq_oci_index *x = NULL;
	const struct pq_oci_descriptor *d = NULL;
	const char *why = "the index has no entry for this platform";
	int r = pq_digest_of(manifest, p->proof->manifest);

	if (r != 0)
		return pq_err_set(err, -r, "cannot hash");
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
	    r == 0 ? "the manifest is not the one that the index names" : why);
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
		    "the configuration is not the one that the manifest "
		    "names");
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
		say(p, PQ_CHECK_IMAGE_PLATFORM, PQ_PASS, subject,
		    "linux, this architecture");
	else
		pq_findings_add(&p->v->findings, PQ_CHECK_IMAGE_PLATFORM,
		    PQ_FAIL, subject, "",
		    "the image is for %s/%s, not linux/%s", c->os,
		    c->architecture, pq_proof_architecture());
}

/* @said_by: the signed bytes that were ruled on; the finding names them. */
static int
say_ruling(struct proving *p, enum pq_check c, const struct pq_ruling *ruling,
    struct pq_slice said_by)
{
	char subject[PQ_DIGEST_TEXT];
	struct pq_digest d;
	int r = pq_digest_of(&d, said_by);

	if (r != 0)
		return r;
	text_of(subject, &d);
	pq_findings_add(&p->v->findings, c, ruling->status, subject,
	    ruling->spec, "%s", ruling->reason);
	return 0;
}

static int
prove_repository(struct proving *p)
{
	struct pq_ruling ruling;

	pq_claims_repository(&ruling, &p->claims.repository, p->policy);
	return say_ruling(
	    p, PQ_CHECK_IMAGE_REPOSITORY, &ruling, p->proof->payload);
}

static int
prove_version(struct proving *p, const char *subject, const char *why)
{
	enum pq_version_from from = p->policy->version_from;
	const struct pq_claim *claim = &p->claims.version;
	struct pq_slice said_by = deployed(p->proof);
	struct pq_ruling ruling;

	if (from == PQ_VERSION_LABEL && !p->have_config) {
		pq_findings_add(&p->v->findings, PQ_CHECK_SOURCE_VERSION,
		    PQ_FAIL, subject, PQ_RULE_VERSION_FROM, "not examined: %s",
		    why);
		return 0;
	}
	if (from == PQ_VERSION_ANNOTATION)
		said_by = p->proof->payload;
	if (from == PQ_VERSION_LABEL) {
		said_by = p->proof->config;
		claim = &p->config.version;
	}
	pq_claims_version(&ruling, claim, from, p->image_tag);
	return say_ruling(p, PQ_CHECK_SOURCE_VERSION, &ruling, said_by);
}

/*
 * Deploy writes labels of its own on a container and reads its version and
 * digest from them later. An image that brings such a label would speak in
 * deploy's name: pratique.version=9999 would make each later release too old.
 */
static void
prove_labels(struct proving *p, const char *subject, const char *why)
{
	const char *name = p->config.reserved;

	if (why != NULL)
		pq_findings_add(&p->v->findings, PQ_CHECK_IMAGE_LABELS, PQ_FAIL,
		    subject, "", "not examined: %s", why);
	else if (name[0] == '\0')
		say(p, PQ_CHECK_IMAGE_LABELS, PQ_PASS, subject,
		    "no label begins with " PQ_OCI_RESERVED);
	else
		pq_findings_add(&p->v->findings, PQ_CHECK_IMAGE_LABELS, PQ_FAIL,
		    subject, "",
		    "the image brings the label \"%s\", and labels that begin "
		    "with " PQ_OCI_RESERVED " are deploy's own: remove it from "
		    "the Dockerfile or the base image",
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
	say(p, PQ_CHECK_IMAGE_DIGEST, r == 0 ? PQ_PASS : PQ_FAIL, subject,
	    r == 0 ? "index, manifest and configuration hash to what names them"
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

/* No key vouches for a payload: nothing that it leads to is looked at. */
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
		    all[i].rule,
		    "not examined: no signature vouches for any digest");
}

static void
fail_source(
    struct proving *p, const char *subject, const char *spec, const char *why)
{
	static const char none[] = "no signed tag";

	pq_findings_add(&p->v->findings, PQ_CHECK_SOURCE_TAG_SIGNATURE, PQ_FAIL,
	    subject, spec, "%s", why);
	say(p, PQ_CHECK_SOURCE_VERSION, PQ_FAIL, subject, none);
	say(p, PQ_CHECK_SOURCE_TAG_COMMIT, PQ_FAIL, subject, none);
	say(p, PQ_CHECK_SOURCE_IMAGE_COMMIT, PQ_FAIL, subject, none);
}

static void
prove_commit(struct proving *p, const struct pq_gittag *tag)
{
	const char *revision = p->config.revision;
	char oid[PQ_OID_TEXT];

	pq_oid_format(oid, &tag->object);
	p->v->commit = tag->object;
	say(p, PQ_CHECK_SOURCE_TAG_COMMIT, PQ_PASS, oid,
	    "the signed tag names this commit");
	if (!p->have_config)
		say(p, PQ_CHECK_SOURCE_IMAGE_COMMIT, PQ_FAIL, oid,
		    "not examined: no configuration of the image was read");
	else if (revision[0] == '\0')
		say(p, PQ_CHECK_SOURCE_IMAGE_COMMIT, PQ_FAIL, oid,
		    "the image names no commit: its label " PQ_OCI_REVISION
		    " is missing or empty");
	else if (strcmp(revision, oid) == 0)
		say(p, PQ_CHECK_SOURCE_IMAGE_COMMIT, PQ_PASS, oid,
		    "the image's revision label is the signed tag's commit");
	else
		pq_findings_add(&p->v->findings, PQ_CHECK_SOURCE_IMAGE_COMMIT,
		    PQ_FAIL, oid, "",
		    "the image's revision label is \"%s\", not the signed "
		    "tag's commit",
		    revision);
}

static int
prove_tag(struct proving *p, const struct pq_signers *signers)
{
	pq_auto(pq_autofree) char *want = NULL;
	struct pq_ruling ruling = { 0 };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_gittag tag;
	struct pq_oid oid;
	char subject[PQ_OID_TEXT];
	int r = pq_gittag_parse(&tag, p->proof->tag_object, &err);
	bool named;

	if (r != 0) {
		fail_source(p, "", PQ_GITTAG_RULE, err.text);
		return 0;
	}
	r = pq_gittag_examine(&tag, signers, p->now, &ruling);
	if (r == 0)
		r = pq_oid_of(
		    &oid, PQ_GITOBJ_TAG, tag.object.len, p->proof->tag_object);
	if (r != 0)
		return r;
	pq_oid_format(subject, &oid);
	if (ruling.status != PQ_PASS) {
		fail_source(p, subject, ruling.spec, ruling.reason);
		return 0;
	}
	p->v->tag_object = oid;
	pq_text_escape(
	    p->v->signer, sizeof(p->v->signer), pq_slice_str(ruling.principal));
	pq_findings_add(&p->v->findings, PQ_CHECK_SOURCE_TAG_SIGNATURE, PQ_PASS,
	    subject, ruling.spec, "%s", ruling.reason);
	r = pq_policy_git_tag(&want, p->policy, p->image_tag);
	if (r == -PQ_ENOMEM)
		return r;
	named = r == 0 && pq_slice_eq_str(tag.name, want);
	say(p, PQ_CHECK_SOURCE_VERSION, named ? PQ_PASS : PQ_FAIL, subject,
	    named ? "the signed tag carries the image's version"
		  : "the signed tag's own name is not the one that the "
		    "image tag stands for");
	prove_commit(p, &tag);
	return 0;
}

static int
prove_source(struct proving *p)
{
	pq_auto(pq_signers_freep) struct pq_signers *signers = NULL;
	struct pq_err err = PQ_ERR_INIT;
	int r;

	if (p->policy->git_url == NULL)
		return 0;
	if (p->proof->tag_object.n == 0) {
		fail_source(p, "", "", "there is no tag object");
		return 0;
	}
	r = pq_signers_parse(
	    &signers, pq_slice(p->policy->signers, p->policy->signers_n), &err);
	if (r == -PQ_ENOMEM)
		return r;
	if (r != 0) {
		fail_source(p, "", "", err.text);
		return 0;
	}
	return prove_tag(p, signers);
}

static int
prove(struct proving *p)
{
	struct pq_digest digest = { { 0 } };
	bool signed_ = false;
	int r = 0;

	if (signature_named(p))
		r = prove_signature(p, &digest, &signed_);
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
	struct proving p = { .v = ret,
		.policy = policy,
		.proof = proof,
		.image_tag = image_tag,
		.now = now };
	int r = prove(&p);

	/* a finding that is lost for want of memory is not a bad one */
	return r == 0 && ret->findings.fault == -PQ_ENOMEM ? -PQ_ENOMEM : r;
}
