/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deploy's own judgement. Nothing that the warden says is believed: the
 * policy is read from the root-owned configuration, the proof is verified
 * with the policy's keys, time, holds, rejections and order come from the own
 * journal. So whoever took over every other process can still only withhold,
 * or present what the real keys have signed and wait as long as it takes.
 *
 * Both questions go through one list of steps; each may end the matter, none
 * may be left out. What a restart or an operator's act can mend is WAITING,
 * what stays bad is REFUSED.
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

#define SOON_S 30 /* until something that an operator mends is tried again */

struct judging {
	struct deploy *d;
	const struct pq_case *c;
	const struct pq_config_service *service;
	char tag[PQ_TAG_TEXT], digest[PQ_DIGEST_TEXT];
	struct pq_verdict v;
	struct pq_noticed noticed;
	struct pq_observed seen; /* what is to be replaced */
	bool same;               /* it is the release already */
	struct pq_answer *answer;
};

/* true: go on; false: the answer is made */
typedef bool (*judge_fn)(struct judging *j);

static bool __attribute__((format(printf, 4, 5))) end(struct judging *j,
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

/* The first finding that does not pass, in words. */
static void
first_fault(const struct pq_findings *f, char dst[400])
{
	size_t i;

	(void)snprintf(dst, 400, "nothing was examined");
	for (i = 0; i < f->n; i++) {
		if (f->v[i].status == PQ_PASS)
			continue;
		(void)snprintf(dst, 400, "%s: %.350s",
		    pq_check_name(f->v[i].check), f->v[i].reason);
		return;
	}
}

/* The first that does not pass ends it; a list cut short ends nothing. */
static bool
end_by(struct judging *j, const struct pq_findings *f, enum pq_outcome kind,
    uint64_t left)
{
	char why[400];

	if (f->fault == -PQ_ENOMEM)
		return end(j, PQ_OUTCOME_WAITING, SOON_S,
		    "deploy could not examine it: %s", pq_fault_text(f->fault));
	first_fault(f, why);
	return end(j, kind, left, "%s", why);
}

static bool
same_policy(struct judging *j)
{
	char hash[PQ_DIGEST_TEXT];

	j->service = pq_config_service(j->d->config, j->c->service);
	if (j->service == NULL)
		return end(j, PQ_OUTCOME_WAITING, SOON_S,
		    "deploy has no such service: " PQ_CONFIG_CHANGED);
	pq_digest_format(hash, &j->service->policy->hash);
	if (!pq_slice_eq_str(j->c->policy_hash, hash))
		return end(j, PQ_OUTCOME_WAITING, SOON_S,
		    "deploy has another policy: " PQ_CONFIG_CHANGED);
	return true;
}

static bool
names(struct judging *j)
{
	const struct pq_config_service *s = j->service;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_digest d;
	size_t i;

	if (pq_digest_parse(&d, j->c->digest) != 0)
		return end(j, PQ_OUTCOME_REFUSED, 0,
		    "image.digest: no digest was named");
	if (pq_name_tag(j->c->tag, &err) != 0)
		return end(j, PQ_OUTCOME_REFUSED, 0,
		    "image.repository: the tag: %.300s", err.text);
	pq_digest_format(j->digest, &d);
	memcpy(j->tag, j->c->tag.p, j->c->tag.n);
	if (fnmatch(s->policy->track, j->tag, 0) != 0)
		return end(j, PQ_OUTCOME_REFUSED, 0,
		    "image.repository: the tag is none that the policy tracks");
	for (i = 0; i < s->n_deny; i++)
		if (strcmp(s->deny[i], j->digest) == 0)
			return end(j, PQ_OUTCOME_REFUSED, 0,
			    "image.digest: the policy denies %s", j->digest);
	return true;
}

static bool
proof(struct judging *j)
{
	char named[PQ_DIGEST_TEXT];
	int r = pq_proof_recheck(&j->v, j->service->policy,
	    pq_slice_str(j->tag), &j->c->proof, j->d->now.wall_ms / 1000);

	pq_findings_move(&j->answer->findings, &j->v.findings);
	if (r != 0)
		return end(j, PQ_OUTCOME_WAITING, SOON_S,
		    "deploy could not examine it: %s", pq_fault_text(r));
	if (pq_findings_overall(&j->answer->findings) != PQ_PASS)
		return end_by(j, &j->answer->findings, PQ_OUTCOME_REFUSED, 0);
	pq_digest_format(named, &j->v.digest);
	if (strcmp(named, j->digest) != 0)
		return end(j, PQ_OUTCOME_REFUSED, 0,
		    "image.digest: the proof is of %s", named);
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
 * A tag that nothing authenticates must not choose its version twice: a digest
 * that was noticed, adopted or live under one version keeps it, with its "v" or
 * without.
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
	(void)end(j, r < 0 ? PQ_OUTCOME_WAITING : PQ_OUTCOME_REFUSED, SOON_S,
	    r < 0 ? "journal failed"
		  : "order.monotonic: this digest was %s before",
	    tag);
	return true;
}

/* Known already, or known from now on: the clock starts here. */
static bool
memory(struct judging *j)
{
	struct pq_noticed *now = &j->noticed, before;
	int r;

	fill_noticed(j);
	r = pq_journal_noticed(
	    &j->d->journal, now->service, now->digest, &before);
	if (r < 0)
		return end(j, PQ_OUTCOME_WAITING, SOON_S, "journal failed");
	if (r == 1 && before.rejected != PQ_REJECTED_NOT)
		return end(j, PQ_OUTCOME_REFUSED, 0,
		    before.rejected == PQ_REJECTED_FAILED
			? "this digest was rolled back before: retry it"
			: "an operator rejected this digest");
	if (refuse_renamed(j, r, &before))
		return false;
	if (pq_journal_tag(&j->d->journal, now) != 0)
		return end(j, PQ_OUTCOME_REFUSED, 0,
		    "source.tag-commit: the tag %s was another object or "
		    "digest before",
		    j->tag);
	/* time served counts for the same evidence only */
	if (r == 1 && strcmp(before.tag, now->tag) == 0 &&
	    strcmp(before.tag_object, now->tag_object) == 0)
		now->clock = before.clock;
	pq_journal_notice(&j->d->journal, now);
	return true;
}

/* What runs, if something does; the next steps judge it. */
static bool
look(struct judging *j)
{
	char why[PQ_REASON_MAX];

	if (pq_standing_look(&j->seen, j->d, j->service, why) != 0)
		return end(j, PQ_OUTCOME_WAITING, SOON_S, "%s", why);
	return true;
}

static bool
order(struct judging *j)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct pq_floor floor;

	(void)pq_standing_floor(&floor, j->d, j->service, &j->seen);
	pq_floor_judge(&f, j->tag, &floor);
	if (pq_findings_overall(&f) == PQ_PASS)
		return true;
	return end_by(j, &f,
	    pq_findings_overall(&f) == PQ_FAIL ? PQ_OUTCOME_REFUSED
					       : PQ_OUTCOME_WAITING,
	    SOON_S);
}

/*
 * Does the verified image run already, as it does after it was adopted? Labels
 * of another version would outlive the state as a floor that is too low, so
 * it is replaced by one whose labels are right.
 */
static bool
runs_already(const struct judging *j)
{
	const struct pq_noticed *n = &j->noticed;
	struct pq_floor label = { 0 };

	pq_floor_raise(&label, j->seen.version, PQ_FLOOR_LABEL, NULL);
	return pq_floor_allows_adopt(&label, n->tag) && pq_observed_runs(&j->seen) &&
	    pq_running_is(j->seen.image, n->config, n->manifest, n->digest);
}

/* There is something to replace, and it may be what it is. */
static bool
preflight(struct judging *j)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	const struct pq_config_service *s = j->service;
	size_t i;

	if (!j->seen.there)
		return end(j, PQ_OUTCOME_WAITING, SOON_S,
		    "there is no %s %s: create it once by hand",
		    pq_target_key(s->target), s->target_name);
	j->same = runs_already(j);
	pq_target_of(s)->preflight(&f, &j->seen, s, j->same);
	for (i = 0; i < f.n; i++) {
		pq_text_escape(f.v[i].subject, sizeof(f.v[i].subject),
		    pq_slice_str(j->seen.ref));
		pq_findings_put(&j->answer->findings, &f.v[i]);
	}
	if (pq_findings_overall(&f) == PQ_PASS)
		return true;
	return end_by(j, &f, PQ_OUTCOME_REFUSED, 0);
}

static uint64_t
left_s(const struct judging *j)
{
	int64_t ms =
	    pq_clock_left(&j->noticed.clock, j->service->delay_s, &j->d->now);

	return (uint64_t)(ms + 999) / 1000;
}

static bool
quarantine(struct judging *j)
{
	enum pq_tick t = pq_clock_tick(&j->noticed.clock, &j->d->now);

	/* a clock that lies gives no credit: it starts anew */
	if (t == PQ_TICK_ALARM)
		pq_clock_start(&j->noticed.clock, &j->d->now);
	pq_journal_notice(&j->d->journal, &j->noticed);
	if (pq_clock_elapsed(
		&j->noticed.clock, j->service->delay_s, &j->d->now))
		return true;
	return end(j, PQ_OUTCOME_WAITING, left_s(j),
	    "quarantine.elapsed: deploy's own clock has %llu s of %llu s "
	    "left%s",
	    (unsigned long long)left_s(j),
	    (unsigned long long)j->service->delay_s,
	    t == PQ_TICK_ALARM ? ", for the host's clock was stepped" : "");
}

static bool
hold(struct judging *j)
{
	char why[512] = "";

	if (!pq_journal_held(&j->d->journal, j->service->policy->service, why))
		return true;
	return end(j, PQ_OUTCOME_WAITING, SOON_S, "hold.none: %.400s", why);
}

static bool
run(struct judging *j, const judge_fn *steps)
{
	for (; *steps != NULL; steps++)
		if (!(*steps)(j))
			return false;
	return true;
}

/*
 * Both questions; a clearance needs all of it again, and then some. A notice
 * starts the clock before it asks the engine, which may be away.
 */
static const judge_fn evidence[] = { same_policy, names, proof, memory, NULL };
static const judge_fn standing[] = { look, order, NULL };
static const judge_fn clearing[] = { look, order, quarantine, hold, preflight,
	NULL };

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
	if (!run(&j, evidence))
		return;
	good = run(&j, standing);
	old = !good && ret->kind == PQ_OUTCOME_REFUSED;
	/* an operator has the whole quarantine to mend the rest */
	if (!old && (!good || !preflight(&j)))
		(void)snprintf(
		    found, sizeof(found), "preflight: %.380s", ret->reason);
	pq_observed_free(&j.seen);
	if (!old)
		(void)end(&j, PQ_OUTCOME_NOTICED, left_s(&j), "%s", found);
}

int
pq_judge_clearance(struct deploy *d, const struct pq_case *c,
    struct pq_clearance *ret_clearance, struct pq_answer *ret)
{
	struct judging j;
	bool clear;

	judging_init(&j, d, c, ret);
	clear = run(&j, evidence) && run(&j, clearing);
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
