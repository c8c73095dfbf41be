/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LOOKS_H
#define AGENT_WARDEN_LOOKS_H

#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/warden.h"

/*
 * pq_look_open() - open a look, or make the open look for @tag due now
 * @actor: name of an operator, or "callback"
 * Return: id of the look; 0 if the service is not configured or the ledger
 *         failed
 */
int64_t pq_look_open(
    struct warden *w, const char *service, const char *tag, const char *actor);
/*
 * pq_look_end() - set the final state, and wake a parked callback
 * @state:   PQ_LOOK_DONE or PQ_LOOK_REFUSED
 * @release: release that the look found; 0: none
 */
void pq_look_end(struct warden *w, struct pq_look *l, const char *state,
    int64_t release, const char *reason);
/* pq_look_later() - plan the next try, or refuse after the deadline */
void pq_look_later(struct warden *w, struct pq_look *l, const char *reason);
/*
 * pq_look_settle() - end the look if @r, which has its digest, needs no verdict
 * Return: true if the look was ended
 */
bool pq_look_settle(
    struct warden *w, struct pq_look *l, const struct pq_release *r);
/* pq_looks_rebase() - repair the times after the wall clock was set back */
void pq_looks_rebase(struct warden *w);

#endif
