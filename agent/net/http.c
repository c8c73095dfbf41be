/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and their redirects. This code, and not curl, follows a redirect:
 * only if the caller allows it, only to configured origins, and without the
 * Authorization header if the origin changes.
 *
 * The caller can send a request in advance. Its answer arrives in parallel
 * with others and waits here until the caller makes exactly the same request.
 * Each answer serves one request: this is not a cache.
 */
#include "net/http.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/transfer.h"

#define AHEAD 16
#define CONNECTIONS 4L /* to one host; similar to a web browser */
#define WAIT_MS 1000   /* curl checks its timeouts at least this often */

struct pq_http {
	CURLM *multi;
	const struct pq_origins *origins;
	struct pq_connector *connector;
	int64_t deadline;
	struct pq_transfer now;
	struct ahead {
		struct pq_transfer transfer;
		struct pq_buf key; /* the request as text; empty: slot unused */
	} ahead[AHEAD];
};

int
pq_http_global(struct pq_err *err)
{
	/* stops OpenLDAP, a part of curl, from reading ~/.ldaprc, ./ldaprc */
	if (setenv("LDAPNOINIT", "1", 1) != 0)
		return pq_err_set(err, PQ_ESYS, "setenv");
	if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1)
		return pq_err_set(err, PQ_ECRYPTO, "OpenSSL does not start");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return pq_err_set(err, PQ_ENET, "curl does not start");
	return 0;
}

static void
end_ahead(struct pq_http *h, struct ahead *a)
{
	if (a->key.n == 0)
		return;
	(void)curl_multi_remove_handle(h->multi, a->transfer.easy);
	pq_transfer_close(&a->transfer);
	pq_buf_wipe(&a->key);
}

void
pq_http_close(struct pq_http *h)
{
	size_t i;

	if (h == NULL)
		return;
	for (i = 0; i < AHEAD; i++)
		end_ahead(h, &h->ahead[i]);
	pq_transfer_close(&h->now);
	(void)curl_multi_cleanup(h->multi);
	free(h);
}

int
pq_http_open(struct pq_http **ret, const struct pq_origins *origins,
    struct pq_connector *connector, struct pq_err *err)
{
	struct pq_http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return pq_err_set(err, PQ_ENOMEM, "curl");
	h->origins = origins;
	h->connector = connector;
	h->multi = curl_multi_init();
	if (h->multi == NULL || pq_transfer_open(&h->now) != 0 ||
	    curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
		CONNECTIONS) != CURLM_OK ||
	    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS) !=
		CURLM_OK) {
		pq_http_close(h);
		return pq_err_set(err, PQ_ENET, "curl does not start");
	}
	*ret = h;
	return 0;
}

void
pq_http_deadline(struct pq_http *h, int64_t monotonic_s)
{
	size_t i;

	h->deadline = monotonic_s;
	for (i = 0; i < AHEAD; i++)
		end_ahead(h, &h->ahead[i]);
}

void
pq_http_answer_free(struct pq_http_answer *a)
{
	pq_buf_free(&a->body);
}

/* Return the seconds until the errand's deadline, at most @most; 0: over. */
static long
time_left(const struct pq_http *h, long most)
{
	struct timespec ts;
	int64_t left;

	if (h->deadline == 0)
		return most;
	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		return 0;
	left = h->deadline - (int64_t)ts.tv_sec;
	if (left <= 0)
		return 0;
	return left < most ? (long)left : most;
}

static struct pq_place
place_of(const struct pq_http *h, const struct pq_origin *at)
{
	return (
	    struct pq_place){ h->connector, at, (size_t)(at - h->origins->v) };
}

/* Run all transfers until @t is done. */
static void
wait_for(struct pq_http *h, struct pq_transfer *t)
{
	struct pq_transfer *other;
	CURLMsg *m;
	int n;

	while (!t->done) {
		if (curl_multi_perform(h->multi, &n) != CURLM_OK)
			break;
		while ((m = curl_multi_info_read(h->multi, &n)) != NULL) {
			if (m->msg != CURLMSG_DONE ||
			    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE,
				&other) != CURLE_OK)
				continue;
			other->code = m->data.result;
			other->done = true;
		}
		if (!t->done &&
		    curl_multi_poll(h->multi, NULL, 0, WAIT_MS, NULL) !=
			CURLM_OK)
			break;
	}
	(void)curl_multi_remove_handle(h->multi, t->easy);
}

/* Write all parts of a request on which its answer can depend. */
static int
put_key(struct pq_buf *ret, const struct pq_http_request *q, const char *url,
    bool authorize)
{
	const char *authorization = authorize ? q->authorization : NULL;

	*ret = PQ_BUF_INIT(4 * PQ_URL_MAX + 16384);
	pq_buf_fmt(ret, "%zu %d\n%s\n%s\n%s\n", q->max, q->truncate, url,
	    q->accept != NULL ? q->accept : "",
	    authorization != NULL ? authorization : "");
	return ret->fault;
}

/* Is this a GET that put_key() describes completely? */
static bool
is_plain_get(const struct pq_http_request *q)
{
	return q->body.n == 0 && q->content_type == NULL &&
	    q->git_protocol == NULL;
}

void
pq_http_ahead(struct pq_http *h, const struct pq_http_request *q)
{
	const struct pq_origin *at = pq_origins_find(h->origins, q->url);
	struct pq_err err = PQ_ERR_INIT;
	struct ahead *a = NULL;
	struct pq_place where;
	/* twice the time, because it may wait for a free connection first */
	long left = time_left(h, 2L * PQ_HTTP_TOTAL_S);
	size_t i;
	int n;

	for (i = 0; i < AHEAD && a == NULL; i++)
		if (h->ahead[i].key.n == 0)
			a = &h->ahead[i];
	if (a == NULL || at == NULL || left == 0 || !is_plain_get(q) ||
	    pq_transfer_open(&a->transfer) != 0)
		return;
	where = place_of(h, at);
	if (put_key(&a->key, q, q->url, true) != 0 ||
	    pq_transfer_start(&a->transfer, h->multi, q, q->url, &where, true,
		left, &err) != 0) {
		pq_transfer_close(&a->transfer);
		pq_buf_wipe(&a->key);
		return;
	}
	(void)curl_multi_perform(h->multi, &n);
}

/* Find the slot of the same request, sent in advance, or NULL. */
static struct ahead *
find_ahead(struct pq_http *h, const struct pq_http_request *q, const char *url,
    bool authorize)
{
	struct ahead *found = NULL;
	struct pq_buf key;
	size_t i;

	if (put_key(&key, q, url, authorize) == 0 && is_plain_get(q))
		for (i = 0; i < AHEAD && found == NULL; i++)
			if (pq_slice_eq(pq_buf_view(&key),
				pq_buf_view(&h->ahead[i].key)))
				found = &h->ahead[i];
	pq_buf_wipe(&key);
	return found;
}

static int
ask_at(struct pq_http *h, const struct pq_http_request *q, const char *url,
    const struct pq_origin *at, bool authorize, struct pq_http_answer *ret,
    struct pq_err *err)
{
	struct ahead *a = find_ahead(h, q, url, authorize);
	struct pq_transfer *t = a != NULL ? &a->transfer : &h->now;
	struct pq_place where = place_of(h, at);
	long left = time_left(h, PQ_HTTP_TOTAL_S);
	char place[PQ_PLACE_TEXT];
	int r = 0;

	if (left == 0)
		r = pq_err_set(err, PQ_ETIMEOUT,
		    "%s: the errand's time is used up",
		    pq_transfer_place(place, url));
	if (r == 0 && a == NULL)
		r = pq_transfer_start(
		    t, h->multi, q, url, &where, authorize, left, err);
	if (r == 0) {
		wait_for(h, t);
		r = pq_transfer_take(t, ret, url, err);
	}
	if (a != NULL)
		end_ahead(h, a);
	return r;
}

static bool
is_redirect(unsigned status)
{
	return status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308;
}

/* Resolve a redirect's location: absolute, or a path that starts with '/'. */
static int
next_url(
    char dst[PQ_URL_MAX + 1], const struct pq_origin *at, const char *location)
{
	int n;

	if (location[0] == '/' && location[1] != '/')
		n = snprintf(dst, PQ_URL_MAX + 1, "%s://%s%s",
		    at->plain_http ? "http" : "https", at->name, location);
	else
		n = snprintf(dst, PQ_URL_MAX + 1, "%s", location);
	return n > 0 && n <= PQ_URL_MAX ? 0 : -PQ_ELIMIT;
}

/*
 * Send one request without following redirects. The first origin is stored in
 * @first; only that origin receives the Authorization header.
 */
static int
ask_once(struct pq_http *h, const struct pq_http_request *q, const char *url,
    const struct pq_origin **first, struct pq_http_answer *ret,
    struct pq_err *err)
{
	const struct pq_origin *at = pq_origins_find(h->origins, url);
	char place[PQ_PLACE_TEXT];

	if (at == NULL)
		return pq_err_set(err, PQ_EPERM,
		    "%s: not an origin of pratique.yaml (registries:, git:)",
		    pq_transfer_place(place, url));
	if (*first == NULL)
		*first = at;
	return ask_at(h, q, url, at, at == *first, ret, err);
}

/* Replace @url by the target of the redirect. */
static int
follow_redirect(char url[PQ_URL_MAX + 1], const struct pq_origins *origins,
    const struct pq_http_answer *a)
{
	const struct pq_origin *at = pq_origins_find(origins, url);
	char next[PQ_URL_MAX + 1];

	if (at == NULL || a->location[0] == '\0' ||
	    next_url(next, at, a->location) != 0)
		return -PQ_EPROTO;
	memcpy(url, next, sizeof(next));
	return 0;
}

int
pq_http_ask(struct pq_http *h, const struct pq_http_request *q,
    struct pq_http_answer *ret, struct pq_err *err)
{
	char url[PQ_URL_MAX + 1], place[PQ_PLACE_TEXT];
	const struct pq_origin *first = NULL;
	unsigned hop;
	int r;

	(void)pq_transfer_place(place, q->url);
	if (snprintf(url, sizeof(url), "%s", q->url) > PQ_URL_MAX)
		return pq_err_set(
		    err, PQ_ELIMIT, "%s: URL over %d bytes", place, PQ_URL_MAX);
	for (hop = 0; hop <= PQ_HTTP_REDIRECTS; hop++) {
		r = ask_once(h, q, url, &first, ret, err);
		if (r != 0)
			return hop == 0
			    ? r
			    : pq_err_wrap(err, r, "%s: redirected", place);
		if (!q->follow || !is_redirect(ret->status))
			return 0;
		if (follow_redirect(url, h->origins, ret) != 0)
			return pq_err_set(err, PQ_EPROTO,
			    "%s: redirect without a usable Location header",
			    place);
	}
	return pq_err_set(err, PQ_EPROTO, "%s: more than %d redirects", place,
	    PQ_HTTP_REDIRECTS);
}
