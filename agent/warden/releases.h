/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_RELEASES_H
#define AGENT_WARDEN_RELEASES_H

#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/warden.h"

/*
 * pq_release_move() - the one way from state to state
 * Asks the state machine, credits the clock, writes @r as a whole, an audit row
 * and a line of the journal. An event that does not fit the state leaves the
 * ledger's row as it is and is written down as out of turn.
 * @r:   has the reason and, if it moved, the new state afterwards
 * @fmt: the reason
 */
void pq_release_move(struct warden *w, struct pq_release *r, enum pq_event e,
    const char *actor, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* pq_release_repeat() - as it went before: audit log and journal have it */
void pq_release_repeat(struct warden *w, struct pq_release *r, enum pq_event e,
    const char *reason);
/* pq_release_prune() - bound the records of a release that waits for long */
void pq_release_prune(struct warden *w, int64_t id);

/* pq_release_open() - the release that look @l found; @ret: as it was added */
void pq_release_open(struct warden *w, struct pq_release *ret,
    const struct pq_look *l, const char *digest);
/*
 * pq_release_adopt() - go on under the name that look @l has examined
 * @r: changed, and saved only where it moves: the caller moves it next
 */
void pq_release_adopt(
    struct warden *w, struct pq_release *r, const struct pq_look *l);
/* pq_release_later() - try again after a while; past its deadline refuse */
void pq_release_later(
    struct warden *w, struct pq_release *r, const char *reason);

/* pq_release_outdated() - examined by another policy than the one in force? */
bool pq_release_outdated(
    const struct pq_release *r, const struct pq_config_service *svc);
/* pq_release_reopens() - may a look under @tag examine it once more? */
bool pq_release_reopens(const struct pq_release *r, const char *tag);
/*
 * pq_release_orphaned() - end a release whose service is configured no more
 * Return: true: it was one
 */
bool pq_release_orphaned(struct warden *w, struct pq_release *r);

/* pq_releases_rebase() - a wall clock that was set back puts off none */
void pq_releases_rebase(struct warden *w);
/* pq_releases_supersede() - end older ones that were opened before @by */
void pq_releases_supersede(struct warden *w, const struct pq_release *by);

#endif
