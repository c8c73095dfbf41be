/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_H
#define AGENT_WARDEN_LEDGER_H

#include <pratique/callback.h>
#include <pratique/digest.h>

#include "gate/state.h"
#include "store/store.h"

#define PQ_LEDGER_EVIDENCE 32 /* of a service, of releases that ended badly */
#define PQ_REASON_TEXT 512

/* The claim of a callback about an image tag, or the facts; "": none. */
struct pq_callback_claim {
	char digest[PQ_DIGEST_TEXT];
	char manifest[PQ_DIGEST_TEXT]; /* of this platform; only when found */
	char commit[PQ_OID_TEXT];
};

#define PQ_LOOK_OPEN "resolving"

struct pq_look {
	int64_t id;
	char service[PQ_SERVICE_TEXT];
	char tag[PQ_TAG_TEXT];
	char state[16]; /* resolving, done, refused */
	char reason[PQ_REASON_TEXT];
	int64_t opened, changed, next_try, deadline, tries, release;
};

/* Refused as bad, until a retry. */
enum pq_sticky {
	PQ_STICKY_NO = 0,
	PQ_STICKY_NAME,   /* under this tag: another name is looked at */
	PQ_STICKY_DIGEST, /* whatever its name */
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
	int64_t noticed;    /* deploy has it in its journal */
	int64_t sticky;     /* enum pq_sticky */
	char container[PQ_CONTAINER_ID_TEXT];
};

int pq_ledger_open(struct pq_store *ret, const char *path, struct pq_err *err);
/* highest id of all objects; ids are one sequence */
int64_t pq_ledger_last_id(struct pq_store *s);

enum pq_insert { PQ_INSERT_NONE = 0, PQ_INSERT_DUPLICATE, PQ_INSERT_NEW };
enum pq_insert pq_ledger_callback_add(struct pq_store *s, int64_t id,
    const char *service, enum pq_scheme scheme, const char *delivery,
    const struct pq_callback *cb, const char *request_id, int64_t now);
/* final states: done, ignored, refused; the body is let go, its hash stays */
int pq_ledger_callback_end(struct pq_store *s, int64_t id, const char *state,
    const char *reason, int64_t look, int64_t now);
/* A callback may have to wait for the end of a look, or be the next to go on.
 */
enum pq_parked { PQ_PARKED_NOT = 0, PQ_PARKED_WAITS, PQ_PARKED_WOKEN };

/* One that was accepted and is not done with. */
struct pq_received {
	int64_t id;
	char service[PQ_SERVICE_TEXT];
	int64_t bytes;    /* of its body */
	int64_t received; /* UTC seconds */
	int64_t tries;    /* to read it, that failed */
	enum pq_parked parked;
};

/* 1 found, 0 not there, or a fault */
int pq_ledger_callback(struct pq_store *s, int64_t id, struct pq_received *ret);
int pq_ledger_callback_later(struct pq_store *s, int64_t id, int64_t next_try);
int pq_ledger_callback_park(struct pq_store *s, int64_t id);
/* the oldest of @service that waits is the next to go on: how many that were */
int pq_ledger_callback_wake(struct pq_store *s, const char *service);
int64_t pq_ledger_callbacks_woken(struct pq_store *s, const char *service);
/* at the start: all wait again, so that their order stays; how many do */
int64_t pq_ledger_callbacks_repark(struct pq_store *s);
/* is an older one of @service parked, in either way? */
bool pq_ledger_callback_is_behind(
    struct pq_store *s, const char *service, int64_t id);

/* keep the claim of a callback about @tag */
int pq_ledger_claim_keep(struct pq_store *s, int64_t callback, const char *tag,
    const struct pq_callback_claim *c);
/*
 * pq_ledger_claim_misfit() - does no callback about @tag claim @found?
 * A claim fits when its digest is absent, or the index's or the manifest's,
 * and its commit is absent or the same; an unknown commit fits every claim.
 * Return: true: @ret is the latest claim, and none fits; false: one fits, or
 *         no callback is known
 */
bool pq_ledger_claim_misfit(struct pq_store *s, const char *service,
    const char *tag, const struct pq_callback_claim *found,
    struct pq_callback_claim *ret);
/*
 * pq_ledger_claims_drop() - the callbacks about @tag so far claim nothing more
 * They stay callbacks that fit. An honest one cannot be sent again, for the
 * same body counts once, so a thief of the secret could hold up each retry.
 */
int pq_ledger_claims_drop(
    struct pq_store *s, const char *service, const char *tag);

int pq_ledger_look_add(struct pq_store *s, const struct pq_look *l);
int pq_ledger_look_save(struct pq_store *s, const struct pq_look *l);
/* 1 found, 0 not there, or a fault */
int pq_ledger_look(struct pq_store *s, int64_t id, struct pq_look *ret);
int64_t pq_ledger_look_open(
    struct pq_store *s, const char *service, const char *tag);

/* due at once, if it is not */
int pq_ledger_look_hasten(struct pq_store *s, int64_t id, int64_t now);
/*
 * Nothing is put off by more seconds than these from @now:
 * @tries:  what is tried again
 * @waits:  what is in quarantine
 */
int pq_ledger_rebase(
    struct pq_store *s, int64_t now, int64_t tries, int64_t waits);
int64_t pq_ledger_looks_open(struct pq_store *s, const char *service);

int pq_ledger_release_add(struct pq_store *s, const struct pq_release *r);
int pq_ledger_release_save(struct pq_store *s, const struct pq_release *r);
int pq_ledger_release(struct pq_store *s, int64_t id, struct pq_release *ret);
/* in quarantine, it is asked about at once what it still waits for */
int pq_ledger_release_hasten(struct pq_store *s, int64_t id, int64_t now);
/* likewise all of a service */
int pq_ledger_releases_hasten(
    struct pq_store *s, const char *service, int64_t now);
int64_t pq_ledger_release_by_digest(
    struct pq_store *s, const char *service, const char *digest);
/* raise @f to the highest version that was ever live; see gate/floor.h */
void pq_ledger_floor(struct pq_store *s, const char *service,
    const char *instead_of, struct pq_floor *f);

/*
 * pq_ledger_tag_seen() - remember that a name pointed at an object
 * @kind: "image" or "git"
 * Return: 0 known or new; 1 it pointed elsewhere before (@was); a fault
 */
int pq_ledger_tag_seen(struct pq_store *s, const char *service,
    const char *kind, const char *name, const char *object, int64_t now,
    char was[PQ_DIGEST_TEXT]);

/* holds: service "*" is all */
int pq_ledger_hold(struct pq_store *s, const char *service, const char *actor,
    const char *reason, bool alarm, int64_t now);
int pq_ledger_unhold(struct pq_store *s, const char *service);
/* 0 none, 1 by an operator, 2 by an alarm */
int pq_ledger_held(
    struct pq_store *s, const char *service, char reason[PQ_REASON_TEXT]);

int pq_ledger_keep(struct pq_store *s, int64_t release, const char *when,
    struct pq_slice findings, struct pq_slice document, int64_t now);
unsigned pq_ledger_approvals(struct pq_store *s, const struct pq_release *r);
/* what is examined anew is approved anew */
int pq_ledger_approvals_drop(struct pq_store *s, int64_t release);

#endif
