/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks: a look asks the registry for a tag. It ends when the warden knows the
 * release of the tag, or knows that there is none.
 */
#include "warden/looks.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "warden/backlog.h"
#include "warden/core.h"
#include "warden/drops.h"
#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/releases.h"

/*
 * Signatures and attestations are images too, as far as a registry knows: their
 * tags are "sha256-HEX", which lists referrers, and "sha256-HEX.sig" and so on.
 * Each signature that is pushed would otherwise make a refused release.
 */
static bool
is_artifact_tag(const char *tag)
{
	size_t n;

	if (strncmp(tag, "sha256-", 7) != 0 && strncmp(tag, "sha512-", 7) != 0)
		return false;
	n = strspn(tag + 7, "0123456789abcdef");
	return n >= 64 && (tag[7 + n] == '\0' || tag[7 + n] == '.');
}

const char *
pq_look_refusal(const struct pq_config_service *svc, const char *tag)
{
	const char *track = svc->policy->track;

	if (is_artifact_tag(tag))
		return "the tag belongs to a signature or an attestation";
	return track != NULL && fnmatch(track, tag, 0) != 0
	    ? "the tag does not match track:"
	    : NULL;
}

/* If several secrets announce a tag, the loss of one of them drops nothing. */
static int64_t
join_marks(int64_t a, int64_t b)
{
	if (a == PQ_MARK_ORDER || b == PQ_MARK_ORDER)
		return PQ_MARK_ORDER;
	return a == b ? a : PQ_MARK_UNKNOWN;
}

/*
 * The look gets the newest turn, also if it waits for its first question. So an
 * attacker who announces a tag first does not choose its place in the order.
 * Its place among the oldest stays, so that more callbacks cannot keep it back.
 * It does not choose the deadline either: each callback gets its whole time.
 */
static int64_t
join_look(struct warden *w, int64_t id, int64_t mark)
{
	const struct pq_config_service *svc;
	int64_t now = pq_warden_s(w);
	struct pq_look l;

	if (pq_ledger_look_read(&w->store, id, &l) != 1)
		return 0;
	svc = pq_warden_service(w, l.service);
	pq_backlog_count_looks(w, l.service, 0, l.turn == 0);
	if (l.turn == 0)
		l.since = w->last_id;
	l.turn = w->last_id;
	l.mark = join_marks(l.mark, mark);
	l.next_try = now;
	if (svc != NULL && l.deadline < now + (int64_t)svc->pending_s)
		l.deadline = now + (int64_t)svc->pending_s;
	pq_store_begin(&w->store);
	pq_ledger_look_save(&w->store, &l);
	return id;
}

static int64_t
open_look(struct warden *w, const char *service, const char *tag, int64_t mark,
    const char *actor)
{
	const struct pq_config_service *svc =
	    pq_config_service(w->cfg, pq_slice_str(service));
	int64_t now = pq_warden_s(w);
	int64_t open = pq_ledger_look_find_open(&w->store, service, tag);
	struct pq_look l = {
		.opened = now, .changed = now, .next_try = now, .mark = mark
	};

	if (svc == NULL)
		return open;
	if (open)
		return join_look(w, open, mark);
	pq_drop_excess(w, service);
	l.id = pq_warden_id(w);
	l.turn = l.since = l.id;
	(void)snprintf(l.service, sizeof(l.service), "%s", service);
	(void)snprintf(l.tag, sizeof(l.tag), "%s", tag);
	(void)snprintf(l.state, sizeof(l.state), "%s", PQ_LOOK_OPEN);
	l.deadline = now + (int64_t)svc->pending_s;
	pq_store_begin(&w->store);
	pq_ledger_look_add(&w->store, &l);
	pq_backlog_count_looks(w, service, 1, 1);
	pq_warden_audit(w, actor, "look.opened", service, l.id, "tag %s", tag);
	return w->store.fault ? 0 : l.id;
}

int64_t
pq_look_open(
    struct warden *w, const char *service, const char *tag, const char *actor)
{
	return open_look(w, service, tag, PQ_MARK_ORDER, actor);
}

int64_t
pq_look_announce(
    struct warden *w, const char *service, const char *tag, int64_t mark)
{
	return open_look(w, service, tag, mark, "callback");
}

void
pq_looks_rebase(struct warden *w)
{
	pq_store_begin(&w->store);
	pq_ledger_looks_rebase(&w->store, pq_warden_s(w), WARDEN_BACKOFF_S);
}

void
pq_look_end(struct warden *w, struct pq_look *l, const char *state,
    int64_t release, const char *reason)
{
	(void)snprintf(l->state, sizeof(l->state), "%s", state);
	(void)snprintf(l->reason, sizeof(l->reason), "%s", reason);
	l->release = release;
	l->changed = pq_warden_s(w);
	pq_backlog_count_looks(w, l->service, -1, -(l->turn > 0));
	l->turn = 0;
	pq_store_begin(&w->store);
	pq_ledger_look_save(&w->store, l);
	pq_warden_audit(w, "warden", "look.ended", l->service, l->id, "%s: %s",
	    l->state, reason);
	pq_warden_log("look id=%lld service=%s tag=%s state=%s reason=\"%s\"",
	    (long long)l->id, l->service, l->tag, state, reason);
}

void
pq_look_postpone(struct warden *w, struct pq_look *l, const char *reason)
{
	int64_t now = pq_warden_s(w);

	if (now >= l->deadline) {
		l->lapsed = true;
		pq_look_end(w, l, PQ_LOOK_REFUSED, 0, reason);
		return;
	}
	(void)snprintf(l->reason, sizeof(l->reason), "%s", reason);
	l->next_try = now + pq_warden_backoff(l->tries++);
	l->changed = now;
	pq_store_begin(&w->store);
	pq_ledger_look_save(&w->store, l);
}

void
pq_look_later(struct warden *w, struct pq_look *l, const char *reason)
{
	pq_backlog_count_looks(w, l->service, 0, -(l->turn > 0));
	l->turn = 0;
	pq_look_postpone(w, l, reason);
}

void
pq_look_wait_again(struct warden *w, struct pq_look *l)
{
	l->since = l->turn;
	pq_store_begin(&w->store);
	pq_ledger_look_save(&w->store, l);
}

static void
end_with_release(
    struct warden *w, struct pq_look *l, const struct pq_release *r)
{
	char why[PQ_REASON_TEXT];
	bool bad = r->state == PQ_STATE_REFUSED ||
	    r->state == PQ_STATE_REJECTED || r->state == PQ_STATE_FAILED;

	(void)snprintf(why, sizeof(why),
	    bad ? "release %lld (tag %s) was %s: %.300s"
		: "release %lld (tag %s) is already %s",
	    (long long)r->id, r->tag, pq_state_name(r->state), r->reason);
	/* a repeated announcement may mean that the operator fixed the fault */
	if (strcmp(l->tag, r->tag) == 0) {
		pq_store_begin(&w->store);
		pq_ledger_release_hasten(&w->store, r->id, pq_warden_s(w));
	}
	pq_look_end(w, l, bad ? PQ_LOOK_REFUSED : PQ_LOOK_DONE, r->id, why);
}

/* Return true if the version is in signed content: no tag can change it. */
static bool
version_is_signed(const struct pq_policy *p)
{
	return p->git_url != NULL || p->version_from == PQ_VERSION_LABEL ||
	    p->version_from == PQ_VERSION_ANNOTATION;
}

/*
 * Several tags can point at one digest ("1", "1.2" and "1.2.3"), and an
 * attacker who can push to the registry can add another. So a release that
 * passed keeps its tag: a look for another tag cannot refuse or rename it. If
 * no signed content names the version, the tag names it, and the first tag
 * always stays.
 */
bool
pq_look_settle(struct warden *w, struct pq_look *l, const struct pq_release *r)
{
	const struct pq_config_service *svc = pq_warden_service(w, l->service);
	char why[PQ_REASON_TEXT];

	if (!pq_release_may_reopen(r, l->tag)) {
		end_with_release(w, l, r);
		return true;
	}
	if (strcmp(l->tag, r->tag) == 0 ||
	    (r->clock.first_wall_ms == 0 && svc != NULL &&
		version_is_signed(svc->policy)))
		return false;
	(void)snprintf(why, sizeof(why),
	    "release %lld has this digest; its tag stays %s, because %s",
	    (long long)r->id, r->tag,
	    r->clock.first_wall_ms ? "it has passed the evidence checks"
				   : "no signed content names a version");
	pq_look_end(w, l, PQ_LOOK_REFUSED, r->id, why);
	return true;
}
