/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hints: verify has read a callback, and a look may come of it.
 *
 * The words of a genuine callback are still only a hint about where to look: it
 * must name the configured repository and a tag that the service tracks, and
 * nothing of it is believed.
 */
#include "warden/hints.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include <pratique/template.h>
#include <pratique/text.h>

#include "warden/backlog.h"
#include "warden/core.h"
#include "warden/jobs.h"
#include "warden/ledger_callbacks.h"
#include "warden/ledger_claims.h"
#include "warden/ledger_looks.h"
#include "warden/looks.h"

/* is @claimed the whole of @full, or its path after the host? */
static bool
same_repository(const char *full, size_t full_n, struct pq_slice claimed)
{
	const char *slash;

	if (claimed.n == full_n && memcmp(claimed.p, full, full_n) == 0)
		return true;
	slash = memchr(full, '/', full_n);
	return slash != NULL &&
	    claimed.n == full_n - (size_t)(slash + 1 - full) && claimed.n &&
	    memcmp(claimed.p, slash + 1, claimed.n) == 0;
}

static bool
same_git(const char *url, struct pq_slice claimed)
{
	const char *host = url != NULL ? strstr(url, "://") : NULL;
	size_t n;

	if (host == NULL)
		return false;
	host += 3;
	n = strlen(host);
	if (n > 4 && strcmp(host + n - 4, ".git") == 0)
		n -= 4;
	if (claimed.n > 4 && memcmp(claimed.p + claimed.n - 4, ".git", 4) == 0)
		claimed.n -= 4;
	return same_repository(host, n, claimed);
}

/* NULL and @tag, or why there is nothing to look at */
static const char *
hint_tag(const struct pq_config_service *svc, const struct pq_msg_hint *h,
    char tag[PQ_TAG_TEXT])
{
	const struct pq_policy *p = svc->policy;
	struct pq_slice found = h->tag;

	if (h->kind == PQ_HINT_IMAGE) {
		if (!same_repository(p->image, strlen(p->image), h->repository))
			return "names another repository";
	} else {
		if (!same_git(p->git_url, h->repository))
			return "names another git repository";
		if (!pq_template_match(
			&found, pq_slice_str(p->git_tag), h->git_tag))
			return "the git tag does not follow the template";
	}
	if (pq_name_tag(found, NULL) != 0)
		return "not an image tag";
	pq_warden_text(tag, PQ_TAG_TEXT, found);
	if (p->track != NULL && fnmatch(p->track, tag, 0) != 0)
		return "the tag is not tracked";
	return NULL;
}

static void
callback_end(struct warden *w, const struct pq_received *c, const char *state,
    const char *reason, int64_t look)
{
	char event[32];

	pq_store_begin(&w->store);
	pq_ledger_callback_end(
	    &w->store, c->id, state, reason, look, pq_warden_s(w));
	(void)snprintf(event, sizeof(event), "callback.%s", state);
	pq_warden_audit(w, "warden", event, c->service, c->id, "%s", reason);
	pq_backlog_remove(w, c);
}

/*
 * "Could not be read" is no word about the callback: it is tried again, as long
 * as evidence that is not there yet would be waited for.
 */
static void
callback_later(struct warden *w, const struct pq_config_service *svc,
    const struct pq_received *c, const char *why)
{
	int64_t now = pq_warden_s(w);
	char reason[PQ_REASON_TEXT];

	if (now >= c->received + (int64_t)svc->pending_s) {
		(void)snprintf(
		    reason, sizeof(reason), "could not be read: %.400s", why);
		callback_end(w, c, "refused", reason, 0);
		return;
	}
	pq_store_begin(&w->store);
	pq_ledger_callback_later(
	    &w->store, c->id, now + pq_warden_backoff(c->tries));
}

static void
callback_image(struct warden *w, const struct pq_config_service *svc,
    const struct pq_received *c, const struct pq_msg_hint *h)
{
	char tag[PQ_TAG_TEXT] = "";
	const char *why = hint_tag(svc, h, tag);
	struct pq_callback_claim claim = { "", "", "" };
	int64_t look;

	if (why != NULL) {
		callback_end(w, c, "ignored", why, 0);
		return;
	}
	if (pq_ledger_look_find_open(&w->store, c->service, tag) == 0 &&
	    !pq_backlog_has_room(w, c)) {
		pq_backlog_park(w, c);
		return;
	}
	pq_warden_text(claim.digest, sizeof(claim.digest), h->digest);
	pq_warden_text(claim.commit, sizeof(claim.commit), h->commit);
	look = pq_look_open(w, c->service, tag, "callback");
	pq_store_begin(&w->store);
	pq_ledger_claim_keep(&w->store, c->id, tag, &claim);
	callback_end(w, c, "done", "opened a look", look);
}

static void
callback_hint(struct warden *w, const struct pq_config_service *svc,
    const struct pq_received *c, const struct pq_msg_hint *h)
{
	char reason[PQ_REASON_TEXT];

	pq_text_escape(reason, sizeof(reason), h->reason);
	switch ((enum pq_hint_kind)h->kind) {
	case PQ_HINT_PING:
		callback_end(w, c, "done", reason[0] ? reason : "ping", 0);
		break;
	case PQ_HINT_IGNORED:
		callback_end(w, c, "ignored", reason, 0);
		break;
	case PQ_HINT_IMAGE:
	case PQ_HINT_GIT_TAG:
		callback_image(w, svc, c, h);
		break;
	case PQ_HINT_NOT_READ:
		callback_later(w, svc, c, reason);
		break;
	case PQ_HINT_UNREADABLE:
	default:
		callback_end(w, c, "refused", reason, 0);
		break;
	}
}

int
pq_on_hint(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	struct pq_job *j = pq_jobs_find(w, (int64_t)m->job, PQ_PHASE_READ);
	const struct pq_config_service *svc;
	struct pq_received c;

	(void)p;
	if (j == NULL)
		return -PQ_EPROTO;
	pq_jobs_end(j);
	if (pq_ledger_callback_read(&w->store, (int64_t)m->job, &c) != 1)
		return 0;
	svc = pq_config_service(w->cfg, pq_slice_str(c.service));
	if (svc != NULL)
		callback_hint(w, svc, &c, &m->hint);
	else
		callback_end(
		    w, &c, "refused", "the service is no longer configured", 0);
	return 0;
}
