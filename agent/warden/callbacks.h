/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_CALLBACKS_H
#define AGENT_WARDEN_CALLBACKS_H

#include "warden/warden.h"

/* pq_callbacks_keys() - read the secrets of all endpoints, before the jail */
int pq_callbacks_keys(struct warden *w, struct pq_err *err);
/* pq_callbacks_keys_free() - wipe and free them */
void pq_callbacks_keys_free(struct warden *w);

/*
 * pq_callbacks_greet() - tell intake that somebody answers behind its socket,
 *                        and which header the configuration names besides
 */
void pq_callbacks_greet(struct warden *w, struct pq_peer *intake);
/* pq_on_delivery() - judge the HMAC, keep the callback, send the receipt */
int pq_on_delivery(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

/* pq_callbacks_wait() - is there a round for verify, due now or soon? */
bool pq_callbacks_wait(struct warden *w);
/* pq_callbacks_pump() - hand the next round to verify, if it is due */
void pq_callbacks_pump(struct warden *w);

#endif
