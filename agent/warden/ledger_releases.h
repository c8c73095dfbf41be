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
	char container[65];
};

int pq_ledger_release_add(struct pq_store *s, const struct pq_release *r);
/* pq_ledger_release_save() - all but id, service, digest and first_seen */
int pq_ledger_release_save(struct pq_store *s, const struct pq_release *r);
/* pq_ledger_release() - 1 found; 0 not there; or a fault */
int pq_ledger_release(struct pq_store *s, int64_t id, struct pq_release *ret);
/* pq_ledger_release_by_digest() - its id; 0: none */
int64_t pq_ledger_release_by_digest(
    struct pq_store *s, const char *service, const char *digest);

/*
 * pq_ledger_release_hasten() - in quarantine, it is due at @now, if it was due
 * later: it is asked at once for which condition it still waits
 */
int pq_ledger_release_hasten(struct pq_store *s, int64_t id, int64_t now);
/* pq_ledger_releases_hasten() - likewise all of a service */
int pq_ledger_releases_hasten(
    struct pq_store *s, const char *service, int64_t now);
/*
 * pq_ledger_releases_rebase() - the wall clock says @now, and may be set back
 * None is put off by more seconds than these from now:
 * @tries:  one that is tried again
 * @waits:  one in quarantine
 */
int pq_ledger_releases_rebase(
    struct pq_store *s, int64_t now, int64_t tries, int64_t waits);

/*
 * pq_ledger_floor() - raise @f to the highest version that was ever live; see
 * gate/floor.h
 */
void pq_ledger_floor(struct pq_store *s, const char *service,
    const char *instead_of, struct pq_floor *f);

#endif
