/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_JOURNAL_H
#define AGENT_DEPLOY_JOURNAL_H

#include <pratique/digest.h>
#include <pratique/names.h>

#include "gate/clock.h"
#include "gate/floor.h"
#include "store/store.h"

#define PQ_TARGET_TEXT 24
#define PQ_TARGET_REF 256

/*
 * The database of deploy. It knows an image by its service and digest, not by
 * its release id. The warden assigns the ids, and may use an id again after it
 * lost its ledger, or if an attacker controls it.
 */

/* Whether a digest is rejected, and why. */
enum pq_rejected {
	PQ_REJECTED_BY_OPERATOR = 0,
	PQ_REJECTED_FAILED, /* it was rolled back; an operator can retry it */
	PQ_REJECTED_NOT,    /* it is not rejected */
};

/* One image of which the warden sent a notice, or which was rejected. */
struct pq_noticed {
	char service[PQ_SERVICE_TEXT], tag[PQ_TAG_TEXT];
	char digest[PQ_DIGEST_TEXT];
	char manifest[PQ_DIGEST_TEXT], config[PQ_DIGEST_TEXT];
	char tag_object[PQ_OID_TEXT];
	enum pq_rejected rejected;
	struct pq_clock clock;
};

/* One attempt to deploy. */
struct pq_deployment {
	uint64_t release, attempt;
	char service[PQ_SERVICE_TEXT], tag[PQ_TAG_TEXT];
	char digest[PQ_DIGEST_TEXT];
	char manifest[PQ_DIGEST_TEXT], config[PQ_DIGEST_TEXT];
	char phase[24];              /* current step; "done" at the end */
	char target[PQ_TARGET_TEXT]; /* key under deploy: in the policy */
	/* in the format of the target; the journal does not parse them */
	char old_ref[PQ_TARGET_REF], new_ref[PQ_TARGET_REF];
	uint32_t outcome; /* enum pq_outcome; valid in the phase "done" */
	char reason[512];
};

/* pq_journal_open() - open or create the database, see pq_store_open() */
int pq_journal_open(struct pq_store *s, const char *path, struct pq_err *err);

/*
 * pq_journal_noticed() - read the notice of a digest
 * @ret:   untouched unless 1 is returned
 * Return: 1 found; 0 not found; a fault
 */
int pq_journal_noticed(struct pq_store *s, const char *service,
    const char *digest, struct pq_noticed *ret);
/* pq_journal_notice() - write a notice, or replace the earlier one */
void pq_journal_notice(struct pq_store *s, const struct pq_noticed *n);
/*
 * pq_journal_pin_tag() - check that a tag keeps its tag object and its digest
 * Records both if the tag is new.
 * Return: 0 the tag is new or unchanged; 1 the tag object or the digest has
 *         changed, or the journal failed
 */
int pq_journal_pin_tag(struct pq_store *s, const struct pq_noticed *n);

/*
 * pq_journal_held() - find a hold of this service or of all services
 * @reason: receives the reason of the hold. It stays untouched without a hold,
 *          and after a fault of the journal.
 * Return:  true if there is a hold, or if the journal failed
 */
bool pq_journal_held(struct pq_store *s, const char *service, char reason[512]);
/* pq_journal_hold() - hold a service; "*" holds all */
void pq_journal_hold(
    struct pq_store *s, const char *service, const char *reason);
/* pq_journal_unhold() - lift the hold that was set under this name */
void pq_journal_unhold(struct pq_store *s, const char *service);
/*
 * The warden sends all holds each time it connects. pq_journal_begin_holds()
 * marks the recorded holds as unconfirmed. pq_journal_hold() confirms a hold.
 * pq_journal_end_holds() deletes the holds that are still unconfirmed. Before
 * that, each hold stays in force, so a lost connection cannot lift a hold.
 */
void pq_journal_begin_holds(struct pq_store *s);
void pq_journal_end_holds(struct pq_store *s);
/*
 * pq_journal_reject() - record that an operator rejected a digest
 * The journal may not know the digest yet. The digest stays rejected until
 * pq_journal_lift().
 */
void pq_journal_reject(
    struct pq_store *s, const char *service, const char *digest);
/*
 * pq_journal_failed() - record that the deployment of a digest was rolled back
 * The digest stays rejected until pq_journal_lift().
 */
void pq_journal_failed(
    struct pq_store *s, const char *service, const char *digest);
/*
 * pq_journal_lift() - delete the rejection of a digest and its quarantine clock
 * The next notice of the digest starts a new quarantine.
 */
void pq_journal_lift(
    struct pq_store *s, const char *service, const char *digest);
/*
 * pq_journal_tick() - add the time since their last tick to quarantine clocks
 * One call updates at most 64 running clocks; later calls update the others.
 * After deploy was down, the call updates all of them with pq_clock_resume(). A
 * quarantine starts again if pq_clock_tick() raises an alarm.
 * Return: the number of quarantines that started again
 */
unsigned pq_journal_tick(struct pq_store *s, const struct pq_instant *now);
/* pq_journal_down() - pq_clock_down() since the last pq_journal_tick() */
int64_t pq_journal_down(struct pq_store *s, const struct pq_instant *now);

/*
 * pq_journal_attempt() - read the deployment of an attempt
 * @ret:   untouched unless 1 is returned
 * Return: 1 found; 0 not found; a fault
 */
int pq_journal_attempt(struct pq_store *s, uint64_t release, uint64_t attempt,
    struct pq_deployment *ret);
/*
 * pq_journal_unfinished() - read the deployment that has not ended
 * The database allows at most one.
 * @ret:   untouched unless 1 is returned
 * Return: 1 found; 0 none; a fault
 */
int pq_journal_unfinished(struct pq_store *s, struct pq_deployment *ret);
/* pq_journal_put() - write a deployment, or update its phase and outcome */
void pq_journal_put(struct pq_store *s, const struct pq_deployment *d);
/*
 * pq_journal_floor() - raise @f to the highest version that was ever live
 * @instead_of: see pq_floor_raise()
 */
void pq_journal_floor(struct pq_store *s, const char *service,
    const char *instead_of, struct pq_floor *f);
/*
 * pq_journal_was() - find the version that a digest had when it was live
 * @tag:   untouched unless 1 is returned
 * Return: 1 found; 0 the digest was never live; a fault
 */
int pq_journal_was(struct pq_store *s, const char *service, const char *digest,
    char tag[PQ_FLOOR_TEXT]);
/*
 * pq_journal_live() - record that a deployment is live
 * Also stops the quarantine clocks of the versions that can no longer go live,
 * because they are older.
 * @at:         seconds since 1970-01-01 UTC
 * @instead_of: see pq_floor_raise()
 */
void pq_journal_live(struct pq_store *s, const struct pq_deployment *d,
    int64_t at, const char *instead_of);

/*
 * pq_journal_pulled() - record that deploy pulled the image of a deployment
 * Deploy removes recorded images only.
 */
void pq_journal_pulled(struct pq_store *s, const struct pq_deployment *d);
/* pq_journal_forget_image() - delete the record of a removed image */
void pq_journal_forget_image(
    struct pq_store *s, const char *service, const char *digest);
/*
 * pq_journal_surplus() - find a pulled image that is no longer needed
 * @keep:   number of the last live images that are still needed
 * @digest: filled only if 1 is returned
 * Return:  1 found; 0 none; a fault
 */
int pq_journal_surplus(struct pq_store *s, const char *service, unsigned keep,
    char digest[PQ_DIGEST_TEXT]);

#endif
