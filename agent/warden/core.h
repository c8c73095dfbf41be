/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_CORE_H
#define AGENT_WARDEN_CORE_H

#include <pratique/finding.h>

#include "role/role.h"
#include "warden/ledger.h"
#include "warden/warden.h"

#define pq_warden_log(...) pq_role_log(__VA_ARGS__)

/* pq_warden_now() - read both clocks into w->now, once in a turn */
void pq_warden_now(struct warden *w);
/* pq_warden_s() - return the wall clock of this turn, UTC seconds */
int64_t pq_warden_s(const struct warden *w);
/* pq_warden_id() - return the next id; all tables share one sequence */
int64_t pq_warden_id(struct warden *w);

/*
 * pq_warden_audit() - append an audit row to the transaction of this turn
 * Begins the transaction if none is open. A fault stays in the store, so the
 * turn cannot be committed.
 * @actor:   name of an operator, or of the role that acted
 * @event:   for example "release.refused"
 * @service: "": none; "*": all services
 * @id:      callback, look or release; 0: none
 * @fmt:     detail, cut to PQ_REASON_TEXT - 1 bytes
 */
void pq_warden_audit(struct warden *w, const char *actor, const char *event,
    const char *service, int64_t id, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/*
 * pq_warden_backoff() - return the seconds until the next try
 * @tries:  tries that failed before this one
 * Return:  1, 2, 4 and so on, at most WARDEN_BACKOFF_S
 */
int64_t pq_warden_backoff(int64_t tries);

/* pq_warden_service() - find a service; borrowed; NULL if not configured */
const struct pq_config_service *pq_warden_service(
    const struct warden *w, const char *name);

/*
 * pq_warden_text() - copy as a string, cut to @size - 1 bytes
 * Use it for fields whose bytes the message table restricts. Free text needs
 * pq_text_escape().
 */
void pq_warden_text(char *dst, size_t size, struct pq_slice s);

/*
 * pq_warden_overall() - return the overall status of findings, for a decision
 * If a finding was lost for lack of memory the store gets a fault, so the turn
 * is not committed. A refusal would otherwise be permanent.
 */
enum pq_status pq_warden_overall(struct warden *w, const struct pq_findings *f);

/* pq_first_reason() - write the first "CHECK: REASON" with this status */
void pq_first_reason(char dst[PQ_REASON_TEXT], const struct pq_findings *f,
    enum pq_status status);

#endif
