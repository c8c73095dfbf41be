/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Docker socket. A process that may write to this socket controls the host.
 * So this file sends only the requests of the table in docker.h. A parameter of
 * a request is an id that the daemon returned, a name from the root-owned
 * configuration, or a digest that a trusted key signed. The grammar of a
 * parameter excludes all other bytes from the path.
 */
#include "deploy/docker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include <pratique/digest.h>
#include <pratique/names.h>
#include <pratique/text.h>

#define API_MIN 40 /* 1.40: Docker 19.03 */
#define API_MAX 51
#define TAIL_MAX 4096u /* bytes to keep of the progress of a pull */
#define AUTH_MAX 12288 /* bytes of the header with the credential */

enum kind { K_NONE, K_ID, K_NAME, K_REF, K_DIGEST, K_ANY, K_NET };

static const struct {
	const char *method;
	const char *path;
	enum kind first, second;
	long seconds;
} shapes[] = {
#define SHAPE(NAME, method, path, first, second, seconds) \
	{ method, path, K_##first, K_##second, seconds },
	PQ_DOCKER_SHAPES(SHAPE)
#undef SHAPE
};

struct pq_docker {
	CURL *curl;
	char socket[108];
	char version[8];
	struct pq_buf *auth; /* borrowed X-Registry-Auth header, or NULL */
	bool (*watch)(void *ctx);
	void *watch_ctx;
};

/* Return true for host[:port]/path@sha256:hex. */
static bool
is_ref(const char *s)
{
	const char *at = strchr(s, '@');
	struct pq_digest d;

	return at != NULL &&
	    pq_name_repository(pq_slice(s, (size_t)(at - s)), NULL) == 0 &&
	    pq_digest_parse(&d, pq_slice_str(at + 1)) == 0;
}

static bool
fits_grammar(enum kind k, const char *s)
{
	struct pq_digest d;

	if (k == K_NONE)
		return s == NULL;
	if (s == NULL)
		return false;
	switch (k) {
	case K_ID:
		return pq_name_container_id(pq_slice_str(s), NULL) == 0;
	case K_NAME:
	case K_NET:
		return pq_name_container(pq_slice_str(s), NULL) == 0;
	case K_REF:
		return is_ref(s);
	case K_DIGEST:
		return pq_digest_parse(&d, pq_slice_str(s)) == 0;
	case K_ANY: /* an id matches the grammar of a name */
		return pq_name_container(pq_slice_str(s), NULL) == 0;
	default:
		return false;
	}
}

/* Escape the brackets of an IPv6 address: a path cannot contain them. */
static void
put_parameter(struct pq_buf *b, const char *s)
{
	for (; s != NULL && *s != '\0'; s++)
		if (*s == '[' || *s == ']')
			pq_buf_fmt(b, "%%%02X", (unsigned)*s);
		else
			pq_buf_u8(b, (uint8_t)*s);
}

/* Replace each %s in order: snprintf() would need a constant format string. */
static int
fill_path(
    char dst[1024], const char *path, const char *first, const char *second)
{
	struct pq_buf b = PQ_BUF_INIT(1023);
	const char *hole, *values[2] = { first, second };
	size_t i = 0;
	int r;

	while ((hole = strstr(path, "%s")) != NULL && i < 2) {
		pq_buf_put(&b, path, (size_t)(hole - path));
		put_parameter(&b, values[i++]);
		path = hole + 2;
	}
	pq_buf_str(&b, path);
	r = b.fault;
	if (r == 0 && pq_buf_cstr(&b) != NULL)
		memcpy(dst, b.p, b.n + 1);
	pq_buf_free(&b);
	return r;
}

int
pq_docker_path(char dst[1024], enum pq_docker_shape shape, const char *first,
    const char *second)
{
	if ((unsigned)shape >= PQ_DOCKER_COUNT ||
	    !fits_grammar(shapes[shape].first, first) ||
	    !fits_grammar(shapes[shape].second, second))
		return -PQ_EFORMAT;
	return fill_path(dst, shapes[shape].path, first, second);
}

int
pq_docker_open(struct pq_docker **ret, const char *socket, struct pq_err *err)
{
	struct pq_docker *d;

	if (strlen(socket) >= sizeof(d->socket))
		return pq_err_set(err, PQ_ELIMIT,
		    "docker: the socket path has %zu bytes, more than %zu: "
		    "%.100s",
		    strlen(socket), sizeof(d->socket) - 1, socket);
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return -PQ_ENOMEM;
	d->curl = curl_easy_init();
	if (d->curl == NULL) {
		free(d);
		return -PQ_ENOMEM;
	}
	memcpy(d->socket, socket, strlen(socket) + 1);
	*ret = d;
	return 0;
}

void
pq_docker_close(struct pq_docker *d)
{
	if (d == NULL)
		return;
	curl_easy_cleanup(d->curl);
	free(d);
}

const char *
pq_docker_version(const struct pq_docker *d)
{
	return d->version;
}

/* The engine expects the padded URL-safe alphabet, RFC 4648 section 5. */
static int
encode_auth(struct pq_buf *dst, const char *json)
{
	pq_auto(pq_buf_wipe) struct pq_buf b64 = PQ_BUF_INIT(AUTH_MAX);
	int r = pq_b64_encode(&b64, pq_slice_str(json));
	size_t i;

	for (i = 0; r == 0 && i < b64.n; i++)
		if (b64.p[i] == '+' || b64.p[i] == '/')
			b64.p[i] = b64.p[i] == '+' ? '-' : '_';
	pq_buf_str(dst, "X-Registry-Auth: ");
	pq_buf_slice(dst, pq_buf_view(&b64));
	return r != 0 ? r : dst->fault;
}

int
pq_docker_auth(struct pq_buf *ret, const char *server, struct pq_slice secret)
{
	const uint8_t *colon =
	    secret.n == 0 ? NULL : memchr(secret.p, ':', secret.n);
	json_t *o;
	char *text;
	size_t user;
	int r;

	*ret = PQ_BUF_INIT(AUTH_MAX);
	if (secret.n == 0)
		return 0;
	if (colon == NULL)
		return -PQ_EFORMAT;
	user = (size_t)(colon - secret.p);
	o = json_pack("{s:s%,s:s%,s:s}", "username", (const char *)secret.p,
	    user, "password", (const char *)colon + 1, secret.n - user - 1,
	    "serveraddress", server);
	text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL)
		return -PQ_EFORMAT;
	r = encode_auth(ret, text);
	explicit_bzero(text, strlen(text));
	free(text);
	return r;
}

void
pq_docker_credential(struct pq_docker *d, struct pq_buf *auth)
{
	d->auth = auth;
}

void
pq_docker_watch(struct pq_docker *d, bool (*watch)(void *ctx), void *ctx)
{
	d->watch = watch;
	d->watch_ctx = ctx;
}

/* curl calls this about once per second, and whenever bytes arrive. */
static int
on_wait(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t e)
{
	struct pq_docker *d = ctx;

	(void)a;
	(void)b;
	(void)c;
	(void)e;
	return d->watch(d->watch_ctx);
}

static size_t
on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct pq_buf *b = ctx;

	pq_buf_put(b, p, size * n);
	return b->fault == 0 ? size * n : 0;
}

/*
 * The daemon streams the progress of a pull. Keep the last TAIL_MAX bytes,
 * because they contain the reason of a failure. They do not prove success, so
 * the caller inspects the image.
 */
static size_t
on_progress(char *p, size_t size, size_t n, void *ctx)
{
	struct pq_buf *b = ctx;
	size_t all = size * n, keep = all < TAIL_MAX ? all : TAIL_MAX;

	if (b->n + keep > TAIL_MAX) {
		memmove(b->p, b->p + (b->n + keep - TAIL_MAX), TAIL_MAX - keep);
		b->n = TAIL_MAX - keep;
	}
	pq_buf_put(b, p + (all - keep), keep);
	return b->fault == 0 ? all : 0;
}

/*
 * Parse "1.41" and optional white space. Return the minor version to use, at
 * most API_MAX, or 0 if the daemon's version is too old or malformed.
 */
static unsigned
minor_version(struct pq_slice s)
{
	unsigned minor = 0;
	size_t i;

	while (s.n != 0 && strchr(" \t\r\n", s.p[s.n - 1]) != NULL)
		s.n--;
	if (!pq_slice_starts(s, "1.") || s.n > 5)
		return 0;
	for (i = 2; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 0;
		minor = minor * 10 + (unsigned)(s.p[i] - '0');
	}
	return minor < API_MIN ? 0 : minor > API_MAX ? API_MAX : minor;
}

static size_t
on_header(char *p, size_t size, size_t n, void *ctx)
{
	static const char name[] = "Api-Version: ";
	const size_t name_n = sizeof(name) - 1;
	struct pq_docker *d = ctx;
	unsigned minor;

	if (d->version[0] == '\0' && size * n > name_n &&
	    strncasecmp(p, name, name_n) == 0) {
		minor = minor_version(pq_slice(p + name_n, size * n - name_n));
		if (minor != 0)
			(void)snprintf(
			    d->version, sizeof(d->version), "1.%u", minor);
	}
	return size * n;
}

/*
 * Map a result of curl to a result of pq_docker_call(): 0; 1 the watch ended
 * the request; a fault, with the reason in @err.
 */
static int
explain_result(struct pq_docker *d, CURLcode r, struct pq_err *err)
{
	char waited[PQ_DURATION_MAX];
	curl_off_t us = 0;
	long e = 0;

	switch (r) {
	case CURLE_OK:
		return 0;
	case CURLE_ABORTED_BY_CALLBACK:
		return 1;
	case CURLE_OPERATION_TIMEDOUT:
		(void)curl_easy_getinfo(d->curl, CURLINFO_TOTAL_TIME_T, &us);
		pq_text_duration(waited, (int64_t)us / 1000000);
		return pq_err_set(err, PQ_ETIMEOUT,
		    "docker: %s: no complete answer within %s", d->socket,
		    waited);
	case CURLE_COULDNT_CONNECT:
		(void)curl_easy_getinfo(d->curl, CURLINFO_OS_ERRNO, &e);
		return pq_err_set(err, PQ_ENET,
		    "docker: cannot connect to %s: %s; %s", d->socket,
		    e != 0 ? strerror((int)e) : "unknown error",
		    e == EACCES
			? "pratique-deploy must be in the group of the socket"
			: "start the Docker daemon, or correct "
			  "docker: in pratique.yaml");
	default:
		return pq_err_set(err, PQ_ENET, "docker: %s: %s", d->socket,
		    curl_easy_strerror(r));
	}
}

static int
perform_request(struct pq_docker *d, const char *url, const char *method,
    long seconds, const char *body, bool pull, struct pq_docker_answer *ret,
    struct pq_err *err)
{
	struct curl_slist *h = NULL;
	CURLcode r;

	curl_easy_reset(d->curl);
	h = curl_slist_append(h, "Content-Type: application/json");
	h = curl_slist_append(h, "Expect:");
	if (pull && d->auth != NULL && d->auth->n != 0)
		h = curl_slist_append(h, pq_buf_cstr(d->auth));
	(void)curl_easy_setopt(d->curl, CURLOPT_UNIX_SOCKET_PATH, d->socket);
	(void)curl_easy_setopt(d->curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(d->curl, CURLOPT_PROTOCOLS_STR, "http");
	(void)curl_easy_setopt(d->curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(d->curl, CURLOPT_NOSIGNAL, 1L);
	/*
	 * If the daemon closes a reused connection, curl sends the request
	 * again. If the first create or rename succeeded, the second one fails,
	 * because the name is in use. The journal then lacks the id of the new
	 * container. So each request has its own connection.
	 */
	(void)curl_easy_setopt(d->curl, CURLOPT_FRESH_CONNECT, 1L);
	(void)curl_easy_setopt(d->curl, CURLOPT_FORBID_REUSE, 1L);
	(void)curl_easy_setopt(d->curl, CURLOPT_CONNECTTIMEOUT, 5L);
	(void)curl_easy_setopt(d->curl, CURLOPT_TIMEOUT, seconds);
	(void)curl_easy_setopt(d->curl, CURLOPT_HTTPHEADER, h);
	(void)curl_easy_setopt(d->curl, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(d->curl, CURLOPT_HEADERDATA, d);
	(void)curl_easy_setopt(
	    d->curl, CURLOPT_WRITEFUNCTION, pull ? on_progress : on_body);
	(void)curl_easy_setopt(d->curl, CURLOPT_WRITEDATA, &ret->body);
	if (d->watch != NULL) {
		(void)curl_easy_setopt(d->curl, CURLOPT_NOPROGRESS, 0L);
		(void)curl_easy_setopt(
		    d->curl, CURLOPT_XFERINFOFUNCTION, on_wait);
		(void)curl_easy_setopt(d->curl, CURLOPT_XFERINFODATA, d);
	}
	if (strcmp(method, "POST") == 0)
		(void)curl_easy_setopt(
		    d->curl, CURLOPT_COPYPOSTFIELDS, body == NULL ? "" : body);
	else if (strcmp(method, "GET") != 0)
		(void)curl_easy_setopt(d->curl, CURLOPT_CUSTOMREQUEST, method);
	r = curl_easy_perform(d->curl);
	(void)curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &ret->status);
	curl_slist_free_all(h);
	if (ret->body.fault != 0)
		return pq_err_set(err, PQ_ELIMIT,
		    "docker: the answer is longer than %zu bytes",
		    ret->body.max);
	return explain_result(d, r, err);
}

static int
negotiate_version(struct pq_docker *d, struct pq_err *err)
{
	struct pq_docker_answer a = { 0, PQ_BUF_INIT(4096) };
	int r;

	if (d->version[0] != '\0')
		return 0;
	r = perform_request(
	    d, "http://localhost/_ping", "GET", 10, NULL, false, &a, err);
	pq_buf_free(&a.body);
	if (r == 0 && d->version[0] == '\0')
		r = pq_err_set(err, PQ_EUNSUPPORTED,
		    "docker: %s: the daemon reports no API version of 1.%d or "
		    "later; Docker 19.03 or later is required",
		    d->socket, API_MIN);
	return r;
}

int
pq_docker_call(struct pq_docker *d, enum pq_docker_shape shape,
    const char *first, const char *second, json_t *body,
    struct pq_docker_answer *ret, struct pq_err *err)
{
	char path[1024], url[1200];
	char *text = NULL;
	int r = pq_docker_path(path, shape, first, second);

	*ret =
	    (struct pq_docker_answer){ 0, PQ_BUF_INIT(PQ_DOCKER_ANSWER_MAX) };
	if (r != 0)
		return pq_err_set(err, PQ_EFORMAT,
		    "docker: a parameter does not match its grammar");
	r = negotiate_version(d, err);
	if (r != 0)
		return r;
	if (body != NULL && (text = json_dumps(body, JSON_COMPACT)) == NULL)
		return -PQ_ENOMEM;
	(void)snprintf(
	    url, sizeof(url), "http://localhost/v%s%s", d->version, path);
	r = perform_request(d, url, shapes[shape].method, shapes[shape].seconds,
	    text, shape == PQ_DOCKER_PULL, ret, err);
	free(text);
	if (r != 0)
		pq_buf_free(&ret->body);
	return r;
}

int
pq_docker_json(struct pq_docker *d, enum pq_docker_shape shape,
    const char *first, json_t **ret, struct pq_err *err)
{
	struct pq_docker_answer a;
	json_error_t je;
	json_t *v = NULL;
	int r = pq_docker_call(d, shape, first, NULL, NULL, &a, err);

	if (r != 0)
		return r;
	if (a.status == 404)
		r = pq_err_set(err, PQ_EABSENT, "docker: not found (404)");
	else if (a.status != 200)
		r = pq_err_set(
		    err, PQ_ENET, "docker: unexpected status %ld", a.status);
	if (r == 0) {
		v = json_loadb((const char *)a.body.p, a.body.n,
		    JSON_REJECT_DUPLICATES, &je);
		if (v == NULL)
			r = pq_err_set(
			    err, PQ_EFORMAT, "docker: the answer is not JSON");
	}
	pq_buf_free(&a.body);
	if (r == 0)
		*ret = v;
	return r;
}
