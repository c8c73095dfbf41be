/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_JOBS_H
#define AGENT_WARDEN_JOBS_H

#include "warden/warden.h"

/*
 * pq_jobs_find() - find the job with this id and phase
 * Return: NULL if there is none: then an answer to it is a protocol error
 */
struct pq_job *pq_jobs_find(
    struct warden *w, int64_t id, enum pq_job_phase phase);
/*
 * pq_jobs_new() - take a place in the table
 * Each kind has its own places.
 * Return: a job that is zero except @kind and @id; NULL if the limit is reached
 */
struct pq_job *pq_jobs_new(struct warden *w, enum pq_job_kind kind, int64_t id);
/* pq_jobs_busy() - is a job with @id in flight? */
bool pq_jobs_busy(const struct warden *w, int64_t id);
/* pq_jobs_serve() - is an errand of this kind in flight for @service? */
bool pq_jobs_serve(const struct warden *w, enum pq_job_kind kind,
    const struct pq_config_service *service);
/* pq_jobs_looks() - count the looks of @service in flight, of one half */
size_t pq_jobs_looks(const struct warden *w,
    const struct pq_config_service *service, bool newest);
/* pq_jobs_asked() - is a look in flight that was answered before? */
bool pq_jobs_asked(
    const struct warden *w, const struct pq_config_service *service);
/* pq_jobs_fetched() - count the errands that fetch has */
size_t pq_jobs_fetched(const struct warden *w);
/* pq_jobs_documents() - count the looks whose evidence is kept */
size_t pq_jobs_documents(const struct warden *w);
/* pq_jobs_reading() - count the callbacks that verify is reading */
size_t pq_jobs_reading(const struct warden *w);
/* pq_jobs_end() - free the place and its document */
void pq_jobs_end(struct pq_job *j);

#endif
