/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callbacks: from the raw bytes of a delivery to a look.
 *
 * The HMAC is judged before anything touches the disk, so somebody without a
 * secret can cost us a hash and a log line, no more. An unknown service gets
 * the same answer as a bad signature. What a genuine callback says is still
 * only a hint about where to look: it must name the configured repository
 * and a tag that the service tracks, and nothing of it is believed.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/template.h>

#include "warden/warden.h"

#define REFUSALS_PER_S 20
#define RETRY_AFTER_S 30

static int
keys_read(struct warden *w, const struct pq_config_endpoint *e,
    struct pq_keys *k, struct pq_err *err)
{
	k->v = calloc(e->n_secrets, sizeof(*k->v));
	k->s = calloc(e->n_secrets, sizeof(*k->s));
	if (!k->v || !k->s)
		return pq_err_set(err, PQ_ENOMEM, "secrets");
	for (size_t i = 0; i < e->n_secrets; i++) {
		int r = pq_config_secret(
		    &k->v[i], w->cfg, "warden", e->secrets[i], err);

		if (r < 0)
			return pq_err_wrap(err, r, "secret %s", e->secrets[i]);
		k->n = i + 1;
		k->s[i] = pq_buf_view(&k->v[i]);
	}
	return 0;
}

int
pq_callbacks_keys(struct warden *w, struct pq_err *err)
{
	int r = 0;

	w->keys = calloc(w->cfg->n_services + 1, sizeof(*w->keys));
	if (!w->keys)
		return pq_err_set(err, PQ_ENOMEM, "secrets");
	for (size_t i = 0; i < w->cfg->n_services && r == 0; i++) {
		const struct pq_config_service *s = &w->cfg->services[i];

		w->keys[i] = calloc(s->n_endpoints + 1, sizeof(**w->keys));
		if (!w->keys[i])
			return pq_err_set(err, PQ_ENOMEM, "secrets");
		for (size_t k = 0; k < s->n_endpoints && r == 0; k++)
			r = keys_read(w, &s->endpoints[k], &w->keys[i][k], err);
	}
	return r;
}

void
pq_callbacks_keys_free(struct warden *w)
{
	for (size_t i = 0; w->keys && i < w->cfg->n_services; i++) {
		for (size_t k = 0;
		     w->keys[i] && k < w->cfg->services[i].n_endpoints; k++) {
			struct pq_keys *q = &w->keys[i][k];

			for (size_t n = 0; n < q->n; n++)
				pq_buf_wipe(&q->v[n]);
			free(q->v);
			free(q->s);
		}
		free(w->keys[i]);
	}
	free(w->keys);
	w->keys = NULL;
	free(w->shares);
	w->shares = NULL;
}

static void
receipt(struct pq_peer *p, uint64_t job, uint32_t status)
{
	struct pq_msg m = { .type = PQ_MSG_RECEIPT, .job = job };

	m.receipt.status = status;
	m.receipt.retry_after = status == 503 ? RETRY_AFTER_S : 0;
	(void)pq_peers_send(p, &m);
}

/* A connection is made before anybody accepts it, and says nothing of us. */
void
pq_callbacks_greet(struct pq_peer *intake)
{
	receipt(intake, 0, 200);
}

/* NULL for a service that is no longer configured */
static struct pq_share *
share_of(struct warden *w, const char *service)
{
	const struct pq_config_service *svc =
	    pq_config_service(w->cfg, pq_slice_str(service));

	return svc ? &w->shares[svc - w->cfg->services] : NULL;
}

/*
 * Whoever holds the secret of one service may fill its share, and no other's.
 * One body always fits into an empty share.
 */
static bool
has_space(struct warden *w, const char *service, size_t bytes)
{
	const struct pq_share *s = share_of(w, service);
	int64_t n = (int64_t)w->cfg->n_services;

	return pq_space_left(w, WARDEN_SPACE_CALLBACK) && s &&
	    s->n < WARDEN_BACKLOG / n &&
	    (s->n == 0 ||
		s->bytes + (int64_t)bytes <= WARDEN_BACKLOG_BYTES / n);
}

static void
count(struct warden *w, const char *service, int64_t n, int64_t bytes)
{
	struct pq_share *s = share_of(w, service);

	if (!s)
		return;
	s->n += n;
	s->bytes += bytes;
}

static void
load_shares(struct warden *w)
{
	char service[PQ_SERVICE_TEXT];
	sqlite3_stmt *st = pq_store_query(&w->store,
	    "SELECT service, count(*), sum(length(body)) FROM callbacks"
	    " WHERE state = 'received' GROUP BY service",
	    "");

	while (pq_store_next(&w->store, st) == 1) {
		pq_store_text(st, 0, service, sizeof(service));
		count(w, service, sqlite3_column_int64(st, 1),
		    sqlite3_column_int64(st, 2));
	}
}

/* also of services that are no longer configured, which will be refused */
static bool
next_parked(struct warden *w, char service[PQ_SERVICE_TEXT])
{
	sqlite3_stmt *st = pq_store_query(&w->store,
	    "SELECT service FROM callbacks WHERE state = 'received' AND"
	    " parked <> 0 AND service > ? ORDER BY service LIMIT 1",
	    "s", service);

	if (pq_store_next(&w->store, st) != 1)
		return false;
	pq_store_text(st, 0, service, PQ_SERVICE_TEXT);
	pq_store_done(st);
	return true;
}

int
pq_callbacks_load(struct warden *w)
{
	char service[PQ_SERVICE_TEXT] = "";

	w->shares = calloc(w->cfg->n_services + 1, sizeof(*w->shares));
	if (!w->shares)
		return -PQ_ENOMEM;
	load_shares(w);
	(void)pq_store_begin(&w->store);
	w->parked = pq_ledger_callbacks_repark(&w->store);
	w->backlog = pq_store_int(&w->store, 0,
	    "SELECT count(*) FROM callbacks WHERE state = 'received' AND"
	    " parked <> 1",
	    "");
	while (next_parked(w, service))
		pq_callbacks_wake(w, service);
	return w->store.fault;
}

/* A flood of forgeries must not become a flood of log lines. */
static void
log_refusal(
    struct warden *w, const char *service, const char *request, const char *why)
{
	int64_t s = pq_warden_s(w);

	if (w->log_s != s) {
		if (w->log_n > REFUSALS_PER_S)
			pq_warden_log("callback-refused suppressed=%u",
			    w->log_n - REFUSALS_PER_S);
		w->log_s = s;
		w->log_n = 0;
	}
	if (w->log_n++ < REFUSALS_PER_S)
		pq_warden_log("callback-refused service=%s request=%s"
			      " reason=\"%s\"",
		    service, request, why);
}

static void
callback_of(struct pq_callback *cb, const struct pq_msg_delivery *d)
{
	cb->body = d->body;
	cb->content_type = d->content_type;
	cb->github_event = d->github_event;
	cb->github_delivery = d->github_delivery;
	cb->hub_signature_256 = d->hub_signature_256;
	cb->webhook_id = d->webhook_id;
	cb->webhook_timestamp = d->webhook_timestamp;
	cb->webhook_signature = d->webhook_signature;
}

/* the scheme of the endpoint that vouches for the bytes, or NONE */
static enum pq_scheme
authenticate(struct warden *w, const struct pq_config_service *svc,
    const struct pq_callback *cb, char id[PQ_DELIVERY_TEXT], struct pq_err *why)
{
	size_t at = (size_t)(svc - w->cfg->services);

	for (size_t k = 0; k < svc->n_endpoints; k++) {
		const struct pq_keys *q = &w->keys[at][k];

		if (pq_callback_authenticate(svc->endpoints[k].scheme, cb, q->s,
			q->n, pq_warden_s(w), id, why) == PQ_CALLBACK_GENUINE)
			return svc->endpoints[k].scheme;
	}
	return PQ_SCHEME_NONE;
}

static uint32_t
store_callback(struct warden *w, const char *service, enum pq_scheme scheme,
    const char *delivery, const struct pq_callback *cb, const char *request)
{
	int64_t id = pq_warden_id(w);

	if (!has_space(w, service, cb->body.n))
		return 503;
	(void)pq_store_begin(&w->store);
	switch (pq_ledger_callback_add(&w->store, id, service, scheme, delivery,
	    cb, request, pq_warden_s(w))) {
	case PQ_INSERT_NEW:
		w->backlog++;
		count(w, service, 1, (int64_t)cb->body.n);
		pq_warden_audit(w, "intake", "callback.received", service, id,
		    "request %s delivery %s", request, delivery);
		return 202;
	case PQ_INSERT_DUPLICATE:
		return 200;
	case PQ_INSERT_NONE:
		break;
	}
	return 503;
}

int
pq_on_delivery(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	const struct pq_msg_delivery *d = &m->delivery;
	const struct pq_config_service *svc =
	    pq_config_service(w->cfg, d->service);
	char request[33], service[PQ_SERVICE_TEXT], id[PQ_DELIVERY_TEXT] = "";
	struct pq_err why = PQ_ERR_INIT;
	struct pq_callback cb;
	enum pq_scheme scheme = PQ_SCHEME_NONE;

	pq_text_escape(request, sizeof(request), d->request_id);
	pq_text_escape(service, sizeof(service), d->service);
	callback_of(&cb, d);
	if (!svc)
		(void)pq_err_set(&why, PQ_EABSENT, "no such service");
	else
		scheme = authenticate(w, svc, &cb, id, &why);
	if (scheme == PQ_SCHEME_NONE) {
		log_refusal(w, service, request, why.text);
		receipt(p, m->job, 401);
		return 0;
	}
	receipt(p, m->job,
	    store_callback(w, svc->policy->service, scheme, id, &cb, request));
	return 0;
}

/* ---- hints -------------------------------------------------------- */

/* is @claimed the whole of @full, or its path after the host? */
static bool
same_repository(const char *full, size_t full_n, struct pq_slice claimed)
{
	const char *slash;

	if (claimed.n == full_n && memcmp(claimed.p, full, full_n) == 0)
		return true;
	slash = memchr(full, '/', full_n);
	return slash && claimed.n == full_n - (size_t)(slash + 1 - full) &&
	    claimed.n && memcmp(claimed.p, slash + 1, claimed.n) == 0;
}

static bool
same_git(const char *url, struct pq_slice claimed)
{
	const char *host = url ? strstr(url, "://") : NULL;
	size_t n;

	if (!host)
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
	if (p->track && fnmatch(p->track, tag, 0) != 0)
		return "the tag is not tracked";
	return NULL;
}

static void
callback_end(struct warden *w, const struct pq_received *c, const char *state,
    const char *reason, int64_t look)
{
	char event[32];

	(void)pq_store_begin(&w->store);
	(void)pq_ledger_callback_end(
	    &w->store, c->id, state, reason, look, pq_warden_s(w));
	(void)snprintf(event, sizeof(event), "callback.%s", state);
	pq_warden_audit(w, "warden", event, c->service, c->id, "%s", reason);
	w->backlog--;
	count(w, c->service, -1, -c->bytes);
	pq_callbacks_wake(w, c->service);
}

/*
 * Only so many tags of a service are looked for at once, so that one service
 * can not keep the others from being served. A callback beyond that has been
 * accepted, so it waits: it is read again when a look of the service has ended,
 * or when one before it has come to nothing. None overtakes those that wait.
 */
static bool
callback_has_room(struct warden *w, const struct pq_received *c)
{
	return pq_ledger_looks_open(&w->store, c->service) < WARDEN_LOOKS &&
	    !pq_ledger_callback_is_behind(&w->store, c->service, c->id);
}

static void
callback_park(struct warden *w, const struct pq_received *c)
{
	(void)pq_store_begin(&w->store);
	(void)pq_ledger_callback_park(&w->store, c->id);
	if (c->parked == PQ_PARKED_NOT)
		pq_warden_audit(w, "warden", "callback.waits", c->service,
		    c->id, "%d looks of this service are open", WARDEN_LOOKS);
	w->backlog--;
	w->parked++;
}

void
pq_callbacks_wake(struct warden *w, const char *service)
{
	int n = 1;

	while (n == 1 && w->parked > 0 &&
	    pq_ledger_looks_open(&w->store, service) +
		    pq_ledger_callbacks_woken(&w->store, service) <
		WARDEN_LOOKS) {
		(void)pq_store_begin(&w->store);
		n = pq_ledger_callback_wake(&w->store, service);
		w->parked -= n;
		w->backlog += n;
	}
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
	(void)pq_store_begin(&w->store);
	(void)pq_ledger_callback_later(
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

	if (why) {
		callback_end(w, c, "ignored", why, 0);
		return;
	}
	if (pq_ledger_look_open(&w->store, c->service, tag) == 0 &&
	    !callback_has_room(w, c)) {
		callback_park(w, c);
		return;
	}
	pq_warden_text(claim.digest, sizeof(claim.digest), h->digest);
	pq_warden_text(claim.commit, sizeof(claim.commit), h->commit);
	look = pq_look_open(w, c->service, tag, "callback");
	(void)pq_store_begin(&w->store);
	(void)pq_ledger_claim_keep(&w->store, c->id, tag, &claim);
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
	if (!j)
		return -PQ_EPROTO;
	pq_jobs_end(j);
	if (pq_ledger_callback(&w->store, (int64_t)m->job, &c) != 1)
		return 0;
	svc = pq_config_service(w->cfg, pq_slice_str(c.service));
	if (svc)
		callback_hint(w, svc, &c, &m->hint);
	else
		callback_end(
		    w, &c, "refused", "the service is no longer configured", 0);
	return 0;
}

static int
callback_send(struct warden *w, sqlite3_stmt *st)
{
	struct pq_msg m = { .type = PQ_MSG_CALLBACK };
	enum pq_scheme scheme = (enum pq_scheme)sqlite3_column_int(st, 1);

	m.job = (uint64_t)sqlite3_column_int64(st, 0);
	m.callback.service = pq_store_blob(st, 6);
	m.callback.scheme = (uint32_t)scheme;
	m.callback.content_type = pq_store_blob(st, 3);
	m.callback.github_event = pq_store_blob(st, 4);
	m.callback.body = pq_store_blob(st, 5);
	if (scheme == PQ_SCHEME_GITHUB)
		m.callback.github_delivery = pq_store_blob(st, 2);
	else
		m.callback.webhook_id = pq_store_blob(st, 2);
	return pq_peers_send(pq_peers_role(w, PQ_DOOR_VERIFY), &m);
}

/*
 * Verify reads those of a service that are handed out together in one child,
 * and a child costs more than reading a hundred. So a round begins when the
 * one before it has ended and it is full or a moment has passed: a callback
 * that comes alone is read at once, a flood costs few children.
 */
bool
pq_callbacks_wait(struct warden *w)
{
	return w->backlog > 0 && pq_jobs_reading(w) == 0 &&
	    pq_peers_role(w, PQ_DOOR_VERIFY) != NULL;
}

void
pq_callbacks_pump(struct warden *w)
{
	sqlite3_stmt *st;
	size_t bytes = 0;

	if (!pq_callbacks_wait(w) ||
	    (w->backlog < WARDEN_READS &&
		w->now.boot_ms - w->read_ms < WARDEN_READ_PACE_MS))
		return;
	w->read_ms = w->now.boot_ms;
	st = pq_store_query(&w->store,
	    "SELECT id, scheme, delivery, content_type, event, body, service"
	    " FROM callbacks WHERE state = 'received' AND parked <> 1 AND"
	    " next_try <= ? ORDER BY id LIMIT ?",
	    "ii", pq_warden_s(w), (int64_t)WARDEN_READS);
	while (bytes < WARDEN_READ_BYTES && pq_store_next(&w->store, st) == 1) {
		int64_t id = sqlite3_column_int64(st, 0);
		struct pq_job *j = pq_jobs_new(w, PQ_JOB_CALLBACK, id);

		if (!j)
			break;
		j->phase = PQ_PHASE_READ;
		j->due_ms = w->now.boot_ms + WARDEN_READ_MS;
		if (callback_send(w, st) < 0) {
			pq_jobs_end(j);
			break;
		}
		bytes += pq_store_blob(st, 5).n;
	}
	pq_store_done(st);
}
