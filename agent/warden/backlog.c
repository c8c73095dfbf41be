/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backlog: accepted callbacks without a final state.
 *
 * Each was answered with 202, so none may be lost. A flood must not fill the
 * ledger either, so each service has an equal share of the space. A callback
 * whose service has too many open looks is parked. Parked callbacks are woken
 * one by one, in the order of their arrival.
 */
#include "warden/backlog.h"

#include <stdlib.h>

#include "warden/core.h"
#include "warden/ledger_callbacks.h"
#include "warden/ledger_looks.h"
#include "warden/space.h"

/* Return NULL for a service that is no longer configured. */
static struct pq_share *
share_of(struct warden *w, const char *service)
{
	const struct pq_config_service *svc =
	    pq_config_service(w->cfg, pq_slice_str(service));

	return svc != NULL ? &w->shares[svc - w->cfg->services] : NULL;
}

/*
 * A sender that holds the secret of one service can fill only the share of that
 * service. An empty share accepts one body of any size.
 */
bool
pq_backlog_has_space(struct warden *w, const char *service, size_t bytes)
{
	const struct pq_share *s = share_of(w, service);
	int64_t n = (int64_t)w->cfg->n_services;

	return pq_space_left(w, WARDEN_SPACE_CALLBACK) && s != NULL &&
	    s->n < WARDEN_BACKLOG / n &&
	    (s->n == 0 ||
		s->bytes + (int64_t)bytes <= WARDEN_BACKLOG_BYTES / n);
}

static void
add_to_share(struct warden *w, const char *service, int64_t n, int64_t bytes)
{
	struct pq_share *s = share_of(w, service);

	if (s == NULL)
		return;
	s->n += n;
	s->bytes += bytes;
}

static void
load_share(void *arg, const struct pq_callbacks_share *row)
{
	add_to_share(arg, row->service, row->n, row->bytes);
}

int
pq_backlog_load(struct warden *w)
{
	char service[PQ_SERVICE_TEXT] = "";

	w->shares = calloc(w->cfg->n_services + 1, sizeof(*w->shares));
	if (w->shares == NULL)
		return -PQ_ENOMEM;
	pq_ledger_callbacks_shares(&w->store, load_share, w);
	pq_store_begin(&w->store);
	w->parked = pq_ledger_callbacks_repark(&w->store);
	w->backlog = pq_ledger_callbacks_unread(&w->store);
	while (pq_ledger_callbacks_next_parked(&w->store, service))
		pq_backlog_wake(w, service);
	return w->store.fault;
}

void
pq_backlog_free(struct warden *w)
{
	free(w->shares);
	w->shares = NULL;
}

void
pq_backlog_add(struct warden *w, const char *service, size_t bytes)
{
	w->backlog++;
	add_to_share(w, service, 1, (int64_t)bytes);
}

void
pq_backlog_remove(struct warden *w, const struct pq_received *c)
{
	w->backlog--;
	add_to_share(w, c->service, -1, -c->bytes);
	pq_backlog_wake(w, c->service);
}

/*
 * A service has a limited number of open looks, so that it cannot delay the
 * others. A callback beyond the limit was accepted, so it waits. It is read
 * again when a look of the service ends, or when an earlier callback ended
 * without opening one. No callback overtakes a parked one.
 */
bool
pq_backlog_has_room(struct warden *w, const struct pq_received *c)
{
	return pq_ledger_looks_open(&w->store, c->service) < WARDEN_LOOKS &&
	    !pq_ledger_callback_is_behind(&w->store, c->service, c->id);
}

void
pq_backlog_park(struct warden *w, const struct pq_received *c)
{
	pq_store_begin(&w->store);
	pq_ledger_callback_park(&w->store, c->id);
	if (c->parked == PQ_PARKED_NOT)
		pq_warden_audit(w, "warden", "callback.waits", c->service,
		    c->id, "%d looks of this service are open", WARDEN_LOOKS);
	w->backlog--;
	w->parked++;
}

void
pq_backlog_wake(struct warden *w, const char *service)
{
	int n = 1;

	while (n == 1 && w->parked > 0 &&
	    pq_ledger_looks_open(&w->store, service) +
		    pq_ledger_callbacks_woken(&w->store, service) <
		WARDEN_LOOKS) {
		pq_store_begin(&w->store);
		n = pq_ledger_callback_wake(&w->store, service);
		w->parked -= n;
		w->backlog += n;
	}
}
