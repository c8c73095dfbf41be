/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_BACKLOG_H
#define AGENT_WARDEN_BACKLOG_H

#include "warden/ledger_callbacks.h"
#include "warden/warden.h"

/*
 * pq_backlog_load() - at the start: count the callbacks that the ledger holds
 * Those that were parked are parked again in their order, and as many as there
 * is room for are woken. Begins a transaction.
 * Return: 0; -PQ_ENOMEM; the ledger's fault
 */
int pq_backlog_load(struct warden *w);
void pq_backlog_free(struct warden *w);

/* pq_backlog_has_space() - may @service add a body of so many bytes? */
bool pq_backlog_has_space(struct warden *w, const char *service, size_t bytes);
/* pq_backlog_add() - a callback of @service was written and is to be read */
void pq_backlog_add(struct warden *w, const char *service, size_t bytes);
/* pq_backlog_remove() - @c is done with; the next one may be woken */
void pq_backlog_remove(struct warden *w, const struct pq_received *c);

/* pq_backlog_has_room() - may @c open one more look of its service, now? */
bool pq_backlog_has_room(struct warden *w, const struct pq_received *c);
/* pq_backlog_park() - @c waits until a look of its service has ended */
void pq_backlog_park(struct warden *w, const struct pq_received *c);
/* pq_backlog_wake() - wake the oldest of @service, as many as have room */
void pq_backlog_wake(struct warden *w, const char *service);

#endif
