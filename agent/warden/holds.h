/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_HOLDS_H
#define AGENT_WARDEN_HOLDS_H

#include "warden/warden.h"

/*
 * Each writes the ledger and an audit row, and tells deploy.
 * @service: "*": all
 */

/* pq_hold_set() - an operator's hold; it never makes an alarm any milder */
void pq_hold_set(
    struct warden *w, const char *service, const char *actor, const char *text);
/* pq_hold_alarm() - a hold that only root lifts */
void pq_hold_alarm(struct warden *w, const char *service, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* pq_hold_lift() - the caller has decided that @actor may */
void pq_hold_lift(
    struct warden *w, const char *service, const char *actor, const char *text);

#endif
