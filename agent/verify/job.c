/* SPDX-License-Identifier: Apache-2.0 */
/* The work of a jailed child: one message in, one message out. */
#include "verify/job.h"

#include <stdlib.h>

#include <pratique/callback.h>
#include <pratique/evidence.h>

#include "ipc/headers.h"

static int
read_hint(struct pq_buf *out, const struct pq_msg *in)
{
	struct pq_callback cb = pq_callback_get(&in->callback);
	struct pq_msg m = { .type = PQ_MSG_HINT, .job = in->job };
	struct pq_hint hint = { 0 };
	int r = pq_hint_read(&hint, (enum pq_scheme)in->callback.scheme, &cb);

	if (r != 0)
		return r;
	m.hint.kind = (uint32_t)hint.kind;
	m.hint.reason = pq_slice_str(hint.reason);
	m.hint.repository = pq_slice_str(hint.repository);
	m.hint.tag = pq_slice_str(hint.tag);
	m.hint.digest = pq_slice_str(hint.digest);
	m.hint.commit = pq_slice_str(hint.commit);
	m.hint.git_tag = pq_slice_str(hint.git_tag);
	return pq_msg_encode(out, &m);
}

/* The ids of a verdict, as text. */
struct names {
	char digest[PQ_DIGEST_TEXT], manifest[PQ_DIGEST_TEXT];
	char image[PQ_DIGEST_TEXT], tag[PQ_OID_TEXT], commit[PQ_OID_TEXT];
};

static void
fill_names(
    struct pq_msg_verdict *m, struct names *t, const struct pq_verdict *v)
{
	pq_digest_format(t->digest, &v->digest);
	pq_digest_format(t->manifest, &v->manifest);
	pq_digest_format(t->image, &v->config);
	pq_oid_format(t->tag, &v->tag_object);
	pq_oid_format(t->commit, &v->commit);
	m->digest = pq_slice_str(t->digest);
	m->manifest = pq_slice_str(t->manifest);
	m->config = pq_slice_str(t->image);
	m->tag_object = pq_slice_str(t->tag);
	m->commit = pq_slice_str(t->commit);
	m->signer = pq_slice_str(v->signer);
	m->key = pq_slice_str(v->key);
}

static int
put_verdict(struct pq_buf *out, uint64_t job, const struct pq_verdict *v)
{
	pq_auto(pq_buf_free) struct pq_buf findings =
	    PQ_BUF_INIT(PQ_FINDINGS_BYTES);
	pq_auto(pq_buf_free) struct pq_buf proof = PQ_BUF_INIT(PQ_PROOF_MAX);
	struct pq_msg m = { .type = PQ_MSG_VERDICT, .job = job };
	enum pq_status overall = pq_findings_overall(&v->findings);
	struct names names;
	int r = pq_findings_encode(&findings, &v->findings);

	if (r == 0 && overall == PQ_PASS)
		r = pq_proof_encode(&proof, &v->proof);
	if (r != 0)
		return r;
	fill_names(&m.verdict, &names, v);
	m.verdict.overall = (uint32_t)overall;
	m.verdict.findings = pq_buf_view(&findings);
	m.verdict.proof = pq_buf_view(&proof);
	return pq_msg_encode(out, &m);
}

int
pq_job_put_single(
    struct pq_buf *out, uint64_t job, enum pq_status status, const char *why)
{
	struct pq_verdict *v = calloc(1, sizeof(*v));
	int r;

	if (v == NULL)
		return -PQ_ENOMEM;
	pq_findings_add(
	    &v->findings, PQ_CHECK_IMAGE_DIGEST, status, "", "", "%s", why);
	r = put_verdict(out, job, v);
	pq_verdict_free(v);
	free(v);
	return r;
}

static int
judge_document(
    struct pq_buf *out, const struct pq_msg *in, const struct pq_policy *policy)
{
	struct pq_verdict *v = calloc(1, sizeof(*v));
	struct pq_err err = PQ_ERR_INIT;
	struct pq_evidence *ev = NULL;
	int r;

	if (v == NULL)
		return -PQ_ENOMEM;
	r = pq_evidence_parse(&ev, in->examine.document, &err);
	if (r == -PQ_ENOMEM)
		goto out;
	if (r != 0) {
		r = pq_job_put_single(out, in->job, PQ_FAIL, err.text);
		goto out;
	}
	r = pq_verdict_judge(v, policy, ev, in->examine.now);
	if (r == 0)
		r = put_verdict(out, in->job, v);
	pq_evidence_free(ev);
out:
	pq_verdict_free(v);
	free(v);
	return r;
}

static int
examine_evidence(
    struct pq_buf *out, const struct pq_msg *in, const struct pq_config *config)
{
	const struct pq_config_service *s =
	    pq_config_service(config, in->examine.service);
	char hash[PQ_DIGEST_TEXT];

	if (s == NULL)
		return pq_job_put_single(out, in->job, PQ_PENDING,
		    "verify does not know this service: " PQ_CONFIG_CHANGED);
	pq_digest_format(hash, &s->policy->hash);
	if (!pq_slice_eq_str(in->examine.policy_hash, hash))
		return pq_job_put_single(out, in->job, PQ_PENDING,
		    "verify has another policy: " PQ_CONFIG_CHANGED);
	return judge_document(out, in, s->policy);
}

int
pq_job_do(
    struct pq_buf *out, const struct pq_msg *in, const struct pq_config *config)
{
	switch (in->type) {
	case PQ_MSG_CALLBACK:
		return read_hint(out, in);
	case PQ_MSG_EXAMINE:
		return examine_evidence(out, in, config);
	default:
		return -PQ_EPROTO;
	}
}
