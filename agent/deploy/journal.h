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
 * Deploy's own database. Its keys are (service, digest), because release ids
 * come from the warden: a warden that lost its ledger, or that an attacker
 * controls, may use an id again.
 */
enum pq_rejected {
	PQ_REJECTED_BY_OPERATOR = 0,
	PQ_REJECTED_FAILED, /* rolled back: only a retry deploys it again */
	PQ_REJECTED_NOT,
};

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
	/* references in the format of the target; the journal does not parse */
	char old_ref[PQ_TARGET_REF], new_ref[PQ_TARGET_REF];
	uint32_t outcome; /* enum pq_outcome; meaningful at the end */
	char reason[512];
};

/* pq_journal_open() - open or create the database; as pq_store_open() */
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
 * pq_journal_pin_tag() - record the tag object and digest of a new tag, or
 *                        compare them with those of a recorded one
 * Return: 0 the tag is new or unchanged; 1 it names another tag object or
 *         digest than before, or the journal failed
 */
int pq_journal_pin_tag(struct pq_store *s, const struct pq_noticed *n);

/*
 * pq_journal_held() - find a hold of this service or of all services
 * @reason: filled with the reason of the hold
 * Return:  true also if the journal failed; @reason is then untouched
 */
bool pq_journal_held(struct pq_store *s, const char *service, char reason[512]);
/* pq_journal_hold() - hold a service; "*" holds all */
void pq_journal_hold(
    struct pq_store *s, const char *service, const char *reason);
/* pq_journal_unhold() - lift the hold that was set under this name */
void pq_journal_unhold(struct pq_store *s, const char *service);
/*
 * After it connects, the warden sends all holds again. pq_journal_begin_holds()
 * marks the earlier holds as unconfirmed, and pq_journal_end_holds() deletes
 * the holds that are still unconfirmed. Until then the earlier holds stay in
 * force: an interruption in between must not lift a hold.
 */
void pq_journal_begin_holds(struct pq_store *s);
void pq_journal_end_holds(struct pq_store *s);
/*
 * pq_journal_reject() - record that an operator rejected a digest
 * The digest may be unknown so far. It stays rejected until it is lifted.
 */
void pq_journal_reject(
    struct pq_store *s, const char *service, const char *digest);
/* pq_journal_failed() - the same after a deployment that was rolled back */
void pq_journal_failed(
    struct pq_store *s, const char *service, const char *digest);
/*
 * pq_journal_lift() - forget a rejected digest
 * Its next notice starts the quarantine from the beginning.
 */
void pq_journal_lift(
    struct pq_store *s, const char *service, const char *digest);
/*
 * pq_journal_tick() - credit the time served to all running quarantine clocks
 * A clock that ran backwards, or that was stepped by minutes, is restarted.
 * Return: the number of restarted clocks
 */
unsigned pq_journal_tick(struct pq_store *s, const struct pq_instant *now);

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
/* pq_journal_floor() - raise @f to the highest version that was ever live */
void pq_journal_floor(struct pq_store *s, const char *service,
    const char *instead_of, struct pq_floor *f);
/*
 * pq_journal_was() - find the version under which a digest was live
 * @tag:   untouched unless 1 is returned
 * Return: 1 found; 0 the digest was never live; a fault
 */
int pq_journal_was(struct pq_store *s, const char *service, const char *digest,
    char tag[PQ_FLOOR_TEXT]);
/*
 * pq_journal_live() - record that a deployment is live
 * The clocks of older versions stop, because those can no longer go live.
 * @at:         seconds since 1970-01-01 UTC
 * @instead_of: see pq_floor_raise()
 */
void pq_journal_live(struct pq_store *s, const struct pq_deployment *d,
    int64_t at, const char *instead_of);

/*
 * Images that deploy pulled. It may only remove these.
 * pq_journal_forget_image() deletes the record of one.
 */
void pq_journal_pulled(struct pq_store *s, const struct pq_deployment *d);
void pq_journal_forget_image(
    struct pq_store *s, const char *service, const char *digest);
/*
 * pq_journal_surplus() - find a pulled image that is no longer needed
 * @keep:   number of images to keep: those that went live last
 * @digest: filled only when 1 is returned
 * Return:  1 found; 0 none; a fault
 */
int pq_journal_surplus(struct pq_store *s, const char *service, unsigned keep,
    char digest[PQ_DIGEST_TEXT]);

#endif
