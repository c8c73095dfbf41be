/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errands: fetch gets the evidence, and the warden passes the evidence to
 * verify.
 */
#include "warden/errands.h"

#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

#include "warden/core.h"
#include "warden/dispatch.h"
#include "warden/jobs.h"
#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/looks.h"
#include "warden/peers.h"
#include "warden/releases.h"
#include "warden/space.h"
#include "warden/turns.h"

enum { RESULT_REFUSED = 0, RESULT_PENDING, RESULT_FETCHED };

/* Send the evidence to verify. The job keeps it while verify is away. */
static void
send_to_verify(struct warden *w, struct pq_job *j, const char *service)
{
	const struct pq_config_service *svc = pq_warden_service(w, service);
	struct pq_msg m = { .type = PQ_MSG_EXAMINE, .job = (uint64_t)j->id };
	char hash[PQ_DIGEST_TEXT];

	if (j->phase != PQ_PHASE_WAIT) {
		j->phase = PQ_PHASE_WAIT;
		j->due_ms = w->now.boot_ms + WARDEN_EXAMINE_MS;
	}
	if (svc == NULL)
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

/* Apply the result of fetch. Return true if verify must judge the evidence. */
static bool
take_look_evidence(struct warden *w, struct pq_look *l, int64_t asked,
    const struct pq_msg_evidence *e, const char *reason, const char *digest)
{
	struct pq_release r;
	int64_t id;

	/* a callback that came after the question asks it again */
	if (e->result == RESULT_PENDING && l->turn > asked) {
		pq_look_wait_again(w, l);
		return false;
	}
	if (e->result != RESULT_FETCHED) {
		if (e->result == RESULT_PENDING)
			pq_look_later(w, l, reason);
		else
			pq_look_end(w, l, PQ_LOOK_REFUSED, 0, reason);
		return false;
	}
	id = pq_ledger_release_by_digest(&w->store, l->service, digest);
	if (id && pq_ledger_release_read(&w->store, id, &r) == 1 &&
	    pq_look_settle(w, l, &r))
		return false;
	if (pq_jobs_documents(w) < WARDEN_DOCUMENTS)
		return true;
	/* it keeps its turn, and is fetched again in a moment */
	pq_look_postpone(w, l, "other evidence is examined first");
	return false;
}

static bool
take_release_evidence(struct warden *w, struct pq_release *r,
    const struct pq_msg_evidence *e, const char *reason, const char *digest)
{
	if (r->state != PQ_STATE_FETCHING && r->state != PQ_STATE_EXAMINING &&
	    r->state != PQ_STATE_REFETCHING)
		return false;
	if (e->result == RESULT_PENDING) {
		pq_release_later(w, r, reason);
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
read_digest(char dst[PQ_DIGEST_TEXT], const struct pq_msg_evidence *e)
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
	if (j == NULL || !read_digest(digest, e))
		return -PQ_EPROTO;
	pq_text_escape(reason, sizeof(reason), e->reason);
	if (j->kind == PQ_JOB_LOOK) {
		if (pq_ledger_look_read(&w->store, j->id, &l) == 1 &&
		    strcmp(l.state, PQ_LOOK_OPEN) == 0 &&
		    take_look_evidence(w, &l, j->turn, e, reason, digest))
			service = l.service;
	} else if (pq_ledger_release_read(&w->store, j->id, &r) == 1 &&
	    take_release_evidence(w, &r, e, reason, digest)) {
		service = r.service;
	}
	if (service == NULL) {
		pq_jobs_end(j);
		return 0;
	}
	(void)snprintf(j->digest, sizeof(j->digest), "%s", digest);
	j->document = PQ_BUF_INIT(8u << 20);
	pq_buf_slice(&j->document, e->document);
	if (j->document.fault)
		pq_jobs_end(j);
	else
		send_to_verify(w, j, service);
	return 0;
}

static void
send_release_errand(struct warden *w, struct pq_release *r)
{
	const struct pq_job job = { .kind = PQ_JOB_RELEASE, .id = r->id };

	if (!pq_release_end_orphan(w, r) &&
	    !pq_jobs_serve(w, PQ_JOB_RELEASE, pq_warden_service(w, r->service)))
		(void)pq_dispatch_errand(w, &job, r->service, r->tag);
}

/* Send the due errands; or plan the next try, if @why says why not now. */
static void
pump_releases(struct warden *w, const char *why)
{
	int64_t ids[WARDEN_PICK];
	struct pq_release r;
	size_t n =
	    pq_ledger_releases_due(&w->store, pq_warden_s(w), ids, WARDEN_PICK);
	size_t i;

	for (i = 0; i < n; i++) {
		if (pq_jobs_busy(w, ids[i]) ||
		    pq_ledger_release_read(&w->store, ids[i], &r) != 1)
			continue;
		if (why != NULL)
			pq_release_later(w, &r, why);
		else
			send_release_errand(w, &r);
	}
}

static void
resend_to_verify(struct warden *w)
{
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++) {
		struct pq_job *j = &w->jobs[i];
		struct pq_release r;
		struct pq_look l;

		if (!j->kind || j->phase != PQ_PHASE_WAIT)
			continue;
		if (j->kind == PQ_JOB_LOOK &&
		    pq_ledger_look_read(&w->store, j->id, &l) == 1)
			send_to_verify(w, j, l.service);
		else if (j->kind == PQ_JOB_RELEASE &&
		    pq_ledger_release_read(&w->store, j->id, &r) == 1)
			send_to_verify(w, j, r.service);
	}
}

/*
 * Return why no errand can be sent now, or NULL.
 * @ret_brief: fetch is probably restarting
 */
static const char *
find_hindrance(struct warden *w, bool *ret_brief)
{
	*ret_brief = false;
	if (!pq_space_left(w, WARDEN_SPACE_EVIDENCE))
		return "the disk of the ledger is nearly full; free some space";
	if (pq_peers_role(w, PQ_DOOR_FETCH) != NULL) {
		w->fetch_ms = w->now.boot_ms;
		return NULL;
	}
	*ret_brief = w->now.boot_ms - w->fetch_ms < WARDEN_AWAY_MS;
	return "pratique-fetch is not connected";
}

void
pq_errands_pump(struct warden *w)
{
	bool brief;
	const char *why = find_hindrance(w, &brief);

	if (!brief) {
		pump_releases(w, why);
		pq_turns_pump(w, why);
	}
	resend_to_verify(w);
}

/*
 * A job that is lost with its peer, or that times out, counts as a try. If it
 * did not, evidence that crashes fetch or verify would be requested in every
 * turn, and the deadline would never be checked.
 */
static void
count_lost_try(struct warden *w, const struct pq_job *j, const char *why)
{
	struct pq_release r;
	struct pq_look l;

	if (j->kind == PQ_JOB_LOOK &&
	    pq_ledger_look_read(&w->store, j->id, &l) == 1 &&
	    strcmp(l.state, PQ_LOOK_OPEN) == 0)
		pq_look_postpone(w, &l, why);
	else if (j->kind == PQ_JOB_RELEASE &&
	    pq_ledger_release_read(&w->store, j->id, &r) == 1 &&
	    pq_state_next(r.state, PQ_EVENT_PENDING) != PQ_STATE_NONE)
		pq_release_later(w, &r, why);
}

static void
fail_job(struct warden *w, struct pq_job *j, const char *why)
{
	struct pq_job was = *j; /* pq_jobs_busy() must be false below */

	pq_jobs_end(j);
	count_lost_try(w, &was, why);
}

void
pq_errands_peer_lost(struct warden *w, enum pq_door door)
{
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++) {
		struct pq_job *j = &w->jobs[i];
		bool fetch = j->phase == PQ_PHASE_FETCH;
		bool verify =
		    j->phase == PQ_PHASE_READ || j->phase == PQ_PHASE_EXAMINE;

		if (door == PQ_DOOR_FETCH && fetch)
			fail_job(
			    w, j, "pratique-fetch ended before it answered");
		else if (door == PQ_DOOR_VERIFY && verify)
			fail_job(
			    w, j, "pratique-verify ended before it answered");
	}
}

/*
 * A role that does not answer a job in time hangs: end its connection, and try
 * again. Evidence that waits too long for verify is no longer fresh, and is
 * fetched again.
 */
void
pq_errands_expire(struct warden *w)
{
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++) {
		struct pq_job *j = &w->jobs[i];
		enum pq_door door =
		    j->phase == PQ_PHASE_FETCH ? PQ_DOOR_FETCH : PQ_DOOR_VERIFY;

		if (!j->kind || w->now.boot_ms < j->due_ms)
			continue;
		if (j->phase != PQ_PHASE_WAIT)
			pq_peers_end(
			    w, &w->peers[door], "did not answer in time");
		if (j->kind)
			fail_job(w, j,
			    j->phase == PQ_PHASE_WAIT
				? "pratique-verify is not connected"
				: "no answer in time");
	}
}
