/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests of the command line, and the queries among them. Each client
 * that may connect may also read. The kernel reports the client's uid. The
 * configuration maps it to an operator, so each order has a known author.
 */
#include "warden/control.h"

#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

#include "ipc/verbs.h"
#include "warden/asks.h"
#include "warden/audit.h"
#include "warden/core.h"
#include "warden/floors.h"
#include "warden/ledger_approvals.h"
#include "warden/ledger_attempts.h"
#include "warden/ledger_callbacks.h"
#include "warden/ledger_findings.h"
#include "warden/ledger_holds.h"
#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/orders.h"
#include "warden/peers.h"
#include "warden/quarantine.h"
#include "warden/replies.h"

static const char *
find_actor(const struct pq_request *q, uid_t uid, bool *is_operator)
{
	const struct pq_config *c = q->w->cfg;
	size_t i;

	for (i = 0; i < c->n_operators; i++)
		if (c->operators[i].uid == uid) {
			*is_operator = true;
			return c->operators[i].name;
		}
	*is_operator = false;
	return uid == 0 ? "root" : "self";
}

static void
send_release_row(struct pq_request *q, const struct pq_release *r)
{
	const struct pq_config_service *svc =
	    pq_config_service(q->w->cfg, pq_slice_str(r->service));
	struct pq_msg m = { .type = PQ_MSG_RELEASE_ROW, .job = q->job };
	struct pq_clock c = r->clock;

	if (c.first_wall_ms && r->state == PQ_STATE_QUARANTINED)
		(void)pq_clock_tick(&c, &q->w->now);
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
	m.release_row.delay_s = svc != NULL ? svc->delay_s : 0;
	m.release_row.approvals = pq_ledger_approvals_count(&q->w->store, r);
	m.release_row.approvals_needed = svc != NULL ? svc->approvals : 0;
	(void)pq_peers_send(q->p, &m);
}

static void
send_look_row(struct pq_request *q, const struct pq_look *l)
{
	struct pq_msg m = { .type = PQ_MSG_RELEASE_ROW, .job = q->job };

	m.release_row.id = (uint64_t)l->id;
	m.release_row.kind = pq_slice_str("look");
	m.release_row.service = pq_slice_str(l->service);
	m.release_row.tag = pq_slice_str(l->tag);
	m.release_row.state = pq_slice_str(l->state);
	m.release_row.reason = pq_slice_str(l->reason);
	m.release_row.first_seen = l->opened;
	m.release_row.changed = l->changed;
	(void)pq_peers_send(q->p, &m);
}

static void
send_service_row(struct pq_request *q, const struct pq_config_service *svc)
{
	struct pq_store *s = &q->w->store;
	const char *name = svc->policy->service;
	struct pq_msg m = { .type = PQ_MSG_SERVICE_ROW, .job = q->job };
	char hold[PQ_REASON_TEXT], waiting[PQ_REASON_TEXT] = "";
	struct pq_release live = { 0 }, next = { 0 };
	struct pq_floor floor;
	int64_t id, others;

	pq_floor_of(q->w, svc, &floor);
	id = pq_ledger_release_live(s, name);
	if (id)
		(void)pq_ledger_release_read(s, id, &live);
	id = pq_ledger_release_newest(s, name);
	if (id && pq_ledger_release_read(s, id, &next) == 1)
		pq_quarantine_waiting(q->w, &next, waiting);
	others = pq_ledger_releases_open(s, name) - 1;
	if (others > 0)
		(void)snprintf(waiting + strlen(waiting),
		    sizeof(waiting) - strlen(waiting),
		    " (%lld older releases wait too)", (long long)others);
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
	m.service_row.container = pq_slice_str(svc->target_name);
	m.service_row.floor = pq_slice_str(floor.version);
	m.service_row.floor_from = pq_slice_str(floor.from);
	(void)pq_peers_send(q->p, &m);
}

static void
on_status(struct pq_request *q)
{
	const struct pq_config *c = q->w->cfg;
	size_t i;

	if (q->service[0] && !pq_request_require_service(q))
		return;
	for (i = 0; i < c->n_services; i++)
		if (!q->service[0] ||
		    strcmp(c->services[i].policy->service, q->service) == 0)
			send_service_row(q, &c->services[i]);
	pq_reply(q, PQ_CODE_DONE, 0, "%s", "");
}

/* An unknown state would match no row: it would pass for "nothing waits". */
static bool
require_state(struct pq_request *q)
{
	if (pq_ledger_look_is_state(q->state) ||
	    pq_state_by_name(q->state) != PQ_STATE_NONE)
		return true;
	pq_reply(q, PQ_CODE_USAGE, 0,
	    "%.64s: no such state; pratique list shows states", q->state);
	return false;
}

/* Send the row of a release or a look; return false if @id names neither. */
static bool
send_object_row(struct pq_request *q, int64_t id, bool *ret_release)
{
	struct pq_release r;
	struct pq_look l;

	*ret_release = pq_ledger_release_read(&q->w->store, id, &r) == 1;
	if (*ret_release)
		send_release_row(q, &r);
	else if (pq_ledger_look_read(&q->w->store, id, &l) == 1)
		send_look_row(q, &l);
	else
		return false;
	return true;
}

static void
on_list(struct pq_request *q)
{
	static int64_t ids[PQ_LEDGER_LIST];
	bool release;
	size_t n, i;

	if ((q->service[0] && !pq_request_require_service(q)) ||
	    (q->state[0] && !require_state(q)))
		return;
	n = pq_ledger_list(&q->w->store, q->service, q->state, ids);
	if (q->limit != 0 && q->limit < n)
		n = (size_t)q->limit;
	for (i = 0; i < n; i++)
		(void)send_object_row(q, ids[i], &release);
	pq_reply(q, PQ_CODE_DONE, 0, "%s", "");
}

static void
send_callback_row(void *arg, const struct pq_callback_row *c)
{
	struct pq_request *q = arg;
	struct pq_msg m = { .type = PQ_MSG_CALLBACK_ROW, .job = q->job };

	m.callback_row.id = (uint64_t)c->id;
	m.callback_row.received = c->received;
	m.callback_row.service = c->service;
	m.callback_row.scheme = pq_slice_str(pq_scheme_name(c->scheme));
	m.callback_row.delivery = c->delivery;
	m.callback_row.request_id = c->request_id;
	m.callback_row.state = c->state;
	m.callback_row.changed = c->changed;
	m.callback_row.look = (uint64_t)c->look;
	m.callback_row.reason = c->reason;
	(void)pq_peers_send(q->p, &m);
}

static void
on_callbacks(struct pq_request *q)
{
	size_t max = q->limit != 0 && q->limit < PQ_LEDGER_LIST
	    ? (size_t)q->limit
	    : PQ_LEDGER_LIST;

	if (q->service[0] && !pq_request_require_service(q))
		return;
	if (q->state[0] && !pq_ledger_callback_is_state(q->state)) {
		pq_reply(q, PQ_CODE_USAGE, 0,
		    "%.64s: no such state of a callback; the states are "
		    "received, done, ignored and refused",
		    q->state);
		return;
	}
	pq_ledger_callbacks_each(
	    &q->w->store, q->service, q->state, max, send_callback_row, q);
	pq_reply(q, PQ_CODE_DONE, 0, "%s", "");
}

static void
send_finding_row(void *arg, const struct pq_findings_row *f)
{
	struct pq_request *q = arg;
	struct pq_msg m = { .type = PQ_MSG_FINDING_ROW, .job = q->job };

	m.finding_row.release = q->id;
	m.finding_row.when = f->when;
	m.finding_row.findings = f->findings;
	(void)pq_peers_send(q->p, &m);
}

static void
send_event_row(void *arg, const struct pq_audit_row *e)
{
	struct pq_request *q = arg;
	struct pq_msg m = { .type = PQ_MSG_EVENT_ROW, .job = q->job };

	m.event_row.seq = (uint64_t)e->seq;
	m.event_row.at = e->at_s;
	m.event_row.actor = e->actor;
	m.event_row.event = e->event;
	m.event_row.service = e->service;
	m.event_row.release = e->release > 0 ? (uint64_t)e->release : 0;
	m.event_row.detail = e->detail;
	m.event_row.hash = e->hash;
	(void)pq_peers_send(q->p, &m);
}

/* Send the audit rows after q->since, of one object or of all (@id is 0). */
static int64_t
send_event_rows(struct pq_request *q, int64_t id)
{
	int64_t since = q->since <= INT64_MAX ? (int64_t)q->since : INT64_MAX;

	return pq_audit_each(&q->w->store, id, since, send_event_row, q);
}

/* Send one deployment attempt, with the container's last lines if it failed. */
static void
send_attempt_row(void *arg, const struct pq_attempt_row *t)
{
	struct pq_request *q = arg;
	struct pq_msg m = { .type = PQ_MSG_ATTEMPT_ROW, .job = q->job };

	m.attempt_row.seq = (uint64_t)t->id;
	m.attempt_row.at = t->at;
	m.attempt_row.event = t->event;
	m.attempt_row.release = q->id;
	m.attempt_row.detail = t->reason;
	m.attempt_row.log = t->log;
	(void)pq_peers_send(q->p, &m);
}

static void
reply_absent(struct pq_request *q, int64_t id)
{
	pq_reply(q, PQ_CODE_ABSENT, id,
	    "no release or look has the id %lld; pratique list shows the ids",
	    (long long)id);
}

/* Send the row of the request's id. If there is none: answer, return false. */
static bool
send_named_row(struct pq_request *q, bool *ret_release)
{
	int64_t id = (int64_t)q->id;

	if (send_object_row(q, id, ret_release))
		return true;
	reply_absent(q, id);
	return false;
}

static void
on_show(struct pq_request *q)
{
	int64_t id = (int64_t)q->id;
	bool release;

	if (!send_named_row(q, &release))
		return;
	if (release) {
		pq_ledger_findings_each(&q->w->store, id, send_finding_row, q);
		pq_ledger_attempts_each(&q->w->store, id, send_attempt_row, q);
	}
	(void)send_event_rows(q, id);
	pq_reply(q, PQ_CODE_DONE, id, "%s", "");
}

/* The row comes first: its state tells the client whether it has ended. */
static void
on_watch(struct pq_request *q)
{
	bool release;

	if (q->id != 0 && !send_named_row(q, &release))
		return;
	pq_reply(q, PQ_CODE_DONE, send_event_rows(q, (int64_t)q->id), "%s", "");
}

static void
on_audit_log(struct pq_request *q)
{
	pq_reply(q, PQ_CODE_DONE, send_event_rows(q, 0), "%s", "");
}

static void
on_audit_verify(struct pq_request *q)
{
	int64_t seq = 0;
	int r;

	pq_audit_seal(&q->w->store, &q->w->audit);
	r = pq_audit_verify(&q->w->store, &seq);
	pq_reply(q,
	    r == 0       ? PQ_CODE_DONE
		: r == 1 ? PQ_CODE_REFUSED
			 : PQ_CODE_NOT_EXAMINED,
	    seq,
	    r == 0       ? "audit chain intact (%lld entries)"
		: r == 1 ? "audit chain broken at entry %lld: the entry was "
			   "changed, or entries were removed"
			 : "the ledger failed at entry %lld; the log of "
			   "pratique-warden has the cause",
	    (long long)seq);
}

static void
send_part_rows(void *arg, const struct pq_evidence_row *e)
{
	struct pq_request *q = arg;
	struct pq_msg m = { .type = PQ_MSG_PART_ROW, .job = q->job };
	size_t at;

	for (at = 0; at < e->document.n; at += PQ_PART_MAX) {
		size_t left = e->document.n - at;

		m.part_row.part = at / PQ_PART_MAX;
		m.part_row.bytes = pq_slice(e->document.p + at,
		    left < PQ_PART_MAX ? left : PQ_PART_MAX);
		(void)pq_peers_send(q->p, &m);
	}
}

static bool
has_row(struct pq_request *q, int64_t id)
{
	struct pq_release r;
	struct pq_look l;

	return pq_ledger_release_read(&q->w->store, id, &r) == 1 ||
	    pq_ledger_look_read(&q->w->store, id, &l) == 1;
}

static void
on_evidence(struct pq_request *q)
{
	int64_t id = (int64_t)q->id;

	if (!has_row(q, id))
		reply_absent(q, id);
	else if (pq_ledger_evidence_last(&q->w->store, id, send_part_rows, q) !=
	    1)
		pq_reply(q, PQ_CODE_REFUSED, id,
		    "no evidence is stored for id %lld", (long long)id);
	else
		pq_reply(q, PQ_CODE_DONE, id, "%s", "");
}

/* Pass a query to deploy, unless its service or id does not exist. */
static void
ask_deploy(struct pq_request *q)
{
	struct pq_msg m = { .type = PQ_MSG_ASK };

	if (q->service[0] && !pq_request_require_service(q))
		return;
	if (q->id != 0 && !has_row(q, (int64_t)q->id)) {
		reply_absent(q, (int64_t)q->id);
		return;
	}
	m.ask.verb = q->verb;
	m.ask.id = q->id;
	m.ask.service = pq_slice_str(q->service);
	(void)pq_ask_role(q, PQ_DOOR_DEPLOY, &m, false);
}

static void
ask_fetch(struct pq_request *q)
{
	struct pq_msg m = { .type = PQ_MSG_QUESTION };

	if (q->service[0] && !pq_request_require_service(q))
		return;
	m.question.verb = q->verb;
	m.question.service = pq_slice_str(q->service);
	(void)pq_ask_role(q, PQ_DOOR_FETCH, &m, false);
}

#define ON_QUERY_WARDEN(name) on_##name
#define ON_ORDER_WARDEN(name) pq_order_##name
#define ON_QUERY_DEPLOY(name) ask_deploy
#define ON_QUERY_FETCH(name) ask_fetch
#define VERB(NAME, name, MESSAGE, BY) ON_##MESSAGE##_##BY(name),
static void (*const verbs[PQ_VERB_COUNT])(
    struct pq_request *) = { NULL, PQ_VERBS(VERB) };
#undef VERB

static void
take_query(struct pq_request *q, const struct pq_msg_query *m)
{
	q->verb = m->verb;
	q->id = m->id;
	pq_warden_text(q->service, sizeof(q->service), m->service);
	pq_warden_text(q->state, sizeof(q->state), m->state);
	q->since = m->since;
	q->limit = m->limit;
}

static void
take_order(struct pq_request *q, const struct pq_msg_order *m)
{
	q->verb = m->verb;
	q->id = m->id;
	pq_warden_text(q->service, sizeof(q->service), m->service);
	/* not escaped: the order checks each name before it uses it */
	pq_warden_text(q->version, sizeof(q->version), m->version);
	pq_warden_text(q->tag, sizeof(q->tag), m->tag);
	pq_text_utf8(q->reason, sizeof(q->reason), m->reason);
}

int
pq_on_request(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	struct pq_request q = { .w = w, .p = p, .job = m->job };
	enum pq_msg_type message;

	if (m->type == PQ_MSG_ORDER)
		take_order(&q, &m->order);
	else
		take_query(&q, &m->query);
	q.actor = find_actor(&q, p->ch.peer_uid, &q.is_operator);
	message = pq_verb_message(q.verb);
	if (message == PQ_MSG_NONE) {
		pq_reply(&q, PQ_CODE_USAGE, 0,
		    "unknown request: use a pratique of the same version as "
		    "pratique-warden");
		return 0;
	}
	/* a client that may only query must not send an order as a query */
	if (message != m->type)
		return -PQ_EPROTO;
	verbs[q.verb](&q);
	return 0;
}
