/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callbacks: from the raw bytes of a delivery to a row that verify reads.
 *
 * The HMAC is checked before any byte reaches the disk. So a sender without the
 * secret costs the warden one hash and one log line. An unknown service gets
 * the same answer as a bad signature, so a sender cannot find out the names of
 * services. A genuine callback is stored and passed to verify.
 */
#include "warden/callbacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/text.h>

#include "config/endpoint.h"
#include "ipc/headers.h"
#include "warden/backlog.h"
#include "warden/core.h"
#include "warden/jobs.h"
#include "warden/ledger_callbacks.h"
#include "warden/peers.h"

#define REFUSALS_PER_S 20
#define RETRY_AFTER_S 30

/*
 * Compute the mark of a secret. It has only 16 bits of an HMAC, so a copy of
 * the ledger does not help to guess a weak secret. If an old secret has the
 * mark of a new one by chance, its callbacks are kept, which is safe.
 */
static int64_t
mark_secret(struct pq_slice secret)
{
	uint8_t mac[32];

	if (pq_hmac_sha256(mac, secret, PQ_SLICE_LIT("pratique: mark")) != 0)
		return PQ_MARK_UNKNOWN;
	return 1 + ((int64_t)mac[0] << 8 | mac[1]);
}

static int
read_keys(struct warden *w, const struct pq_config_endpoint *e,
    struct pq_keys *k, struct pq_err *err)
{
	size_t i;

	k->v = calloc(e->n_secrets, sizeof(*k->v));
	k->s = calloc(e->n_secrets, sizeof(*k->s));
	k->marks = calloc(e->n_secrets, sizeof(*k->marks));
	if (k->v == NULL || k->s == NULL || k->marks == NULL)
		return pq_err_set(err, PQ_ENOMEM, "secrets");
	for (i = 0; i < e->n_secrets; i++) {
		int r = pq_config_secret(
		    &k->v[i], w->cfg, "warden", e->secrets[i], err);

		if (r < 0)
			return pq_err_wrap(err, r, "secret %s", e->secrets[i]);
		k->n = i + 1;
		k->s[i] = pq_buf_view(&k->v[i]);
		k->marks[i] = mark_secret(k->s[i]);
	}
	return 0;
}

int
pq_callbacks_read_keys(struct warden *w, struct pq_err *err)
{
	int r = 0;
	size_t i, k;

	w->keys = calloc(w->cfg->n_services + 1, sizeof(*w->keys));
	if (w->keys == NULL)
		return pq_err_set(err, PQ_ENOMEM, "secrets");
	for (i = 0; i < w->cfg->n_services && r == 0; i++) {
		const struct pq_config_service *s = &w->cfg->services[i];

		w->keys[i] = calloc(s->n_endpoints + 1, sizeof(**w->keys));
		if (w->keys[i] == NULL)
			return pq_err_set(err, PQ_ENOMEM, "secrets");
		for (k = 0; k < s->n_endpoints && r == 0; k++)
			r = read_keys(w, &s->endpoints[k], &w->keys[i][k], err);
	}
	return r;
}

void
pq_callbacks_free_keys(struct warden *w)
{
	size_t i, k, n;

	for (i = 0; w->keys != NULL && i < w->cfg->n_services; i++) {
		for (k = 0;
		     w->keys[i] != NULL && k < w->cfg->services[i].n_endpoints;
		     k++) {
			struct pq_keys *q = &w->keys[i][k];

			for (n = 0; n < q->n; n++)
				pq_buf_wipe(&q->v[n]);
			free(q->v);
			free(q->s);
			free(q->marks);
		}
		free(w->keys[i]);
	}
	free(w->keys);
	w->keys = NULL;
}

static void
send_receipt(struct pq_peer *p, uint64_t job, uint32_t status)
{
	struct pq_msg m = { .type = PQ_MSG_RECEIPT, .job = job };

	m.receipt.status = status;
	m.receipt.retry_after = status == 503 ? RETRY_AFTER_S : 0;
	(void)pq_peers_send(p, &m);
}

/*
 * Intake can connect before the warden accepts, so a connection alone does not
 * prove that the warden runs. This message does.
 */
void
pq_callbacks_greet(struct warden *w, struct pq_peer *intake)
{
	const char *header = pq_endpoint_header(w->cfg);
	struct pq_msg m = { .type = PQ_MSG_RECEIPT };

	m.receipt.status = 200;
	m.receipt.header = pq_slice_str(header);
	(void)pq_peers_send(intake, &m);
}

/* A flood of forged callbacks must not become a flood of log lines. */
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

/* If an endpoint configures the name of a header, only that header counts. */
static struct pq_callback
apply_header_name(
    const struct pq_config_endpoint *e, const struct pq_callback *cb)
{
	const struct pq_scheme_row *row = pq_scheme_row(e->scheme);
	struct pq_callback ret = *cb;

	if (e->header != NULL && row != NULL && row->named != PQ_HEADER_NONE)
		ret.headers[row->named] = cb->configured;
	return ret;
}

/* The sender of a genuine callback; without a scheme it is not genuine. */
struct sender {
	enum pq_scheme scheme;
	int64_t mark; /* of its secret */
	char id[PQ_DELIVERY_TEXT];
};

/* Find the secret of a callback that one of them has authenticated. */
static int64_t
find_mark(enum pq_scheme scheme, const struct pq_callback *cb,
    const struct pq_keys *keys, int64_t now)
{
	char id[PQ_DELIVERY_TEXT];
	struct pq_err why = PQ_ERR_INIT;
	size_t i;

	for (i = 0; i < keys->n; i++)
		if (pq_callback_authenticate(scheme, cb, &keys->s[i], 1, now,
			id, &why) == PQ_CALLBACK_GENUINE)
			return keys->marks[i];
	return PQ_MARK_UNKNOWN;
}

/* Find the endpoint whose secret authenticates the bytes. */
static void
find_sender(struct sender *ret, struct warden *w,
    const struct pq_config_service *svc, const struct pq_callback *cb,
    struct pq_err *why)
{
	int64_t now = pq_warden_s(w);
	size_t at = (size_t)(svc - w->cfg->services);
	size_t k;

	for (k = 0; k < svc->n_endpoints; k++) {
		const struct pq_config_endpoint *e = &svc->endpoints[k];
		const struct pq_keys *q = &w->keys[at][k];
		struct pq_callback seen = apply_header_name(e, cb);

		if (pq_callback_authenticate(e->scheme, &seen, q->s, q->n, now,
			ret->id, why) != PQ_CALLBACK_GENUINE)
			continue;
		ret->scheme = e->scheme;
		ret->mark = find_mark(e->scheme, &seen, q, now);
		return;
	}
}

/*
 * A repetition is a duplicate. But if the first delivery ended without a
 * verdict, because a role or the registry was down, the sender may know that it
 * works again.
 */
static uint32_t
reopen_callback(struct warden *w, const char *service,
    const struct sender *from, const struct pq_callback *cb,
    const char *request)
{
	int64_t id = pq_ledger_callback_reopen(&w->store, service, from->scheme,
	    from->id, cb, request, from->mark, pq_warden_s(w));

	if (id == 0)
		return 200;
	pq_backlog_add(w, service, cb->body.n);
	pq_warden_audit(w, "intake", "callback.repeated", service, id,
	    "request %s delivery %s", request, from->id);
	return 202;
}

static uint32_t
store_callback(struct warden *w, const char *service, const struct sender *from,
    const struct pq_callback *cb, const char *request)
{
	int64_t id = pq_warden_id(w);

	if (!pq_backlog_has_space(w, service, cb->body.n))
		return 503;
	pq_store_begin(&w->store);
	switch (pq_ledger_callback_add(&w->store, id, service, from->scheme,
	    from->id, cb, request, from->mark, pq_warden_s(w))) {
	case PQ_INSERT_NEW:
		pq_backlog_add(w, service, cb->body.n);
		pq_warden_audit(w, "intake", "callback.received", service, id,
		    "request %s delivery %s", request, from->id);
		return 202;
	case PQ_INSERT_DUPLICATE:
		return reopen_callback(w, service, from, cb, request);
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
	char request[33], service[PQ_SERVICE_TEXT];
	struct pq_err why = PQ_ERR_INIT;
	struct pq_callback cb = pq_delivery_get(d);
	struct sender from = { .id = "" };

	pq_text_escape(request, sizeof(request), d->request_id);
	pq_text_escape(service, sizeof(service), d->service);
	if (svc == NULL)
		(void)pq_err_set(
		    &why, PQ_EABSENT, "the service is not configured");
	else
		find_sender(&from, w, svc, &cb, &why);
	if (from.scheme == PQ_SCHEME_NONE) {
		log_refusal(w, service, request, why.text);
		send_receipt(p, m->job, 401);
		return 0;
	}
	send_receipt(p, m->job,
	    store_callback(w, svc->policy->service, &from, &cb, request));
	return 0;
}

static int
send_callback(struct warden *w, const struct pq_callback_unread *c)
{
	struct pq_msg m = { .type = PQ_MSG_CALLBACK, .job = (uint64_t)c->id };
	const struct pq_scheme_row *row = pq_scheme_row(c->scheme);
	struct pq_callback cb = { .body = c->body,
		.content_type = c->content_type };

	if (row != NULL && row->event != PQ_HEADER_NONE)
		cb.headers[row->event] = c->event;
	if (row != NULL && row->delivery != PQ_HEADER_NONE)
		cb.headers[row->delivery] = c->delivery;
	m.callback.service = c->service;
	m.callback.scheme = (uint32_t)c->scheme;
	pq_callback_put(&m.callback, &cb);
	return pq_peers_send(pq_peers_role(w, PQ_DOOR_VERIFY), &m);
}

/*
 * Verify reads all callbacks of a service in a round in one child process, and
 * a child costs more than reading a hundred callbacks. So a round begins when
 * the previous one has ended, and when it is full or WARDEN_READ_PACE_MS have
 * passed. A single callback is read at once, and a flood needs few children.
 *
 * Half of a round takes the newest callbacks and half the oldest. So a flood
 * delays an honest callback only a little, whether it came before or after.
 */
bool
pq_callbacks_wait_for_round(struct warden *w)
{
	return w->backlog > 0 && pq_jobs_reading(w) == 0 &&
	    pq_peers_role(w, PQ_DOOR_VERIFY) != NULL;
}

struct round {
	struct warden *w;
	size_t bytes; /* sum of the bodies that were sent */
};

/* Return false if the round is full, or if verify accepts no more. */
static bool
send_in_round(void *arg, const struct pq_callback_unread *c)
{
	struct round *o = arg;
	struct warden *w = o->w;
	struct pq_job *j;

	if (pq_jobs_busy(w, c->id))
		return true; /* it is one of the other half */
	j = pq_jobs_new(w, PQ_JOB_CALLBACK, c->id);
	if (j == NULL)
		return false;
	j->phase = PQ_PHASE_READ;
	j->due_ms = w->now.boot_ms + WARDEN_READ_MS;
	if (send_callback(w, c) < 0) {
		pq_jobs_end(j);
		return false;
	}
	o->bytes += c->body.n;
	return o->bytes < WARDEN_READ_BYTES;
}

void
pq_callbacks_pump(struct warden *w)
{
	struct round o = { .w = w };
	int64_t now = pq_warden_s(w);

	if (!pq_callbacks_wait_for_round(w) ||
	    (w->backlog < WARDEN_READS &&
		w->now.boot_ms - w->read_ms < WARDEN_READ_PACE_MS))
		return;
	w->read_ms = w->now.boot_ms;
	/* large bodies may fill the round: each half begins every other time */
	pq_ledger_callbacks_due(&w->store, w->read_newest, now,
	    WARDEN_READS / 2, send_in_round, &o);
	if (o.bytes < WARDEN_READ_BYTES)
		pq_ledger_callbacks_due(&w->store, !w->read_newest, now,
		    WARDEN_READS, send_in_round, &o);
	w->read_newest = !w->read_newest;
}
