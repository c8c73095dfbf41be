/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deploy's own judgement. Deploy does not trust the warden. It reads the policy
 * from the root-owned configuration and verifies the proof with the keys of the
 * policy. Its own journal has the time served, the holds, the rejections and
 * the order of versions. An attacker who controls every other process can only
 * withhold a release, or present a release that the real keys signed and wait
 * for its full quarantine.
 *
 * A list of steps judges each message. The steps run in order until one ends
 * the judgement. The result is WAITING if a restart or an operator can remove
 * the fault, and REFUSED if the fault is permanent.
 */
#include "deploy/deploy.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pratique/names.h>
#include <pratique/text.h>
#include <pratique/version.h>

#include "deploy/running.h"
#include "deploy/standing.h"
#include "gate/state.h"

#define SOON_S 30 /* seconds until the warden asks again */

struct judging {
	struct deploy *d;
	const struct pq_case *c;
	const struct pq_config_service *service;
	char tag[PQ_TAG_TEXT], digest[PQ_DIGEST_TEXT];
	struct pq_verdict v;
	struct pq_noticed noticed;
	struct pq_observed seen; /* the container to replace */
	bool same;               /* @seen already runs this release */
	struct pq_answer *answer;
};

/* A step. Return: true to continue; false if the answer is complete. */
typedef bool (*judge_fn)(struct judging *j);

static bool __attribute__((format(printf, 4, 5))) end_with(struct judging *j,
    enum pq_outcome kind, uint64_t left_s, const char *fmt, ...)
{
	va_list ap;

	j->answer->kind = kind;
	j->answer->left_s = left_s;
	va_start(ap, fmt);
	(void)vsnprintf(j->answer->reason, sizeof(j->answer->reason), fmt, ap);
	va_end(ap);
	return false;
}

/* Describe the first finding that is not a pass. */
static void
describe_fault(const struct pq_findings *f, char dst[400])
{
	size_t i;

	(void)snprintf(dst, 400, "no check was made");
	for (i = 0; i < f->n; i++) {
		if (f->v[i].status == PQ_PASS)
			continue;
		(void)snprintf(dst, 400, "%s: %.350s",
		    pq_check_name(f->v[i].check), f->v[i].reason);
		return;
	}
}

/*
 * End with the first finding that does not pass. A list that lost a finding
 * because memory ran out must not refuse a release permanently.
 */
static bool
end_with_fault(struct judging *j, const struct pq_findings *f,
    enum pq_outcome kind, uint64_t left)
{
	char why[400];

	if (f->fault == -PQ_ENOMEM)
		return end_with(j, PQ_OUTCOME_WAITING, SOON_S,
		    "deploy could not examine the release: %s",
		    pq_fault_text(f->fault));
	describe_fault(f, why);
	return end_with(j, kind, left, "%s", why);
}

static bool
check_policy(struct judging *j)
{
	char hash[PQ_DIGEST_TEXT];

	j->service = pq_config_service(j->d->config, j->c->service);
	if (j->service == NULL)
		return end_with(j, PQ_OUTCOME_WAITING, SOON_S,
		    "deploy does not know this service: " PQ_CONFIG_CHANGED);
	pq_digest_format(hash, &j->service->policy->hash);
	if (!pq_slice_eq_str(j->c->policy_hash, hash))
		return end_with(j, PQ_OUTCOME_WAITING, SOON_S,
		    "deploy has another policy: " PQ_CONFIG_CHANGED);
	return true;
}

static bool
check_names(struct judging *j)
{
	const struct pq_config_service *s = j->service;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_digest d;
	size_t i;

	if (pq_digest_parse(&d, j->c->digest) != 0)
		return end_with(j, PQ_OUTCOME_REFUSED, 0,
		    "image.digest: the digest in the request is invalid");
	if (pq_name_tag(j->c->tag, &err) != 0)
		return end_with(j, PQ_OUTCOME_REFUSED, 0,
		    "image.repository: the tag is invalid: %.300s", err.text);
	pq_digest_format(j->digest, &d);
	memcpy(j->tag, j->c->tag.p, j->c->tag.n);
	if (fnmatch(s->policy->track, j->tag, 0) != 0)
		return end_with(j, PQ_OUTCOME_REFUSED, 0,
		    "image.repository: the tag %s does not match track: %.100s",
		    j->tag, s->policy->track);
	for (i = 0; i < s->n_deny; i++)
		if (strcmp(s->deny[i], j->digest) == 0)
			return end_with(j, PQ_OUTCOME_REFUSED, 0,
			    "image.digest: the policy denies %s", j->digest);
	return true;
}

static bool
check_proof(struct judging *j)
{
	char named[PQ_DIGEST_TEXT];
	int r = pq_proof_recheck(&j->v, j->service->policy,
	    pq_slice_str(j->tag), &j->c->proof, j->d->now.wall_ms / 1000);

	pq_findings_move(&j->answer->findings, &j->v.findings);
	if (r != 0)
		return end_with(j, PQ_OUTCOME_WAITING, SOON_S,
		    "deploy could not examine the release: %s",
		    pq_fault_text(r));
	if (pq_findings_overall(&j->answer->findings) != PQ_PASS)
		return end_with_fault(
		    j, &j->answer->findings, PQ_OUTCOME_REFUSED, 0);
	pq_digest_format(named, &j->v.digest);
	if (strcmp(named, j->digest) != 0)
		return end_with(j, PQ_OUTCOME_REFUSED, 0,
		    "image.digest: the proof is for another digest, %s", named);
	return true;
}

static void
fill_noticed(struct judging *j)
{
	struct pq_noticed *n = &j->noticed;

	memset(n, 0, sizeof(*n));
	(void)snprintf(
	    n->service, sizeof(n->service), "%s", j->service->policy->service);
	(void)snprintf(n->tag, sizeof(n->tag), "%s", j->tag);
	(void)snprintf(n->digest, sizeof(n->digest), "%s", j->digest);
	pq_digest_format(n->manifest, &j->v.manifest);
	pq_digest_format(n->config, &j->v.config);
	if (j->v.tag_object.len != 0)
		pq_oid_format(n->tag_object, &j->v.tag_object);
	n->rejected = PQ_REJECTED_NOT;
	pq_clock_start(&n->clock, &j->d->now);
}

/*
 * Without a signed git tag, the registry chooses the version of a digest. The
 * registry must not change it later: a digest that was noticed, adopted or live
 * with one version keeps that version. A leading "v" is ignored.
 */
static bool
refuse_renamed(struct judging *j, int noticed, const struct pq_noticed *before)
{
	const struct pq_noticed *now = &j->noticed;
	char tag[PQ_FLOOR_TEXT];
	int r;

	if (j->service->policy->git_url != NULL)
		return false;
	if (noticed == 1)
		(void)snprintf(tag, sizeof(tag), "%s", before->tag);
	r = noticed == 1
	    ? 1
	    : pq_journal_was(&j->d->journal, now->service, now->digest, tag);
	if (r == 0 ||
	    (r == 1 &&
		pq_version_same(pq_slice_str(tag), pq_slice_str(now->tag))))
		return false;
	(void)end_with(j, r < 0 ? PQ_OUTCOME_WAITING : PQ_OUTCOME_REFUSED,
	    SOON_S,
	    r < 0 ? "deploy's journal failed"
		  : "order.monotonic: this digest had version %s before, and "
		    "a digest keeps its version",
	    tag);
	return true;
}

/* Compare the release with the journal; start the clock of a new release. */
static bool
check_journal(struct judging *j)
{
	struct pq_noticed *now = &j->noticed, before;
	int r;

	fill_noticed(j);
	r = pq_journal_noticed(
	    &j->d->journal, now->service, now->digest, &before);
	if (r < 0)
		return end_with(
		    j, PQ_OUTCOME_WAITING, SOON_S, "deploy's journal failed");
	if (r == 1 && before.rejected != PQ_REJECTED_NOT)
		return end_with(j, PQ_OUTCOME_REFUSED, 0,
		    before.rejected == PQ_REJECTED_FAILED
			? "this digest was rolled back before; pratique retry "
			  "%llu allows another attempt"
			: "an operator rejected this digest; pratique retry "
			  "%llu allows it again",
		    (unsigned long long)j->c->release);
	if (refuse_renamed(j, r, &before))
		return false;
	if (pq_journal_pin_tag(&j->d->journal, now) != 0)
		return end_with(j, PQ_OUTCOME_REFUSED, 0,
		    "source.tag-commit: the tag %s named another tag object "
		    "or digest before",
		    j->tag);
	/* changed evidence restarts the quarantine */
	if (r == 1 && strcmp(before.tag, now->tag) == 0 &&
	    strcmp(before.tag_object, now->tag_object) == 0)
		now->clock = before.clock;
	pq_journal_notice(&j->d->journal, now);
	return true;
}

/* Ask the engine which container runs; the next steps judge it. */
static bool
observe_target(struct judging *j)
{
	char why[PQ_REASON_MAX];

	if (pq_standing_observe(&j->seen, j->d, j->service, why) != 0)
		return end_with(j, PQ_OUTCOME_WAITING, SOON_S, "%s", why);
	return true;
}

static bool
check_order(struct judging *j)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct pq_floor floor;

	(void)pq_standing_floor(&floor, j->d, j->service, &j->seen);
	pq_floor_judge(&f, j->tag, &floor);
	if (pq_findings_overall(&f) == PQ_PASS)
		return true;
	return end_with_fault(j, &f,
	    pq_findings_overall(&f) == PQ_FAIL ? PQ_OUTCOME_REFUSED
					       : PQ_OUTCOME_WAITING,
	    SOON_S);
}

/*
 * Return true if the container already runs the verified image, as after
 * `pratique adopt`. A container with the label of another version is replaced
 * nevertheless: if the state directory were lost, that label would give a floor
 * that is too low.
 */
static bool
already_runs(const struct judging *j)
{
	const struct pq_noticed *n = &j->noticed;
	struct pq_floor label = { 0 };

	pq_floor_raise(&label, j->seen.version, PQ_FLOOR_LABEL, NULL);
	return pq_floor_allows_adopt(&label, n->tag) &&
	    pq_observed_runs(&j->seen) &&
	    pq_running_is(j->seen.image, n->config, n->manifest, n->digest);
}

/* Check that the container exists and that its settings are allowed. */
static bool
check_preflight(struct judging *j)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	const struct pq_config_service *s = j->service;
	size_t i;

	if (!j->seen.there)
		return end_with(j, PQ_OUTCOME_WAITING, SOON_S,
		    "there is no %s named %s: create it once by hand",
		    pq_target_key(s->target), s->target_name);
	j->same = already_runs(j);
	pq_target_of(s)->preflight(&f, &j->seen, s, j->same);
	for (i = 0; i < f.n; i++) {
		pq_text_escape(f.v[i].subject, sizeof(f.v[i].subject),
		    pq_slice_str(j->seen.ref));
		pq_findings_put(&j->answer->findings, &f.v[i]);
	}
	if (pq_findings_overall(&f) == PQ_PASS)
		return true;
	return end_with_fault(j, &f, PQ_OUTCOME_REFUSED, 0);
}

static uint64_t
left_s(const struct judging *j)
{
	int64_t ms =
	    pq_clock_left(&j->noticed.clock, j->service->delay_s, &j->d->now);

	return (uint64_t)(ms + 999) / 1000;
}

/* Write why the quarantine lasts longer than its delay. */
static void
write_extra(char dst[64], const struct pq_clock *c, uint64_t delay_s)
{
	char down[PQ_DURATION_MAX];

	pq_text_duration(down, c->down_ms / 1000);
	(void)snprintf(dst, 64, "%s%s",
	    pq_clock_extended(c, delay_s) ? ", because deploy was down for "
					  : "",
	    pq_clock_extended(c, delay_s) ? down : "");
}

static bool
check_quarantine(struct judging *j)
{
	enum pq_tick t = pq_clock_tick(&j->noticed.clock, &j->d->now);
	char left[PQ_DURATION_MAX], delay[PQ_DURATION_MAX], extra[64];

	/* after a step of the host's clock the quarantine starts again */
	if (t == PQ_TICK_ALARM)
		pq_clock_start(&j->noticed.clock, &j->d->now);
	pq_journal_notice(&j->d->journal, &j->noticed);
	if (pq_clock_elapsed(
		&j->noticed.clock, j->service->delay_s, &j->d->now))
		return true;
	pq_text_duration(left, (int64_t)left_s(j));
	pq_text_duration(delay, (int64_t)j->service->delay_s);
	write_extra(extra, &j->noticed.clock, j->service->delay_s);
	return end_with(j, PQ_OUTCOME_WAITING, left_s(j),
	    "quarantine.elapsed: %s of %s left by deploy's own clock%s%s", left,
	    delay, extra,
	    t == PQ_TICK_ALARM ? "; this clock restarted, because the clock "
				 "of the host was stepped"
			       : "");
}

static bool
check_hold(struct judging *j)
{
	char why[512] = "";

	if (!pq_journal_held(&j->d->journal, j->service->policy->service, why))
		return true;
	return end_with(
	    j, PQ_OUTCOME_WAITING, SOON_S, "hold.none: %.400s", why);
}

static bool
run_steps(struct judging *j, const judge_fn *steps)
{
	for (; *steps != NULL; steps++)
		if (!(*steps)(j))
			return false;
	return true;
}

/*
 * A notice runs the lists evidence and standing. A clearance runs evidence and
 * clearing. The clock starts in evidence, before deploy asks the engine,
 * because the engine may be unreachable.
 */
static const judge_fn evidence[] = { check_policy, check_names, check_proof,
	check_journal, NULL };
static const judge_fn standing[] = { observe_target, check_order, NULL };
static const judge_fn clearing[] = { observe_target, check_order,
	check_quarantine, check_hold, check_preflight, NULL };

static void
judging_init(struct judging *j, struct deploy *d, const struct pq_case *c,
    struct pq_answer *answer)
{
	memset(j, 0, sizeof(*j));
	pq_findings_free(&answer->findings);
	memset(answer, 0, sizeof(*answer));
	j->d = d;
	j->c = c;
	j->answer = answer;
	pq_store_begin(&d->journal);
}

void
pq_judge_notice(
    struct deploy *d, const struct pq_case *c, struct pq_answer *ret)
{
	struct judging j;
	char found[400] = "";
	bool good, old;

	judging_init(&j, d, c, ret);
	if (!run_steps(&j, evidence))
		return;
	good = run_steps(&j, standing);
	old = !good && ret->kind == PQ_OUTCOME_REFUSED;
	/* other faults can be removed during the quarantine */
	if (!old && (!good || !check_preflight(&j)))
		(void)snprintf(
		    found, sizeof(found), "preflight: %.380s", ret->reason);
	pq_observed_free(&j.seen);
	if (!old)
		(void)end_with(&j, PQ_OUTCOME_NOTICED, left_s(&j), "%s", found);
}

int
pq_judge_clearance(struct deploy *d, const struct pq_case *c,
    struct pq_clearance *ret_clearance, struct pq_answer *ret)
{
	struct judging j;
	bool clear;

	judging_init(&j, d, c, ret);
	clear = run_steps(&j, evidence) && run_steps(&j, clearing);
	if (clear) {
		ret_clearance->service = j.service;
		ret_clearance->noticed = j.noticed;
		ret_clearance->same = j.same;
		(void)snprintf(ret_clearance->old_ref,
		    sizeof(ret_clearance->old_ref), "%s", j.seen.ref);
	}
	pq_observed_free(&j.seen);
	return clear ? 0 : 1;
}
