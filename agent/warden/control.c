/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators ask and order. Everybody who may connect may read; orders
 * are narrow: they hold, reject, retry and look, and an approval only ever
 * fulfils a condition of the policy. Who approves is the uid that the kernel
 * names, looked up among the configured operators; a second approval of the
 * same person counts once. A hold that an alarm set needs root to lift.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/names.h>
#include <pratique/version.h>

#include "warden/warden.h"

#define ROWS_MAX 2200 /* the limits of what is listed */
#define CHUNK (1u << 15)

/* a release that waits for something */
#define OPEN                                                       \
	" IN ('fetching','examining','quarantined','re-fetching'," \
	"'cleared','deploying')"

struct ask {
	struct warden *w;
	struct pq_peer *p;
	uint64_t job;
	const struct pq_msg_request *q;
	const char *actor; /* operator's name, "root", or "self" */
	bool operator;     /* is one of the configuration */
	char service[PQ_SERVICE_TEXT];
	char text[PQ_ORDER_MAX + 1];
};

static const char *
actor_of(const struct ask *a, uid_t uid, bool *operator)
{
	const struct pq_config *c = a->w->cfg;

	for (size_t i = 0; i < c->n_operators; i++)
		if (c->operators[i].uid == uid) {
			*operator= true;
			return c->operators[i].name;
		}
	*operator= false;
	return uid == 0 ? "root" : "self";
}

void
pq_control_done(struct pq_peer *p, uint64_t job, enum pq_code code, int64_t id,
    const char *text)
{
	struct pq_msg m = { .type = PQ_MSG_DONE, .job = job };
	char clean[PQ_REASON_TEXT];

	pq_text_utf8(clean, sizeof(clean), pq_slice_str(text)); /* may be cut */
	m.done.code = (uint32_t)code;
	m.done.id = (uint64_t)id;
	m.done.text = pq_slice_str(clean);
	(void)pq_peers_send(p, &m);
}

static void __attribute__((format(printf, 4, 5)))
done(struct ask *a, enum pq_code code, int64_t id, const char *fmt, ...)
{
	char text[PQ_REASON_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pq_control_done(a->p, a->job, code, id, text);
}

/* the release of the request, or an answer that there is none */
static bool
release_of(struct ask *a, struct pq_release *r)
{
	if (pq_ledger_release(&a->w->store, (int64_t)a->q->id, r) == 1)
		return true;
	done(a, PQ_CODE_REFUSED, (int64_t)a->q->id,
	    "no release has the id %lld", (long long)a->q->id);
	return false;
}

static bool
service_known(struct ask *a)
{
	if (pq_config_service(a->w->cfg, pq_slice_str(a->service)))
		return true;
	done(a, PQ_CODE_REFUSED, 0, "%s: no such service", a->service);
	return false;
}

/* ---- reading ------------------------------------------------------ */

static void
release_row(struct ask *a, const struct pq_release *r)
{
	const struct pq_config_service *svc =
	    pq_config_service(a->w->cfg, pq_slice_str(r->service));
	struct pq_msg m = { .type = PQ_MSG_RELEASE_ROW, .job = a->job };
	struct pq_clock c = r->clock;

	if (c.first_wall_ms && r->state == PQ_STATE_QUARANTINED)
		(void)pq_clock_tick(&c, &a->w->now);
	m.release_row.id = (uint64_t)r->id;
	m.release_row.kind = pq_slice_str("release");
	m.release_row.service = pq_slice_str(r->service);
	m.release_row.tag = pq_slice_str(r->tag);
	m.release_row.digest = pq_slice_str(r->digest);
	m.release_row.manifest = pq_slice_str(r->manifest);
	m.release_row.state = pq_slice_str(pq_state_name(r->state));
	m.release_row.reason = pq_slice_str(r->reason);
	m.release_row.commit = pq_slice_str(r->commit);
	m.release_row.tag_object = pq_slice_str(r->tag_object);
	m.release_row.signer = pq_slice_str(r->signer);
	m.release_row.key = pq_slice_str(r->key);
	m.release_row.policy_hash = pq_slice_str(r->policy_hash);
	m.release_row.first_seen = r->first_seen;
	m.release_row.changed = r->changed;
	m.release_row.served_s = (uint64_t)(c.served_ms / 1000);
	m.release_row.delay_s = svc ? svc->delay_s : 0;
	m.release_row.approvals = pq_ledger_approvals(&a->w->store, r);
	m.release_row.approvals_needed = svc ? svc->approvals : 0;
	(void)pq_peers_send(a->p, &m);
}

static void
look_row(struct ask *a, const struct pq_look *l)
{
	struct pq_msg m = { .type = PQ_MSG_RELEASE_ROW, .job = a->job };

	m.release_row.id = (uint64_t)l->id;
	m.release_row.kind = pq_slice_str("look");
	m.release_row.service = pq_slice_str(l->service);
	m.release_row.tag = pq_slice_str(l->tag);
	m.release_row.state = pq_slice_str(l->state);
	m.release_row.reason = pq_slice_str(l->reason);
	m.release_row.first_seen = l->opened;
	m.release_row.changed = l->changed;
	(void)pq_peers_send(a->p, &m);
}

static void
service_row(struct ask *a, const struct pq_config_service *svc)
{
	struct pq_store *s = &a->w->store;
	const char *name = svc->policy->service;
	struct pq_msg m = { .type = PQ_MSG_SERVICE_ROW, .job = a->job };
	char hold[PQ_REASON_TEXT], waiting[PQ_REASON_TEXT] = "";
	struct pq_release live = { 0 }, next = { 0 };
	struct pq_floor floor;
	int64_t id, others;

	pq_floor_of(a->w, svc, &floor);
	id = pq_store_int(s, 0,
	    "SELECT id FROM releases WHERE service = ?"
	    " AND state = 'live'",
	    "s", name);
	if (id)
		(void)pq_ledger_release(s, id, &live);
	id = pq_store_int(s, 0,
	    "SELECT max(id) FROM releases WHERE service = ? AND state" OPEN,
	    "s", name);
	if (id && pq_ledger_release(s, id, &next) == 1)
		pq_quarantine_waiting(a->w, &next, waiting);
	others = pq_store_int(s, 0,
	    "SELECT count(*) - 1 FROM releases WHERE service = ? AND "
	    "state" OPEN,
	    "s", name);
	if (others > 0)
		(void)snprintf(waiting + strlen(waiting),
		    sizeof(waiting) - strlen(waiting),
		    " (%lld older wait, too)", (long long)others);
	(void)pq_ledger_held(s, name, hold);
	m.service_row.service = pq_slice_str(name);
	m.service_row.image = pq_slice_str(svc->policy->image);
	m.service_row.live_tag = pq_slice_str(live.tag);
	m.service_row.live_digest = pq_slice_str(live.digest);
	m.service_row.live_release = (uint64_t)live.id;
	m.service_row.live_since = live.live_since;
	m.service_row.hold = pq_slice_str(hold);
	m.service_row.waiting_release = (uint64_t)next.id;
	m.service_row.waiting_for = pq_slice_str(waiting);
	m.service_row.container = pq_slice_str(svc->container);
	m.service_row.floor = pq_slice_str(floor.version);
	m.service_row.floor_from = pq_slice_str(floor.from);
	(void)pq_peers_send(a->p, &m);
}

static void
on_status(struct ask *a)
{
	const struct pq_config *c = a->w->cfg;

	if (a->service[0] && !service_known(a))
		return;
	for (size_t i = 0; i < c->n_services; i++)
		if (!a->service[0] ||
		    strcmp(c->services[i].policy->service, a->service) == 0)
			service_row(a, &c->services[i]);
	done(a, PQ_CODE_DONE, 0, "%s", "");
}

/* a word that is no state finds nothing, and looks like "nothing waits" */
static bool
state_known(struct ask *a)
{
	static const char *const of_looks[] = { "resolving", "done",
		"refused" };

	for (size_t i = 0; i < sizeof(of_looks) / sizeof(of_looks[0]); i++)
		if (strcmp(a->text, of_looks[i]) == 0)
			return true;
	if (pq_state_by_name(a->text) != PQ_STATE_NONE)
		return true;
	done(a, PQ_CODE_USAGE, 0, "%.64s: no such state", a->text);
	return false;
}

/* the row of a release or a look; false when it is neither */
static bool
object_row(struct ask *a, int64_t id, bool *ret_release)
{
	struct pq_release r;
	struct pq_look l;

	*ret_release = pq_ledger_release(&a->w->store, id, &r) == 1;
	if (*ret_release)
		release_row(a, &r);
	else if (pq_ledger_look(&a->w->store, id, &l) == 1)
		look_row(a, &l);
	else
		return false;
	return true;
}

static size_t
ids_of(struct ask *a, int64_t *ids, const char *sql)
{
	sqlite3_stmt *st = pq_store_query(&a->w->store, sql, "ssssssss",
	    a->service, a->service, a->text, a->text, a->service, a->service,
	    a->text, a->text);
	size_t n = 0;

	while (n < ROWS_MAX && pq_store_next(&a->w->store, st) == 1)
		ids[n++] = sqlite3_column_int64(st, 0);
	pq_store_done(st);
	return n;
}

/* Looks have a limit of their own: they must not crowd out the releases. */
static void
on_list(struct ask *a)
{
	static int64_t ids[ROWS_MAX];
	bool release;
	size_t n;

	if ((a->service[0] && !service_known(a)) ||
	    (a->text[0] && !state_known(a)))
		return;
	/* a look that ended in a release is told by the release */
	n = ids_of(a, ids,
	    "SELECT id FROM (SELECT id FROM releases WHERE (? = '' OR"
	    " service = ?) AND (? = '' OR state = ?)"
	    " ORDER BY id DESC LIMIT 2000)"
	    " UNION ALL SELECT id FROM (SELECT id FROM looks WHERE (? = '' OR"
	    " service = ?) AND (? = '' OR state = ?) AND"
	    " release = 0 ORDER BY id DESC LIMIT 200)"
	    " ORDER BY id DESC");
	for (size_t i = 0; i < n; i++)
		(void)object_row(a, ids[i], &release);
	done(a, PQ_CODE_DONE, 0, "%s", "");
}

static void
finding_rows(struct ask *a, int64_t id)
{
	sqlite3_stmt *st = pq_store_query(&a->w->store,
	    "SELECT phase, findings FROM (SELECT n, phase, findings FROM"
	    " findings WHERE release = ? ORDER BY n DESC LIMIT 32)"
	    " ORDER BY n",
	    "i", id);

	while (pq_store_next(&a->w->store, st) == 1) {
		struct pq_msg m = { .type = PQ_MSG_FINDING_ROW, .job = a->job };

		m.finding_row.release = (uint64_t)id;
		m.finding_row.when = pq_store_blob(st, 0);
		m.finding_row.findings = pq_store_blob(st, 1);
		(void)pq_peers_send(a->p, &m);
	}
}

/* rows of the audit log after @after; of one object, or of all (0) */
static int64_t
event_rows(struct ask *a, int64_t id, int64_t after)
{
	int64_t last = after;
	sqlite3_stmt *st = pq_store_query(&a->w->store,
	    "SELECT seq, wall_ms / 1000, actor, event, service, release,"
	    " detail, lower(hex(hash)) FROM audit WHERE seq > ? AND"
	    " (? = 0 OR release = ?) ORDER BY seq LIMIT 2000",
	    "iii", after, id, id);

	while (pq_store_next(&a->w->store, st) == 1) {
		struct pq_msg m = { .type = PQ_MSG_EVENT_ROW, .job = a->job };

		last = sqlite3_column_int64(st, 0);
		m.event_row.seq = (uint64_t)last;
		m.event_row.at = sqlite3_column_int64(st, 1);
		m.event_row.actor = pq_store_blob(st, 2);
		m.event_row.event = pq_store_blob(st, 3);
		m.event_row.service = pq_store_blob(st, 4);
		m.event_row.release = sqlite3_column_int64(st, 5) > 0
		    ? (uint64_t)sqlite3_column_int64(st, 5)
		    : 0;
		m.event_row.detail = pq_store_blob(st, 6);
		m.event_row.hash = pq_store_blob(st, 7);
		(void)pq_peers_send(a->p, &m);
	}
	return last;
}

/* the deployments of a release, with the last lines of what failed */
static void
attempt_rows(struct ask *a, int64_t id)
{
	sqlite3_stmt *st = pq_store_query(&a->w->store,
	    "SELECT id, max(started, ended), 'attempt.' || outcome, reason, log"
	    " FROM attempts WHERE release = ? ORDER BY id",
	    "i", id);

	while (pq_store_next(&a->w->store, st) == 1) {
		struct pq_msg m = { .type = PQ_MSG_EVENT_ROW, .job = a->job };

		m.event_row.seq = (uint64_t)sqlite3_column_int64(st, 0);
		m.event_row.at = sqlite3_column_int64(st, 1);
		m.event_row.actor = pq_slice_str("deploy");
		m.event_row.event = pq_store_blob(st, 2);
		m.event_row.release = (uint64_t)id;
		m.event_row.detail = pq_store_blob(st, 3);
		m.event_row.log = pq_store_blob(st, 4);
		(void)pq_peers_send(a->p, &m);
	}
}

/* the row of what the request names; false, and an answer, without one */
static bool
named_row(struct ask *a, bool *ret_release)
{
	int64_t id = (int64_t)a->q->id;

	if (object_row(a, id, ret_release))
		return true;
	done(a, PQ_CODE_REFUSED, id, "nothing has the id %lld", (long long)id);
	return false;
}

static void
on_show(struct ask *a)
{
	int64_t id = (int64_t)a->q->id;
	bool release;

	if (!named_row(a, &release))
		return;
	if (release) {
		finding_rows(a, id);
		attempt_rows(a, id);
	}
	(void)event_rows(a, id, 0);
	done(a, PQ_CODE_DONE, id, "%s", "");
}

/* with an id its state first: that is what says whether it has ended */
static void
on_watch(struct ask *a)
{
	int64_t after = strtoll(a->text, NULL, 10);
	bool release;

	if (a->q->id != 0 && !named_row(a, &release))
		return;
	done(a, PQ_CODE_DONE,
	    event_rows(a, (int64_t)a->q->id, after > 0 ? after : 0), "%s", "");
}

static void
on_audit(struct ask *a)
{
	int64_t seq = 0;
	int r;

	if (strcmp(a->text, "verify") != 0) {
		done(a, PQ_CODE_DONE, event_rows(a, 0, (int64_t)a->q->id), "%s",
		    "");
		return;
	}
	(void)pq_audit_seal(&a->w->store, &a->w->audit);
	r = pq_audit_verify(&a->w->store, &seq);
	done(a,
	    r == 0       ? PQ_CODE_DONE
		: r == 1 ? PQ_CODE_REFUSED
			 : PQ_CODE_FAULT,
	    seq,
	    r == 0 ? "the chain of %lld rows is whole"
		   : "the chain is broken at row %lld",
	    (long long)seq);
}

static void
on_evidence_verb(struct ask *a)
{
	sqlite3_stmt *st = pq_store_query(&a->w->store,
	    "SELECT phase, at, document FROM evidence WHERE release = ?"
	    " ORDER BY at DESC, phase DESC LIMIT 1",
	    "i", (int64_t)a->q->id);
	struct pq_slice doc;

	if (pq_store_next(&a->w->store, st) != 1) {
		pq_store_done(st);
		done(a, PQ_CODE_REFUSED, (int64_t)a->q->id,
		    "no evidence is kept for this id");
		return;
	}
	doc = pq_store_blob(st, 2);
	for (size_t at = 0; at < doc.n; at += CHUNK) {
		struct pq_msg m = { .type = PQ_MSG_EVENT_ROW, .job = a->job };
		size_t n = doc.n - at < CHUNK ? doc.n - at : CHUNK;

		m.event_row.seq = at / CHUNK;
		m.event_row.at = sqlite3_column_int64(st, 1);
		m.event_row.event = pq_slice_str("evidence");
		m.event_row.detail = pq_store_blob(st, 0);
		m.event_row.release = a->q->id;
		m.event_row.log = pq_slice(doc.p + at, n);
		(void)pq_peers_send(a->p, &m);
	}
	pq_store_done(st);
	done(a, PQ_CODE_DONE, (int64_t)a->q->id, "%s", "");
}

/* ---- orders ------------------------------------------------------- */

static void
on_approve(struct ask *a)
{
	struct pq_release r;
	char hash[PQ_DIGEST_TEXT];
	const struct pq_config_service *svc;

	if (!release_of(a, &r))
		return;
	svc = pq_config_service(a->w->cfg, pq_slice_str(r.service));
	if (!a->operator|| !svc) {
		done(a, PQ_CODE_REFUSED, r.id,
		    "only a configured operator"
		    " approves");
		return;
	}
	if (r.state != PQ_STATE_QUARANTINED) {
		done(a, PQ_CODE_REFUSED, r.id,
		    "release %lld is %s, not in quarantine", (long long)r.id,
		    pq_state_name(r.state));
		return;
	}
	pq_digest_format(hash, &svc->policy->hash);
	if (strcmp(hash, r.policy_hash) != 0) {
		done(a, PQ_CODE_REFUSED, r.id,
		    "the policy has changed since it was examined; it is"
		    " being looked at again");
		return;
	}
	(void)pq_store_begin(&a->w->store);
	if (pq_store_do(&a->w->store,
		"INSERT INTO approvals VALUES(?,?,?,?,?,?)"
		" ON CONFLICT DO NOTHING",
		"isssis", r.id, a->actor, r.digest, r.policy_hash,
		pq_warden_s(a->w), a->text) == 0 &&
	    pq_store_changes(&a->w->store) == 0) {
		done(a, PQ_CODE_DONE, r.id, "already approved");
		return;
	}
	pq_warden_audit(a->w, a->actor, "release.approved", r.service, r.id,
	    "%s %.400s", r.digest, a->text);
	done(a, PQ_CODE_DONE, r.id, "approved");
}

static void
on_reject(struct ask *a)
{
	struct pq_release r;

	if (!release_of(a, &r))
		return;
	if (pq_state_next(r.state, PQ_EVENT_REJECT) == PQ_STATE_NONE) {
		done(a, PQ_CODE_REFUSED, r.id,
		    "release %lld is %s: it cannot be rejected any more",
		    (long long)r.id, pq_state_name(r.state));
		return;
	}
	r.sticky = PQ_STICKY_DIGEST;
	pq_release_move(a->w, &r, PQ_EVENT_REJECT, a->actor, "%s", a->text);
	pq_deploy_restrain(
	    a->w, PQ_RESTRAIN_REJECT, r.id, r.service, r.digest, a->text);
	done(a, PQ_CODE_DONE, r.id, "rejected");
}

static void
on_retry(struct ask *a)
{
	const struct pq_config_service *svc;
	struct pq_release r;

	if (!release_of(a, &r))
		return;
	svc = pq_config_service(a->w->cfg, pq_slice_str(r.service));
	if (!svc || pq_state_next(r.state, PQ_EVENT_RETRY) == PQ_STATE_NONE) {
		done(a, PQ_CODE_REFUSED, r.id,
		    "release %lld is %s%s: there is nothing to retry",
		    (long long)r.id, pq_state_name(r.state),
		    svc ? "" : " and its service not configured");
		return;
	}
	r.sticky = PQ_STICKY_NO;
	r.tries = 0;
	r.next_try = 0;
	r.noticed = 0;
	r.attempt = 0;
	memset(&r.clock, 0, sizeof(r.clock)); /* quarantine starts again */
	r.deadline = pq_warden_s(a->w) + (int64_t)svc->pending_s;
	pq_release_move(
	    a->w, &r, PQ_EVENT_RETRY, a->actor, "retry %s", a->text);
	/* the operator asks about the release, not about a callback's words */
	(void)pq_ledger_claims_drop(&a->w->store, r.service, r.tag);
	pq_deploy_restrain(
	    a->w, PQ_RESTRAIN_LIFT, r.id, r.service, r.digest, a->text);
	done(a, PQ_CODE_DONE, r.id, "looking again");
}

static void
on_hold(struct ask *a)
{
	const char *which = a->service[0] ? a->service : "*";

	if (a->service[0] && !service_known(a))
		return;
	(void)pq_store_begin(&a->w->store);
	(void)pq_ledger_hold(&a->w->store, which, a->actor,
	    a->text[0] ? a->text : "held", false, pq_warden_s(a->w));
	pq_warden_audit(
	    a->w, a->actor, "service.hold", which, 0, "%s", a->text);
	pq_deploy_restrain(a->w, PQ_RESTRAIN_HOLD, 0, which, "",
	    a->text[0] ? a->text : "held");
	done(a, PQ_CODE_DONE, 0, "held");
}

static void
on_unhold(struct ask *a)
{
	const char *which = a->service[0] ? a->service : "*";
	char hold[PQ_REASON_TEXT];
	int64_t alarm;

	if (a->service[0] && !service_known(a))
		return;
	alarm = pq_store_int(&a->w->store, -1,
	    "SELECT alarm FROM holds WHERE service = ?", "s", which);
	if (alarm < 0) {
		done(a, PQ_CODE_REFUSED, 0,
		    pq_ledger_held(&a->w->store, a->service, hold)
			? "%s is held with all others: unhold --all"
			: "%s is not held",
		    a->service[0] ? a->service : "everything");
		return;
	}
	if (alarm && a->p->ch.peer_uid != 0) {
		done(a, PQ_CODE_REFUSED, 0,
		    "an alarm set this hold: only root"
		    " lifts it");
		return;
	}
	(void)pq_store_begin(&a->w->store);
	(void)pq_ledger_unhold(&a->w->store, which);
	pq_warden_audit(
	    a->w, a->actor, "service.unhold", which, 0, "%s", a->text);
	pq_deploy_restrain(a->w, PQ_RESTRAIN_UNHOLD, 0, which, "", a->text);
	if (a->service[0] && pq_ledger_held(&a->w->store, a->service, hold))
		done(a, PQ_CODE_DONE, 0, "released, but all are held: %.400s",
		    hold);
	else
		done(a, PQ_CODE_DONE, 0, "released");
}

/* every tag that was seen and has no release that is decided by version */
static size_t
known_tags(struct ask *a, char tags[16][PQ_TAG_TEXT])
{
	sqlite3_stmt *st = pq_store_query(&a->w->store,
	    "SELECT tag FROM (SELECT tag, max(id) AS last FROM looks WHERE"
	    " service = ? GROUP BY tag) ORDER BY last DESC LIMIT 16",
	    "s", a->service);
	size_t n = 0;

	while (n < 16 && pq_store_next(&a->w->store, st) == 1)
		pq_store_text(st, 0, tags[n++], PQ_TAG_TEXT);
	pq_store_done(st);
	return n;
}

static void
on_look(struct ask *a)
{
	char tags[16][PQ_TAG_TEXT];
	struct pq_err err = PQ_ERR_INIT;
	int64_t id = 0;
	size_t n = 1;

	if (!service_known(a))
		return;
	if (a->text[0] && pq_name_tag(pq_slice_str(a->text), &err) != 0) {
		done(a, PQ_CODE_USAGE, 0, "%.128s: %s", a->text, err.text);
		return;
	}
	pq_warden_text(tags[0], PQ_TAG_TEXT, pq_slice_str(a->text));
	if (!a->text[0])
		n = known_tags(a, tags);
	if (n == 0) {
		done(a, PQ_CODE_USAGE, 0,
		    "%s: no tag is known yet: say which, as --name TAG",
		    a->service);
		return;
	}
	for (size_t i = 0; i < n; i++)
		id = pq_look_open(a->w, a->service, tags[i], a->actor);
	if (id)
		done(a, PQ_CODE_DONE, id, "looking: watch %lld", (long long)id);
	else
		done(a, PQ_CODE_FAULT, 0, "the ledger failed");
}

/* The first floor is a claim about production, so it has a name to it. */
static void
on_adopt(struct ask *a)
{
	const struct pq_config_service *svc =
	    pq_config_service(a->w->cfg, pq_slice_str(a->service));
	struct pq_floor floor;
	const char *why;

	if (!service_known(a))
		return;
	if (!a->operator&& a->p->ch.peer_uid != 0) {
		done(a, PQ_CODE_REFUSED, 0,
		    "only a configured operator or root adopts");
		return;
	}
	if (!pq_version_valid(pq_slice_str(a->text))) {
		done(a, PQ_CODE_USAGE, 0, "%.128s: not a version such as 1.0.0",
		    a->text);
		return;
	}
	pq_floor_of(a->w, svc, &floor);
	if (!pq_floor_yields(&floor, a->text)) {
		done(a, PQ_CODE_REFUSED, 0, PQ_FLOOR_STANDS, a->service,
		    floor.version, floor.from);
		return;
	}
	why = pq_adopt_ask(a->w, a->p, a->job, a->service, a->text, a->actor);
	if (why)
		done(a, PQ_CODE_FAULT, 0, "%s", why);
}

static void (*const verbs[])(struct ask *) = {
	[PQ_VERB_STATUS] = on_status,
	[PQ_VERB_LIST] = on_list,
	[PQ_VERB_SHOW] = on_show,
	[PQ_VERB_APPROVE] = on_approve,
	[PQ_VERB_REJECT] = on_reject,
	[PQ_VERB_HOLD] = on_hold,
	[PQ_VERB_UNHOLD] = on_unhold,
	[PQ_VERB_RETRY] = on_retry,
	[PQ_VERB_LOOK] = on_look,
	[PQ_VERB_ADOPT] = on_adopt,
	[PQ_VERB_WATCH] = on_watch,
	[PQ_VERB_EVIDENCE] = on_evidence_verb,
	[PQ_VERB_AUDIT] = on_audit,
};

int
pq_on_request(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	struct ask a = { .w = w, .p = p, .job = m->job, .q = &m->request };
	uint32_t verb = m->request.verb;

	pq_warden_text(a.service, sizeof(a.service), m->request.service);
	pq_text_utf8(a.text, sizeof(a.text), m->request.text);
	a.actor = actor_of(&a, p->ch.peer_uid, &a.operator);
	if (verb >= sizeof(verbs) / sizeof(verbs[0]) || !verbs[verb])
		done(&a, PQ_CODE_USAGE, 0, "unknown request");
	else
		verbs[verb](&a);
	return 0;
}
