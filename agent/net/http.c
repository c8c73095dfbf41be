/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curl on a short leash.
 *
 * The peers are registries and git hosts, which an attacker may own, and the
 * network, which an attacker may bend. curl's own limit on sizes does not see
 * a chunked body, and a connect timeout does not end a slow drip: so bytes are
 * counted here as they come in, and three clocks run at once. curl follows no
 * redirect; we do, for those who asked for it, only to configured origins and
 * without the Authorization header. Each connection is opened by our own
 * function, which sees the real address: an origin without TLS is loopback or
 * it is nothing, whatever the name resolves to. Proxies from the environment
 * are off, as are protocols other than the one of the configured origin.
 */
#include "net/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define CA_BUNDLE "/etc/ssl/certs/ca-certificates.crt"
#define CA_BUNDLE_MAX (4u << 20)
#define HEADERS_MAX (64u << 10) /* bytes of all headers of an answer */

struct pq_http {
	CURL *easy;
	const struct pq_origins *origins;
	const struct pq_origin *at; /* of the request under way */
	struct pq_http_answer *answer;
	size_t header_bytes;
	int64_t deadline;
	bool truncate;
	bool over;  /* the body or headers went over their limit */
	bool gated; /* an address was refused */
};

static struct pq_buf system_ca;

/* A missing bundle is no fault here: then only own CAs are believed. */
static void
read_system_ca(void)
{
	pq_auto(pq_autoclose) int fd = open(CA_BUNDLE, O_RDONLY | O_CLOEXEC);
	uint8_t chunk[8192];
	ssize_t n;

	if (fd < 0 || system_ca.n > 0)
		return;
	system_ca = PQ_BUF_INIT(CA_BUNDLE_MAX);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		pq_buf_put(&system_ca, chunk, (size_t)n);
	if (n < 0 || system_ca.fault != 0)
		pq_buf_free(&system_ca);
}

int
pq_http_global(struct pq_err *err)
{
	/* else OpenLDAP, which curl brings, reads ~/.ldaprc and ./ldaprc */
	if (setenv("LDAPNOINIT", "1", 1) != 0)
		return pq_err_set(err, PQ_ESYS, "setenv");
	if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1)
		return pq_err_set(err, PQ_ECRYPTO, "OpenSSL does not start");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return pq_err_set(err, PQ_ENET, "curl does not start");
	read_system_ca();
	return 0;
}

static size_t
on_body(char *p, size_t one, size_t n, void *ctx)
{
	struct pq_http *h = ctx;
	struct pq_buf *b = &h->answer->body;

	n *= one;
	if (n > b->max - b->n) {
		h->over = true;
		if (h->truncate)
			pq_buf_put(b, p, b->max - b->n);
		return CURL_WRITEFUNC_ERROR;
	}
	pq_buf_put(b, p, n);
	return b->fault == 0 ? n : CURL_WRITEFUNC_ERROR;
}

/* copy a header's value, trimmed; too long leaves it empty */
static void
take_value(char *dst, size_t room, const char *p, size_t n)
{
	while (n > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		n--;
	}
	while (n > 0 && strchr(" \t\r\n", p[n - 1]) != NULL)
		n--;
	if (n >= room || memchr(p, '\0', n) != NULL)
		n = 0;
	memcpy(dst, p, n);
	dst[n] = '\0';
}

static void
trim_media_type(char *s)
{
	s[strcspn(s, "; \t")] = '\0';
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static size_t
on_header(char *p, size_t one, size_t n, void *ctx)
{
	struct pq_http *h = ctx;
	struct pq_http_answer *a = h->answer;
	struct {
		const char *name;
		char *dst;
		size_t room;
	} wanted[] = {
		{ "content-type:", a->content_type, sizeof(a->content_type) },
		{ "www-authenticate:", a->authenticate,
		    sizeof(a->authenticate) },
		{ "location:", a->location, sizeof(a->location) },
	};
	size_t i, k;

	n *= one;
	h->header_bytes += n;
	if (h->header_bytes > HEADERS_MAX) {
		h->over = true;
		h->truncate = false;
		return 0;
	}
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		k = strlen(wanted[i].name);
		/* of a header that comes twice the first counts */
		if (n > k && strncasecmp(p, wanted[i].name, k) == 0 &&
		    wanted[i].dst[0] == '\0')
			take_value(wanted[i].dst, wanted[i].room, p + k, n - k);
	}
	return n;
}

static bool
is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		return (ntohl(in.sin_addr.s_addr) >> 24) == 127;
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr) != 0;
	}
	return false;
}

static curl_socket_t
on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct pq_http *h = ctx;

	if (purpose != CURLSOCKTYPE_IPCXN || h->at == NULL ||
	    (a->family != AF_INET && a->family != AF_INET6) ||
	    (h->at->plain_http && !is_loopback(&a->addr))) {
		h->gated = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

int
pq_http_open(
    struct pq_http **ret, const struct pq_origins *origins, struct pq_err *err)
{
	struct pq_http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return pq_err_set(err, PQ_ENOMEM, "curl");
	h->origins = origins;
	h->easy = curl_easy_init();
	if (h->easy == NULL) {
		free(h);
		return pq_err_set(err, PQ_ENET, "curl does not start");
	}
	*ret = h;
	return 0;
}

void
pq_http_close(struct pq_http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->easy);
	free(h);
}

void
pq_http_deadline(struct pq_http *h, int64_t monotonic_s)
{
	h->deadline = monotonic_s;
}

void
pq_http_answer_free(struct pq_http_answer *a)
{
	pq_buf_free(&a->body);
}

/* seconds that this request may still take; 0: none are left */
static long
time_left(const struct pq_http *h)
{
	struct timespec ts;
	int64_t left;

	if (h->deadline == 0)
		return PQ_HTTP_TOTAL_S;
	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		return 0;
	left = h->deadline - (int64_t)ts.tv_sec;
	if (left <= 0)
		return 0;
	return left < PQ_HTTP_TOTAL_S ? (long)left : PQ_HTTP_TOTAL_S;
}

static CURLcode
set_tls(struct pq_http *h)
{
	struct pq_slice ca = h->at->ca;
	struct curl_blob blob;
	CURLcode c = CURLE_OK;

	if (ca.n == 0)
		ca = pq_buf_view(&system_ca);
	blob.data = (void *)(uintptr_t)ca.p;
	blob.len = ca.n;
	blob.flags = CURL_BLOB_NOCOPY;
#define SET(option, value)                                            \
	do {                                                          \
		if (c == CURLE_OK)                                    \
			c = curl_easy_setopt(h->easy, option, value); \
	} while (0)
	/* neither file nor directory is opened lazily inside the jail */
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_CAINFO, NULL);
	if (ca.n > 0)
		SET(CURLOPT_CAINFO_BLOB, &blob);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	return c;
}

static CURLcode
set_limits(struct pq_http *h, long left)
{
	CURLcode c = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, h->at->plain_http ? "http" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, (long)PQ_HTTP_CONNECT_S);
	SET(CURLOPT_LOW_SPEED_TIME, (long)PQ_HTTP_SLOW_S);
	SET(CURLOPT_LOW_SPEED_LIMIT, PQ_HTTP_SLOW_RATE);
	SET(CURLOPT_TIMEOUT, left);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_MAXCONNECTS, 4L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_USERAGENT, "pratique");
	return c;
}

static CURLcode
set_callbacks(struct pq_http *h)
{
	CURLcode c = CURLE_OK;

	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, h);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, h);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, h);
	return c;
}

static int
add_header(struct curl_slist **list, const char *name, const char *value)
{
	struct pq_buf b = PQ_BUF_INIT(16384);
	struct curl_slist *longer = NULL;
	const char *text;

	if (value == NULL)
		return 0;
	pq_buf_str(&b, name);
	pq_buf_str(&b, value);
	text = pq_buf_cstr(&b);
	/* nothing that we were told may begin a header of its own */
	if (text != NULL && strpbrk(text, "\r\n") == NULL)
		longer = curl_slist_append(*list, text);
	pq_buf_wipe(&b);
	if (longer == NULL)
		return -PQ_EFORMAT;
	*list = longer;
	return 0;
}

static CURLcode
set_request(struct pq_http *h, const struct pq_http_request *q, const char *url,
    struct curl_slist *headers)
{
	CURLcode c = CURLE_OK;

	SET(CURLOPT_URL, url);
	SET(CURLOPT_HTTPHEADER, headers);
	if (q->body.n > 0) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDS, (const char *)q->body.p);
		SET(CURLOPT_POSTFIELDSIZE, (long)q->body.n);
	} else {
		SET(CURLOPT_HTTPGET, 1L);
	}
	return c;
#undef SET
}

static int
explain(
    const struct pq_http *h, CURLcode c, const char *url, struct pq_err *err)
{
	if (h->over)
		return pq_err_set(err, PQ_ELIMIT,
		    "%s: the answer is over %zu bytes", url,
		    h->answer->body.max);
	if (h->gated)
		return pq_err_set(err, PQ_ENET,
		    "%s: its address is not a loopback one, and plain http "
		    "is for loopback only",
		    url);
	if (c == CURLE_OPERATION_TIMEDOUT)
		return pq_err_set(
		    err, PQ_ETIMEOUT, "%s: %s", url, curl_easy_strerror(c));
	return pq_err_set(err, PQ_ENET, "%s: %s", url, curl_easy_strerror(c));
}

static void
reset_answer(struct pq_http *h, struct pq_http_answer *a, size_t max)
{
	pq_buf_free(&a->body);
	memset(a, 0, sizeof(*a));
	a->body = PQ_BUF_INIT(max);
	h->answer = a;
	h->header_bytes = 0;
	h->over = h->gated = false;
}

static int
perform(struct pq_http *h, const struct pq_http_request *q, const char *url,
    bool authorize, struct pq_err *err)
{
	struct curl_slist *headers = NULL;
	CURLcode c = CURLE_FAILED_INIT;
	long left = time_left(h), status = 0;
	int r;

	if (left == 0)
		return pq_err_set(err, PQ_ETIMEOUT,
		    "%s: no time is left for this errand", url);
	curl_easy_reset(h->easy); /* keeps the connections */
	r = add_header(&headers, "Accept: ", q->accept);
	if (r == 0 && authorize)
		r = add_header(&headers, "Authorization: ", q->authorization);
	if (r == 0)
		r = add_header(&headers, "Content-Type: ", q->content_type);
	if (r == 0)
		r = add_header(&headers, "Git-Protocol: ", q->git_protocol);
	if (r == 0)
		r = add_header(&headers, "Expect:", "");
	if (r == 0 && (c = set_tls(h)) == CURLE_OK &&
	    (c = set_limits(h, left)) == CURLE_OK &&
	    (c = set_callbacks(h)) == CURLE_OK &&
	    (c = set_request(h, q, url, headers)) == CURLE_OK)
		c = curl_easy_perform(h->easy);
	(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	if (r != 0)
		return pq_err_set(err, -r, "%s: a header is malformed", url);
	if (c != CURLE_OK && !(h->over && h->truncate))
		return explain(h, c, url, err);
	h->answer->status =
	    status >= 100 && status <= 999 ? (unsigned)status : 0;
	trim_media_type(h->answer->content_type);
	return 0;
}

static bool
is_redirect(unsigned status)
{
	return status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308;
}

/* the next URL of a redirect, absolute or beginning with one '/' */
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

int
pq_http_ask(struct pq_http *h, const struct pq_http_request *q,
    struct pq_http_answer *ret, struct pq_err *err)
{
	char url[PQ_URL_MAX + 1], location[PQ_URL_MAX + 1];
	const struct pq_origin *first = NULL;
	unsigned hop;
	int r;

	if (snprintf(url, sizeof(url), "%s", q->url) > PQ_URL_MAX)
		return pq_err_set(err, PQ_ELIMIT, "an URL is too long");
	for (hop = 0; hop <= PQ_HTTP_REDIRECTS; hop++) {
		h->at = pq_origins_find(h->origins, url);
		if (h->at == NULL)
			return pq_err_set(err, PQ_EPERM,
			    "%s: not at an origin of the configuration", url);
		if (first == NULL)
			first = h->at;
		reset_answer(h, ret, q->max);
		h->truncate = q->truncate;
		r = perform(h, q, url, h->at == first, err);
		if (r != 0)
			return r;
		if (!q->follow || !is_redirect(ret->status))
			return 0;
		memcpy(location, ret->location, sizeof(location));
		if (location[0] == '\0' || next_url(url, h->at, location) != 0)
			return pq_err_set(err, PQ_EPROTO,
			    "%s: a redirect without a usable place", url);
	}
	return pq_err_set(err, PQ_EPROTO, "%s: more than %d redirects", q->url,
	    PQ_HTTP_REDIRECTS);
}
