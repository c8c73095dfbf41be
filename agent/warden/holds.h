/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_HOLDS_H
#define AGENT_WARDEN_HOLDS_H

#include "warden/warden.h"

/*
 * Each function writes the ledger and an audit row, and tells deploy.
 * @service: "*": all services
 */

/* pq_hold_set() - set the hold of an operator; the hold of an alarm stays */
void pq_hold_set(
    struct warden *w, const char *service, const char *actor, const char *text);
/* pq_hold_alarm() - set a hold that only root can lift */
void pq_hold_alarm(struct warden *w, const char *service, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* pq_hold_lift() - lift a hold; the caller has checked that @actor may */
void pq_hold_lift(
    struct warden *w, const char *service, const char *actor, const char *text);

#endif
