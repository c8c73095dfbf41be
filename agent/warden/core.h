/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_CORE_H
#define AGENT_WARDEN_CORE_H

#include <pratique/finding.h>

#include "role/role.h"
#include "warden/ledger.h"
#include "warden/warden.h"

#define pq_warden_log(...) pq_role_log(PQ_ROLE_WARDEN, __VA_ARGS__)

/* pq_warden_now() - read both clocks into w->now, once for a whole turn */
void pq_warden_now(struct warden *w);
/* pq_warden_s() - wall clock of this turn, seconds since 1970-01-01 UTC */
int64_t pq_warden_s(const struct warden *w);
/* pq_warden_id() - the next id; all nouns share one sequence */
int64_t pq_warden_id(struct warden *w);

/*
 * pq_warden_audit() - append an audit row to the transaction of this turn
 * Begins the transaction where none is open. A fault stays in the store, and
 * nothing of the turn is committed then.
 * @actor:   an operator's name, or the role that acted
 * @event:   "release.refused"
 * @service: "": none; "*": all
 * @id:      of a callback, look or release; 0: none
 * @fmt:     the detail, cut to PQ_REASON_TEXT
 */
void pq_warden_audit(struct warden *w, const char *actor, const char *event,
    const char *service, int64_t id, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/*
 * pq_warden_backoff() - seconds until the next try
 * @tries:  those that failed before this one
 * Return:  1, 2, 4 and so on, at most WARDEN_BACKOFF_S
 */
int64_t pq_warden_backoff(int64_t tries);

/* pq_warden_service() - borrowed; NULL: not in the configuration (any more) */
const struct pq_config_service *pq_warden_service(
    const struct warden *w, const char *name);

/*
 * pq_warden_text() - copy as a string, cut to @size - 1 bytes
 * For fields whose bytes the message table has limited; free text of others
 * goes through pq_text_escape().
 */
void pq_warden_text(char *dst, size_t size, struct pq_slice s);

/*
 * pq_warden_overall() - the overall of findings by which something is decided
 * Where one had no memory the ledger gets a fault, so that nothing of this turn
 * is kept: a refusal would stay.
 */
enum pq_status pq_warden_overall(struct warden *w, const struct pq_findings *f);

/* pq_first_reason() - "CHECK: REASON" of the first finding with @status */
void pq_first_reason(char dst[PQ_REASON_TEXT], const struct pq_findings *f,
    enum pq_status status);

#endif
