/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `pratique verify` judges files by the same functions as the agent. "Refused"
 * and "could not examine" have different exit codes.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <pratique/callback.h>
#include <pratique/evidence.h>
#include <pratique/gittag.h>
#include <pratique/text.h>

#include "cli/cli.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "config/load.h"

/* The outcome of one check. */
struct outcome {
	bool good;
	const char *check, *rule, *reason;
	const char *principal;        /* the signer or the delivery id */
	char subject[PQ_SUBJECT_MAX]; /* the bytes that were judged */
};

static int
print_outcome(const struct cli *c, const struct outcome *s)
{
	if (c->json)
		cli_print_json(json_pack("{s:s,s:s,s:o,s:s,s:o,s:o}", "status",
		    s->good ? "pass" : "fail", "check", s->check, "reason",
		    cli_json_text(pq_slice_str(s->reason)), "spec", s->rule,
		    "subject", cli_json_text(pq_slice_str(s->subject)),
		    "principal", cli_json_text(pq_slice_str(s->principal))));
	else if (s->good)
		(void)printf("verified: %s\n", s->reason);
	else
		(void)printf(
		    "refused: %s: %s (%s)\n", s->check, s->reason, s->rule);
	return s->good ? CLI_DONE : CLI_REFUSED;
}

static void
set_check(struct outcome *s, enum pq_check check, const char *rule)
{
	s->check = pq_check_name(check);
	s->rule = rule[0] != '\0' ? rule : pq_check_rule(check);
}

/*
 * Compare a tag with --name and --commit. Return NULL if they agree. Otherwise
 * set the check of @s, write the reason to @why, and return @why.
 */
static const char *
compare_claims(const struct cli *c, const struct pq_gittag *tag,
    struct outcome *s, char why[320])
{
	char oid[PQ_OID_TEXT], name[PQ_GIT_TAG_TEXT];

	pq_oid_format(oid, &tag->object);
	pq_text_escape(name, sizeof(name), tag->name);
	if (c->tag_name != NULL && !pq_slice_eq_str(tag->name, c->tag_name)) {
		set_check(s, PQ_CHECK_SOURCE_VERSION, "");
		(void)snprintf(why, 320,
		    "the name in the tag object is %s, not that of --name",
		    name);
		return why;
	}
	if (c->commit != NULL && strcasecmp(oid, c->commit) != 0) {
		set_check(s, PQ_CHECK_SOURCE_TAG_COMMIT, "");
		(void)snprintf(why, 320,
		    "the tag names the commit %s, not that of --commit", oid);
		return why;
	}
	return NULL;
}

static int
judge_tag(
    const struct cli *c, const struct pq_signers *signers, struct pq_slice raw)
{
	struct outcome s = { .principal = "" };
	struct pq_ruling ruling = { 0 };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_gittag tag;
	struct pq_oid oid;
	char why[320];
	int r = pq_gittag_parse(&tag, raw, &err);

	set_check(&s, PQ_CHECK_SOURCE_TAG_SIGNATURE, PQ_GITTAG_RULE);
	if (r != 0) {
		pq_text_escape(
		    s.subject, sizeof(s.subject), pq_slice_str(c->operand));
		s.reason = err.text;
		return print_outcome(c, &s);
	}
	r = pq_gittag_examine(&tag, signers, (int64_t)time(NULL), &ruling);
	if (r == 0)
		r = pq_oid_of(&oid, PQ_GITOBJ_TAG, tag.object.len, raw);
	if (r != 0)
		return cli_fail(
		    CLI_NOT_EXAMINED, "%s: %s", c->operand, pq_fault_text(r));
	pq_oid_format(s.subject, &oid);
	set_check(&s, PQ_CHECK_SOURCE_TAG_SIGNATURE, ruling.spec);
	s.principal = ruling.principal;
	s.reason =
	    ruling.status == PQ_PASS ? compare_claims(c, &tag, &s, why) : NULL;
	s.good = ruling.status == PQ_PASS && s.reason == NULL;
	if (s.reason == NULL)
		s.reason = ruling.reason;
	return print_outcome(c, &s);
}

/*
 * Return true for a whole object id. A prefix is refused: an attacker can make
 * another commit with the same prefix.
 */
static bool
is_oid(const char *s)
{
	size_t n = strlen(s);

	return (n == 40 || n == 64) && strspn(s, "0123456789abcdefABCDEF") == n;
}

int
cli_verify_tag(const struct cli *c)
{
	struct pq_buf file = PQ_BUF_INIT(0), raw = PQ_BUF_INIT(0);
	pq_auto(pq_signers_freep) struct pq_signers *signers = NULL;
	struct pq_err err = PQ_ERR_INIT;
	int r;

	if (c->commit != NULL && !is_oid(c->commit))
		return cli_fail(CLI_USAGE,
		    "verify tag: --commit: expected 40 or 64 hex digits");
	r = cli_read_file(&file, c->signers, PQ_SIGNERS_MAX);
	if (r == 0)
		r = cli_read_file(&raw, c->operand, PQ_GITTAG_MAX);
	if (r == 0 && pq_signers_parse(&signers, pq_buf_view(&file), &err) != 0)
		r = cli_fail(CLI_NOT_EXAMINED, "%s: %s", c->signers, err.text);
	if (r == 0)
		r = judge_tag(c, signers, pq_buf_view(&raw));
	pq_buf_free(&file);
	pq_buf_free(&raw);
	return r;
}

/*
 * Take one "Name: value". As in the agent, a header of a scheme may be given
 * only once: with two signatures, the sender could choose the one that is
 * checked.
 */
static int
take_header(struct pq_callback *cb, const char *h)
{
	size_t n = strcspn(h, ": \t");
	const char *value = h + n + 1;
	enum pq_header name = pq_header_find(pq_slice(h, n));
	struct pq_slice *to = &cb->headers[name];

	if (n == 0 || h[n] != ':')
		return cli_fail(
		    CLI_USAGE, "--header '%s': expected 'Name: value'", h);
	if (name == PQ_HEADER_NONE) /* no scheme uses it */
		return 0;
	if (to->p != NULL)
		return cli_fail(CLI_USAGE,
		    "--header %.*s: given more than once", (int)n, h);
	/* drop blanks around the value; a captured header ends in CR */
	*to = pq_slice_str(value + strspn(value, " \t"));
	while (to->n > 0 && strchr(" \t\r", to->p[to->n - 1]) != NULL)
		to->n--;
	return 0;
}

static int
take_headers(struct pq_callback *cb, const struct cli *c)
{
	int i, r = 0;

	for (i = 0; r == 0 && i < c->n_headers; i++)
		r = take_header(cb, c->headers[i]);
	return r;
}

static int
judge_callback(const struct cli *c, enum pq_scheme scheme,
    const struct pq_callback *cb, struct pq_slice secret)
{
	struct outcome s = { .check = "callback.signature",
		.rule = pq_scheme_row(scheme)->rule };
	struct pq_err why = PQ_ERR_INIT;
	struct pq_digest body;
	char id[PQ_DELIVERY_TEXT] = "";

	if (pq_digest_of(&body, cb->body) != 0)
		return cli_fail(CLI_NOT_EXAMINED,
		    "%s: the SHA-256 digest cannot be computed", c->operand);
	pq_digest_format(s.subject, &body);
	s.good = pq_callback_authenticate(scheme, cb, &secret, 1,
		     (int64_t)time(NULL), id, &why) == PQ_CALLBACK_GENUINE;
	s.reason = s.good ? "the signature is genuine" : why.text;
	s.principal = id;
	return print_outcome(c, &s);
}

int
cli_verify_callback(const struct cli *c)
{
	pq_auto(pq_buf_wipe) struct pq_buf secret = PQ_BUF_INIT(0);
	pq_auto(pq_buf_free) struct pq_buf body = PQ_BUF_INIT(0);
	struct pq_callback cb = { 0 };
	enum pq_scheme scheme;
	int r;

	scheme = pq_scheme_by_name(c->scheme);
	if (scheme == PQ_SCHEME_NONE)
		return cli_bad_scheme(c->scheme);
	r = take_headers(&cb, c);
	if (r == 0)
		r = cli_read_secret(&secret, c->secret_file, scheme);
	if (r == 0)
		r = cli_read_file(&body, c->operand, PQ_BODY_MAX);
	cb.body = pq_buf_view(&body);
	return r == 0 ? judge_callback(c, scheme, &cb, pq_buf_view(&secret))
		      : r;
}

/* Find the policy of --policy DIR, or the policy embedded in the document. */
static int
find_policy(const struct cli *c, const struct pq_evidence *ev,
    struct pq_config **ret_config, struct pq_config_service **ret_own,
    const struct pq_policy **ret)
{
	struct pq_config_file files[PQ_EVIDENCE_FILES];
	const struct pq_config_service *s = NULL;
	struct pq_config_notes notes = { 0 };
	size_t i;
	int r;

	if (c->policy != NULL) {
		r = pq_config_load(ret_config, c->policy, &notes);
		if (r == 0)
			s = pq_config_service(
			    *ret_config, pq_slice_str(ev->service));
	} else {
		for (i = 0; i < ev->n_files; i++)
			files[i] = (struct pq_config_file){
				(char *)(uintptr_t)ev->files[i].name,
				(uint8_t *)(uintptr_t)ev->files[i].data.p,
				ev->files[i].data.n
			};
		r = pq_config_service_from_files(
		    ret_own, files, ev->n_files, &notes);
		s = r == 0 ? *ret_own : NULL;
	}
	if (r != 0)
		cli_print_notes(&notes);
	pq_config_notes_free(&notes);
	if (s == NULL)
		return cli_fail(CLI_NOT_EXAMINED,
		    "%s has no valid policy for the service %s",
		    c->policy != NULL ? c->policy : "the evidence",
		    ev->service);
	/*
	 * The embedded policy must have the recorded hash: otherwise an
	 * attacker who replaces only the policy could make any image pass.
	 */
	if (c->policy == NULL &&
	    (strcmp(s->policy->service, ev->service) != 0 ||
		!pq_digest_eq(&s->policy->hash, &ev->policy_hash)))
		return cli_fail(CLI_REFUSED,
		    "the embedded policy does not have the service and the "
		    "policy hash that the document names");
	*ret = s->policy;
	return 0;
}

/*
 * Evidence may come from a machine of another architecture. The checks would
 * compare the image with the architecture of this machine and refuse it. That
 * would say nothing about the evidence.
 */
static int
check_platform(const struct pq_evidence *ev)
{
	char os[64], architecture[64];

	if (strcmp(ev->os, "linux") == 0 &&
	    strcmp(ev->architecture, pq_proof_architecture()) == 0)
		return 0;
	pq_text_escape(os, sizeof(os), pq_slice_str(ev->os));
	pq_text_escape(
	    architecture, sizeof(architecture), pq_slice_str(ev->architecture));
	return cli_fail(CLI_NOT_EXAMINED,
	    "the evidence is for %s/%s; this machine judges only linux/%s", os,
	    architecture, pq_proof_architecture());
}

static int
judge_evidence(const struct cli *c, const struct pq_policy *policy,
    const struct pq_evidence *ev)
{
	struct pq_verdict *v = calloc(1, sizeof(*v));
	int r;

	if (v == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "out of memory");
	r = pq_verdict_judge(
	    v, policy, ev, c->policy != NULL ? (int64_t)time(NULL) : ev->seen);
	if (r != 0) {
		free(v);
		return cli_fail(CLI_NOT_EXAMINED,
		    "the evidence cannot be judged: %s", pq_fault_text(r));
	}
	cli_fail_pending_signature(v);
	r = cli_print_verdict(c, &v->findings, &v->digest,
	    c->policy != NULL ? c->policy
			      : "the embedded policy, at the recorded time");
	pq_verdict_free(v);
	free(v);
	return r;
}

int
cli_verify_evidence(const struct cli *c)
{
	struct pq_buf file = PQ_BUF_INIT(0);
	struct pq_config_service *own = NULL;
	const struct pq_policy *policy = NULL;
	struct pq_config *config = NULL;
	struct pq_evidence *ev = NULL;
	struct pq_err err = PQ_ERR_INIT;
	int r = cli_read_file(&file, c->operand, PQ_EVIDENCE_MAX);

	if (r == 0 && pq_evidence_parse(&ev, pq_buf_view(&file), &err) != 0)
		r = cli_fail(CLI_NOT_EXAMINED,
		    "%s: not an evidence document: %s", c->operand, err.text);
	if (r == 0)
		r = check_platform(ev);
	if (r == 0)
		r = find_policy(c, ev, &config, &own, &policy);
	if (r == 0)
		r = judge_evidence(c, policy, ev);
	pq_evidence_free(ev);
	pq_config_free(config);
	pq_config_service_free(own);
	free(own);
	pq_buf_free(&file);
	return r;
}
