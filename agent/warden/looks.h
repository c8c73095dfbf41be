/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LOOKS_H
#define AGENT_WARDEN_LOOKS_H

#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/warden.h"

/*
 * pq_look_open() - open a look, or hasten the one that is open for @tag
 * Return: its id; 0: the service is not configured, or the ledger failed
 */
int64_t pq_look_open(
    struct warden *w, const char *service, const char *tag, const char *actor);
/*
 * pq_look_end() - a final state; a callback that waited for this may go on
 * @state:   PQ_LOOK_DONE or PQ_LOOK_REFUSED
 * @release: to which it led; 0: to none
 */
void pq_look_end(struct warden *w, struct pq_look *l, const char *state,
    int64_t release, const char *reason);
/* pq_look_later() - try again after a while; past its deadline refuse */
void pq_look_later(struct warden *w, struct pq_look *l, const char *reason);
/*
 * pq_look_settled() - does release @r, which has this digest, settle the look?
 * Return: true: @r needs no further verdict, and the look has been ended
 */
bool pq_look_settled(
    struct warden *w, struct pq_look *l, const struct pq_release *r);
/* pq_looks_rebase() - a wall clock that was set back puts off none */
void pq_looks_rebase(struct warden *w);

#endif
