/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notices, clearances and what came of them.
 *
 * Deploy judges for itself; from here it gets bytes to judge and may be told
 * to do less, never more. A clearance is written as an attempt before it
 * leaves, and given again with the same attempt after a lost connection:
 * deploy's journal makes the second one a no-op.
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

#define WAIT_MIN_S 30 /* between rounds that end alike */
#define CLEARED_S 300 /* for so long the second examination is fresh */
#define NOT_ITS_TURN "another release of this service is being deployed"

static void
deploy_fill(struct pq_msg *m, const struct pq_release *r, struct pq_slice proof)
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
	int ret; /* of the peer; 1: nothing that can be given */
};

/* One that deploy could not read would end the connection, each time. */
static void
deploy_proof(void *arg, struct pq_slice proof)
{
	struct giving *g = arg;
	struct pq_msg m = { .type = g->type };
	struct pq_proof readable;

	if (pq_proof_decode(&readable, proof) != 0)
		return;
	deploy_fill(&m, g->r, proof);
	g->ret = g->type == PQ_MSG_CLEARANCE
	    ? pq_peers_give(g->w, PQ_DOOR_DEPLOY, &m)
	    : pq_peers_offer(g->w, PQ_DOOR_DEPLOY, &m);
}

/*
 * A notice or a clearance, with the proof that the ledger keeps: 0; 1 there
 * is none that can be given; a fault of the peer, which is told again.
 */
static int
deploy_send(struct warden *w, enum pq_msg_type type, const struct pq_release *r)
{
	struct giving g = { .w = w, .r = r, .type = type, .ret = 1 };

	(void)pq_ledger_proof_read(&w->store, r->id, deploy_proof, &g);
	return g.ret;
}

static void
attempt_end(struct warden *w, const struct pq_release *r, const char *outcome,
    const char *reason, struct pq_slice log)
{
	if (r->attempt == 0)
		return;
	pq_store_begin(&w->store);
	pq_ledger_attempt_end(
	    &w->store, r->attempt, outcome, reason, log, pq_warden_s(w));
}

/*
 * Back to quarantine: what is asked again is examined again. While it waits
 * for the same, less and less often, and the ledger does not grow by it: the
 * container may be created next month.
 */
static void
attempt_waits(struct warden *w, struct pq_release *r, const char *actor,
    int64_t left, const char *reason, struct pq_slice log)
{
	int64_t before =
	    pq_ledger_attempt_before(&w->store, r->attempt, reason);
	int64_t now = pq_warden_s(w), waited;

	attempt_end(w, r, PQ_ATTEMPT_WAITING, reason, log);
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

/* With its attempt in the ledger; what cannot be given is examined again. */
static void
clearance_send(struct warden *w, struct pq_release *r)
{
	static const char why[] =
	    "the proof in the ledger is unreadable; looking again";

	if (deploy_send(w, PQ_MSG_CLEARANCE, r) != 1)
		return;
	attempt_waits(w, r, "warden", 0, why, pq_slice(NULL, 0));
}

static void
clearances_repeat(struct warden *w)
{
	int64_t ids[WARDEN_PICK], last = 0;
	struct pq_release r;
	size_t n, i;

	do {
		n = pq_ledger_releases_deploying(
		    &w->store, last, ids, WARDEN_PICK);
		for (i = 0; i < n; i++)
			if (pq_ledger_release_read(&w->store, ids[i], &r) == 1)
				clearance_send(w, &r);
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
	clearances_repeat(w);
}

static void
notice(struct warden *w, struct pq_release *r)
{
	int k = deploy_send(w, PQ_MSG_NOTICE, r);

	/* evidence that was asked for before must not pass for fresh */
	if (k == 1 && !pq_jobs_busy(w, r->id))
		pq_quarantine_again(
		    w, r, "the proof in the ledger is unreadable");
	if (k != 0)
		return;
	r->noticed = PQ_NOTICE_SENT;
	pq_store_begin(&w->store);
	pq_ledger_release_save(&w->store, r);
}

static void
attempt_begin(struct warden *w, struct pq_release *r)
{
	int64_t before = r->attempt;

	r->attempt = pq_warden_id(w);
	pq_store_begin(&w->store);
	pq_ledger_attempt_begin(
	    &w->store, r->attempt, r->id, before, pq_warden_s(w));
}

static void
clearance(struct warden *w, struct pq_release *r)
{
	char hold[PQ_REASON_TEXT];
	int64_t age = pq_warden_s(w) - r->changed;

	if (pq_ledger_held(&w->store, r->service, hold)) {
		pq_release_move(
		    w, r, PQ_EVENT_WAIT, "warden", "hold: %.480s", hold);
		return;
	}
	/* two at once would each replace the other's container */
	if (pq_ledger_releases_busy(&w->store, r->service))
		return;
	if (age < 0 || age > CLEARED_S) {
		pq_release_move(w, r, PQ_EVENT_WAIT, "warden",
		    "the second examination is %lld s old; looking again",
		    (long long)age);
		return;
	}
	attempt_begin(w, r);
	pq_release_move(w, r, PQ_EVENT_SENT, "warden", "attempt %lld",
	    (long long)r->attempt);
	clearance_send(w, r);
}

static void
not_its_turn(struct warden *w, struct pq_release *r)
{
	(void)snprintf(r->reason, sizeof(r->reason), NOT_ITS_TURN);
	pq_store_begin(&w->store);
	pq_ledger_release_save(&w->store, r);
}

static void
each(struct warden *w, const int64_t *ids, size_t n,
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
	each(w, ids, pq_ledger_releases_to_notice(s, ids, WARDEN_PICK), notice);
	each(w, ids,
	    pq_ledger_releases_to_send(s, pq_warden_s(w), ids, WARDEN_PICK),
	    clearance);
	each(w, ids,
	    pq_ledger_releases_out_of_turn(s, NOT_ITS_TURN, ids, WARDEN_PICK),
	    not_its_turn);
}

/* ---- outcomes ----------------------------------------------------- */

static void
on_refused(struct warden *w, struct pq_release *r,
    const struct pq_msg_outcome *o, const char *reason)
{
	if (o->attempt != 0) /* not a notice */
		attempt_end(w, r, "refused", reason, o->log);
	r->sticky = PQ_STICKY_DIGEST;
	pq_release_move(w, r, PQ_EVENT_REFUSE, "deploy", "%s", reason);
}

static void
on_noticed(struct warden *w, struct pq_release *r,
    const struct pq_msg_outcome *o, const char *reason)
{
	r->noticed = PQ_NOTICE_TAKEN;
	if (reason[0])
		(void)snprintf(r->reason, sizeof(r->reason), "%s", reason);
	pq_store_begin(&w->store);
	pq_ledger_release_save(&w->store, r);
	pq_warden_audit(w, "deploy", "release.noticed", r->service, r->id,
	    "%llu s left %.400s", (unsigned long long)o->left_s, reason);
}

static void
on_waiting(struct warden *w, struct pq_release *r,
    const struct pq_msg_outcome *o, const char *reason)
{
	uint64_t left = o->left_s < WARDEN_WAIT_S ? o->left_s : WARDEN_WAIT_S;

	if (r->state == PQ_STATE_DEPLOYING)
		attempt_waits(
		    w, r, "deploy", left ? (int64_t)left : 5, reason, o->log);
	else if (r->state == PQ_STATE_QUARANTINED &&
	    strcmp(r->reason, reason) != 0)
		pq_release_move(w, r, PQ_EVENT_WAIT, "deploy", "%s", reason);
	else /* a notice is given anew, and answered as before */
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
	attempt_end(w, r, "live", reason, o->log);
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
	attempt_end(w, r, back ? "rolled-back" : "failed", reason, o->log);
	r->sticky = PQ_STICKY_DIGEST;
	pq_release_move(w, r, PQ_EVENT_FAILED, "deploy", "%s: %.470s",
	    back ? "rolled back" : "the operator is needed", reason);
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
 * An answer to an attempt that is over, or to a notice while an attempt runs
 * (that has the number 0), changes nothing any more: a late "no" would end an
 * attempt that is about to succeed.
 */
static bool
outcome_late(const struct pq_release *r, const struct pq_msg_outcome *o)
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
	if (outcome_late(&r, o)) {
		pq_warden_audit(w, "deploy", "deploy.late", r.service, r.id,
		    "attempt %llu", (unsigned long long)o->attempt);
		return 0;
	}
	outcomes[o->kind](w, &r, o, reason);
	return 0;
}
