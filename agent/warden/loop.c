/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The poll loop: one turn is one transaction. A turn reads all messages that
 * have arrived, decides and writes. Then it commits once. Only after the commit
 * do answers and orders leave. So 202 always means durable, and a flood of
 * callbacks shares one fsync. A fault of the ledger ends the process: after a
 * failed fsync the page cache may differ from the disk, and only a new start
 * reads the true content.
 */
#include "warden/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "warden/asks.h"
#include "warden/audit.h"
#include "warden/backlog.h"
#include "warden/callbacks.h"
#include "warden/control.h"
#include "warden/core.h"
#include "warden/deployments.h"
#include "warden/drops.h"
#include "warden/errands.h"
#include "warden/floors.h"
#include "warden/hints.h"
#include "warden/ledger_releases.h"
#include "warden/looks.h"
#include "warden/peers.h"
#include "warden/quarantine.h"
#include "warden/releases.h"
#include "warden/verdicts.h"

#define TURN_EVENTS 64
#define TURN_MS 250
#define PUMP_MS 100 /* longest time between two searches for due work */

static volatile sig_atomic_t term;

static void
on_term(int sig)
{
	(void)sig;
	term = 1;
}

static const struct {
	enum pq_msg_type type;
	int (*on)(struct warden *, struct pq_peer *, const struct pq_msg *);
} handlers[] = {
	{ PQ_MSG_DELIVERY, pq_on_delivery },
	{ PQ_MSG_HINT, pq_on_hint },
	{ PQ_MSG_EVIDENCE, pq_on_evidence },
	{ PQ_MSG_VERDICT, pq_on_verdict },
	{ PQ_MSG_OUTCOME, pq_on_outcome },
	{ PQ_MSG_FLOOR, pq_on_floor },
	{ PQ_MSG_ADOPTED, pq_on_adopted },
	{ PQ_MSG_ANSWER, pq_on_answer },
	{ PQ_MSG_ANSWERED, pq_on_answered },
	{ PQ_MSG_REPLY, pq_on_reply },
	{ PQ_MSG_QUERY, pq_on_request },
	{ PQ_MSG_ORDER, pq_on_request },
};

static int
on_message(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	size_t i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type)
			return handlers[i].on(w, p, m);
	return -PQ_EPROTO;
}

static void
on_joined(struct warden *w, struct pq_peer *p, enum pq_door door)
{
	if (door == PQ_DOOR_INTAKE)
		pq_callbacks_greet(w, p);
	if (door == PQ_DOOR_DEPLOY)
		pq_deployments_greet(w);
}

static void
on_lost(struct warden *w, const struct pq_peer *p, enum pq_door door)
{
	pq_asks_peer_lost(w, p, door);
	pq_errands_peer_lost(w, door);
}

const struct pq_peer_ops pq_loop_peer_ops = {
	.message = on_message,
	.joined = on_joined,
	.lost = on_lost,
};

/* The only commit: it writes the head first, so the chain always has one. */
static int
seal_and_commit(struct warden *w)
{
	pq_audit_seal(&w->store, &w->audit);
	return pq_store_commit(&w->store);
}

/*
 * Copy the head of the chain to the system log, which the owner of the ledger
 * cannot change.
 */
static void
log_checkpoint(struct warden *w)
{
	char hex[2 * PQ_AUDIT_HASH + 1];

	if (w->now.boot_ms - w->told_ms < 1000 || w->audit.seq == w->told_seq)
		return;
	pq_hex_encode(hex, pq_slice(w->audit.hash, sizeof(w->audit.hash)));
	pq_warden_log(
	    "checkpoint seq=%lld hash=%s", (long long)w->audit.seq, hex);
	w->told_ms = w->now.boot_ms;
	w->told_seq = w->audit.seq;
}

static void
handle_event(struct warden *w, const struct epoll_event *ev)
{
	struct pq_peer *p;

	if (ev->data.u64 >= WARDEN_DOOR_TAG) {
		pq_peers_accept(
		    w, (enum pq_door)(ev->data.u64 - WARDEN_DOOR_TAG));
		return;
	}
	p = &w->peers[ev->data.u64];
	if (p->used && ev->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		pq_peers_read(w, p);
}

/* If the wall clock was set back, looks and releases would wait too long. */
static void
rebase_times(struct warden *w)
{
	pq_looks_rebase(w);
	pq_releases_rebase(w);
}

/*
 * Search the ledger for due work if this turn may have changed it, or if time
 * has passed. A forged callback does not change the ledger. So a flood of
 * forged callbacks does not cost several queries each.
 */
static void
pump_work(struct warden *w, bool changed)
{
	if (!changed && !w->store.open_txn &&
	    w->now.boot_ms - w->pumped_ms < PUMP_MS)
		return;
	w->pumped_ms = w->now.boot_ms;
	pq_peers_listen(w);
	pq_errands_expire(w);
	pq_callbacks_pump(w);
	pq_quarantine_pump(w);
	pq_errands_pump(w);
	pq_deployments_pump(w);
	pq_asks_pump(w);
}

/* Return 0 if all decisions of the turn are durable. */
static int
run_turn(struct warden *w, const struct epoll_event *ev, int n)
{
	bool changed = n == 0;
	int i;

	pq_warden_now(w);
	/* first: after the agent was down, a clock may need more time */
	if (w->now.boot_ms >= w->tick_due_ms) {
		pq_quarantine_tick(w);
		rebase_times(w);
		pq_drop_lapsed(w);
		w->tick_due_ms = w->now.boot_ms + WARDEN_TICK_MS;
	}
	for (i = 0; i < n; i++) {
		handle_event(w, &ev[i]);
		changed |= ev[i].data.u64 != PQ_DOOR_INTAKE;
	}
	pump_work(w, changed);
	if (seal_and_commit(w) < 0)
		return w->store.fault;
	pq_peers_flush(w);
	/* a peer that was ended while flushing may have caused an audit row */
	if (seal_and_commit(w) < 0)
		return w->store.fault;
	/* after the commit: a crash must not undo a head that was logged */
	log_checkpoint(w);
	return w->store.fault;
}

static int
open_doors(struct warden *w)
{
	unsigned k;

	for (k = 0; k < PQ_DOORS; k++) {
		struct epoll_event ev = { .events = EPOLLIN };

		ev.data.u64 = WARDEN_DOOR_TAG + k;
		if (epoll_ctl(w->epfd, EPOLL_CTL_ADD, w->doors[k], &ev) < 0)
			return -PQ_ESYS;
	}
	return 0;
}

static void
start_loop(struct warden *w)
{
	struct sigaction sa = { .sa_handler = on_term };

	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
	pq_warden_now(w);
	if (pq_audit_load(&w->audit, &w->store) < 0 && w->store.fault == 0)
		w->store.fault = pq_err_set(
		    &w->store.err, PQ_ESTORE, "the audit chain has no head");
	w->last_id = pq_ledger_last_id(&w->store);
	if (pq_backlog_load(w) != 0 && w->store.fault == 0)
		w->store.fault = pq_err_set(
		    &w->store.err, PQ_ENOMEM, "no memory for the backlog");
	pq_drop_unconfigured(w);
	rebase_times(w);
	w->fetch_ms = w->now.boot_ms;
	/* the policy may have changed */
	pq_store_begin(&w->store);
	pq_ledger_releases_hasten_all(&w->store);
	pq_warden_audit(
	    w, "warden", "warden.start", "", 0, "boot %s", w->now.boot_id);
	(void)seal_and_commit(w);
	pq_warden_log("ready services=%zu backlog=%lld", w->cfg->n_services,
	    (long long)w->backlog);
}

int
pq_warden_loop(struct warden *w)
{
	struct epoll_event ev[TURN_EVENTS];
	int r = open_doors(w);

	w->ops = &pq_loop_peer_ops;
	if (r == 0)
		start_loop(w);
	while (r == 0 && !term) {
		int n = epoll_wait(w->epfd, ev, TURN_EVENTS,
		    pq_callbacks_wait_for_round(w) ? WARDEN_READ_PACE_MS
						   : TURN_MS);

		if (n < 0 && errno != EINTR)
			r = -PQ_ESYS;
		else
			r = run_turn(w, ev, n < 0 ? 0 : n);
	}
	if (r < 0)
		pq_warden_log("fault reason=\"%s\"",
		    w->store.fault ? w->store.err.text : pq_fault_text(r));
	return r;
}
