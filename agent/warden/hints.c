/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hints: verify has read a callback, and the warden may open a look for it.
 *
 * Even a genuine callback is only a hint about the tag to ask for. It must name
 * the configured repository and a tag that the service tracks. Its content is
 * never trusted.
 */
#include "warden/hints.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <pratique/template.h>
#include <pratique/text.h>

#include "warden/backlog.h"
#include "warden/core.h"
#include "warden/jobs.h"
#include "warden/ledger_callbacks.h"
#include "warden/ledger_claims.h"
#include "warden/ledger_looks.h"
#include "warden/looks.h"

typedef int compare_fn(const char *a, const char *b, size_t n);

/*
 * Return true if @claimed is @full, or the path of @full after the host.
 * @compare: strncmp or strncasecmp. A hint never has a NUL.
 */
static bool
is_same_repository(const char *full, size_t full_n, struct pq_slice claimed,
    compare_fn *compare)
{
	const char *slash = memchr(full, '/', full_n);
	const char *path = slash != NULL ? slash + 1 : full + full_n;

	if (claimed.n == 0)
		return false;
	return (claimed.n == full_n &&
		   compare((const char *)claimed.p, full, full_n) == 0) ||
	    (claimed.n == full_n - (size_t)(path - full) &&
		compare((const char *)claimed.p, path, claimed.n) == 0);
}

/*
 * GitHub, GitLab and Gitea find a repository under any case of its name, and
 * send the name as its owner wrote it.
 */
static bool
is_same_git(const char *url, struct pq_slice claimed)
{
	const char *host = url != NULL ? strstr(url, "://") : NULL;
	size_t n;

	if (host == NULL)
		return false;
	host += 3;
	n = strlen(host);
	if (n > 4 && strcasecmp(host + n - 4, ".git") == 0)
		n -= 4;
	if (claimed.n > 4 &&
	    strncasecmp((const char *)claimed.p + claimed.n - 4, ".git", 4) ==
		0)
		claimed.n -= 4;
	return is_same_repository(host, n, claimed, strncasecmp);
}

/* Write the tag to look for. Return NULL, or the reason why there is none. */
static const char *
find_tag(const struct pq_config_service *svc, const struct pq_msg_hint *h,
    char tag[PQ_TAG_TEXT])
{
	const struct pq_policy *p = svc->policy;
	struct pq_slice found = h->tag;

	if (h->kind == PQ_HINT_IMAGE) {
		if (!is_same_repository(
			p->image, strlen(p->image), h->repository, strncmp))
			return "the callback names another repository";
	} else {
		if (!is_same_git(p->git_url, h->repository))
			return "the callback names another git repository";
		if (!pq_template_match(
			&found, pq_slice_str(p->git_tag), h->git_tag))
			return "the git tag does not match the template in "
			       "tag:";
	}
	if (pq_name_tag(found, NULL) != 0)
		return "the callback names no valid image tag";
	pq_warden_text(tag, PQ_TAG_TEXT, found);
	return pq_look_refusal(svc, tag);
}

static void
end_callback(struct warden *w, const struct pq_received *c, const char *state,
    const char *reason, int64_t look)
{
	char event[32];

	pq_store_begin(&w->store);
	pq_ledger_callback_end(
	    &w->store, c->id, state, reason, look, pq_warden_s(w));
	(void)snprintf(event, sizeof(event), "callback.%s",
	    strcmp(state, PQ_CALLBACK_LAPSED) == 0 ? "refused" : state);
	pq_warden_audit(w, "warden", event, c->service, c->id, "%s", reason);
	pq_backlog_remove(w, c);
}

/*
 * A failure of verify does not say that the callback is bad. So it is tried
 * again, for as long as a release would wait for missing evidence.
 */
static void
retry_callback(struct warden *w, const struct pq_config_service *svc,
    const struct pq_received *c, const char *why)
{
	int64_t now = pq_warden_s(w);
	char reason[PQ_REASON_TEXT];

	if (now >= c->received + (int64_t)svc->pending_s) {
		(void)snprintf(reason, sizeof(reason),
		    "the callback could not be read: %.400s", why);
		end_callback(w, c, PQ_CALLBACK_LAPSED, reason, 0);
		return;
	}
	pq_store_begin(&w->store);
	pq_ledger_callback_later(
	    &w->store, c->id, now + pq_warden_backoff(c->tries));
}

static void
apply_image_hint(struct warden *w, const struct pq_config_service *svc,
    const struct pq_received *c, const struct pq_msg_hint *h)
{
	char tag[PQ_TAG_TEXT] = "";
	const char *why = find_tag(svc, h, tag);
	struct pq_callback_claim claim = { "", "", "" };
	int64_t look;

	if (why != NULL) {
		end_callback(w, c, "ignored", why, 0);
		return;
	}
	pq_warden_text(claim.digest, sizeof(claim.digest), h->digest);
	pq_warden_text(claim.commit, sizeof(claim.commit), h->commit);
	look = pq_look_announce(w, c->service, tag, c->mark);
	pq_store_begin(&w->store);
	pq_ledger_claim_keep(&w->store, c->id, tag, &claim);
	end_callback(w, c, "done", "opened a look", look);
}

static void
apply_hint(struct warden *w, const struct pq_config_service *svc,
    const struct pq_received *c, const struct pq_msg_hint *h)
{
	char reason[PQ_REASON_TEXT];

	pq_text_escape(reason, sizeof(reason), h->reason);
	switch ((enum pq_hint_kind)h->kind) {
	case PQ_HINT_PING:
		end_callback(w, c, "done", reason[0] ? reason : "ping", 0);
		break;
	case PQ_HINT_IGNORED:
		end_callback(w, c, "ignored", reason, 0);
		break;
	case PQ_HINT_IMAGE:
	case PQ_HINT_GIT_TAG:
		apply_image_hint(w, svc, c, h);
		break;
	case PQ_HINT_NOT_READ:
		retry_callback(w, svc, c, reason);
		break;
	case PQ_HINT_UNREADABLE:
	default:
		end_callback(w, c, "refused", reason, 0);
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
		apply_hint(w, svc, &c, &m->hint);
	else
		end_callback(
		    w, &c, "refused", "the service is no longer configured", 0);
	return 0;
}
