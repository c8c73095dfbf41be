/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests of the OCI distribution protocol that read from a registry.
 *
 * The client requests a tag once and hashes the raw bytes to get the digest;
 * it ignores the registry's digest headers. It requests all other documents by
 * digest and hashes them too. It sends a credential only after a challenge,
 * and only to the registry itself or to the configured token realm. A
 * challenge with another realm ends the errand.
 */
#include "net/oci_client.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/names.h>

#include "net/challenge.h"

#define TOKEN_MAX 8192
#define TOKEN_BODY_MAX (64u << 10)
#define TAGS_MAX (64u << 10) /* a registry may ignore n=1 */
#define ACCEPT_ALL                                             \
	PQ_OCI_INDEX ", " PQ_OCI_MANIFEST ", " PQ_DOCKER_INDEX \
		     ", " PQ_DOCKER_MANIFEST

struct pq_oci_client {
	struct pq_http *http;
	char *base;                  /* https://host[:port] */
	char *repository;            /* without the host */
	char *realm;                 /* https://origin, or NULL */
	struct pq_buf basic;         /* "Basic ..." or empty */
	struct pq_buf authorization; /* current header value, or empty */
};

static int
join_text(char **ret, const char *a, const char *b)
{
	struct pq_buf t = PQ_BUF_INIT(PQ_URL_MAX + 1);
	const char *s;

	pq_buf_str(&t, a);
	pq_buf_str(&t, b);
	s = pq_buf_cstr(&t);
	*ret = s == NULL ? NULL : strdup(s);
	pq_buf_free(&t);
	return *ret == NULL ? -PQ_ENOMEM : 0;
}

static int
keep_basic(struct pq_oci_client *c, struct pq_slice credential)
{
	struct pq_buf text = PQ_BUF_INIT(TOKEN_MAX);
	int r;

	if (credential.n == 0)
		return 0;
	r = pq_b64_encode(&text, credential);
	pq_buf_str(&c->basic, "Basic ");
	pq_buf_slice(&c->basic, pq_buf_view(&text));
	pq_buf_wipe(&text);
	return r != 0 ? r : c->basic.fault;
}

int
pq_oci_client_open(struct pq_oci_client **ret, struct pq_http *http,
    const char *image, bool plain_http, const char *token_realm,
    struct pq_slice credential, struct pq_err *err)
{
	const char *scheme = plain_http ? "http://" : "https://";
	pq_auto(pq_autofree) char *host = NULL;
	struct pq_oci_client *c;
	const char *slash;
	int r = pq_name_repository(pq_slice_str(image), err);

	if (r != 0)
		return pq_err_wrap(err, r, "%s", image);
	slash = strchr(image, '/');
	host = strndup(image, (size_t)(slash - image));
	c = calloc(1, sizeof(*c));
	if (c == NULL || host == NULL) {
		free(c);
		return pq_err_set(err, PQ_ENOMEM, "registry client");
	}
	c->http = http;
	c->basic = PQ_BUF_INIT(TOKEN_MAX + 16);
	c->authorization = PQ_BUF_INIT(TOKEN_MAX + 16);
	c->repository = strdup(slash + 1);
	r = join_text(&c->base, scheme, host);
	if (r == 0 && token_realm != NULL)
		r = join_text(&c->realm, "https://", token_realm);
	if (r == 0)
		r = keep_basic(c, credential);
	if (r != 0 || c->repository == NULL) {
		pq_oci_client_close(c);
		return pq_err_set(err, PQ_ENOMEM, "registry client");
	}
	*ret = c;
	return 0;
}

void
pq_oci_client_close(struct pq_oci_client *c)
{
	if (c == NULL)
		return;
	pq_buf_wipe(&c->basic);
	pq_buf_wipe(&c->authorization);
	free(c->base);
	free(c->realm);
	free(c->repository);
	free(c);
}

void
pq_oci_document_free(struct pq_oci_document *d)
{
	pq_buf_free(&d->body);
}

/* Return true for a realm at the registry's origin or the configured one. */
static bool
is_realm_allowed(const struct pq_oci_client *c, const char *realm)
{
	const char *allowed[2] = { c->base, c->realm };
	struct pq_url want, have;
	char url[PQ_URL_MAX + 1];
	size_t i;

	if (pq_url_split(&have, realm) != 0 || strchr(realm, '?') != NULL)
		return false;
	for (i = 0; i < 2; i++) {
		if (allowed[i] == NULL)
			continue;
		(void)snprintf(url, sizeof(url), "%s/", allowed[i]);
		if (pq_url_split(&want, url) == 0 &&
		    want.plain_http == have.plain_http &&
		    strcmp(want.origin, have.origin) == 0)
			return true;
	}
	return false;
}

/* Percent-encode all bytes except the unreserved ones of RFC 3986. */
static void
put_escaped(struct pq_buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		uint8_t v = (uint8_t)*s;

		if ((v >= 'a' && v <= 'z') || (v >= 'A' && v <= 'Z') ||
		    (v >= '0' && v <= '9') || strchr("-._~", v) != NULL)
			pq_buf_u8(b, v);
		else
			pq_buf_fmt(b, "%%%02X", v);
	}
}

static int
take_token(struct pq_oci_client *c, const struct pq_buf *body)
{
	json_t *root = json_loadb(
	    (const char *)body->p, body->n, JSON_REJECT_DUPLICATES, NULL);
	const char *t = json_string_value(json_object_get(root, "token"));
	int r = -PQ_EFORMAT;
	size_t i, n;

	if (t == NULL)
		t = json_string_value(json_object_get(root, "access_token"));
	n = t == NULL ? 0 : strlen(t);
	for (i = 0; i < n && t[i] > ' ' && t[i] < 0x7f; i++)
		continue;
	if (n > 0 && n <= TOKEN_MAX && i == n) {
		pq_buf_wipe(&c->authorization);
		c->authorization = PQ_BUF_INIT(TOKEN_MAX + 16);
		pq_buf_str(&c->authorization, "Bearer ");
		pq_buf_str(&c->authorization, t);
		r = c->authorization.fault;
	}
	json_decref(root);
	return r;
}

static int
fetch_token(
    struct pq_oci_client *c, const struct pq_challenge *ch, struct pq_err *err)
{
	struct pq_buf url = PQ_BUF_INIT(PQ_URL_MAX + 1);
	struct pq_http_answer a = { 0 };
	struct pq_http_request q = { .max = TOKEN_BODY_MAX };
	int r;

	pq_buf_str(&url, ch->realm);
	pq_buf_str(&url, "?scope=repository:");
	put_escaped(&url, c->repository);
	pq_buf_str(&url, ":pull");
	if (ch->service[0] != '\0') {
		pq_buf_str(&url, "&service=");
		put_escaped(&url, ch->service);
	}
	q.url = pq_buf_cstr(&url);
	q.authorization = c->basic.n > 0 ? pq_buf_cstr(&c->basic) : NULL;
	if (q.url == NULL) {
		pq_buf_free(&url);
		return pq_err_set(err, PQ_EPROTO,
		    "%s: the token URL with its parameters is over %d bytes",
		    ch->realm, PQ_URL_MAX);
	}
	/* a fault of the token server must not refuse the release */
	r = pq_http_ask(c->http, &q, &a, err);
	if (r == -PQ_ELIMIT)
		r = -PQ_EPROTO;
	if (r == 0 && a.status != 200)
		r = pq_err_set(err, a.status >= 500 ? PQ_ENET : PQ_EPERM,
		    "%s: the server issued no token: HTTP status %u", ch->realm,
		    a.status);
	if (r == 0 && take_token(c, &a.body) != 0)
		r = pq_err_set(err, PQ_EPROTO,
		    "%s: the answer contains no usable token", ch->realm);
	pq_buf_wipe(&a.body);
	pq_buf_free(&url);
	return r;
}

static int
answer_challenge(
    struct pq_oci_client *c, const char *header, struct pq_err *err)
{
	struct pq_challenge ch;

	if (pq_challenge_parse(&ch, pq_slice_str(header)) != 0)
		return pq_err_set(err, PQ_EPROTO,
		    "the WWW-Authenticate header is malformed or not "
		    "supported");
	if (ch.kind == PQ_CHALLENGE_BASIC) {
		if (c->basic.n == 0)
			return pq_err_set(err, PQ_EPERM,
			    "the registry requires a password: set "
			    "`credential:` under registries: in "
			    "pratique.yaml");
		pq_buf_wipe(&c->authorization);
		c->authorization = PQ_BUF_INIT(TOKEN_MAX + 16);
		pq_buf_slice(&c->authorization, pq_buf_view(&c->basic));
		return c->authorization.fault;
	}
	if (!is_realm_allowed(c, ch.realm))
		return pq_err_set(err, PQ_EPROTO,
		    "the token realm is neither the registry nor the "
		    "configured token-realm: no request was sent there");
	return fetch_token(c, &ch, err);
}

/* Map an HTTP status to a result: only 200 becomes 0. */
static int
classify_status(unsigned status, const char *url, struct pq_err *err)
{
	if (status == 200)
		return 0;
	if (status == 404)
		return PQ_OCI_ABSENT;
	if (status == 401 || status == 403)
		return pq_err_set(err, PQ_EPERM,
		    "%s: the registry denies access (HTTP status %u)", url,
		    status);
	if (status == 429 || status >= 500)
		return pq_err_set(err, PQ_ENET,
		    "%s: HTTP status %u: see the log of that server", url,
		    status);
	return pq_err_set(
	    err, PQ_EPROTO, "%s: unexpected HTTP status %u", url, status);
}

/* Fill @q; q->url points into @url. The caller frees @url after each result. */
static int
put_request(struct pq_http_request *q, struct pq_buf *url,
    struct pq_oci_client *c, const struct pq_oci_want *w)
{
	char digest[PQ_DIGEST_TEXT];

	*url = PQ_BUF_INIT(PQ_URL_MAX + 1);
	*q = (struct pq_http_request){ .max = w->max };
	pq_digest_format(digest, &w->digest);
	pq_buf_fmt(url, "%s/v2/%s/", c->base, c->repository);
	switch (w->kind) {
	case PQ_OCI_TAG:
		q->accept = ACCEPT_ALL;
		pq_buf_fmt(url, "manifests/%s", w->tag);
		break;
	case PQ_OCI_BY_DIGEST:
		q->accept = ACCEPT_ALL;
		pq_buf_fmt(url, "manifests/%s", digest);
		break;
	case PQ_OCI_BLOB:
		q->follow = true;
		pq_buf_fmt(url, "blobs/%s", digest);
		break;
	case PQ_OCI_REFERRERS:
		q->accept = PQ_OCI_INDEX;
		pq_buf_fmt(url, "referrers/%s", digest);
		break;
	case PQ_OCI_TAGS:
		q->truncate = true;
		pq_buf_str(url, "tags/list?n=1");
		break;
	case PQ_OCI_NOTHING:
	default:
		return -PQ_EINTERNAL;
	}
	q->url = pq_buf_cstr(url);
	return q->url != NULL ? 0 : -PQ_ELIMIT;
}

static void
set_authorization(struct pq_oci_client *c, struct pq_http_request *q)
{
	q->authorization =
	    c->authorization.n > 0 ? pq_buf_cstr(&c->authorization) : NULL;
}

void
pq_oci_ahead(struct pq_oci_client *c, const struct pq_oci_want *w)
{
	struct pq_http_request q;
	struct pq_buf url;

	if (put_request(&q, &url, c, w) == 0) {
		set_authorization(c, &q);
		pq_http_ahead(c->http, &q);
	}
	pq_buf_free(&url);
}

/* Send a request; after a challenge, authenticate and send it once more. */
static int
send_authenticated(struct pq_oci_client *c, const struct pq_oci_want *w,
    struct pq_http_answer *a, struct pq_err *err)
{
	struct pq_http_request q;
	struct pq_buf url;
	int r = put_request(&q, &url, c, w);

	if (r != 0) {
		pq_buf_free(&url);
		return pq_err_set(err, -r, "%s/%s: URL over %d bytes", c->base,
		    c->repository, PQ_URL_MAX);
	}
	set_authorization(c, &q);
	r = pq_http_ask(c->http, &q, a, err);
	if (r == 0 && a->status == 401 && a->authenticate[0] != '\0') {
		r = answer_challenge(c, a->authenticate, err);
		set_authorization(c, &q);
		if (r == 0)
			r = pq_http_ask(c->http, &q, a, err);
		else
			(void)pq_err_wrap(err, r, "%s", q.url);
	}
	if (r == 0)
		r = classify_status(a->status, q.url, err);
	pq_buf_free(&url);
	return r;
}

/* Move the body to @ret. If @want is not NULL, it must be the body's digest. */
static int
take_document(struct pq_http_answer *a, const struct pq_digest *want,
    const char *what, struct pq_oci_document *ret, struct pq_err *err)
{
	struct pq_digest d;

	if (pq_digest_of(&d, pq_buf_view(&a->body)) != 0)
		return pq_err_set(err, PQ_ECRYPTO, "sha256");
	if (want != NULL && !pq_digest_eq(&d, want))
		return pq_err_set(err, PQ_EMISMATCH,
		    "%s: the registry sent bytes with another digest "
		    "(image.digest)",
		    what);
	ret->digest = d;
	memcpy(ret->media_type, a->content_type, sizeof(ret->media_type));
	ret->body = a->body;
	a->body = PQ_BUF_INIT(0);
	return 0;
}

static int
get_document(struct pq_oci_client *c, const struct pq_oci_want *w,
    const struct pq_digest *want, struct pq_oci_document *ret,
    struct pq_err *err)
{
	struct pq_http_answer a = { 0 };
	char digest[PQ_DIGEST_TEXT];
	int r = send_authenticated(c, w, &a, err);

	pq_digest_format(digest, &w->digest);
	if (r == 0)
		r = take_document(&a, want, digest, ret, err);
	pq_http_answer_free(&a);
	return r;
}

int
pq_oci_get_tag(struct pq_oci_client *c, const char *tag,
    struct pq_oci_document *ret, struct pq_err *err)
{
	struct pq_oci_want w = { .kind = PQ_OCI_TAG, .tag = tag };
	int r = pq_name_tag(pq_slice_str(tag), err);

	w.max = PQ_OCI_DOC_MAX;
	return r != 0 ? r : get_document(c, &w, NULL, ret, err);
}

int
pq_oci_get_manifest(struct pq_oci_client *c, const struct pq_digest *d,
    size_t max, struct pq_oci_document *ret, struct pq_err *err)
{
	struct pq_oci_want w = { PQ_OCI_BY_DIGEST, NULL, *d, max };

	return get_document(c, &w, d, ret, err);
}

int
pq_oci_get_referrers(struct pq_oci_client *c, const struct pq_digest *d,
    struct pq_oci_document *ret, struct pq_err *err)
{
	struct pq_oci_want w = { PQ_OCI_REFERRERS, NULL, *d, PQ_OCI_DOC_MAX };
	int r = get_document(c, &w, NULL, ret, err);

	/* a server without the API may send HTML with status 200 */
	if (r == 0 && strcmp(ret->media_type, PQ_OCI_INDEX) != 0) {
		pq_oci_document_free(ret);
		return PQ_OCI_ABSENT;
	}
	return r;
}

int
pq_oci_get_blob(struct pq_oci_client *c, const struct pq_digest *d,
    uint64_t size, size_t max, struct pq_buf *ret, struct pq_err *err)
{
	/* the descriptor's size is the limit of the answer's body */
	struct pq_oci_want w = { PQ_OCI_BLOB, NULL, *d, (size_t)size };
	struct pq_oci_document doc = { 0 };
	struct pq_http_answer a = { 0 };
	char digest[PQ_DIGEST_TEXT];
	int r;

	pq_digest_format(digest, d);
	if (size == 0 || size > max)
		return pq_err_set(err, PQ_ELIMIT,
		    "blob %s: the size in its descriptor is %llu, not 1 to %zu "
		    "bytes",
		    digest, (unsigned long long)size, max);
	r = send_authenticated(c, &w, &a, err);
	if (r == 0 && a.body.n != size)
		r = pq_err_set(err, PQ_EMISMATCH,
		    "blob %s: %zu bytes, fewer than the %llu of its descriptor",
		    digest, a.body.n, (unsigned long long)size);
	if (r == 0)
		r = take_document(&a, d, digest, &doc, err);
	if (r == 0)
		*ret = doc.body;
	pq_http_answer_free(&a);
	return r;
}

int
pq_oci_probe(struct pq_oci_client *c, struct pq_err *err)
{
	struct pq_oci_want w = { .kind = PQ_OCI_TAGS, .max = TAGS_MAX };
	struct pq_http_answer a = { 0 };
	int r = send_authenticated(c, &w, &a, err);

	if (r == PQ_OCI_ABSENT)
		r = pq_err_set(err, PQ_EABSENT,
		    "%s: the registry has no repository %s, or hides it",
		    c->base, c->repository);
	/* HTML with status 200 does not come from a registry */
	if (r == 0 && strstr(a.content_type, "json") == NULL)
		r = pq_err_set(err, PQ_EPROTO,
		    "%s: the answer is not a list of tags, because its "
		    "Content-Type is not JSON",
		    c->base);
	pq_http_answer_free(&a);
	return r;
}

static int
source_tag(
    void *ctx, const char *tag, struct pq_oci_document *ret, struct pq_err *err)
{
	return pq_oci_get_tag(ctx, tag, ret, err);
}

static int
source_manifest(void *ctx, const struct pq_digest *d, size_t max,
    struct pq_oci_document *ret, struct pq_err *err)
{
	return pq_oci_get_manifest(ctx, d, max, ret, err);
}

static int
source_blob(void *ctx, const struct pq_digest *d, uint64_t size, size_t max,
    struct pq_buf *ret, struct pq_err *err)
{
	return pq_oci_get_blob(ctx, d, size, max, ret, err);
}

static int
source_referrers(void *ctx, const struct pq_digest *d,
    struct pq_oci_document *ret, struct pq_err *err)
{
	return pq_oci_get_referrers(ctx, d, ret, err);
}

static void
source_ahead(void *ctx, const struct pq_oci_want *w)
{
	pq_oci_ahead(ctx, w);
}

struct pq_oci_source
pq_oci_client_source(struct pq_oci_client *c)
{
	return (struct pq_oci_source){ "registry", c, source_tag,
		source_manifest, source_blob, source_referrers, source_ahead };
}
