/* SPDX-License-Identifier: Apache-2.0 */
/* One errand to fetch: the message and its job. */
#include "warden/dispatch.h"

#include "warden/core.h"
#include "warden/jobs.h"
#include "warden/peers.h"

bool
pq_dispatch_errand(struct warden *w, const struct pq_job *job,
    const char *service, const char *tag)
{
	const struct pq_config_service *svc = pq_warden_service(w, service);
	struct pq_msg m = { .type = PQ_MSG_ERRAND, .job = (uint64_t)job->id };
	char hash[PQ_DIGEST_TEXT];
	struct pq_job *j =
	    svc != NULL ? pq_jobs_new(w, job->kind, job->id) : NULL;

	if (j == NULL)
		return false;
	pq_digest_format(hash, &svc->policy->hash);
	m.errand.service = pq_slice_str(service);
	m.errand.policy_hash = pq_slice_str(hash);
	m.errand.tag = pq_slice_str(tag);
	*j = *job;
	j->phase = PQ_PHASE_FETCH;
	j->service = svc;
	j->due_ms = w->now.boot_ms + WARDEN_FETCH_MS +
	    WARDEN_FETCH_EACH_MS * (int64_t)pq_jobs_fetched(w);
	if (pq_peers_send(pq_peers_role(w, PQ_DOOR_FETCH), &m) == 0)
		return true;
	pq_jobs_end(j);
	return false;
}
