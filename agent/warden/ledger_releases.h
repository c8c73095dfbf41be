/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_RELEASES_H
#define AGENT_WARDEN_LEDGER_RELEASES_H

#include <pratique/digest.h>

#include "gate/state.h"
#include "store/store.h"
#include "warden/ledger.h"

/* Refused as bad, until a retry. */
enum pq_sticky {
	PQ_STICKY_NO = 0,
	PQ_STICKY_NAME,   /* under this tag: another name is looked at */
	PQ_STICKY_DIGEST, /* whatever its name */
};

/* Has deploy heard of it? */
enum pq_notice {
	PQ_NOTICE_NONE = 0,
	PQ_NOTICE_SENT,  /* with no answer yet: it is sent again */
	PQ_NOTICE_TAKEN, /* deploy has it in its journal */
};

struct pq_release {
	int64_t id;
	char service[PQ_SERVICE_TEXT];
	char tag[PQ_TAG_TEXT];
	char digest[PQ_DIGEST_TEXT];
	char manifest[PQ_DIGEST_TEXT];
	char config[PQ_DIGEST_TEXT];
	enum pq_state state;
	char reason[PQ_REASON_TEXT];
	char commit[PQ_OID_TEXT];
	char tag_object[PQ_OID_TEXT];
	char signer[256];
	char key[256];
	char policy_hash[PQ_DIGEST_TEXT];
	int64_t first_seen, changed, next_try, deadline, tries;
	struct pq_clock clock;
	int64_t attempt;    /* id of the current attempt, 0 none */
	int64_t live_since; /* 0: never live */
	int64_t noticed;    /* enum pq_notice */
	int64_t sticky;     /* enum pq_sticky */
	char container[PQ_CONTAINER_ID_TEXT];
};

int pq_ledger_release_add(struct pq_store *s, const struct pq_release *r);
/* pq_ledger_release_save() - all but id, service, digest and first_seen */
int pq_ledger_release_save(struct pq_store *s, const struct pq_release *r);
/* pq_ledger_release() - 1 found; 0 not there; or a fault */
int pq_ledger_release(struct pq_store *s, int64_t id, struct pq_release *ret);
/* pq_ledger_release_by_digest() - its id; 0: none */
int64_t pq_ledger_release_by_digest(
    struct pq_store *s, const char *service, const char *digest);

/* pq_ledger_release_live() - the id of the live one of @service; 0: none */
int64_t pq_ledger_release_live(struct pq_store *s, const char *service);
/* pq_ledger_release_newest() - the newest open one of @service; 0: none */
int64_t pq_ledger_release_newest(struct pq_store *s, const char *service);
/* pq_ledger_releases_open() - how many of @service wait for something */
int64_t pq_ledger_releases_open(struct pq_store *s, const char *service);
/* pq_ledger_releases_busy() - is one being deployed? In doubt, yes */
bool pq_ledger_releases_busy(struct pq_store *s, const char *service);

/* pq_ledger_release_hasten() - one in quarantine is due at @now, not later */
int pq_ledger_release_hasten(struct pq_store *s, int64_t id, int64_t now);
/* pq_ledger_releases_hasten() - likewise all of a service */
int pq_ledger_releases_hasten(
    struct pq_store *s, const char *service, int64_t now);
/* pq_ledger_releases_hasten_all() - likewise all, before any other */
int pq_ledger_releases_hasten_all(struct pq_store *s);
/* pq_ledger_releases_unnotice() - a notice without an answer is given again */
int pq_ledger_releases_unnotice(struct pq_store *s);
/*
 * pq_ledger_releases_rebase() - the wall clock says @now, and may be set back
 * None is put off by more seconds than these from now:
 * @tries:  one that is tried again
 * @waits:  one in quarantine
 */
int pq_ledger_releases_rebase(
    struct pq_store *s, int64_t now, int64_t tries, int64_t waits);

/*
 * The ids of those for which something is to be done, at most @max of them, in
 * the order in which it is to be done. Each returns how many.
 */

/* one of each service that is to be fetched at @now */
size_t pq_ledger_releases_due(
    struct pq_store *s, int64_t now, int64_t *ids, size_t max);
/* in quarantine, and to be asked about at @now */
size_t pq_ledger_releases_to_check(
    struct pq_store *s, int64_t now, int64_t *ids, size_t max);
/* with a clock that runs */
size_t pq_ledger_releases_to_tick(struct pq_store *s, int64_t *ids, size_t max);
/* in quarantine, and deploy has not been told */
size_t pq_ledger_releases_to_notice(
    struct pq_store *s, int64_t *ids, size_t max);
/* cleared, due at @now, and none of their service is being deployed */
size_t pq_ledger_releases_to_send(
    struct pq_store *s, int64_t now, int64_t *ids, size_t max);
/* cleared, one of their service is being deployed, and @said is not said yet */
size_t pq_ledger_releases_out_of_turn(
    struct pq_store *s, const char *said, int64_t *ids, size_t max);
/* being deployed, with ids above @after */
size_t pq_ledger_releases_deploying(
    struct pq_store *s, int64_t after, int64_t *ids, size_t max);
/* of the service of @by, opened before it, and not yet with deploy */
size_t pq_ledger_releases_before(
    struct pq_store *s, int64_t by, int64_t *ids, size_t max);
/* rejected, the last ones first */
size_t pq_ledger_releases_rejected(
    struct pq_store *s, int64_t *ids, size_t max);
/* not yet with deploy, and once retried by an operator, the last ones first */
size_t pq_ledger_releases_retried(struct pq_store *s, int64_t *ids, size_t max);

/*
 * pq_ledger_floor() - raise @f to the highest version that was ever live; see
 * gate/floor.h
 */
void pq_ledger_floor(struct pq_store *s, const char *service,
    const char *instead_of, struct pq_floor *f);

#endif
