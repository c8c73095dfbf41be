/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jobs in flight. The ledger holds the work; this small table holds only
 * the part that was sent to a role. If the table is lost (in a crash, or with a
 * peer), the work is done again, and none is forgotten. An answer without a job
 * is a protocol error.
 */
#include "warden/jobs.h"

#include <string.h>

static const size_t places[] = {
	[PQ_JOB_CALLBACK] = WARDEN_READS,
	[PQ_JOB_LOOK] = WARDEN_LOOKS,
	[PQ_JOB_RELEASE] = WARDEN_RELEASES,
};

struct pq_job *
pq_jobs_find(struct warden *w, int64_t id, enum pq_job_phase phase)
{
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++)
		if (w->jobs[i].kind && w->jobs[i].id == id &&
		    w->jobs[i].phase == phase)
			return &w->jobs[i];
	return NULL;
}

bool
pq_jobs_busy(const struct warden *w, int64_t id)
{
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++)
		if (w->jobs[i].kind && w->jobs[i].id == id)
			return true;
	return false;
}

bool
pq_jobs_serve(const struct warden *w, enum pq_job_kind kind,
    const struct pq_config_service *service)
{
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++)
		if (w->jobs[i].kind == kind && w->jobs[i].service == service)
			return true;
	return false;
}

size_t
pq_jobs_reading(const struct warden *w)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++)
		n += w->jobs[i].kind == PQ_JOB_CALLBACK;
	return n;
}

size_t
pq_jobs_looks(const struct warden *w, const struct pq_config_service *service,
    bool newest)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++)
		n += w->jobs[i].kind == PQ_JOB_LOOK &&
		    w->jobs[i].service == service && w->jobs[i].turn > 0 &&
		    w->jobs[i].newest == newest;
	return n;
}

bool
pq_jobs_asked(const struct warden *w, const struct pq_config_service *service)
{
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++)
		if (w->jobs[i].kind == PQ_JOB_LOOK &&
		    w->jobs[i].service == service && w->jobs[i].turn == 0)
			return true;
	return false;
}

size_t
pq_jobs_fetched(const struct warden *w)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++)
		n += w->jobs[i].kind && w->jobs[i].phase == PQ_PHASE_FETCH;
	return n;
}

size_t
pq_jobs_documents(const struct warden *w)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++)
		n +=
		    w->jobs[i].kind == PQ_JOB_LOOK && w->jobs[i].document.n > 0;
	return n;
}

struct pq_job *
pq_jobs_new(struct warden *w, enum pq_job_kind kind, int64_t id)
{
	struct pq_job *slot = NULL;
	size_t same = 0;
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++) {
		if (!w->jobs[i].kind)
			slot = &w->jobs[i];
		same += w->jobs[i].kind == kind;
	}
	if (slot == NULL || same >= places[kind])
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
