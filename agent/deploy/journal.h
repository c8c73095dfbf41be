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
 * Deploy's own memory. It is keyed by (service, digest): the release ids are
 * the warden's, and the warden may not be the warden any more.
 */
enum pq_rejected {
	PQ_REJECTED_BY_OPERATOR = 0,
	PQ_REJECTED_FAILED, /* it was rolled back: no second try unasked */
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

/* One attempt; phase is the step that is being done, or its end. */
struct pq_deployment {
	uint64_t release, attempt;
	char service[PQ_SERVICE_TEXT], tag[PQ_TAG_TEXT];
	char digest[PQ_DIGEST_TEXT];
	char manifest[PQ_DIGEST_TEXT], config[PQ_DIGEST_TEXT];
	char phase[24];              /* "done" when over */
	char target[PQ_TARGET_TEXT]; /* key of deploy: that was in force */
	/* what is replaced and by which; the target's own words, unread here */
	char old_ref[PQ_TARGET_REF], new_ref[PQ_TARGET_REF];
	uint32_t outcome; /* enum pq_outcome once over */
	char reason[512];
};

int pq_journal_open(struct pq_store *s, const char *path, struct pq_err *err);

/* 1 found, 0 not, or a fault */
int pq_journal_noticed(struct pq_store *s, const char *service,
    const char *digest, struct pq_noticed *ret);
void pq_journal_notice(struct pq_store *s, const struct pq_noticed *n);
/*
 * Remember what a tag was: 0 first seen or the same; 1 it is another object
 * or digest than before
 */
int pq_journal_tag(struct pq_store *s, const struct pq_noticed *n);

bool pq_journal_held(struct pq_store *s, const char *service, char reason[512]);
void pq_journal_hold(
    struct pq_store *s, const char *service, const char *reason);
void pq_journal_unhold(struct pq_store *s, const char *service);
/*
 * The warden tells all holds anew. Until it has, the former ones stand as
 * well: whatever ends it halfway, nothing is deployed that is held.
 */
void pq_journal_holds_doubt(struct pq_store *s);
void pq_journal_holds_told(struct pq_store *s);
/* sticks, also to what was never noticed, until it is lifted */
void pq_journal_reject(
    struct pq_store *s, const char *service, const char *digest);
/* likewise, after a deployment that had to be rolled back */
void pq_journal_failed(
    struct pq_store *s, const char *service, const char *digest);
/* another look at what was rejected: a whole quarantine is served again */
void pq_journal_lift(
    struct pq_store *s, const char *service, const char *digest);
/*
 * pq_journal_tick() - credit every clock that still runs
 * A clock that ran backwards or was stepped by minutes starts anew.
 * Return: how many did
 */
unsigned pq_journal_tick(struct pq_store *s, const struct pq_instant *now);

/* the deployment of an attempt; 1 found, 0 not */
int pq_journal_attempt(struct pq_store *s, uint64_t release, uint64_t attempt,
    struct pq_deployment *ret);
/* the one that is not over; 1 found, 0 none */
int pq_journal_unfinished(struct pq_store *s, struct pq_deployment *ret);
void pq_journal_put(struct pq_store *s, const struct pq_deployment *d);
/* raise @f to the highest version that was ever live; see gate/floor.h */
void pq_journal_floor(struct pq_store *s, const char *service,
    const char *instead_of, struct pq_floor *f);
/* the version that a digest was live as; 1 found, 0 never live, or a fault */
int pq_journal_was(struct pq_store *s, const char *service, const char *digest,
    char tag[PQ_FLOOR_TEXT]);
/* it went live; an older version is ticked no more */
void pq_journal_live(struct pq_store *s, const struct pq_deployment *d,
    int64_t at, const char *instead_of);

/* Images that this program pulled: only those may it ever remove. */
void pq_journal_pulled(struct pq_store *s, const struct pq_deployment *d);
void pq_journal_forget_image(
    struct pq_store *s, const char *service, const char *digest);
/* one pulled image beyond the @keep that were live last; 1 found, 0 none */
int pq_journal_surplus(struct pq_store *s, const char *service, unsigned keep,
    char digest[PQ_DIGEST_TEXT]);

#endif
