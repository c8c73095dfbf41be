/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Releases and their states. Every change of state goes through
 * pq_release_move(), which asks the state machine and writes the audit row.
 */
#include "warden/releases.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "warden/core.h"
#include "warden/ledger_approvals.h"
#include "warden/ledger_attempts.h"
#include "warden/ledger_findings.h"
#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"

#define OUTDATED_S 60 /* until the roles have restarted with a new policy */

void
pq_release_prune(struct warden *w, int64_t id)
{
	pq_store_begin(&w->store);
	pq_ledger_findings_prune(&w->store, id);
	pq_ledger_attempts_prune(&w->store, id);
}

/* Return false if @e is not possible in this state. */
static bool
apply_event(
    struct warden *w, struct pq_release *r, enum pq_event e, const char *actor)
{
	enum pq_state to = pq_state_next(r->state, e);

	pq_store_begin(&w->store);
	if (to == PQ_STATE_NONE) {
		pq_warden_audit(w, actor, "release.out-of-turn", r->service,
		    r->id, "%s in state %s", pq_event_name(e),
		    pq_state_name(r->state));
		return false;
	}
	if (r->clock.first_wall_ms)
		(void)pq_clock_tick(&r->clock, &w->now);
	if (e == PQ_EVENT_RETRY)
		pq_ledger_approvals_drop(&w->store, r->id);
	r->state = to;
	r->changed = pq_warden_s(w);
	pq_ledger_release_save(&w->store, r);
	if (e == PQ_EVENT_WAIT || e == PQ_EVENT_PENDING)
		pq_release_prune(w, r->id);
	return true;
}

void
pq_release_move(struct warden *w, struct pq_release *r, enum pq_event e,
    const char *actor, const char *fmt, ...)
{
	char event[64];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
	va_end(ap);
	if (!apply_event(w, r, e, actor))
		return;
	(void)snprintf(event, sizeof(event), "release.%s", pq_event_name(e));
	pq_warden_audit(w, actor, event, r->service, r->id, "%s: %s",
	    pq_state_name(r->state), r->reason);
	pq_warden_log("release id=%lld service=%s tag=%s state=%s"
		      " reason=\"%s\"",
	    (long long)r->id, r->service, r->tag, pq_state_name(r->state),
	    r->reason);
}

void
pq_release_repeat(
    struct warden *w, struct pq_release *r, enum pq_event e, const char *reason)
{
	(void)snprintf(r->reason, sizeof(r->reason), "%s", reason);
	(void)apply_event(w, r, e, "warden");
}

bool
pq_release_is_outdated(
    const struct pq_release *r, const struct pq_config_service *svc)
{
	char hash[PQ_DIGEST_TEXT];

	pq_digest_format(hash, &svc->policy->hash);
	return strcmp(hash, r->policy_hash) != 0;
}

void
pq_release_later(struct warden *w, struct pq_release *r, const char *reason)
{
	const struct pq_config_service *svc = pq_warden_service(w, r->service);
	char why[PQ_REASON_TEXT];

	(void)snprintf(why, sizeof(why), "%s", reason);
	/* only the policy has changed: the quarantine clock goes on */
	if (r->state == PQ_STATE_REFETCHING && svc != NULL &&
	    pq_release_is_outdated(r, svc)) {
		r->next_try = pq_warden_s(w) + OUTDATED_S;
		pq_release_move(w, r, PQ_EVENT_WAIT, "warden", "%s", why);
		return;
	}
	r->next_try = pq_warden_s(w) + pq_warden_backoff(r->tries++);
	pq_release_move(w, r,
	    pq_warden_s(w) >= r->deadline ? PQ_EVENT_EXPIRED : PQ_EVENT_PENDING,
	    "warden", "%s", why);
}

void
pq_release_open(struct warden *w, struct pq_release *r, const struct pq_look *l,
    const char *digest)
{
	const struct pq_config_service *svc = pq_warden_service(w, l->service);
	int64_t now = pq_warden_s(w);

	memset(r, 0, sizeof(*r));
	r->id = pq_warden_id(w);
	(void)snprintf(r->service, sizeof(r->service), "%s", l->service);
	(void)snprintf(r->tag, sizeof(r->tag), "%s", l->tag);
	(void)snprintf(r->digest, sizeof(r->digest), "%s", digest);
	r->state = PQ_STATE_FETCHING;
	r->first_seen = now;
	r->changed = now;
	r->deadline = now + (svc != NULL ? (int64_t)svc->pending_s : 0);
	if (svc != NULL)
		pq_digest_format(r->policy_hash, &svc->policy->hash);
	pq_store_begin(&w->store);
	pq_ledger_release_add(&w->store, r);
	pq_warden_audit(w, "warden", "release.opened", r->service, r->id,
	    "tag %s digest %s", r->tag, r->digest);
}

/*
 * A release that was refused because of time or a moved tag can be examined
 * again. A refusal of bad evidence applies to the tag that was examined, not to
 * the digest. Otherwise an attacker who can push a junk tag to the registry
 * could have an image refused before its real tag is examined.
 */
bool
pq_release_may_reopen(const struct pq_release *r, const char *tag)
{
	if (r->state == PQ_STATE_FETCHING)
		return true;
	if (r->state != PQ_STATE_REFUSED)
		return false;
	return r->sticky == PQ_STICKY_NO ||
	    (r->sticky == PQ_STICKY_NAME && strcmp(r->tag, tag) != 0 &&
		r->clock.first_wall_ms == 0);
}

/* The release gets the tag that was examined. */
void
pq_release_take_tag(
    struct warden *w, struct pq_release *r, const struct pq_look *l)
{
	if (strcmp(r->tag, l->tag) != 0) {
		pq_store_begin(&w->store);
		pq_warden_audit(w, "warden", "release.renamed", r->service,
		    r->id, "the tag is now %s; it was %s", l->tag, r->tag);
	}
	(void)snprintf(r->tag, sizeof(r->tag), "%s", l->tag);
	r->tries = 0;
	r->sticky = PQ_STICKY_NO;
	r->deadline = l->deadline;
	if (r->state == PQ_STATE_REFUSED)
		pq_release_move(w, r, PQ_EVENT_RETRY, "warden", "look %lld",
		    (long long)l->id);
}

bool
pq_release_end_orphan(struct warden *w, struct pq_release *r)
{
	if (pq_warden_service(w, r->service) != NULL)
		return false;
	pq_release_move(w, r, PQ_EVENT_REFUSE, "warden",
	    "the service is no longer configured");
	return true;
}

/* End the older releases whose versions are not above the one of @by. */
void
pq_releases_supersede(struct warden *w, const struct pq_release *by)
{
	int64_t ids[WARDEN_PICK];
	struct pq_floor cleared = { 0 };
	size_t n =
	    pq_ledger_releases_before(&w->store, by->id, ids, WARDEN_PICK);
	size_t i;

	pq_floor_raise(&cleared, by->tag, "which was cleared", NULL);
	for (i = 0; i < n; i++) {
		pq_auto(pq_findings_free) struct pq_findings f = { 0 };
		struct pq_release r;

		if (pq_ledger_release_read(&w->store, ids[i], &r) != 1)
			continue;
		pq_floor_judge(&f, r.tag, &cleared);
		if (pq_warden_overall(w, &f) != PQ_PASS)
			pq_release_move(w, &r, PQ_EVENT_SUPERSEDE, "warden",
			    "release %lld (%s) was cleared", (long long)by->id,
			    by->tag);
	}
}

void
pq_releases_rebase(struct warden *w)
{
	pq_store_begin(&w->store);
	pq_ledger_releases_rebase(
	    &w->store, pq_warden_s(w), WARDEN_BACKOFF_S, WARDEN_WAIT_S);
}
