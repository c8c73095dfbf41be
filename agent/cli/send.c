/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `pratique send`: a signed callback from CI. The body is our own JSON and
 * says only where to look; the secret signs the exact bytes that are sent.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <curl/curl.h>

#include <pratique/callback.h>
#include <pratique/digest.h>

#include "cli/cli.h"

#define BODY_MAX 4096
#define ANSWER_MAX 4096
#define SECRET_PREFIX "whsec_"

static int
make_body(const struct cli *c, struct pq_buf *body)
{
	json_t *o = json_pack("{s:s}", "image", c->image);
	char *text;

	if (c->digest != NULL)
		(void)json_object_set_new(o, "digest", json_string(c->digest));
	if (c->commit != NULL)
		(void)json_object_set_new(o, "commit", json_string(c->commit));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL)
		return -PQ_ENOMEM;
	pq_buf_str(body, text);
	free(text);
	return body->fault;
}

static struct curl_slist *
header(struct curl_slist *list, const char *name, const char *value)
{
	char line[512];

	(void)snprintf(line, sizeof(line), "%s: %s", name, value);
	return curl_slist_append(list, line);
}

static struct curl_slist *
sign_github(struct curl_slist *list, const char *id, struct pq_slice secret,
    struct pq_slice body)
{
	uint8_t mac[32];
	char hex[65], value[80];

	if (pq_hmac_sha256(mac, secret, body) != 0)
		return list;
	pq_hex_encode(hex, pq_slice(mac, sizeof(mac)));
	(void)snprintf(value, sizeof(value), "sha256=%s", hex);
	list = header(list, "X-Hub-Signature-256", value);
	list = header(list, "X-GitHub-Delivery", id);
	return header(list, "X-GitHub-Event", "pratique");
}

/* The bytes behind "whsec_"; 0 or a fault. */
static int
standard_key(struct pq_buf *key, struct pq_slice secret)
{
	size_t n = strlen(SECRET_PREFIX);

	if (!pq_slice_starts(secret, SECRET_PREFIX) || secret.n == n)
		return -PQ_EFORMAT;
	return pq_b64_decode(key, pq_slice(secret.p + n, secret.n - n));
}

/* "id.timestamp.body" */
static struct curl_slist *
sign_standard(struct curl_slist *list, const char *id, struct pq_slice key,
    struct pq_slice body)
{
	struct pq_buf msg = PQ_BUF_INIT((size_t)2 * BODY_MAX);
	struct pq_buf b64 = PQ_BUF_INIT(64);
	char when[24], value[80];
	uint8_t mac[32];

	(void)snprintf(when, sizeof(when), "%lld", (long long)time(NULL));
	pq_buf_fmt(&msg, "%s.%s.", id, when);
	pq_buf_slice(&msg, body);
	if (pq_hmac_sha256(mac, key, pq_buf_view(&msg)) == 0 &&
	    pq_b64_encode(&b64, pq_slice(mac, sizeof(mac))) == 0) {
		list = header(list, "webhook-id", id);
		list = header(list, "webhook-timestamp", when);
		(void)snprintf(
		    value, sizeof(value), "v1,%s", pq_buf_cstr(&b64));
		list = header(list, "webhook-signature", value);
	}
	pq_buf_free(&msg);
	pq_buf_free(&b64);
	return list;
}

/* The first bytes of the answer; whoever sends more says nothing to us. */
static size_t
take_answer(char *p, size_t size, size_t n, void *ctx)
{
	struct pq_buf *b = ctx;

	if (b->n + size * n <= ANSWER_MAX)
		pq_buf_put(b, p, size * n);
	return size * n;
}

/* The word and the request id, by which the agent's log knows the callback. */
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
post(const struct cli *c, const char *url, struct curl_slist *headers,
    struct pq_slice body)
{
	pq_auto(pq_buf_free) struct pq_buf answer = PQ_BUF_INIT(ANSWER_MAX);
	CURL *h = curl_easy_init();
	long status = 0;
	CURLcode r;

	if (h == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "out of memory");
	(void)curl_easy_setopt(h, CURLOPT_URL, url);
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
		return cli_fail(
		    CLI_UNREACHABLE, "%s: %s", url, curl_easy_strerror(r));
	print_answer(c, status, &answer);
	if (status == 202 || status == 200)
		return CLI_DONE;
	/* 408 and 429: another time it may be taken */
	return status >= 500 || status == 408 || status == 429
	    ? CLI_NOT_EXAMINED
	    : CLI_REFUSED;
}

/* "URL/hooks/SERVICE"; an address that names a service names this one. */
static int
make_url(const struct cli *c, char dst[1024])
{
	size_t n = strlen(c->url);
	const char *hooks = strstr(c->url, "/hooks/");
	int r;

	while (n != 0 && c->url[n - 1] == '/')
		n--;
	if (hooks != NULL) {
		const char *named = hooks + strlen("/hooks/");
		size_t len = (size_t)(c->url + n - named);

		if (strlen(c->args[0]) != len ||
		    strncmp(named, c->args[0], len) != 0)
			return cli_fail(CLI_USAGE,
			    "--url: names another service than %s", c->args[0]);
		r = snprintf(dst, 1024, "%.*s", (int)n, c->url);
	} else {
		r = snprintf(
		    dst, 1024, "%.*s/hooks/%s", (int)n, c->url, c->args[0]);
	}
	return r < 0 || r >= 1024 ? cli_fail(CLI_USAGE, "--url: too long") : 0;
}

static int
send_body(const struct cli *c, enum pq_scheme scheme, struct pq_slice secret,
    struct pq_slice body)
{
	pq_auto(pq_buf_wipe) struct pq_buf key = PQ_BUF_INIT(256);
	struct curl_slist *headers = NULL;
	char id[40] = "msg_", url[1024];
	uint8_t random[16];
	int r = make_url(c, url);

	if (r != 0)
		return r;
	if (scheme == PQ_SCHEME_STANDARD && standard_key(&key, secret) != 0)
		return cli_fail(CLI_USAGE,
		    "%s: expected " SECRET_PREFIX " and base64",
		    c->secret_file);
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return cli_fail(CLI_NOT_EXAMINED, "no random bytes");
	pq_hex_encode(id + 4, pq_slice(random, sizeof(random)));
	headers = header(NULL, "Content-Type", "application/json");
	headers = scheme == PQ_SCHEME_STANDARD
	    ? sign_standard(headers, id, pq_buf_view(&key), body)
	    : sign_github(headers, id, secret, body);
	r = post(c, url, headers, body);
	curl_slist_free_all(headers);
	return r;
}

int
cli_send(const struct cli *c)
{
	struct pq_buf body = PQ_BUF_INIT(BODY_MAX), secret;
	struct pq_slice s;
	enum pq_scheme scheme = PQ_SCHEME_GITHUB;
	int r;

	if (c->image == NULL || c->secret_file == NULL || c->url == NULL)
		return cli_fail(CLI_USAGE,
		    "send: --image, --secret-file and --url are needed");
	if (c->scheme != NULL)
		scheme = pq_scheme_by_name(c->scheme);
	if (scheme == PQ_SCHEME_NONE)
		return cli_bad_scheme(c->scheme);
	r = cli_read(&secret, c->secret_file, 4096);
	if (r != 0)
		return r;
	s = pq_buf_view(&secret);
	if (s.n != 0 && s.p[s.n - 1] == '\n')
		s.n--;
	r = make_body(c, &body) != 0
	    ? cli_fail(CLI_USAGE, "the callback cannot be made")
	    : send_body(c, scheme, s, pq_buf_view(&body));
	pq_buf_wipe(&secret);
	pq_buf_free(&body);
	return r;
}
