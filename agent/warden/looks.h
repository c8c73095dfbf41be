/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LOOKS_H
#define AGENT_WARDEN_LOOKS_H

#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/warden.h"

/*
 * pq_look_refusal() - return why no look for @tag may be opened, or NULL
 */
const char *pq_look_refusal(
    const struct pq_config_service *svc, const char *tag);
/*
 * pq_look_open()     - open a look for an operator
 * pq_look_announce() - open a look for a callback
 * If a look for @tag is open it is due now: the sender may know that the tag
 * exists by now.
 * @actor: name of the operator
 * @mark:  of the secret that authenticated the callback
 * Return: id of the look; 0 if the service is not configured or the ledger
 *         failed
 */
int64_t pq_look_open(
    struct warden *w, const char *service, const char *tag, const char *actor);
int64_t pq_look_announce(
    struct warden *w, const char *service, const char *tag, int64_t mark);
/*
 * pq_look_end() - set the final state
 * @state:   PQ_LOOK_DONE or PQ_LOOK_REFUSED
 * @release: release that the look found; 0: none
 */
void pq_look_end(struct warden *w, struct pq_look *l, const char *state,
    int64_t release, const char *reason);
/*
 * pq_look_later()    - plan a repeated question, or refuse after the deadline
 * pq_look_postpone() - likewise, if the question has no answer: it keeps its
 *                      turn
 */
void pq_look_later(struct warden *w, struct pq_look *l, const char *reason);
void pq_look_postpone(struct warden *w, struct pq_look *l, const char *reason);
/*
 * pq_look_wait_again() - begin a new wait for a look that was announced again
 * while the registry answered its question
 */
void pq_look_wait_again(struct warden *w, struct pq_look *l);
/*
 * pq_look_settle() - end the look if @r, which has its digest, needs no verdict
 * Return: true if the look was ended
 */
bool pq_look_settle(
    struct warden *w, struct pq_look *l, const struct pq_release *r);
/* pq_looks_rebase() - repair the times after the wall clock was set back */
void pq_looks_rebase(struct warden *w);

#endif
