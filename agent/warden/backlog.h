/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_BACKLOG_H
#define AGENT_WARDEN_BACKLOG_H

#include "warden/ledger_callbacks.h"
#include "warden/warden.h"

/*
 * pq_backlog_load() - count the waiting work in the ledger, at the start
 * Return: 0; -PQ_ENOMEM; or the store's fault
 */
int pq_backlog_load(struct warden *w);
/* pq_backlog_recount() - count again, after many rows have changed */
void pq_backlog_recount(struct warden *w);
/* pq_backlog_free() - free the shares */
void pq_backlog_free(struct warden *w);

/* pq_backlog_share() - return the share of @service; NULL: not configured */
struct pq_share *pq_backlog_share(struct warden *w, const char *service);

/* pq_backlog_has_space() - may @service add a body of @bytes bytes? */
bool pq_backlog_has_space(struct warden *w, const char *service, size_t bytes);
/* pq_backlog_add() - count a stored callback that verify must read */
void pq_backlog_add(struct warden *w, const char *service, size_t bytes);
/* pq_backlog_remove() - remove @c, which has a final state */
void pq_backlog_remove(struct warden *w, const struct pq_received *c);
/* pq_backlog_count_looks() - count looks that began or ceased to wait */
void pq_backlog_count_looks(
    struct warden *w, const char *service, int64_t open, int64_t first);

#endif
