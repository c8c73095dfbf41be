/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_RELEASES_H
#define AGENT_WARDEN_LEDGER_RELEASES_H

#include <pratique/digest.h>

#include "gate/state.h"
#include "store/store.h"
#include "warden/ledger.h"

/* Whether a refusal lasts until an operator retries the release. */
enum pq_sticky {
	PQ_STICKY_NO = 0,
	PQ_STICKY_NAME,   /* for this tag: another tag is examined again */
	PQ_STICKY_DIGEST, /* for every tag */
};

/* Whether deploy knows the release. */
enum pq_notice {
	PQ_NOTICE_NONE = 0,
	PQ_NOTICE_SENT, /* not answered yet: it is sent again after a restart */
	PQ_NOTICE_TAKEN, /* deploy has recorded it in its journal */
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
	int64_t attempt;    /* id of the current attempt; 0: none */
	int64_t live_since; /* UTC seconds; 0: never live */
	int64_t noticed;    /* enum pq_notice */
	int64_t sticky;     /* enum pq_sticky */
	char container[PQ_CONTAINER_ID_TEXT];
};

/* pq_ledger_release_add() - insert a release */
void pq_ledger_release_add(struct pq_store *s, const struct pq_release *r);
/*
 * pq_ledger_release_save() - write all members except id, service, digest and
 *                            first_seen
 */
void pq_ledger_release_save(struct pq_store *s, const struct pq_release *r);
/* pq_ledger_release_read() - return 1 found; 0 absent; or the store's fault */
int pq_ledger_release_read(
    struct pq_store *s, int64_t id, struct pq_release *ret);
/* pq_ledger_release_by_digest() - return the id; 0: none */
int64_t pq_ledger_release_by_digest(
    struct pq_store *s, const char *service, const char *digest);

/* pq_ledger_release_live() - return the id of the live release; 0: none */
int64_t pq_ledger_release_live(struct pq_store *s, const char *service);
/* pq_ledger_release_newest() - return the newest open release; 0: none */
int64_t pq_ledger_release_newest(struct pq_store *s, const char *service);
/* pq_ledger_releases_open() - count the open releases of @service */
int64_t pq_ledger_releases_open(struct pq_store *s, const char *service);
/* pq_ledger_releases_busy() - is one being deployed? true after a fault */
bool pq_ledger_releases_busy(struct pq_store *s, const char *service);

/*
 * pq_ledger_release_hasten() - make a release in quarantine due at @now
 * pq_ledger_releases_hasten() - likewise all of a service
 * pq_ledger_releases_hasten_all() - likewise all, before every other release
 */
void pq_ledger_release_hasten(struct pq_store *s, int64_t id, int64_t now);
void pq_ledger_releases_hasten(
    struct pq_store *s, const char *service, int64_t now);
void pq_ledger_releases_hasten_all(struct pq_store *s);
/* pq_ledger_releases_unnotice() - mark unanswered notices as not yet sent */
void pq_ledger_releases_unnotice(struct pq_store *s);
/*
 * pq_ledger_releases_rebase() - repair times after the wall clock was set back
 * @now:   UTC seconds
 * @tries: seconds from @now until the next try of an errand, at most
 * @waits: seconds from @now until the next check in quarantine, at most
 */
void pq_ledger_releases_rebase(
    struct pq_store *s, int64_t now, int64_t tries, int64_t waits);

/*
 * The releases that need an action, at most @max, in the order of the work.
 * Each function returns the number of ids.
 */

/* one release of each service whose evidence is due at @now */
size_t pq_ledger_releases_due(
    struct pq_store *s, int64_t now, int64_t *ids, size_t max);
/* in quarantine, with a check due at @now */
size_t pq_ledger_releases_to_check(
    struct pq_store *s, int64_t now, int64_t *ids, size_t max);
/* with a quarantine clock that runs */
size_t pq_ledger_releases_to_tick(struct pq_store *s, int64_t *ids, size_t max);
/* Return the number of all quarantine clocks that run. */
size_t pq_ledger_releases_ticking(struct pq_store *s);
/* in quarantine, and no notice was sent to deploy */
size_t pq_ledger_releases_to_notice(
    struct pq_store *s, int64_t *ids, size_t max);
/* cleared, due at @now, and no release of the service is being deployed */
size_t pq_ledger_releases_to_send(
    struct pq_store *s, int64_t now, int64_t *ids, size_t max);
/* cleared while another of the service is deployed, reason is not @text */
size_t pq_ledger_releases_out_of_turn(
    struct pq_store *s, const char *text, int64_t *ids, size_t max);
/* being deployed, with ids above @after */
size_t pq_ledger_releases_deploying(
    struct pq_store *s, int64_t after, int64_t *ids, size_t max);
/* of the same service as @by, older than @by, not yet sent to deploy */
size_t pq_ledger_releases_before(
    struct pq_store *s, int64_t by, int64_t *ids, size_t max);
/* rejected, the latest first */
size_t pq_ledger_releases_rejected(
    struct pq_store *s, int64_t *ids, size_t max);
/* retried by an operator and not yet sent to deploy, the latest first */
size_t pq_ledger_releases_retried(struct pq_store *s, int64_t *ids, size_t max);

/*
 * pq_ledger_floor_raise() - raise @f to the highest version that was ever live
 * @instead_of: see pq_floor_raise() in gate/floor.h
 */
void pq_ledger_floor_raise(struct pq_store *s, const char *service,
    const char *instead_of, struct pq_floor *f);

#endif
