/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_RELEASES_H
#define AGENT_WARDEN_RELEASES_H

#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/warden.h"

/*
 * pq_release_move() - move a release to another state; no other function does
 * It asks the state machine, credits the clock and writes all of @r, an audit
 * row and a log line. If the event is not possible in this state the row of the
 * ledger does not change, and the audit row says "out-of-turn".
 * @r:     gets the reason and, if it moved, the new state
 * @actor: name of an operator, or of the role that acted
 * @fmt:   reason
 */
void pq_release_move(struct warden *w, struct pq_release *r, enum pq_event e,
    const char *actor, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* pq_release_repeat() - move as before, without an audit row and a log line */
void pq_release_repeat(struct warden *w, struct pq_release *r, enum pq_event e,
    const char *reason);
/* pq_release_prune() - limit the records of a release that waits long */
void pq_release_prune(struct warden *w, int64_t id);

/* pq_release_open() - add the release that look @l found, also to @ret */
void pq_release_open(struct warden *w, struct pq_release *ret,
    const struct pq_look *l, const char *digest);
/*
 * pq_release_take_tag() - give a release the tag of look @l
 * @r: changed, but saved only if its state changes: the caller must move it
 */
void pq_release_take_tag(
    struct warden *w, struct pq_release *r, const struct pq_look *l);
/* pq_release_later() - plan the next try, or refuse after the deadline */
void pq_release_later(
    struct warden *w, struct pq_release *r, const char *reason);

/* pq_release_is_outdated() - was another policy in force at its examination? */
bool pq_release_is_outdated(
    const struct pq_release *r, const struct pq_config_service *svc);
/* pq_release_may_reopen() - may a look for @tag examine it again? */
bool pq_release_may_reopen(const struct pq_release *r, const char *tag);
/*
 * pq_release_end_orphan() - refuse a release whose service is not configured
 * Return: true if it was refused
 */
bool pq_release_end_orphan(struct warden *w, struct pq_release *r);

/* pq_releases_rebase() - repair the times after the clock was set back */
void pq_releases_rebase(struct warden *w);
/* pq_releases_supersede() - end older versions that were opened before @by */
void pq_releases_supersede(struct warden *w, const struct pq_release *by);

#endif
