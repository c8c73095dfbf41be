/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_CALLBACKS_H
#define AGENT_WARDEN_CALLBACKS_H

#include "warden/warden.h"

/* pq_callbacks_read_keys() - read all secrets, before the jail is entered */
int pq_callbacks_read_keys(struct warden *w, struct pq_err *err);
/* pq_callbacks_free_keys() - wipe and free the secrets */
void pq_callbacks_free_keys(struct warden *w);

/*
 * pq_callbacks_greet() - tell intake that the warden runs
 * The message also names the header that the configuration of an endpoint sets.
 */
void pq_callbacks_greet(struct warden *w, struct pq_peer *intake);
/* pq_on_delivery() - check the HMAC, store the callback, send the receipt */
int pq_on_delivery(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

/* pq_callbacks_wait_for_round() - is a round for verify due now or soon? */
bool pq_callbacks_wait_for_round(struct warden *w);
/* pq_callbacks_pump() - send the next round to verify, if it is due */
void pq_callbacks_pump(struct warden *w);

#endif
