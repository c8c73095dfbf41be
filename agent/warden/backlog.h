/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_BACKLOG_H
#define AGENT_WARDEN_BACKLOG_H

#include "warden/ledger_callbacks.h"
#include "warden/warden.h"

/*
 * pq_backlog_load() - count the callbacks in the ledger, at the start
 * Woken callbacks are parked again, then as many as there is room for are woken
 * in order. Begins a transaction.
 * Return: 0; -PQ_ENOMEM; or the store's fault
 */
int pq_backlog_load(struct warden *w);
/* pq_backlog_free() - free the shares */
void pq_backlog_free(struct warden *w);

/* pq_backlog_has_space() - may @service add a body of @bytes bytes? */
bool pq_backlog_has_space(struct warden *w, const char *service, size_t bytes);
/* pq_backlog_add() - count a stored callback that verify must read */
void pq_backlog_add(struct warden *w, const char *service, size_t bytes);
/* pq_backlog_remove() - remove @c, which has a final state; wake the next */
void pq_backlog_remove(struct warden *w, const struct pq_received *c);

/* pq_backlog_has_room() - may @c open another look of its service now? */
bool pq_backlog_has_room(struct warden *w, const struct pq_received *c);
/* pq_backlog_park() - let @c wait until a look of its service ends */
void pq_backlog_park(struct warden *w, const struct pq_received *c);
/* pq_backlog_wake() - wake the oldest callbacks for which there is room */
void pq_backlog_wake(struct warden *w, const char *service);

#endif
