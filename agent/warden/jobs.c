/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in flight. The ledger says what is to be done; this small table
 * only says what has been handed out, so losing it (a crash, a lost peer)
 * means that the work is done again, never that it is forgotten. An answer
 * that no job waits for is out of turn.
 */
#include <string.h>

#include "warden/warden.h"

#define JOBS_PER_SIDE (WARDEN_JOBS / 2) /* a flood must not starve releases */

struct pq_job *
pq_jobs_find(struct warden *w, int64_t id, enum pq_job_phase phase)
{
	for (size_t i = 0; i < WARDEN_JOBS; i++)
		if (w->jobs[i].kind && w->jobs[i].id == id &&
		    w->jobs[i].phase == phase)
			return &w->jobs[i];
	return NULL;
}

bool
pq_jobs_busy(const struct warden *w, int64_t id)
{
	for (size_t i = 0; i < WARDEN_JOBS; i++)
		if (w->jobs[i].kind && w->jobs[i].id == id)
			return true;
	return false;
}

struct pq_job *
pq_jobs_new(struct warden *w, enum pq_job_kind kind, int64_t id)
{
	struct pq_job *slot = NULL;
	size_t same = 0;

	for (size_t i = 0; i < WARDEN_JOBS; i++) {
		struct pq_job *j = &w->jobs[i];

		if (!j->kind)
			slot = j;
		else if ((j->kind == PQ_JOB_CALLBACK) ==
		    (kind == PQ_JOB_CALLBACK))
			same++;
	}
	if (!slot || same >= JOBS_PER_SIDE)
		return NULL;
	memset(slot, 0, sizeof(*slot));
	slot->kind = kind;
	slot->id = id;
	return slot;
}

void
pq_jobs_end(struct pq_job *j)
{
	pq_buf_free(&j->document);
	memset(j, 0, sizeof(*j));
}

void
pq_jobs_peer_lost(struct warden *w, enum pq_door door)
{
	for (size_t i = 0; i < WARDEN_JOBS; i++) {
		struct pq_job *j = &w->jobs[i];
		bool fetch = j->phase == PQ_PHASE_FETCH;
		bool verify =
		    j->phase == PQ_PHASE_READ || j->phase == PQ_PHASE_EXAMINE;

		if ((door == PQ_DOOR_FETCH && fetch) ||
		    (door == PQ_DOOR_VERIFY && verify))
			pq_jobs_end(j);
	}
}

/* A role that sits on a job too long is hung: end it, and start again. */
static void
jobs_expire(struct warden *w)
{
	for (size_t i = 0; i < WARDEN_JOBS; i++) {
		struct pq_job *j = &w->jobs[i];
		enum pq_door door =
		    j->phase == PQ_PHASE_FETCH ? PQ_DOOR_FETCH : PQ_DOOR_VERIFY;

		if (!j->kind || j->phase == PQ_PHASE_WAIT ||
		    w->now.boot_ms < j->due_ms)
			continue;
		pq_peers_end(w, &w->peers[door], "did not answer in time");
		if (j->kind)
			pq_jobs_end(j);
	}
}

void
pq_jobs_pump(struct warden *w)
{
	jobs_expire(w);
	pq_callbacks_pump(w);
	pq_releases_pump(w);
	pq_deployments_pump(w);
}
