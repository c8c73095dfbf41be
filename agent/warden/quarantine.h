/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_QUARANTINE_H
#define AGENT_WARDEN_QUARANTINE_H

#include "warden/ledger_releases.h"
#include "warden/warden.h"

/* pq_quarantine_pump() - look again at those that have served their time */
void pq_quarantine_pump(struct warden *w);
/* pq_quarantine_tick() - credit the clocks, and tell of one that was stepped */
void pq_quarantine_tick(struct warden *w);
/*
 * pq_quarantine_again() - fresh evidence, now
 * @why: the words of the release meanwhile
 */
void pq_quarantine_again(
    struct warden *w, struct pq_release *r, const char *why);
/* pq_quarantine_waiting() - why a release is not live yet, in words */
void pq_quarantine_waiting(
    struct warden *w, const struct pq_release *r, char dst[PQ_REASON_TEXT]);

#endif
