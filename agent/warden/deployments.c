/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notices, clearances and their outcomes.
 *
 * Deploy judges each release itself. The warden sends it the bytes to judge,
 * and can restrain it, but cannot make it do more. Before a clearance is sent,
 * the ledger records an attempt. After a lost connection the clearance is sent
 * again with the same attempt. That is idempotent, because the journal of
 * deploy knows the attempt.
 */
#include "warden/deployments.h"

#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

#include "warden/core.h"
#include "warden/jobs.h"
#include "warden/ledger_attempts.h"
#include "warden/ledger_findings.h"
#include "warden/ledger_holds.h"
#include "warden/ledger_proofs.h"
#include "warden/ledger_releases.h"
#include "warden/peers.h"
#include "warden/quarantine.h"
#include "warden/releases.h"
#include "warden/restraints.h"

#define WAIT_MIN_S 30 /* shortest pause if the last attempt waited too */
#define CLEARED_S 300 /* the second examination is fresh for this long */
#define NOT_ITS_TURN "another release of this service is being deployed"

static void
fill_message(
    struct pq_msg *m, const struct pq_release *r, struct pq_slice proof)
{
	m->job = (uint64_t)r->id;
	if (m->type == PQ_MSG_NOTICE) {
		m->notice.release = (uint64_t)r->id;
		m->notice.service = pq_slice_str(r->service);
		m->notice.policy_hash = pq_slice_str(r->policy_hash);
		m->notice.tag = pq_slice_str(r->tag);
		m->notice.digest = pq_slice_str(r->digest);
		m->notice.proof = proof;
	} else {
		m->clearance.release = (uint64_t)r->id;
		m->clearance.attempt = (uint64_t)r->attempt;
		m->clearance.service = pq_slice_str(r->service);
		m->clearance.policy_hash = pq_slice_str(r->policy_hash);
		m->clearance.tag = pq_slice_str(r->tag);
		m->clearance.digest = pq_slice_str(r->digest);
		m->clearance.proof = proof;
	}
}

struct giving {
	struct warden *w;
	const struct pq_release *r;
	enum pq_msg_type type;
	int ret; /* as send_to_deploy() returns */
};

/* Never send a proof that deploy cannot decode: it would end the connection. */
static void
send_with_proof(void *arg, struct pq_slice proof)
{
	struct giving *g = arg;
	struct pq_msg m = { .type = g->type };
	struct pq_proof readable;

	if (pq_proof_decode(&readable, proof) != 0)
		return;
	fill_message(&m, g->r, proof);
	g->ret = g->type == PQ_MSG_CLEARANCE
	    ? pq_peers_give(g->w, PQ_DOOR_DEPLOY, &m)
	    : pq_peers_offer(g->w, PQ_DOOR_DEPLOY, &m);
}

/*
 * Send a notice or a clearance with the proof in the ledger. Return: 0; 1 if
 * there is no proof that can be sent; or a fault of the peer, to which it is
 * sent again later.
 */
static int
send_to_deploy(
    struct warden *w, enum pq_msg_type type, const struct pq_release *r)
{
	struct giving g = { .w = w, .r = r, .type = type, .ret = 1 };

	(void)pq_ledger_proof_read(&w->store, r->id, send_with_proof, &g);
	return g.ret;
}

static void
end_attempt(struct warden *w, const struct pq_release *r, const char *outcome,
    const char *reason, struct pq_slice log)
{
	if (r->attempt == 0)
		return;
	pq_store_begin(&w->store);
	pq_ledger_attempt_end(
	    &w->store, r->attempt, outcome, reason, log, pq_warden_s(w));
}

/*
 * The attempt waits, so the release goes back to quarantine: a new attempt
 * needs a new examination. If the reason is the same as before, the pause
 * grows, and the two attempts become one row. So the ledger does not grow, even
 * if the operator creates the container a month later.
 */
static void
wait_again(struct warden *w, struct pq_release *r, const char *actor,
    int64_t left, const char *reason, struct pq_slice log)
{
	int64_t before =
	    pq_ledger_attempt_before(&w->store, r->attempt, reason);
	int64_t now = pq_warden_s(w), waited;

	end_attempt(w, r, PQ_ATTEMPT_WAITING, reason, log);
	if (before == 0) {
		r->next_try = now + left;
		pq_release_move(w, r, PQ_EVENT_WAIT, actor, "%s", reason);
		return;
	}
	waited =
	    now - pq_ledger_attempt_join(&w->store, r->attempt, before, now);
	if (waited < WAIT_MIN_S)
		waited = WAIT_MIN_S;
	if (waited > WARDEN_WAIT_S)
		waited = WARDEN_WAIT_S;
	r->next_try = now + (left > waited ? left : waited);
	pq_release_repeat(w, r, PQ_EVENT_WAIT, reason);
}

/* Send a clearance whose attempt is in the ledger, or examine it again. */
static void
send_clearance(struct warden *w, struct pq_release *r)
{
	static const char why[] =
	    "the proof in the ledger cannot be decoded; examining again";

	if (send_to_deploy(w, PQ_MSG_CLEARANCE, r) != 1)
		return;
	wait_again(w, r, "warden", 0, why, pq_slice(NULL, 0));
}

static void
repeat_clearances(struct warden *w)
{
	int64_t ids[WARDEN_PICK], last = 0;
	struct pq_release r;
	size_t n, i;

	do {
		n = pq_ledger_releases_deploying(
		    &w->store, last, ids, WARDEN_PICK);
		for (i = 0; i < n; i++)
			if (pq_ledger_release_read(&w->store, ids[i], &r) == 1)
				send_clearance(w, &r);
		if (n != 0)
			last = ids[n - 1];
	} while (n == WARDEN_PICK);
}

void
pq_deployments_greet(struct warden *w)
{
	pq_restraints_repeat(w);
	pq_store_begin(&w->store);
	pq_ledger_releases_unnotice(&w->store);
	repeat_clearances(w);
}

static void
send_notice(struct warden *w, struct pq_release *r)
{
	int k = send_to_deploy(w, PQ_MSG_NOTICE, r);

	/* evidence of a job in flight was requested too early to be fresh */
	if (k == 1 && !pq_jobs_busy(w, r->id))
		pq_quarantine_again(
		    w, r, "the proof in the ledger cannot be decoded");
	if (k != 0)
		return;
	r->noticed = PQ_NOTICE_SENT;
	pq_store_begin(&w->store);
	pq_ledger_release_save(&w->store, r);
}

static void
begin_attempt(struct warden *w, struct pq_release *r)
{
	int64_t before = r->attempt;

	r->attempt = pq_warden_id(w);
	pq_store_begin(&w->store);
	pq_ledger_attempt_begin(
	    &w->store, r->attempt, r->id, before, pq_warden_s(w));
}

static void
examine_again(struct warden *w, struct pq_release *r, int64_t age)
{
	char old[PQ_DURATION_MAX];

	pq_text_duration(old, age);
	if (age < 0)
		pq_release_move(w, r, PQ_EVENT_WAIT, "warden",
		    "the wall clock was set back; examining again");
	else
		pq_release_move(w, r, PQ_EVENT_WAIT, "warden",
		    "the second examination is %s old; examining again", old);
}

static void
give_clearance(struct warden *w, struct pq_release *r)
{
	char hold[PQ_REASON_TEXT];
	int64_t age = pq_warden_s(w) - r->changed;

	if (pq_ledger_held(&w->store, r->service, hold)) {
		pq_release_move(
		    w, r, PQ_EVENT_WAIT, "warden", "hold: %.480s", hold);
		return;
	}
	/* two deployments at once would replace each other's container */
	if (pq_ledger_releases_busy(&w->store, r->service))
		return;
	if (age < 0 || age > CLEARED_S) {
		examine_again(w, r, age);
		return;
	}
	begin_attempt(w, r);
	pq_release_move(w, r, PQ_EVENT_SENT, "warden", "attempt %lld",
	    (long long)r->attempt);
	send_clearance(w, r);
}

static void
say_not_its_turn(struct warden *w, struct pq_release *r)
{
	(void)snprintf(r->reason, sizeof(r->reason), NOT_ITS_TURN);
	pq_store_begin(&w->store);
	pq_ledger_release_save(&w->store, r);
}

static void
for_each_release(struct warden *w, const int64_t *ids, size_t n,
    void (*fn)(struct warden *, struct pq_release *))
{
	struct pq_release r;
	size_t i;

	for (i = 0; i < n; i++)
		if (pq_ledger_release_read(&w->store, ids[i], &r) == 1)
			fn(w, &r);
}

void
pq_deployments_pump(struct warden *w)
{
	struct pq_store *s = &w->store;
	int64_t ids[WARDEN_PICK];

	if (pq_peers_role(w, PQ_DOOR_DEPLOY) == NULL)
		return;
	for_each_release(w, ids,
	    pq_ledger_releases_to_notice(s, ids, WARDEN_PICK), send_notice);
	for_each_release(w, ids,
	    pq_ledger_releases_to_send(s, pq_warden_s(w), ids, WARDEN_PICK),
	    give_clearance);
	for_each_release(w, ids,
	    pq_ledger_releases_out_of_turn(s, NOT_ITS_TURN, ids, WARDEN_PICK),
	    say_not_its_turn);
}

/* ---- outcomes ----------------------------------------------------- */

static void
on_refused(struct warden *w, struct pq_release *r,
    const struct pq_msg_outcome *o, const char *reason)
{
	if (o->attempt != 0) /* 0: the answer to a notice */
		end_attempt(w, r, "refused", reason, o->log);
	r->sticky = PQ_STICKY_DIGEST;
	pq_release_move(w, r, PQ_EVENT_REFUSE, "deploy", "%s", reason);
}

static void
on_noticed(struct warden *w, struct pq_release *r,
    const struct pq_msg_outcome *o, const char *reason)
{
	char left[PQ_DURATION_MAX];

	pq_text_duration(
	    left, o->left_s < INT64_MAX ? (int64_t)o->left_s : INT64_MAX);
	r->noticed = PQ_NOTICE_TAKEN;
	if (reason[0])
		(void)snprintf(r->reason, sizeof(r->reason), "%s", reason);
	pq_store_begin(&w->store);
	pq_ledger_release_save(&w->store, r);
	pq_warden_audit(w, "deploy", "release.noticed", r->service, r->id,
	    "%s left %.400s", left, reason);
}

static void
on_waiting(struct warden *w, struct pq_release *r,
    const struct pq_msg_outcome *o, const char *reason)
{
	uint64_t left = o->left_s < WARDEN_WAIT_S ? o->left_s : WARDEN_WAIT_S;

	if (r->state == PQ_STATE_DEPLOYING)
		wait_again(
		    w, r, "deploy", left ? (int64_t)left : 5, reason, o->log);
	else if (r->state == PQ_STATE_QUARANTINED &&
	    strcmp(r->reason, reason) != 0)
		pq_release_move(w, r, PQ_EVENT_WAIT, "deploy", "%s", reason);
	else /* a repeated notice has the same answer */
		pq_release_prune(w, r->id);
}

static void
on_step(struct warden *w, struct pq_release *r, const struct pq_msg_outcome *o,
    const char *reason)
{
	char step[65];

	pq_text_escape(step, sizeof(step), o->step);
	pq_warden_audit(w, "deploy", "deploy.step", r->service, r->id,
	    "%s: %.400s", step, reason);
}

static void
on_live(struct warden *w, struct pq_release *r, const struct pq_msg_outcome *o,
    const char *reason)
{
	struct pq_release old;
	int64_t id = pq_ledger_release_live(&w->store, r->service);

	if (r->state != PQ_STATE_DEPLOYING)
		return;
	if (id && id != r->id &&
	    pq_ledger_release_read(&w->store, id, &old) == 1)
		pq_release_move(w, &old, PQ_EVENT_RETIRE, "warden",
		    "release %lld went live", (long long)r->id);
	end_attempt(w, r, "live", reason, o->log);
	pq_text_escape(r->container, sizeof(r->container), o->container);
	r->live_since = pq_warden_s(w);
	pq_release_move(w, r, PQ_EVENT_LIVE, "deploy", "%s",
	    reason[0] ? reason : "running and healthy");
}

static void
on_failed(struct warden *w, struct pq_release *r,
    const struct pq_msg_outcome *o, const char *reason)
{
	bool back = o->kind == PQ_OUTCOME_ROLLED_BACK;

	if (r->state != PQ_STATE_DEPLOYING)
		return;
	end_attempt(w, r, back ? "rolled-back" : "failed", reason, o->log);
	r->sticky = PQ_STICKY_DIGEST;
	pq_release_move(w, r, PQ_EVENT_FAILED, "deploy", "%s: %.470s",
	    back ? "rolled back" : "an operator must act", reason);
}

static void (*const outcomes[])(struct warden *, struct pq_release *,
    const struct pq_msg_outcome *, const char *) = {
	[PQ_OUTCOME_REFUSED] = on_refused,
	[PQ_OUTCOME_NOTICED] = on_noticed,
	[PQ_OUTCOME_WAITING] = on_waiting,
	[PQ_OUTCOME_STEP] = on_step,
	[PQ_OUTCOME_LIVE] = on_live,
	[PQ_OUTCOME_ROLLED_BACK] = on_failed,
	[PQ_OUTCOME_FAILED] = on_failed,
};

/*
 * Return true for a late answer: its attempt has ended, or the answer is to a
 * notice (attempt 0) and an attempt runs now. A late answer must not change the
 * release: a late refusal would end an attempt that is about to succeed.
 */
static bool
is_late(const struct pq_release *r, const struct pq_msg_outcome *o)
{
	if (o->attempt)
		return (int64_t)o->attempt != r->attempt;
	return r->state == PQ_STATE_DEPLOYING && o->kind != PQ_OUTCOME_STEP;
}

int
pq_on_outcome(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	const struct pq_msg_outcome *o = &m->outcome;
	char reason[PQ_REASON_TEXT];
	struct pq_release r;

	(void)p;
	if (o->kind >= sizeof(outcomes) / sizeof(outcomes[0]) ||
	    pq_ledger_release_read(&w->store, (int64_t)o->release, &r) != 1 ||
	    !pq_slice_eq_str(o->service, r.service) ||
	    !pq_slice_eq_str(o->digest, r.digest))
		return -PQ_EPROTO;
	pq_text_escape(reason, sizeof(reason), o->reason);
	if (o->findings.n) {
		pq_store_begin(&w->store);
		pq_ledger_findings_keep(&w->store, r.id, "deploy", o->findings,
		    pq_slice(NULL, 0), pq_warden_s(w));
	}
	if (is_late(&r, o)) {
		pq_warden_audit(w, "deploy", "deploy.late", r.service, r.id,
		    "attempt %llu", (unsigned long long)o->attempt);
		return 0;
	}
	outcomes[o->kind](w, &r, o, reason);
	return 0;
}
