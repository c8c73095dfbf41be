/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `pratique send`: send a signed callback, for example from CI. The body is
 * JSON in a format of pratique. It names an image and proves nothing about it.
 * The signature covers exactly the bytes of the body.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <curl/curl.h>

#include <pratique/callback.h>
#include <pratique/digest.h>
#include <pratique/names.h>
#include <pratique/text.h>

#include "cli/cli.h"
#include "cli/input.h"
#include "cli/output.h"
#include "net/origin.h"

#define BODY_MAX 4096
#define ANSWER_MAX 4096
#define ID_PREFIX "msg_"
#define ID_BYTES 16
#define ID_SIZE (sizeof(ID_PREFIX) + (size_t)2 * ID_BYTES)

/* The headers of a request. If fault is not 0, the request is not sent. */
struct headers {
	struct curl_slist *list;
	int fault;
};

/* Make a random delivery id, so that no earlier callback has the same id. */
static int
make_id(char id[ID_SIZE])
{
	uint8_t random[ID_BYTES];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return cli_fail(CLI_NOT_EXAMINED,
		    "delivery id: the kernel returned too few random bytes");
	memcpy(id, ID_PREFIX, sizeof(ID_PREFIX) - 1);
	pq_hex_encode(
	    id + sizeof(ID_PREFIX) - 1, pq_slice(random, sizeof(random)));
	return 0;
}

/*
 * The delivery id is in the body as well as in a header. The scheme of GitHub
 * signs only the body, so the agent compares bodies. It would drop the second
 * of two equal bodies as a duplicate.
 */
static int
make_body(const struct cli *c, const char *id, struct pq_buf *body)
{
	json_t *o = json_pack("{s:s,s:s}", "image", c->image, "id", id);
	char *text;

	if (o != NULL && c->digest != NULL)
		(void)json_object_set_new(o, "digest", json_string(c->digest));
	if (o != NULL && c->commit != NULL)
		(void)json_object_set_new(o, "commit", json_string(c->commit));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL)
		return -PQ_EFORMAT;
	pq_buf_str(body, text);
	free(text);
	return body->fault;
}

/*
 * Read the body in the same way as the agent. The agent answers 202 before it
 * reads the body, so the sender would not learn of a later refusal.
 */
static int
check_body(enum pq_scheme scheme, struct pq_slice body)
{
	const struct pq_scheme_row *row = pq_scheme_row(scheme);
	struct pq_callback cb = { .body = body };
	struct pq_hint hint;
	int r;

	cb.headers[row->event] = pq_slice_str(row->own_event);
	r = pq_hint_read(&hint, scheme, &cb);

	if (r != 0)
		return cli_fail(CLI_NOT_EXAMINED, "%s", pq_fault_text(r));
	if (hint.kind == PQ_HINT_IMAGE)
		return 0;
	/* the reason "/image: ..." is about the option --image */
	return hint.reason[0] == '/'
	    ? cli_fail(CLI_USAGE, "--%s", hint.reason + 1)
	    : cli_fail(CLI_USAGE, "send: %s", hint.reason);
}

static void
add_header(struct headers *h, const char *name, const char *value)
{
	struct curl_slist *more;
	char line[512];

	(void)snprintf(line, sizeof(line), "%s: %s", name, value);
	more = curl_slist_append(h->list, line);
	if (more != NULL)
		h->list = more;
	else
		h->fault = -PQ_ENOMEM;
}

/* Keep the chunks of the answer that fit into ANSWER_MAX bytes. */
static size_t
take_answer(char *p, size_t size, size_t n, void *ctx)
{
	struct pq_buf *b = ctx;

	if (b->n + size * n <= ANSWER_MAX)
		pq_buf_put(b, p, size * n);
	return size * n;
}

/* Print the status and the request id, which the agent's log has as well. */
static void
print_answer(const struct cli *c, long status, const struct pq_buf *b)
{
	json_t *o =
	    b->n == 0 ? NULL : json_loadb((const char *)b->p, b->n, 0, NULL);
	const char *word = json_string_value(json_object_get(o, "status"));
	const char *id = json_string_value(json_object_get(o, "request_id"));
	char text[64] = "", request[64] = "";

	if (word != NULL)
		pq_text_escape(text, sizeof(text), pq_slice_str(word));
	if (id != NULL)
		pq_text_escape(request, sizeof(request), pq_slice_str(id));
	if (c->json)
		cli_print_json(json_pack("{s:i,s:s,s:s}", "status", (int)status,
		    "word", text, "request_id", request));
	else
		(void)printf("%ld %s%s%s\n", status, text,
		    request[0] == '\0' ? "" : ", request ", request);
	json_decref(o);
}

static int
post_body(const struct cli *c, const char *url, struct curl_slist *headers,
    struct pq_slice body)
{
	pq_auto(pq_buf_free) struct pq_buf answer = PQ_BUF_INIT(ANSWER_MAX);
	char reason[CURL_ERROR_SIZE] = "";
	CURL *h = curl_easy_init();
	long status = 0;
	CURLcode r;

	if (h == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "out of memory");
	(void)curl_easy_setopt(h, CURLOPT_URL, url);
	(void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, reason);
	(void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https,http");
	(void)curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(h, CURLOPT_POSTFIELDS, (const char *)body.p);
	(void)curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE, (long)body.n);
	(void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, 10L);
	(void)curl_easy_setopt(h, CURLOPT_TIMEOUT, 30L);
	(void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_answer);
	(void)curl_easy_setopt(h, CURLOPT_WRITEDATA, &answer);
	r = curl_easy_perform(h);
	if (r == CURLE_OK)
		(void)curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(h);
	if (r != CURLE_OK)
		return cli_fail(CLI_UNREACHABLE, "cannot reach %s: %s", url,
		    reason[0] != '\0' ? reason : curl_easy_strerror(r));
	print_answer(c, status, &answer);
	if (status == 202 || status == 200)
		return CLI_DONE;
	/* 408 and 429 are temporary: the caller can try again */
	return status >= 500 || status == 408 || status == 429
	    ? CLI_NOT_EXAMINED
	    : CLI_REFUSED;
}

/* Make "URL/hooks/SERVICE". A URL with /hooks/ must name the same service. */
static int
make_url(const struct cli *c, char dst[1024])
{
	size_t n = strlen(c->url);
	const char *hooks = strstr(c->url, "/hooks/");
	struct pq_url parts;
	int r;

	while (n != 0 && c->url[n - 1] == '/')
		n--;
	if (hooks != NULL) {
		const char *named = hooks + strlen("/hooks/");
		size_t len = (size_t)(c->url + n - named);

		if (strlen(c->operand) != len ||
		    strncmp(named, c->operand, len) != 0)
			return cli_fail(CLI_USAGE,
			    "--url: the path names another service than %s",
			    c->operand);
		r = snprintf(dst, 1024, "%.*s", (int)n, c->url);
	} else {
		r = snprintf(
		    dst, 1024, "%.*s/hooks/%s", (int)n, c->url, c->operand);
	}
	if (r < 0 || r >= 1024)
		return cli_fail(CLI_USAGE,
		    "--url: the address has %d bytes; the limit is 1023", r);
	return pq_url_split(&parts, dst) == 0
	    ? 0
	    : cli_fail(CLI_USAGE, "--url: expected https://host[:port]");
}

static int
send_body(const struct cli *c, const struct pq_signed *s, const char *url,
    struct pq_slice body)
{
	struct headers list = { NULL, 0 };
	unsigned h;
	int r;

	for (h = PQ_HEADER_NONE + 1; h < PQ_HEADER_COUNT; h++)
		if (s->headers[h][0] != '\0')
			add_header(&list, pq_header_name((enum pq_header)h),
			    s->headers[h]);
	r = list.fault == 0
	    ? post_body(c, url, list.list, body)
	    : cli_fail(CLI_NOT_EXAMINED, "the callback cannot be signed: %s",
		  pq_fault_text(list.fault));
	curl_slist_free_all(list.list);
	return r;
}

static int
sign_body(struct pq_signed *ret, enum pq_scheme scheme, const char *id,
    struct pq_slice secret, struct pq_slice body)
{
	int r = pq_callback_sign(
	    ret, scheme, id, (int64_t)time(NULL), secret, body);

	return r == 0
	    ? 0
	    : cli_fail(CLI_NOT_EXAMINED, "the callback cannot be signed: %s",
		  pq_fault_text(r));
}

/* Check the command line before the secret is read. */
static int
check_usage(const struct cli *c, enum pq_scheme *ret, char url[1024])
{
	struct pq_err err = PQ_ERR_INIT;

	*ret =
	    c->scheme == NULL ? PQ_SCHEME_GITHUB : pq_scheme_by_name(c->scheme);
	if (*ret == PQ_SCHEME_NONE)
		return cli_bad_scheme(c->scheme);
	if (pq_scheme_row(*ret)->sign == NULL)
		return cli_fail(CLI_USAGE,
		    "--scheme %s: pratique cannot sign with this scheme; only "
		    "its own sender can",
		    c->scheme);
	if (pq_name_service(pq_slice_str(c->operand), &err) != 0)
		return cli_fail(
		    CLI_USAGE, "send: %s: %s", c->operand, err.text);
	return make_url(c, url);
}

int
cli_send(const struct cli *c)
{
	pq_auto(pq_buf_wipe) struct pq_buf secret = PQ_BUF_INIT(0);
	pq_auto(pq_buf_free) struct pq_buf body = PQ_BUF_INIT(BODY_MAX);
	enum pq_scheme scheme = PQ_SCHEME_NONE;
	char url[1024], id[ID_SIZE];
	struct pq_signed headers;
	int r = check_usage(c, &scheme, url);

	if (r == 0)
		r = make_id(id);
	if (r == 0 && make_body(c, id, &body) != 0)
		r = cli_fail(CLI_USAGE,
		    "send: the options are not UTF-8, or over %d bytes "
		    "together",
		    BODY_MAX);
	if (r == 0)
		r = check_body(scheme, pq_buf_view(&body));
	if (r == 0)
		r = cli_read_secret(&secret, c->secret_file, scheme);
	if (r == 0)
		r = sign_body(&headers, scheme, id, pq_buf_view(&secret),
		    pq_buf_view(&body));
	return r != 0 ? r : send_body(c, &headers, url, pq_buf_view(&body));
}
