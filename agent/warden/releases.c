/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks and releases: evidence in, verdict in, state out.
 *
 * Every fact is judged twice, on arrival and with fresh evidence when the
 * quarantine ends, and whatever moved in between refuses. A tag that was
 * ever seen to point at something else is an alarm that holds the service:
 * signed or not, somebody moved what must not move.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "warden/warden.h"

#define PICK_MAX 32
#define BACKOFF_MAX_S 60
#define WAIT_SHORT_S 5 /* for an operator */
#define WAIT_LONG_S 30 /* for the quarantine, at most */

static const struct pq_config_service *
service_of(const struct warden *w, const char *name)
{
	return pq_config_service(w->cfg, pq_slice_str(name));
}

static int64_t
backoff(int64_t tries)
{
	int64_t s = tries < 6 ? (int64_t)1 << tries : BACKOFF_MAX_S;

	return s < BACKOFF_MAX_S ? s : BACKOFF_MAX_S;
}

void
pq_release_move(struct warden *w, struct pq_release *r, enum pq_event e,
    const char *actor, const char *fmt, ...)
{
	enum pq_state to = pq_state_next(r->state, e);
	char event[64];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
	va_end(ap);
	(void)pq_store_begin(&w->store);
	if (to == PQ_STATE_NONE) {
		pq_warden_audit(w, actor, "release.out-of-turn", r->service,
		    r->id, "%s in state %s", pq_event_name(e),
		    pq_state_name(r->state));
		return;
	}
	if (r->clock.first_wall_ms)
		(void)pq_clock_tick(&r->clock, &w->now);
	if (e == PQ_EVENT_RETRY)
		(void)pq_ledger_approvals_drop(&w->store, r->id);
	r->state = to;
	r->changed = pq_warden_s(w);
	(void)pq_ledger_release_save(&w->store, r);
	(void)snprintf(event, sizeof(event), "release.%s", pq_event_name(e));
	pq_warden_audit(w, actor, event, r->service, r->id, "%s: %s",
	    pq_state_name(to), r->reason);
	pq_warden_log("release id=%lld service=%s tag=%s state=%s"
		      " reason=\"%s\"",
	    (long long)r->id, r->service, r->tag, pq_state_name(to), r->reason);
}

void
pq_hold_alarm(struct warden *w, const char *service, const char *fmt, ...)
{
	char why[PQ_REASON_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	(void)pq_store_begin(&w->store);
	(void)pq_ledger_hold(
	    &w->store, service, "warden", why, true, pq_warden_s(w));
	pq_warden_audit(w, "warden", "alarm.hold", service, 0, "%s", why);
	pq_warden_log("ALARM service=%s reason=\"%s\"", service, why);
	pq_deploy_restrain(w, PQ_RESTRAIN_HOLD, 0, service, "", why);
}

/* ---- looks -------------------------------------------------------- */

static void
look_end(struct warden *w, struct pq_look *l, const char *state,
    int64_t release, const char *reason)
{
	(void)snprintf(l->state, sizeof(l->state), "%s", state);
	(void)snprintf(l->reason, sizeof(l->reason), "%s", reason);
	l->release = release;
	l->changed = pq_warden_s(w);
	(void)pq_store_begin(&w->store);
	(void)pq_ledger_look_save(&w->store, l);
	pq_warden_audit(w, "warden", "look.ended", l->service, l->id, "%s: %s",
	    l->state, reason);
	pq_warden_log("look id=%lld service=%s tag=%s state=%s reason=\"%s\"",
	    (long long)l->id, l->service, l->tag, state, reason);
}

static void
look_later(struct warden *w, struct pq_look *l, const char *reason)
{
	int64_t now = pq_warden_s(w);

	if (now >= l->deadline) {
		look_end(w, l, "refused", 0, reason);
		return;
	}
	(void)snprintf(l->reason, sizeof(l->reason), "%s", reason);
	l->next_try = now + backoff(l->tries++);
	l->changed = now;
	(void)pq_store_begin(&w->store);
	(void)pq_ledger_look_save(&w->store, l);
}

static void
release_later(struct warden *w, struct pq_release *r, const char *reason)
{
	char why[PQ_REASON_TEXT];

	(void)snprintf(why, sizeof(why), "%s", reason);
	r->next_try = pq_warden_s(w) + backoff(r->tries++);
	pq_release_move(w, r,
	    pq_warden_s(w) >= r->deadline ? PQ_EVENT_EXPIRED : PQ_EVENT_PENDING,
	    "warden", "%s", why);
}

/*
 * A job that dies with its peer, or outlives it, counts as a try. Otherwise
 * an answer that kills fetch or verify would be asked for in every turn, and
 * no deadline would ever be looked at.
 */
void
pq_releases_job_lost(struct warden *w, const struct pq_job *j, const char *why)
{
	struct pq_release r;
	struct pq_look l;

	if (j->kind == PQ_JOB_LOOK &&
	    pq_ledger_look(&w->store, j->id, &l) == 1 &&
	    strcmp(l.state, PQ_LOOK_OPEN) == 0)
		look_later(w, &l, why);
	else if (j->kind == PQ_JOB_RELEASE &&
	    pq_ledger_release(&w->store, j->id, &r) == 1 &&
	    pq_state_next(r.state, PQ_EVENT_PENDING) != PQ_STATE_NONE)
		release_later(w, &r, why);
}

/* ---- verdicts ----------------------------------------------------- */

static void
first_reason(char dst[PQ_REASON_TEXT], const struct pq_findings *f,
    enum pq_status status)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].status == status) {
			(void)snprintf(dst, PQ_REASON_TEXT, "%s: %.440s",
			    pq_check_name(f->v[i].check), f->v[i].reason);
			return;
		}
	(void)snprintf(dst, PQ_REASON_TEXT, "nothing was examined");
}

static void
keep_findings(struct warden *w, const struct pq_release *r, const char *phase,
    const struct pq_findings *f, struct pq_slice document)
{
	struct pq_buf b = PQ_BUF_INIT(1u << 16);

	(void)pq_store_begin(&w->store);
	if (pq_findings_encode(&b, f) == 0 && b.fault == 0)
		(void)pq_ledger_keep(&w->store, r->id, phase, pq_buf_view(&b),
		    document, pq_warden_s(w));
	pq_buf_free(&b);
}

static void
keep_proof(struct warden *w, const struct pq_release *r, const struct pq_msg *m)
{
	struct pq_buf b = PQ_BUF_INIT(PQ_IPC_MAX);

	if (pq_msg_encode(&b, m) < 0 || b.fault) {
		if (w->store.fault == 0)
			w->store.fault = pq_err_set(
			    &w->store.err, PQ_ENOMEM, "cannot keep the proof");
	}
	(void)pq_store_do(&w->store,
	    "INSERT INTO proofs VALUES(?,?) ON CONFLICT(release) DO UPDATE"
	    " SET verdict = excluded.verdict",
	    "ib", r->id, pq_buf_view(&b));
	pq_buf_free(&b);
}

/* true: a name that must not move has moved; service held, release refused */
static bool
tags_moved(struct warden *w, struct pq_release *r,
    const struct pq_config_service *svc, const char *tag_object)
{
	char was[PQ_DIGEST_TEXT] = "";
	char *git = NULL;
	int moved;

	(void)pq_store_begin(&w->store);
	moved = pq_ledger_tag_seen(&w->store, r->service, "image", r->tag,
	    r->digest, pq_warden_s(w), was);
	if (moved == 0 && tag_object[0] && svc->policy->git_url &&
	    pq_policy_git_tag(&git, svc->policy, pq_slice_str(r->tag)) == 0)
		moved = pq_ledger_tag_seen(&w->store, r->service, "git", git,
		    tag_object, pq_warden_s(w), was);
	free(git);
	if (moved != 1)
		return moved != 0;
	r->sticky = 1;
	pq_release_move(w, r, PQ_EVENT_MOVED, "warden",
	    "the tag %s pointed at %s before", r->tag, was);
	pq_hold_alarm(w, r->service, "the tag %s of release %lld was moved",
	    r->tag, (long long)r->id);
	return true;
}

static void
release_facts(struct pq_release *r, const struct pq_msg_verdict *v,
    const struct pq_policy *p)
{
	pq_text_escape(r->signer, sizeof(r->signer), v->signer);
	pq_text_escape(r->key, sizeof(r->key), v->key);
	pq_warden_text(r->manifest, sizeof(r->manifest), v->manifest);
	pq_warden_text(r->config, sizeof(r->config), v->config);
	pq_warden_text(r->tag_object, sizeof(r->tag_object), v->tag_object);
	pq_warden_text(r->commit, sizeof(r->commit), v->commit);
	pq_digest_format(r->policy_hash, &p->hash);
}

static void
first_pass(struct warden *w, struct pq_release *r,
    const struct pq_config_service *svc, const struct pq_msg *m)
{
	static struct pq_findings f; /* the gate's own */
	char highest[PQ_TAG_TEXT], why[PQ_REASON_TEXT];
	bool any = pq_ledger_highest(&w->store, r->service, highest);

	release_facts(r, &m->verdict, svc->policy);
	if (tags_moved(w, r, svc, r->tag_object))
		return;
	memset(&f, 0, sizeof(f));
	pq_gate_order(&f, r->tag, any ? highest : NULL);
	keep_findings(w, r, "gate", &f, pq_slice(NULL, 0));
	if (pq_findings_overall(&f) != PQ_PASS) {
		first_reason(why, &f, PQ_FAIL);
		r->sticky = 1;
		pq_release_move(w, r, PQ_EVENT_REFUSE, "warden", "%s", why);
		return;
	}
	keep_proof(w, r, m);
	(void)pq_ledger_approvals_drop(&w->store, r->id);
	pq_clock_start(&r->clock, &w->now);
	r->noticed = 0;
	r->tries = 0;
	r->next_try = 0;
	pq_release_move(
	    w, r, PQ_EVENT_PASSED, "warden", "every evidence check passed");
}

/* what was proven on arrival must be what is proven now */
static const char *
what_moved(const struct pq_release *r, const struct pq_msg_verdict *v)
{
	if (!pq_slice_eq_str(v->digest, r->digest))
		return "the image digest moved";
	if (!pq_slice_eq_str(v->manifest, r->manifest))
		return "the platform manifest moved";
	if (!pq_slice_eq_str(v->tag_object, r->tag_object))
		return "the git tag moved";
	if (!pq_slice_eq_str(v->commit, r->commit))
		return "the commit moved";
	return NULL;
}

static void supersede_older(struct warden *w, const struct pq_release *by);

static void
second_pass(struct warden *w, struct pq_release *r,
    const struct pq_config_service *svc, const struct pq_msg *m)
{
	char highest[PQ_TAG_TEXT], hold[PQ_REASON_TEXT], why[PQ_REASON_TEXT];
	const char *moved = what_moved(r, &m->verdict);
	static struct pq_findings f;
	struct pq_gate_facts g = { .tag = r->tag,
		.now = &w->now,
		.clock = &r->clock,
		.evidence = PQ_PASS };

	if (moved) {
		pq_release_move(w, r, PQ_EVENT_MOVED, "warden", "%s", moved);
		return;
	}
	release_facts(r, &m->verdict, svc->policy);
	if (tags_moved(w, r, svc, r->tag_object))
		return;
	memset(&f, 0, sizeof(f));
	(void)pq_clock_tick(&r->clock, &w->now);
	g.highest =
	    pq_ledger_highest(&w->store, r->service, highest) ? highest : NULL;
	g.hold = pq_ledger_held(&w->store, r->service, hold) ? hold : NULL;
	g.delay_s = svc->delay_s;
	g.needed = svc->approvals;
	g.approvals = pq_ledger_approvals(&w->store, r);
	r->state = pq_gate_clear(r->state, &g, &f);
	keep_findings(w, r, "clearance", &f, pq_slice(NULL, 0));
	if (r->state == PQ_STATE_CLEARED) {
		keep_proof(w, r, m);
		r->next_try = 0;
		r->changed = pq_warden_s(w);
		(void)snprintf(
		    r->reason, sizeof(r->reason), "every check passed twice");
		(void)pq_ledger_release_save(&w->store, r);
		pq_warden_audit(w, "warden", "release.cleared", r->service,
		    r->id, "%s", r->reason);
		supersede_older(w, r);
	} else if (pq_findings_overall(&f) == PQ_FAIL) {
		first_reason(why, &f, PQ_FAIL);
		r->sticky = 1;
		pq_release_move(w, r, PQ_EVENT_REFUSE, "warden", "%s", why);
	} else {
		first_reason(why, &f, PQ_PENDING);
		r->next_try = pq_warden_s(w) + 1;
		pq_release_move(w, r, PQ_EVENT_WAIT, "warden", "%s", why);
	}
}

static void
release_verdict(struct warden *w, struct pq_release *r, const struct pq_msg *m,
    struct pq_findings *f, struct pq_slice document)
{
	const struct pq_config_service *svc = service_of(w, r->service);
	bool second = r->state == PQ_STATE_REFETCHING;
	enum pq_status overall = pq_findings_overall(f);
	char why[PQ_REASON_TEXT];

	if (r->state == PQ_STATE_FETCHING)
		pq_release_move(
		    w, r, PQ_EVENT_FETCHED, "warden", "evidence is here");
	if ((r->state != PQ_STATE_EXAMINING && !second) || !svc)
		return; /* rejected or superseded meanwhile */
	keep_findings(w, r, second ? "second" : "first", f, document);
	first_reason(why, f, overall);
	if (overall == PQ_PENDING) {
		release_later(w, r, why);
	} else if (overall != PQ_PASS) {
		r->sticky = 1;
		pq_release_move(w, r, PQ_EVENT_REFUSE, "warden", "%s", why);
	} else if (!pq_slice_eq_str(m->verdict.digest, r->digest)) {
		pq_release_move(w, r, PQ_EVENT_MOVED, "warden",
		    "fetch and verify name different digests");
	} else if (second) {
		second_pass(w, r, svc, m);
	} else {
		first_pass(w, r, svc, m);
	}
}

static void
release_open(struct warden *w, struct pq_release *r, const struct pq_look *l,
    const char *digest)
{
	const struct pq_config_service *svc = service_of(w, l->service);
	int64_t now = pq_warden_s(w);

	memset(r, 0, sizeof(*r));
	r->id = pq_warden_id(w);
	(void)snprintf(r->service, sizeof(r->service), "%s", l->service);
	(void)snprintf(r->tag, sizeof(r->tag), "%s", l->tag);
	(void)snprintf(r->digest, sizeof(r->digest), "%s", digest);
	r->claim = l->claim;
	r->state = PQ_STATE_FETCHING;
	r->first_seen = now;
	r->changed = now;
	r->deadline = now + (svc ? (int64_t)svc->pending_s : 0);
	if (svc)
		pq_digest_format(r->policy_hash, &svc->policy->hash);
	(void)pq_store_begin(&w->store);
	(void)pq_ledger_release_add(&w->store, r);
	pq_warden_audit(w, "warden", "release.opened", r->service, r->id,
	    "tag %s digest %s", r->tag, r->digest);
}

/* refused by time or by a move: looked at again; as bad: it sticks */
static bool
release_reopens(const struct pq_release *r)
{
	return r->state == PQ_STATE_FETCHING ||
	    (r->state == PQ_STATE_REFUSED && !r->sticky);
}

static void
look_found(struct warden *w, struct pq_look *l, const struct pq_release *r)
{
	char why[PQ_REASON_TEXT];
	bool bad = r->state == PQ_STATE_REFUSED ||
	    r->state == PQ_STATE_REJECTED || r->state == PQ_STATE_FAILED;

	(void)snprintf(why, sizeof(why),
	    bad ? "release %lld (tag %s) was %s: %.300s"
		: "release %lld (tag %s) is already %s",
	    (long long)r->id, r->tag, pq_state_name(r->state), r->reason);
	look_end(w, l, bad ? "refused" : "done", r->id, why);
}

/*
 * One digest can be reached by several tags ("1", "1.2" and "1.2.3"), and
 * whoever may push to the registry can add one more. What passed under one
 * name stays under it: a look under another neither refuses nor renames it.
 */
static bool
look_settled(struct warden *w, struct pq_look *l, const struct pq_release *r)
{
	char why[PQ_REASON_TEXT];

	if (!release_reopens(r)) {
		look_found(w, l, r);
		return true;
	}
	if (strcmp(l->tag, r->tag) == 0 || r->clock.first_wall_ms == 0)
		return false;
	(void)snprintf(why, sizeof(why),
	    "release %lld has this digest, and passed under the tag %s",
	    (long long)r->id, r->tag);
	look_end(w, l, "refused", r->id, why);
	return true;
}

/* The release goes on under the name and the claim that were examined. */
static void
release_adopt(struct warden *w, struct pq_release *r, const struct pq_look *l)
{
	if (strcmp(r->tag, l->tag) != 0) {
		(void)pq_store_begin(&w->store);
		pq_warden_audit(w, "warden", "release.renamed", r->service,
		    r->id, "tag %s, before %s", l->tag, r->tag);
	}
	(void)snprintf(r->tag, sizeof(r->tag), "%s", l->tag);
	r->claim = l->claim;
	r->tries = 0;
	r->deadline = l->deadline;
	if (r->state == PQ_STATE_REFUSED)
		pq_release_move(w, r, PQ_EVENT_RETRY, "warden", "look %lld",
		    (long long)l->id);
}

/*
 * May the verdict about this look be applied to a release that never passed?
 * While it waits under another tag only a pass takes it over, or a junk tag
 * could push an honest release aside; and no failure of one name is one of
 * the other.
 */
static bool
look_takes(struct warden *w, struct pq_look *l, struct pq_release *r,
    const struct pq_findings *f)
{
	bool same = strcmp(l->tag, r->tag) == 0;
	bool waits = r->state == PQ_STATE_FETCHING;
	enum pq_status overall = pq_findings_overall(f);
	char why[PQ_REASON_TEXT];

	if (same && waits && overall != PQ_PASS)
		return true;
	if (!same && overall == PQ_FAIL) {
		first_reason(why, f, PQ_FAIL);
		look_end(w, l, "refused", 0, why);
		return false;
	}
	if (!same &&
	    ((waits && overall != PQ_PASS) || pq_jobs_busy(w, r->id))) {
		(void)snprintf(why, sizeof(why),
		    "release %lld waits for this digest under the tag %s",
		    (long long)r->id, r->tag);
		look_later(w, l, why);
		return false;
	}
	release_adopt(w, r, l);
	return true;
}

static void
look_verdict(struct warden *w, struct pq_look *l, const struct pq_msg *m,
    struct pq_findings *f, const struct pq_job *j)
{
	int64_t id =
	    pq_ledger_release_by_digest(&w->store, l->service, j->digest);
	struct pq_release r;
	char why[PQ_REASON_TEXT];

	if (id == 0)
		release_open(w, &r, l, j->digest);
	else if (pq_ledger_release(&w->store, id, &r) != 1 ||
	    look_settled(w, l, &r) || !look_takes(w, l, &r, f))
		return;
	(void)snprintf(why, sizeof(why), "release %lld", (long long)r.id);
	look_end(w, l, "done", r.id, why);
	release_verdict(w, &r, m, f, pq_buf_view(&j->document));
}

int
pq_on_verdict(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	struct pq_job *j = pq_jobs_find(w, (int64_t)m->job, PQ_PHASE_EXAMINE);
	static struct pq_findings f;
	struct pq_release r;
	struct pq_look l;

	(void)p;
	if (!j || pq_findings_decode(&f, m->verdict.findings) < 0 ||
	    (uint32_t)pq_findings_overall(&f) != m->verdict.overall)
		return -PQ_EPROTO;
	if (j->kind == PQ_JOB_LOOK &&
	    pq_ledger_look(&w->store, j->id, &l) == 1 &&
	    strcmp(l.state, PQ_LOOK_OPEN) == 0)
		look_verdict(w, &l, m, &f, j);
	else if (j->kind == PQ_JOB_RELEASE &&
	    pq_ledger_release(&w->store, j->id, &r) == 1)
		release_verdict(w, &r, m, &f, pq_buf_view(&j->document));
	pq_jobs_end(j);
	return 0;
}

/* ---- evidence ----------------------------------------------------- */

enum { RESULT_REFUSED = 0, RESULT_PENDING, RESULT_FETCHED };

/* hand the evidence to verify; stays waiting while verify is away */
static void
job_examine(struct warden *w, struct pq_job *j, const char *service)
{
	const struct pq_config_service *svc = service_of(w, service);
	struct pq_msg m = { .type = PQ_MSG_EXAMINE, .job = (uint64_t)j->id };
	char hash[PQ_DIGEST_TEXT];

	j->phase = PQ_PHASE_WAIT;
	if (!svc)
		return;
	pq_digest_format(hash, &svc->policy->hash);
	m.examine.service = pq_slice_str(service);
	m.examine.policy_hash = pq_slice_str(hash);
	m.examine.now = pq_warden_s(w);
	m.examine.document = pq_buf_view(&j->document);
	if (pq_peers_send(pq_peers_role(w, PQ_DOOR_VERIFY), &m) < 0)
		return;
	j->phase = PQ_PHASE_EXAMINE;
	j->due_ms = w->now.boot_ms + WARDEN_EXAMINE_MS;
}

/* true when the evidence should go on to be examined */
static bool
look_evidence(struct warden *w, struct pq_look *l,
    const struct pq_msg_evidence *e, const char *reason, const char *digest)
{
	struct pq_release r;
	int64_t id;

	if (e->result != RESULT_FETCHED) {
		if (e->result == RESULT_PENDING)
			look_later(w, l, reason);
		else
			look_end(w, l, "refused", 0, reason);
		return false;
	}
	id = pq_ledger_release_by_digest(&w->store, l->service, digest);
	if (id && pq_ledger_release(&w->store, id, &r) == 1 &&
	    look_settled(w, l, &r))
		return false;
	return true;
}

static bool
release_evidence(struct warden *w, struct pq_release *r,
    const struct pq_msg_evidence *e, const char *reason, const char *digest)
{
	if (r->state != PQ_STATE_FETCHING && r->state != PQ_STATE_EXAMINING &&
	    r->state != PQ_STATE_REFETCHING)
		return false;
	if (e->result == RESULT_PENDING) {
		release_later(w, r, reason);
		return false;
	}
	if (e->result != RESULT_FETCHED) {
		pq_release_move(w, r, PQ_EVENT_REFUSE, "fetch", "%s", reason);
		return false;
	}
	if (strcmp(digest, r->digest) != 0) {
		pq_release_move(w, r, PQ_EVENT_MOVED, "warden",
		    "the tag %s now points at %s", r->tag, digest);
		return false;
	}
	return true;
}

static bool
evidence_digest(char dst[PQ_DIGEST_TEXT], const struct pq_msg_evidence *e)
{
	struct pq_digest d;

	dst[0] = 0;
	if (e->result != RESULT_FETCHED)
		return e->result == RESULT_PENDING ||
		    e->result == RESULT_REFUSED;
	if (pq_digest_parse(&d, e->digest) < 0 || e->document.n == 0)
		return false;
	pq_digest_format(dst, &d);
	return true;
}

int
pq_on_evidence(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	struct pq_job *j = pq_jobs_find(w, (int64_t)m->job, PQ_PHASE_FETCH);
	const struct pq_msg_evidence *e = &m->evidence;
	char reason[PQ_REASON_TEXT], digest[PQ_DIGEST_TEXT];
	const char *service = NULL;
	struct pq_release r;
	struct pq_look l;

	(void)p;
	if (!j || !evidence_digest(digest, e))
		return -PQ_EPROTO;
	pq_text_escape(reason, sizeof(reason), e->reason);
	if (j->kind == PQ_JOB_LOOK) {
		if (pq_ledger_look(&w->store, j->id, &l) == 1 &&
		    look_evidence(w, &l, e, reason, digest))
			service = l.service;
	} else if (pq_ledger_release(&w->store, j->id, &r) == 1 &&
	    release_evidence(w, &r, e, reason, digest)) {
		service = r.service;
	}
	if (!service) {
		pq_jobs_end(j);
		return 0;
	}
	(void)snprintf(j->digest, sizeof(j->digest), "%s", digest);
	j->document = PQ_BUF_INIT(8u << 20);
	pq_buf_slice(&j->document, e->document);
	if (j->document.fault)
		pq_jobs_end(j);
	else
		job_examine(w, j, service);
	return 0;
}

/* ---- what is due -------------------------------------------------- */

static size_t
pick(struct warden *w, int64_t ids[PICK_MAX], const char *sql, int64_t now)
{
	sqlite3_stmt *st = pq_store_query(&w->store, sql, "i", now);
	size_t n = 0;

	while (n < PICK_MAX && pq_store_next(&w->store, st) == 1)
		ids[n++] = sqlite3_column_int64(st, 0);
	pq_store_done(st);
	return n;
}

static bool
errand(struct warden *w, enum pq_job_kind kind, int64_t id, const char *service,
    const char *tag, const struct pq_claim *c)
{
	const struct pq_config_service *svc = service_of(w, service);
	struct pq_msg m = { .type = PQ_MSG_ERRAND, .job = (uint64_t)id };
	char hash[PQ_DIGEST_TEXT];
	struct pq_job *j = svc ? pq_jobs_new(w, kind, id) : NULL;

	if (!j)
		return false;
	pq_digest_format(hash, &svc->policy->hash);
	m.errand.service = pq_slice_str(service);
	m.errand.policy_hash = pq_slice_str(hash);
	m.errand.tag = pq_slice_str(tag);
	m.errand.digest = pq_slice_str(c->digest);
	m.errand.commit = pq_slice_str(c->commit);
	m.errand.git_tag = pq_slice_str(c->git_tag);
	j->phase = PQ_PHASE_FETCH;
	j->due_ms = w->now.boot_ms + WARDEN_FETCH_MS;
	if (pq_peers_send(pq_peers_role(w, PQ_DOOR_FETCH), &m) == 0)
		return true;
	pq_jobs_end(j);
	return false;
}

/* true: its service is gone from the configuration, and it has been ended */
static bool
release_orphaned(struct warden *w, struct pq_release *r)
{
	if (service_of(w, r->service))
		return false;
	pq_release_move(w, r, PQ_EVENT_REFUSE, "warden",
	    "the service is no longer configured");
	return true;
}

static void
errands_releases(struct warden *w, int64_t now)
{
	int64_t ids[PICK_MAX];
	struct pq_release r;
	size_t n = pick(w, ids,
	    "SELECT id FROM releases WHERE state IN ('fetching',"
	    "'examining','re-fetching') AND next_try <= ?"
	    " ORDER BY next_try, id LIMIT 32",
	    now);

	for (size_t i = 0; i < n; i++)
		if (!pq_jobs_busy(w, ids[i]) &&
		    pq_ledger_release(&w->store, ids[i], &r) == 1 &&
		    !release_orphaned(w, &r))
			(void)errand(w, PQ_JOB_RELEASE, r.id, r.service, r.tag,
			    &r.claim);
}

static void
errands_looks(struct warden *w, int64_t now)
{
	int64_t ids[PICK_MAX];
	struct pq_look l;
	size_t n = pick(w, ids,
	    "SELECT id FROM looks WHERE state = 'resolving' AND"
	    " next_try <= ? ORDER BY next_try, id LIMIT 32",
	    now);

	for (size_t i = 0; i < n; i++) {
		if (pq_jobs_busy(w, ids[i]) ||
		    pq_ledger_look(&w->store, ids[i], &l) != 1)
			continue;
		if (service_of(w, l.service))
			(void)errand(
			    w, PQ_JOB_LOOK, l.id, l.service, l.tag, &l.claim);
		else
			look_end(w, &l, "refused", 0,
			    "the service is no longer configured");
	}
}

static void
errands(struct warden *w)
{
	int64_t now = pq_warden_s(w);

	if (!pq_peers_role(w, PQ_DOOR_FETCH))
		return;
	errands_releases(w, now);
	errands_looks(w, now);
}

static void
examine_waiting(struct warden *w)
{
	for (size_t i = 0; i < WARDEN_JOBS; i++) {
		struct pq_job *j = &w->jobs[i];
		struct pq_release r;
		struct pq_look l;

		if (!j->kind || j->phase != PQ_PHASE_WAIT)
			continue;
		if (j->kind == PQ_JOB_LOOK &&
		    pq_ledger_look(&w->store, j->id, &l) == 1)
			job_examine(w, j, l.service);
		else if (j->kind == PQ_JOB_RELEASE &&
		    pq_ledger_release(&w->store, j->id, &r) == 1)
			job_examine(w, j, r.service);
	}
}

/*
 * Seconds after which to look again: 0 means that the quarantine is served.
 * Who waits steps back, or the first 32 that wait would be the only ones that
 * are ever asked.
 */
static int64_t
quarantine_left(struct warden *w, const struct pq_release *r,
    const struct pq_config_service *svc)
{
	char hold[PQ_REASON_TEXT];
	struct pq_clock c = r->clock;
	int64_t left;

	(void)pq_clock_tick(&c, &w->now);
	left = (pq_clock_left(&c, svc->delay_s, &w->now) + 999) / 1000;
	if (left > 0)
		return left < WAIT_LONG_S ? left : WAIT_LONG_S;
	if (pq_ledger_held(&w->store, r->service, hold) ||
	    pq_ledger_approvals(&w->store, r) < svc->approvals)
		return WAIT_SHORT_S;
	return 0;
}

static void
quarantine_check(struct warden *w, struct pq_release *r)
{
	const struct pq_config_service *svc = service_of(w, r->service);
	int64_t left;

	if (release_orphaned(w, r))
		return;
	left = quarantine_left(w, r, svc);
	if (left > 0) {
		r->next_try = pq_warden_s(w) + left;
		(void)pq_store_begin(&w->store);
		(void)pq_ledger_release_save(&w->store, r);
		return;
	}
	r->tries = 0;
	r->next_try = 0;
	r->deadline = pq_warden_s(w) + (int64_t)svc->pending_s;
	pq_release_move(w, r, PQ_EVENT_ELAPSED, "warden",
	    "quarantine served; looking again");
}

void
pq_releases_pump(struct warden *w)
{
	int64_t ids[PICK_MAX];
	struct pq_release r;
	size_t n;

	n = pick(w, ids,
	    "SELECT id FROM releases WHERE state = 'quarantined'"
	    " AND next_try <= ? ORDER BY next_try, clock_first LIMIT 32",
	    pq_warden_s(w));
	for (size_t i = 0; i < n; i++)
		if (pq_ledger_release(&w->store, ids[i], &r) == 1)
			quarantine_check(w, &r);
	errands(w);
	examine_waiting(w);
}

static void
supersede_older(struct warden *w, const struct pq_release *by)
{
	int64_t ids[PICK_MAX];
	size_t n = pick(w, ids,
	    "SELECT o.id FROM releases o JOIN releases b ON"
	    " b.service = o.service WHERE b.id = ? AND o.state IN"
	    " ('fetching','examining','quarantined',"
	    "'re-fetching','cleared') AND o.id < b.id"
	    " ORDER BY o.id LIMIT 32",
	    by->id);
	struct pq_findings f;

	for (size_t i = 0; i < n; i++) {
		struct pq_release r;

		if (pq_ledger_release(&w->store, ids[i], &r) != 1)
			continue;
		memset(&f, 0, sizeof(f));
		pq_gate_order(&f, r.tag, by->tag);
		if (pq_findings_overall(&f) != PQ_PASS)
			pq_release_move(w, &r, PQ_EVENT_SUPERSEDE, "warden",
			    "release %lld (%s) was cleared", (long long)by->id,
			    by->tag);
	}
}

/* ---- the clock ---------------------------------------------------- */

static void
clock_load(struct warden *w, struct pq_clock *c)
{
	sqlite3_stmt *st = pq_store_query(&w->store,
	    "SELECT wall, boot, boot_id FROM clock WHERE one = 1", "");

	pq_clock_start(c, &w->now);
	if (pq_store_next(&w->store, st) != 1)
		return;
	c->last_wall_ms = sqlite3_column_int64(st, 0);
	c->last_boot_ms = sqlite3_column_int64(st, 1);
	pq_store_text(st, 2, c->boot_id, sizeof(c->boot_id));
	pq_store_done(st);
}

void
pq_releases_tick(struct warden *w)
{
	int64_t ids[PICK_MAX];
	struct pq_release r;
	struct pq_clock c;
	enum pq_tick t;
	size_t n;

	(void)pq_store_begin(&w->store);
	clock_load(w, &c);
	t = pq_clock_tick(&c, &w->now);
	if (t == PQ_TICK_STEPPED)
		pq_warden_audit(w, "warden", "clock.step", "", 0,
		    "the wall clock was stepped");
	if (t == PQ_TICK_ALARM)
		pq_hold_alarm(w, "*", "the clock was stepped by minutes");
	(void)pq_store_do(&w->store,
	    "INSERT INTO clock VALUES(1,?,?,?) ON CONFLICT(one) DO UPDATE SET"
	    " wall = excluded.wall, boot = excluded.boot,"
	    " boot_id = excluded.boot_id",
	    "iis", w->now.wall_ms, w->now.boot_ms, w->now.boot_id);
	/*
	 * Those of a former boot first: their readings cannot be compared with
	 * ours, and until they are rebased they are credited with nothing.
	 * Then the longest unticked: each gets its turn, however many wait.
	 */
	n = pick(w, ids,
	    "SELECT id FROM releases WHERE state IN"
	    " ('quarantined','re-fetching') ORDER BY clock_boot_id IN"
	    " (SELECT boot_id FROM clock WHERE one = ?), clock_boot LIMIT 32",
	    1);
	for (size_t i = 0; i < n; i++) {
		if (pq_ledger_release(&w->store, ids[i], &r) != 1)
			continue;
		(void)pq_clock_tick(&r.clock, &w->now);
		(void)pq_ledger_release_save(&w->store, &r);
	}
	/* a notice that deploy could not take yet is given again */
	(void)pq_store_do(
	    &w->store, "UPDATE releases SET noticed = 0 WHERE noticed = 1", "");
}

void
pq_release_waiting(
    struct warden *w, const struct pq_release *r, char dst[PQ_REASON_TEXT])
{
	const struct pq_config_service *svc = service_of(w, r->service);
	char hold[PQ_REASON_TEXT];
	struct pq_clock c = r->clock;
	unsigned have;
	int64_t left;

	(void)snprintf(dst, PQ_REASON_TEXT, "%s: %.450s",
	    pq_state_name(r->state), r->reason);
	if (!svc || r->state != PQ_STATE_QUARANTINED)
		return;
	(void)pq_clock_tick(&c, &w->now);
	left = (pq_clock_left(&c, svc->delay_s, &w->now) + 999) / 1000;
	have = pq_ledger_approvals(&w->store, r);
	if (pq_ledger_held(&w->store, r->service, hold))
		(void)snprintf(dst, PQ_REASON_TEXT, "hold: %.480s", hold);
	else if (left > 0)
		(void)snprintf(dst, PQ_REASON_TEXT,
		    "quarantine: %lld s of %llu s left; %.400s",
		    (long long)left, (unsigned long long)svc->delay_s,
		    r->reason);
	else if (have < svc->approvals)
		(void)snprintf(dst, PQ_REASON_TEXT, "approvals: %u of %u", have,
		    svc->approvals);
}
