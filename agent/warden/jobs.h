/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_JOBS_H
#define AGENT_WARDEN_JOBS_H

#include "warden/warden.h"

/*
 * pq_jobs_find() - the job of @id in @phase
 * Return: NULL: nobody waits, so an answer to it is out of turn
 */
struct pq_job *pq_jobs_find(
    struct warden *w, int64_t id, enum pq_job_phase phase);
/*
 * pq_jobs_new() - a place in the table
 * Errands of one kind leave a place for those of the other.
 * Return: all zero but for @kind and @id, the caller sets the rest; NULL: so
 *         many are in flight
 */
struct pq_job *pq_jobs_new(struct warden *w, enum pq_job_kind kind, int64_t id);
/* pq_jobs_busy() - is anything of @id in flight? */
bool pq_jobs_busy(const struct warden *w, int64_t id);
/* pq_jobs_serve() - is an errand of this kind under way for @service? */
bool pq_jobs_serve(const struct warden *w, enum pq_job_kind kind,
    const struct pq_config_service *service);
/* pq_jobs_reading() - how many callbacks are with verify */
size_t pq_jobs_reading(const struct warden *w);
/* pq_jobs_end() - free the place and the document in it */
void pq_jobs_end(struct pq_job *j);

#endif
