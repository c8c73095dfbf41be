/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The orders of operators. They have narrow effects: hold, reject, retry, drop
 * and look. An approval only fulfils a condition of the policy, and each
 * operator counts once. Only root can lift a hold that an alarm set.
 */
#include "warden/orders.h"

#include <stdio.h>
#include <string.h>

#include <pratique/names.h>
#include <pratique/version.h>

#include "warden/core.h"
#include "warden/drops.h"
#include "warden/floors.h"
#include "warden/holds.h"
#include "warden/ledger_approvals.h"
#include "warden/ledger_claims.h"
#include "warden/ledger_holds.h"
#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/looks.h"
#include "warden/releases.h"
#include "warden/replies.h"
#include "warden/restraints.h"

#define TAGS 16 /* latest tags that a look without a tag asks for */

void
pq_order_approve(struct pq_request *q)
{
	struct pq_release r;
	char hash[PQ_DIGEST_TEXT];
	const struct pq_config_service *svc;

	if (!pq_request_require_release(q, &r))
		return;
	svc = pq_config_service(q->w->cfg, pq_slice_str(r.service));
	if (!q->is_operator || svc == NULL) {
		pq_reply(q, PQ_CODE_REFUSED, r.id,
		    "only an operator in pratique.yaml can approve");
		return;
	}
	if (r.state != PQ_STATE_QUARANTINED) {
		pq_reply(q, PQ_CODE_REFUSED, r.id,
		    "release %lld is %s, not in quarantine", (long long)r.id,
		    pq_state_name(r.state));
		return;
	}
	pq_digest_format(hash, &svc->policy->hash);
	if (strcmp(hash, r.policy_hash) != 0) {
		pq_reply(q, PQ_CODE_REFUSED, r.id,
		    "the policy has changed since release %lld was examined; "
		    "approve it after the new examination: pratique watch %lld",
		    (long long)r.id, (long long)r.id);
		return;
	}
	pq_store_begin(&q->w->store);
	if (pq_ledger_approval_add(&q->w->store, &r, q->actor, q->reason,
		pq_warden_s(q->w)) == PQ_INSERT_DUPLICATE) {
		pq_reply(q, PQ_CODE_DONE, r.id, "Release already approved.");
		return;
	}
	pq_warden_audit(q->w, q->actor, "release.approved", r.service, r.id,
	    "%s %.400s", r.digest, q->reason);
	pq_reply(q, PQ_CODE_DONE, r.id, "Release approved.");
}

static bool
is_denied(const struct pq_config_service *svc, const char *digest)
{
	size_t i;

	for (i = 0; svc != NULL && i < svc->n_deny; i++)
		if (strcmp(svc->deny[i], digest) == 0)
			return true;
	return false;
}

/* A rejection is in the databases only; the policy is root's and stays. */
static void
reply_rejected(struct pq_request *q, const struct pq_release *r)
{
	const struct pq_config_service *svc =
	    pq_config_service(q->w->cfg, pq_slice_str(r->service));

	if (is_denied(svc, r->digest))
		pq_reply(q, PQ_CODE_DONE, r->id,
		    "Release rejected. The policy denies its image already.");
	else
		pq_reply(q, PQ_CODE_DONE, r->id,
		    "Release rejected. The loss of deploy's journal, or a "
		    "compromised pratique-warden, can lift this. To refuse "
		    "the image for good, %s services.d/%.64s.yaml and restart "
		    "pratiqued: deny: [%s]",
		    svc != NULL && svc->n_deny != 0 ? "add it to the list in"
						    : "add this line to",
		    r->service, r->digest);
}

void
pq_order_reject(struct pq_request *q)
{
	struct pq_release r;

	if (!pq_request_require_release(q, &r))
		return;
	if (pq_state_next(r.state, PQ_EVENT_REJECT) == PQ_STATE_NONE) {
		pq_reply(q, PQ_CODE_REFUSED, r.id,
		    "release %lld is %s and cannot be rejected any more",
		    (long long)r.id, pq_state_name(r.state));
		return;
	}
	r.sticky = PQ_STICKY_DIGEST;
	pq_release_move(q->w, &r, PQ_EVENT_REJECT, q->actor, "%s", q->reason);
	pq_deploy_restrain(
	    q->w, PQ_RESTRAIN_REJECT, r.id, r.service, r.digest, q->reason);
	reply_rejected(q, &r);
}

void
pq_order_retry(struct pq_request *q)
{
	const struct pq_config_service *svc;
	struct pq_release r;

	if (!pq_request_require_release(q, &r))
		return;
	svc = pq_config_service(q->w->cfg, pq_slice_str(r.service));
	if (svc == NULL ||
	    pq_state_next(r.state, PQ_EVENT_RETRY) == PQ_STATE_NONE) {
		pq_reply(q, PQ_CODE_REFUSED, r.id,
		    "release %lld cannot be retried: it is %s%s",
		    (long long)r.id, pq_state_name(r.state),
		    svc != NULL ? "" : ", and its service is not configured");
		return;
	}
	r.sticky = PQ_STICKY_NO;
	r.tries = 0;
	r.next_try = 0;
	r.noticed = PQ_NOTICE_NONE;
	r.attempt = 0;
	memset(&r.clock, 0, sizeof(r.clock)); /* quarantine starts again */
	r.deadline = pq_warden_s(q->w) + (int64_t)svc->pending_s;
	pq_release_move(
	    q->w, &r, PQ_EVENT_RETRY, q->actor, "retry %s", q->reason);
	/* the retry is about the release, not about the claim of a callback */
	pq_ledger_claims_drop(&q->w->store, r.service, r.tag);
	pq_deploy_restrain(
	    q->w, PQ_RESTRAIN_LIFT, r.id, r.service, r.digest, q->reason);
	pq_reply(q, PQ_CODE_DONE, r.id,
	    "Release %lld is examined again. Follow it with: pratique watch "
	    "%lld",
	    (long long)r.id, (long long)r.id);
}

void
pq_order_hold(struct pq_request *q)
{
	const char *which = q->service[0] ? q->service : "*";

	if (q->service[0] && !pq_request_require_service(q))
		return;
	pq_hold_set(q->w, which, q->actor, q->reason);
	pq_reply(q, PQ_CODE_DONE, 0, "Hold set.");
}

static void
reply_not_held(struct pq_request *q)
{
	char hold[PQ_REASON_TEXT];

	if (!q->service[0])
		pq_reply(q, PQ_CODE_REFUSED, 0,
		    "there is no hold on all services; pratique status shows "
		    "the holds");
	else if (pq_ledger_held(&q->w->store, q->service, hold))
		pq_reply(q, PQ_CODE_REFUSED, 0,
		    "the hold on all services stops %s; lift it with: "
		    "pratique unhold --all",
		    q->service);
	else
		pq_reply(q, PQ_CODE_REFUSED, 0, "%s has no hold", q->service);
}

void
pq_order_unhold(struct pq_request *q)
{
	const char *which = q->service[0] ? q->service : "*";
	char hold[PQ_REASON_TEXT];
	enum pq_held held;

	if (q->service[0] && !pq_request_require_service(q))
		return;
	held = pq_ledger_hold_of(&q->w->store, which);
	if (held == PQ_HELD_NOT) {
		reply_not_held(q);
		return;
	}
	if (held == PQ_HELD_BY_ALARM && q->p->ch.peer_uid != 0) {
		pq_reply(q, PQ_CODE_REFUSED, 0,
		    "an alarm set this hold: only root can lift it");
		return;
	}
	pq_hold_lift(q->w, which, q->actor, q->reason);
	if (q->service[0] && pq_ledger_held(&q->w->store, q->service, hold))
		pq_reply(q, PQ_CODE_DONE, 0,
		    "Hold lifted. The hold on all services remains: %.400s",
		    hold);
	else
		pq_reply(q, PQ_CODE_DONE, 0, "Hold lifted.");
}

static void
reply_look(struct pq_request *q, int64_t id, size_t n, const char *tag)
{
	if (id == 0)
		pq_reply(q, PQ_CODE_NOT_EXAMINED, 0,
		    "the ledger failed; the log of pratique-warden has the "
		    "cause");
	else if (n == 1)
		pq_reply(q, PQ_CODE_DONE, id,
		    "Asking the registry for %s. Follow it with: pratique "
		    "watch %lld",
		    tag, (long long)id);
	else
		pq_reply(q, PQ_CODE_DONE, id,
		    "Asking the registry for %zu tags. Follow the last one "
		    "with: pratique watch %lld",
		    n, (long long)id);
}

/*
 * Check the tag of a look. Return true; or false, and the client got a reply.
 */
static bool
require_tag(struct pq_request *q)
{
	const struct pq_config_service *svc =
	    pq_warden_service(q->w, q->service);
	struct pq_err err = PQ_ERR_INIT;
	const char *why;

	if (!q->tag[0])
		return true;
	if (pq_name_tag(pq_slice_str(q->tag), &err) != 0) {
		pq_reply(q, PQ_CODE_USAGE, 0, "%.128s: %s", q->tag, err.text);
		return false;
	}
	why = pq_look_refusal(svc, q->tag);
	if (why == NULL)
		return true;
	pq_reply(q, PQ_CODE_REFUSED, 0, "%.128s: %s (track: \"%.128s\" of %s)",
	    q->tag, why, svc->policy->track != NULL ? svc->policy->track : "*",
	    q->service);
	return false;
}

void
pq_order_look(struct pq_request *q)
{
	char tags[TAGS][PQ_TAG_TEXT];
	const struct pq_config_service *svc;
	const char *last = "";
	int64_t id = 0;
	size_t n = 1, asked = 0;
	size_t i;

	if (!pq_request_require_service(q) || !require_tag(q))
		return;
	svc = pq_warden_service(q->w, q->service);
	pq_warden_text(tags[0], PQ_TAG_TEXT, pq_slice_str(q->tag));
	if (!q->tag[0])
		n = pq_ledger_looks_tags(&q->w->store, q->service, tags, TAGS);
	for (i = 0; i < n; i++) {
		/* track: may have changed since an earlier look */
		if (pq_look_refusal(svc, tags[i]) != NULL)
			continue;
		id = pq_look_open(q->w, q->service, tags[i], q->actor);
		last = tags[i];
		asked++;
	}
	if (asked == 0)
		pq_reply(q, PQ_CODE_USAGE, 0,
		    "%s: no tag is known yet; name one with --name TAG",
		    q->service);
	else
		reply_look(q, id, asked, last);
}

/* It loses accepted callbacks, honest ones too, so it needs a known author. */
void
pq_order_drop(struct pq_request *q)
{
	int64_t callbacks, looks;

	if (!pq_request_require_service(q))
		return;
	if (!q->is_operator && q->p->ch.peer_uid != 0) {
		pq_reply(q, PQ_CODE_REFUSED, 0,
		    "only root or an operator in pratique.yaml can drop "
		    "callbacks");
		return;
	}
	pq_drop_waiting(
	    q->w, q->service, q->actor, q->reason, &callbacks, &looks);
	pq_reply(q, PQ_CODE_DONE, 0,
	    "Dropped %lld unread callbacks and %lld looks of %s. Announce a "
	    "release among them again with: pratique look %s --name TAG",
	    (long long)callbacks, (long long)looks, q->service, q->service);
}

/* The first floor is a claim about production, so it needs a known author. */
void
pq_order_adopt(struct pq_request *q)
{
	const struct pq_config_service *svc =
	    pq_config_service(q->w->cfg, pq_slice_str(q->service));
	struct pq_floor floor;

	if (!pq_request_require_service(q))
		return;
	if (!q->is_operator && q->p->ch.peer_uid != 0) {
		pq_reply(q, PQ_CODE_REFUSED, 0,
		    "only root or an operator in pratique.yaml can adopt");
		return;
	}
	if (!pq_version_valid(pq_slice_str(q->version))) {
		pq_reply(q, PQ_CODE_USAGE, 0,
		    "%.128s: not a version such as 1.0.0", q->version);
		return;
	}
	pq_floor_of(q->w, svc, &floor);
	if (!pq_floor_allows_adopt(&floor, q->version)) {
		pq_reply(q, PQ_CODE_REFUSED, 0, PQ_FLOOR_FIXED, q->service,
		    floor.version, floor.from);
		return;
	}
	pq_adopt_ask(q);
}
