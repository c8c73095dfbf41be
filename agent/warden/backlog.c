/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backlog: accepted callbacks without a final state, and open looks.
 *
 * Each callback was answered with 202, so none may be lost. A flood must not
 * fill the ledger either, so each service has an equal share of the space.
 */
#include "warden/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "warden/ledger_callbacks.h"
#include "warden/ledger_looks.h"
#include "warden/space.h"

struct pq_share *
pq_backlog_share(struct warden *w, const char *service)
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
	const struct pq_share *s = pq_backlog_share(w, service);
	int64_t n = (int64_t)w->cfg->n_services;

	return pq_space_left(w, WARDEN_SPACE_CALLBACK) && s != NULL &&
	    s->n < WARDEN_BACKLOG / n && s->first < WARDEN_TAGS / n &&
	    (s->n == 0 ||
		s->bytes + (int64_t)bytes <= WARDEN_BACKLOG_BYTES / n);
}

static void
add_to_share(struct warden *w, const char *service, int64_t n, int64_t bytes)
{
	struct pq_share *s = pq_backlog_share(w, service);

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

void
pq_backlog_count_looks(
    struct warden *w, const char *service, int64_t open, int64_t first)
{
	struct pq_share *s = pq_backlog_share(w, service);

	if (s == NULL)
		return;
	s->open += open;
	s->first += first;
}

static void
load_looks(void *arg, const struct pq_looks_share *row)
{
	pq_backlog_count_looks(arg, row->service, row->open, row->first);
}

void
pq_backlog_recount(struct warden *w)
{
	memset(w->shares, 0, (w->cfg->n_services + 1) * sizeof(*w->shares));
	pq_ledger_callbacks_shares(&w->store, load_share, w);
	pq_ledger_looks_shares(&w->store, load_looks, w);
	w->backlog = pq_ledger_callbacks_unread(&w->store);
}

int
pq_backlog_load(struct warden *w)
{
	w->shares = calloc(w->cfg->n_services + 1, sizeof(*w->shares));
	if (w->shares == NULL)
		return -PQ_ENOMEM;
	pq_backlog_recount(w);
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
}
