/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting work that is given up, many rows at a time.
 *
 * A leaked secret can announce any number of tags that do not exist. Their
 * looks wait until the deadline, and must not fill the ledger. An accepted
 * callback is never dropped silently: each drop is an audit row with a count,
 * and a repeated delivery opens the callback again.
 */
#include "warden/drops.h"

#include <stdio.h>

#include "warden/backlog.h"
#include "warden/core.h"
#include "warden/ledger_callbacks.h"
#include "warden/ledger_looks.h"

/* Looks that a full share loses at once, so that it does not happen often. */
#define EXCESS_PART 100

static void
record_drop(struct warden *w, const char *actor, const char *service,
    int64_t callbacks, int64_t looks, const char *why)
{
	if (callbacks == 0 && looks == 0)
		return;
	pq_warden_audit(w, actor, "callbacks.dropped", service, 0,
	    "%lld callbacks and %lld looks: %s", (long long)callbacks,
	    (long long)looks, why);
	pq_warden_log("callbacks-dropped service=%s callbacks=%lld looks=%lld"
		      " reason=\"%s\"",
	    service, (long long)callbacks, (long long)looks, why);
	pq_backlog_recount(w);
}

static bool
is_configured(
    const struct warden *w, const struct pq_config_service *svc, int64_t mark)
{
	const struct pq_keys *keys =
	    w->keys != NULL ? w->keys[svc - w->cfg->services] : NULL;
	size_t i, k;

	if (mark == PQ_MARK_UNKNOWN || mark == PQ_MARK_ORDER)
		return true;
	for (k = 0; keys != NULL && k < svc->n_endpoints; k++)
		for (i = 0; i < keys[k].n; i++)
			if (keys[k].marks[i] == mark)
				return true;
	return false;
}

/* With the mark 0 the ledger drops each mark, which is right for a service. */
static void
drop_mark(struct warden *w, const char *service, int64_t mark, const char *why)
{
	int64_t now = pq_warden_s(w), callbacks = 0, looks;

	pq_store_begin(&w->store);
	if (mark != PQ_MARK_ORDER)
		callbacks = pq_ledger_callbacks_drop(
		    &w->store, service, mark, why, now);
	looks = pq_ledger_looks_drop(&w->store, service, mark, why, now);
	record_drop(w, "warden", service, callbacks, looks, why);
}

void
pq_drop_unconfigured(struct warden *w)
{
	char service[PQ_SERVICE_TEXT] = "";
	int64_t mark = PQ_MARK_ORDER;

	while (pq_ledger_next_mark(&w->store, service, &mark)) {
		const struct pq_config_service *svc =
		    pq_warden_service(w, service);

		if (svc == NULL)
			drop_mark(w, service, mark,
			    "the service is no longer configured");
		else if (!is_configured(w, svc, mark))
			drop_mark(w, service, mark,
			    "the secret that signed them is no longer "
			    "configured");
	}
}

void
pq_drop_waiting(struct warden *w, const char *service, const char *actor,
    const char *reason, int64_t *ret_callbacks, int64_t *ret_looks)
{
	char why[PQ_REASON_TEXT];
	int64_t now = pq_warden_s(w);

	(void)snprintf(why, sizeof(why), "an operator dropped it%s%.400s",
	    reason[0] ? ": " : "", reason);
	pq_store_begin(&w->store);
	*ret_callbacks = pq_ledger_callbacks_drop(
	    &w->store, service, PQ_MARK_UNKNOWN, why, now);
	*ret_looks =
	    pq_ledger_looks_drop(&w->store, service, PQ_MARK_UNKNOWN, why, now);
	record_drop(w, actor, service, *ret_callbacks, *ret_looks, why);
}

/*
 * Only looks that the registry has answered are given up: each accepted tag
 * gets its first question.
 */
void
pq_drop_excess(struct warden *w, const char *service)
{
	static const char why[] = "too many tags of the service wait that the "
				  "registry did not have";
	int64_t share = WARDEN_TAGS / (int64_t)w->cfg->n_services;
	const struct pq_share *s = pq_backlog_share(w, service);

	if (s == NULL || s->open < share || s->open == s->first)
		return;
	pq_store_begin(&w->store);
	record_drop(w, "warden", service, 0,
	    pq_ledger_looks_shed(&w->store, service, share / EXCESS_PART + 1,
		why, pq_warden_s(w)),
	    why);
}

/*
 * A question is repeated at a low rate, so a flood of absent tags could keep
 * its looks open long after their deadlines.
 */
void
pq_drop_lapsed(struct warden *w)
{
	int64_t now = pq_warden_s(w);
	size_t i;

	for (i = 0; i < w->cfg->n_services; i++) {
		const char *service = w->cfg->services[i].policy->service;

		if (w->shares[i].open == w->shares[i].first)
			continue;
		pq_store_begin(&w->store);
		record_drop(w, "warden", service, 0,
		    pq_ledger_looks_lapse(
			&w->store, service, now - WARDEN_LAPSE_S, now),
		    "the registry did not have their tags in time");
	}
}
