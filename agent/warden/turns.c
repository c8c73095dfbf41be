/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns: which looks ask the registry next.
 *
 * A leaked secret can announce any number of tags that do not exist. Such a tag
 * must cost one question, and must not delay a real one. So:
 *
 * - a look waits for its first question without a timer. Half of the places of
 *   a service take the newest looks and half the oldest. The newest half passes
 *   a flood that came earlier; the oldest half bounds the wait behind a flood
 *   that comes later and is faster than the registry;
 * - after an answer the question is repeated at a low rate, one at a time, in a
 *   place of its own. So repeated questions take no place of first ones;
 * - the services take turns, so a flood of one leaves places for the others.
 */
#include "warden/turns.h"

#include "warden/backlog.h"
#include "warden/core.h"
#include "warden/dispatch.h"
#include "warden/jobs.h"
#include "warden/ledger_looks.h"
#include "warden/looks.h"

#define HALF (WARDEN_LOOKS_SERVICE / 2)

static bool
ask_look(struct warden *w, int64_t id, bool newest)
{
	struct pq_job job = { .kind = PQ_JOB_LOOK, .id = id };
	struct pq_look l;

	if (pq_ledger_look_read(&w->store, id, &l) != 1)
		return false;
	job.turn = l.turn;
	job.newest = newest;
	return pq_dispatch_errand(w, &job, l.service, l.tag);
}

/* Fill one half of the places of a service. */
static void
fill_half(struct warden *w, const struct pq_config_service *svc, bool newest)
{
	/* the ones in flight are still in the list */
	int64_t ids[2 * WARDEN_LOOKS_SERVICE];
	size_t used = pq_jobs_looks(w, svc, newest);
	size_t n, i;

	if (used >= HALF)
		return;
	n = pq_ledger_looks_first(&w->store, svc->policy->service, newest,
	    pq_warden_s(w), ids, sizeof(ids) / sizeof(ids[0]));
	for (i = 0; i < n && used < HALF; i++)
		if (!pq_jobs_busy(w, ids[i]) && ask_look(w, ids[i], newest))
			used++;
}

/*
 * Find the next repeated question of a service: the newest and the oldest look
 * alternate.
 */
static int64_t
find_again(struct warden *w, const struct pq_config_service *svc)
{
	struct pq_share *s = &w->shares[svc - w->cfg->services];

	if (s->open == s->first || pq_jobs_asked(w, svc) ||
	    (s->retry_ms != 0 &&
		w->now.boot_ms - s->retry_ms < WARDEN_RETRY_MS))
		return 0;
	return pq_ledger_look_again(
	    &w->store, svc->policy->service, !s->retry_newest, pq_warden_s(w));
}

static void
ask_again(struct warden *w, const struct pq_config_service *svc)
{
	struct pq_share *s = &w->shares[svc - w->cfg->services];
	int64_t id = find_again(w, svc);

	if (id == 0 || pq_jobs_busy(w, id) || !ask_look(w, id, false))
		return;
	s->retry_ms = w->now.boot_ms;
	s->retry_newest = !s->retry_newest;
}

static void
postpone_look(struct warden *w, int64_t id, const char *why)
{
	struct pq_look l;

	if (id != 0 && !pq_jobs_busy(w, id) &&
	    pq_ledger_look_read(&w->store, id, &l) == 1)
		pq_look_postpone(w, &l, why);
}

/* No question can be asked: show the reason at the looks that are next. */
static void
postpone_next(
    struct warden *w, const struct pq_config_service *svc, const char *why)
{
	const char *service = svc->policy->service;
	int64_t now = pq_warden_s(w), first = 0;

	(void)pq_ledger_looks_first(&w->store, service, false, now, &first, 1);
	postpone_look(w, first, why);
	postpone_look(
	    w, pq_ledger_look_again(&w->store, service, false, now), why);
}

static void
serve_service(
    struct warden *w, const struct pq_config_service *svc, const char *why)
{
	const struct pq_share *s = &w->shares[svc - w->cfg->services];

	if (s->open == 0)
		return;
	if (why != NULL) {
		postpone_next(w, svc, why);
		return;
	}
	ask_again(w, svc);
	if (s->first == 0)
		return;
	fill_half(w, svc, true);
	fill_half(w, svc, false);
}

void
pq_turns_pump(struct warden *w, const char *why)
{
	size_t n = w->cfg->n_services;
	size_t i;

	for (i = 0; i < n; i++)
		serve_service(
		    w, &w->cfg->services[(w->next_service + i) % n], why);
	w->next_service = n == 0 ? 0 : (w->next_service + 1) % n;
}
