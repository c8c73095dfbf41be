/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One curl request with strict limits.
 *
 * An attacker may own the registry or the git host, and may control the
 * network. curl's own size limit does not cover a chunked body, and a connect
 * timeout does not end a slow drip of bytes. So this code counts the bytes as
 * they arrive, and sets three timeouts: connect, low speed and total. curl
 * follows no redirect. It neither resolves a name nor connects: a connector
 * passes each connected socket (connector.h). Proxies from the environment are
 * off. So are all protocols except the one of the configured origin.
 */
#include "net/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CA_BUNDLE "/etc/ssl/certs/ca-certificates.crt"
#define CA_BUNDLE_MAX (4u << 20)
#define HEADERS_MAX (64u << 10) /* bytes of all headers of an answer */
#define DROPPED_MAX (64u << 10) /* bytes of a body that is discarded */
#define NO_ADDRESS "192.0.2.1"  /* documentation (RFC 5737), never used */

static struct pq_buf system_ca;

/* A missing bundle is not a fault: then only configured CAs are trusted. */
void
pq_http_system_ca(void)
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

const char *
pq_transfer_place(char dst[PQ_PLACE_TEXT], const char *url)
{
	size_t n = strcspn(url, "?");

	if (n >= PQ_PLACE_TEXT)
		n = PQ_PLACE_TEXT - 1;
	memcpy(dst, url, n);
	dst[n] = '\0';
	return dst;
}

/* Only the body of a 200 is evidence, and only there q->max applies. */
static bool
is_read(const struct pq_transfer *t)
{
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status == 200;
}

static size_t
on_body(char *p, size_t one, size_t n, void *ctx)
{
	struct pq_transfer *t = ctx;
	struct pq_buf *b = &t->answer.body;

	n *= one;
	if (!is_read(t)) {
		t->dropped += n;
		return t->dropped <= DROPPED_MAX ? n : CURL_WRITEFUNC_ERROR;
	}
	if (n > b->max - b->n) {
		t->over = true;
		if (t->truncate)
			pq_buf_put(b, p, b->max - b->n);
		return CURL_WRITEFUNC_ERROR;
	}
	pq_buf_put(b, p, n);
	return b->fault == 0 ? n : CURL_WRITEFUNC_ERROR;
}

static bool
is_clean(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			return false;
	return true;
}

/* Copy a header's value, trimmed; "" if it is too long or not plain text. */
static void
take_value(char *dst, size_t room, const char *p, size_t n)
{
	while (n > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		n--;
	}
	while (n > 0 && strchr(" \t\r\n", p[n - 1]) != NULL)
		n--;
	if (n >= room || !is_clean(p, n))
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
	struct pq_transfer *t = ctx;
	struct pq_http_answer *a = &t->answer;
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
	t->header_bytes += n;
	if (t->header_bytes > HEADERS_MAX) {
		t->long_head = true;
		return 0;
	}
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		k = strlen(wanted[i].name);
		/* if a header is repeated, the first value counts */
		if (n > k && strncasecmp(p, wanted[i].name, k) == 0 &&
		    wanted[i].dst[0] == '\0')
			take_value(wanted[i].dst, wanted[i].room, p + k, n - k);
	}
	return n;
}

static curl_socket_t
on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct pq_transfer *t = ctx;
	int fd = -1;

	(void)a; /* NO_ADDRESS, or the address in the URL */
	t->dial = (struct pq_dial){ .result = PQ_DIALED_NOTHING };
	t->dial_fault = purpose != CURLSOCKTYPE_IPCXN
	    ? -PQ_EPROTO
	    : pq_connector_ask(t->where.connector, t->where.index, t->until_ms,
		  &t->dial, &fd);
	t->unconnected = fd < 0;
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int
on_connect(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
	(void)ctx;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

int
pq_transfer_open(struct pq_transfer *t)
{
	memset(t, 0, sizeof(*t));
	t->easy = curl_easy_init();
	return t->easy == NULL ? -PQ_ENET : 0;
}

void
pq_transfer_close(struct pq_transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	curl_slist_free_all(t->resolved);
	pq_buf_free(&t->answer.body);
	memset(t, 0, sizeof(*t));
}

static CURLcode
set_tls(struct pq_transfer *t)
{
	struct pq_slice ca = t->where.at->ca;
	struct curl_blob blob;
	CURLcode c = CURLE_OK;

	if (t->where.at->plain_http)
		return c; /* saves a copy: curl copies the CAs in any case */
	if (ca.n == 0)
		ca = pq_buf_view(&system_ca);
	blob.data = (void *)(uintptr_t)ca.p;
	blob.len = ca.n;
	blob.flags = CURL_BLOB_NOCOPY;
#define SET(option, value)                                            \
	do {                                                          \
		if (c == CURLE_OK)                                    \
			c = curl_easy_setopt(t->easy, option, value); \
	} while (0)
	/* curl must not open a CA file later, inside the jail */
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
set_limits(struct pq_transfer *t, long left)
{
	CURLcode c = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, t->where.at->plain_http ? "http" : "https");
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
set_callbacks(struct pq_transfer *t)
{
	CURLcode c = CURLE_OK;

	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, t);
	SET(CURLOPT_SOCKOPTFUNCTION, on_connect);
	SET(CURLOPT_RESOLVE, t->resolved);
	SET(CURLOPT_PRIVATE, t);
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
	/* an untrusted value must not start another header */
	if (text != NULL && strpbrk(text, "\r\n") == NULL)
		longer = curl_slist_append(*list, text);
	pq_buf_wipe(&b);
	if (longer == NULL)
		return -PQ_EFORMAT;
	*list = longer;
	return 0;
}

static CURLcode
set_request(struct pq_transfer *t, const struct pq_http_request *q,
    const char *url, struct curl_slist *headers)
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

/* Name the first step that did not finish in time. */
static const char *
waited_for(CURL *easy)
{
	curl_off_t sent = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
	return sent != 0 ? "the answer came too slowly"
			 : "no connection in time";
}

/*
 * Name the fault of a certificate. If its chain is valid, curl has found that
 * the certificate is for another host; it then reports 0 or "unspecified".
 */
static const char *
certificate_fault(CURL *easy)
{
	long result = X509_V_OK;

	(void)curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &result);
	return result == X509_V_OK || result == X509_V_ERR_UNSPECIFIED
	    ? "it is for another host"
	    : X509_verify_cert_error_string(result);
}

/* Describe a failed connection: the host, the port and errno's text. */
static int
explain_refusal(
    const struct pq_transfer *t, const char *url, struct pq_err *err)
{
	char name[PQ_ORIGIN_TEXT];
	unsigned port = pq_address_host(name, t->where.at);

	return pq_err_set(err, PQ_ENET,
	    "%s: cannot connect to %s port %u: %s: check that it runs, and "
	    "that no firewall is between",
	    url, name, port, strerror(t->dial.error));
}

static int
explain_address(
    const struct pq_transfer *t, const char *url, struct pq_err *err)
{
	if (t->where.at->plain_http)
		return pq_err_set(err, PQ_ENET,
		    "%s: %s does not resolve to a loopback address, and plain "
		    "http is allowed for loopback only",
		    url, t->where.at->name);
	return pq_err_set(err, PQ_ENET,
	    "%s: %s resolves to a forbidden address (%s): check this host's "
	    "DNS; if the address is right, write it in pratique.yaml in place "
	    "of the name",
	    url, t->where.at->name, pq_address_name(t->dial.kind));
}

/* The connector passed no socket: explain its answer, or its absence. */
static int
explain_dial(const struct pq_transfer *t, const char *url, struct pq_err *err)
{
	if (t->dial_fault != 0 && t->dial_fault != -PQ_ETIMEOUT)
		return pq_err_set(err, PQ_ENET,
		    "%s: the process that connects has ended", url);
	switch (t->dial.result) {
	case PQ_DIALED_UNRESOLVED:
		return pq_err_set(err, PQ_ENET,
		    "%s: the name %s does not resolve: check it in "
		    "pratique.yaml, and this host's DNS",
		    url, t->where.at->name);
	case PQ_DIALED_FORBIDDEN:
		return explain_address(t, url, err);
	case PQ_DIALED_FAILED:
		if (t->dial.error != ETIMEDOUT)
			return explain_refusal(t, url, err);
		break;
	case PQ_DIALED_NOTHING:
		return pq_err_set(err, PQ_ETIMEOUT,
		    "%s: the name was not resolved in time", url);
	default:
		break;
	}
	return pq_err_set(err, PQ_ETIMEOUT, "%s: no connection in time", url);
}

static int
explain_curl(const struct pq_transfer *t, CURLcode c, const char *url,
    struct pq_err *err)
{
	if (c == CURLE_PEER_FAILED_VERIFICATION)
		return pq_err_set(err, PQ_ENET,
		    "%s: the certificate of %s is not valid (%s): set `ca:` "
		    "for %s in pratique.yaml, or renew its certificate",
		    url, t->where.at->name, certificate_fault(t->easy),
		    t->where.at->name);
	return pq_err_set(err, PQ_ENET, "%s: %s", url, curl_easy_strerror(c));
}

static int
explain_fault(const struct pq_transfer *t, CURLcode c, const char *url,
    struct pq_err *err)
{
	char at[PQ_PLACE_TEXT];

	url = pq_transfer_place(at, url);
	if (t->long_head)
		return pq_err_set(err, PQ_EPROTO,
		    "%s: over %u bytes of headers", url, HEADERS_MAX);
	if (t->over)
		return pq_err_set(err, PQ_ELIMIT,
		    "%s: the answer is over %zu bytes", url,
		    t->answer.body.max);
	if (t->unconnected)
		return explain_dial(t, url, err);
	if (c == CURLE_OPERATION_TIMEDOUT)
		return pq_err_set(
		    err, PQ_ETIMEOUT, "%s: %s", url, waited_for(t->easy));
	return explain_curl(t, c, url, err);
}

static int
set_headers(
    struct pq_transfer *t, const struct pq_http_request *q, bool authorize)
{
	int r;

	curl_slist_free_all(t->headers);
	t->headers = NULL;
	r = add_header(&t->headers, "Accept: ", q->accept);
	if (r == 0 && authorize)
		r = add_header(
		    &t->headers, "Authorization: ", q->authorization);
	if (r == 0)
		r = add_header(&t->headers, "Content-Type: ", q->content_type);
	if (r == 0)
		r = add_header(&t->headers, "Git-Protocol: ", q->git_protocol);
	if (r == 0)
		r = add_header(&t->headers, "Expect:", "");
	return r;
}

/* Give curl an address for the name, so that it looks up none. */
static int
set_resolved(struct pq_transfer *t)
{
	char name[PQ_ORIGIN_TEXT], entry[PQ_ORIGIN_TEXT + 32];
	unsigned port = pq_address_host(name, t->where.at);

	curl_slist_free_all(t->resolved);
	t->resolved = NULL;
	if (pq_address_literal(name))
		return 0;
	(void)snprintf(entry, sizeof(entry), "%s:%u:" NO_ADDRESS, name, port);
	t->resolved = curl_slist_append(NULL, entry);
	return t->resolved != NULL ? 0 : -PQ_ENOMEM;
}

static void
forget_answer(struct pq_transfer *t, const struct pq_http_request *q)
{
	pq_buf_free(&t->answer.body);
	memset(&t->answer, 0, sizeof(t->answer));
	t->answer.body = PQ_BUF_INIT(q->max);
	t->header_bytes = t->dropped = 0;
	t->code = CURLE_FAILED_INIT;
	t->done = t->over = t->long_head = t->unconnected = false;
	t->truncate = q->truncate;
}

int
pq_transfer_start(struct pq_transfer *t, CURLM *multi,
    const struct pq_http_request *q, const char *url,
    const struct pq_place *where, bool authorize, long seconds,
    struct pq_err *err)
{
	char place[PQ_PLACE_TEXT];
	CURLcode c;

	(void)pq_transfer_place(place, url);
	forget_answer(t, q);
	t->where = *where;
	t->until_ms = pq_dial_clock_ms() + (int64_t)seconds * 1000;
	curl_easy_reset(t->easy);
	if (set_headers(t, q, authorize) != 0)
		return pq_err_set(
		    err, PQ_EPROTO, "%s: a header is malformed", place);
	if (set_resolved(t) != 0)
		return pq_err_set(err, PQ_ENOMEM, "%s", place);
	c = set_tls(t);
	if (c == CURLE_OK)
		c = set_limits(t, seconds);
	if (c == CURLE_OK)
		c = set_callbacks(t);
	if (c == CURLE_OK)
		c = set_request(t, q, url, t->headers);
	if (c != CURLE_OK)
		return pq_err_set(
		    err, PQ_ENET, "%s: %s", place, curl_easy_strerror(c));
	if (curl_multi_add_handle(multi, t->easy) != CURLM_OK)
		return pq_err_set(
		    err, PQ_ENET, "%s: curl refused the request", place);
	return 0;
}

int
pq_transfer_take(struct pq_transfer *t, struct pq_http_answer *ret,
    const char *url, struct pq_err *err)
{
	long status = 0;

	if (t->code != CURLE_OK && !(t->over && t->truncate) &&
	    t->dropped <= DROPPED_MAX)
		return explain_fault(t, t->code, url, err);
	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->answer.status =
	    status >= 100 && status <= 999 ? (unsigned)status : 0;
	trim_media_type(t->answer.content_type);
	pq_buf_free(&ret->body);
	*ret = t->answer;
	t->answer.body = PQ_BUF_INIT(0);
	return 0;
}
