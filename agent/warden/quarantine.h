/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_QUARANTINE_H
#define AGENT_WARDEN_QUARANTINE_H

#include "warden/ledger_releases.h"
#include "warden/warden.h"

/* pq_quarantine_pump() - examine releases again that have served the delay */
void pq_quarantine_pump(struct warden *w);
/* pq_quarantine_tick() - credit the clocks, and alarm if one was stepped */
void pq_quarantine_tick(struct warden *w);
/*
 * pq_quarantine_again() - fetch and judge fresh evidence now
 * @why: reason of the release until then
 */
void pq_quarantine_again(
    struct warden *w, struct pq_release *r, const char *why);
/* pq_quarantine_waiting() - write why a release is not live yet */
void pq_quarantine_waiting(
    struct warden *w, const struct pq_release *r, char dst[PQ_REASON_TEXT]);

#endif
