/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two requests to a git server: resolve a ref, and fetch an object.
 *
 * The fetch requests one object at depth one and, if the server supports the
 * filter, without trees. So a repository of any age costs two small objects. A
 * server without the filter sends a whole snapshot after them. The client cuts
 * that answer off at a limit; the tag and the commit come first in the pack.
 */
#include "net/gitclient.h"

#include <stdio.h>
#include <string.h>

#define ADVERTISEMENT_MAX (64u << 10)
#define REFS_MAX (256u << 10)
#define PACK_MAX (4u << 20)
#define FILTERED_MAX (3u << 20)
#define REQUEST_TYPE "application/x-git-upload-pack-request"
#define RESULT_TYPE "application/x-git-upload-pack-result"
#define ADVERT_TYPE "application/x-git-upload-pack-advertisement"
#define ADVERT "/info/refs?service=git-upload-pack"

_Static_assert(PQ_GIT_URL_MAX + sizeof(ADVERT) - 1 <= PQ_URL_MAX,
    "the URL of the advertisement must fit");

static int
check_answer(const struct pq_http_answer *a, const char *type, const char *url,
    struct pq_err *err)
{
	unsigned s = a->status;

	if (s == 401 || s == 403)
		return pq_err_set(err, PQ_EPERM,
		    "%s: the git server denies access (HTTP status %u)", url,
		    s);
	if (s == 404)
		return pq_err_set(err, PQ_EABSENT,
		    "%s: the git server has no such repository (HTTP status "
		    "404)",
		    url);
	if (s != 200)
		return pq_err_set(err, PQ_ENET,
		    "%s: HTTP status %u: see the log of that server", url, s);
	if (strcmp(a->content_type, type) != 0)
		return pq_err_set(err, PQ_EPROTO,
		    "%s: not a smart git server (Content-Type is not %s)", url,
		    type);
	return 0;
}

static int
send_request(struct pq_git_client *c, const char *suffix, struct pq_slice body,
    size_t max, bool truncate, struct pq_http_answer *a, struct pq_err *err)
{
	char url[PQ_URL_MAX + 1];
	struct pq_http_request q = { .url = url,
		.authorization = c->authorization,
		.git_protocol = "version=2",
		.max = max,
		.truncate = truncate,
		.body = body,
		.accept = body.n > 0 ? RESULT_TYPE : NULL,
		.content_type = body.n > 0 ? REQUEST_TYPE : NULL };
	int r;

	if (snprintf(url, sizeof(url), "%s%s", c->url, suffix) > PQ_URL_MAX)
		return pq_err_set(err, PQ_ELIMIT,
		    "%s: with %s the URL is over %d bytes", c->url, suffix,
		    PQ_URL_MAX);
	r = pq_http_ask(c->http, &q, a, err);
	if (r != 0)
		return r;
	return check_answer(
	    a, body.n > 0 ? RESULT_TYPE : ADVERT_TYPE, url, err);
}

int
pq_git_connect(struct pq_git_client *c, struct pq_err *err)
{
	struct pq_http_answer a = { 0 };
	int r = send_request(
	    c, ADVERT, pq_slice(NULL, 0), ADVERTISEMENT_MAX, true, &a, err);

	if (r == 0) {
		r = pq_git_caps_read(&c->caps, pq_buf_view(&a.body));
		if (r == -PQ_EUNSUPPORTED)
			(void)pq_err_set(err, PQ_EUNSUPPORTED,
			    "%s: the server does not support git protocol "
			    "version 2 (does its web server pass the "
			    "Git-Protocol header to git http-backend?)",
			    c->url);
		else if (r != 0)
			(void)pq_err_set(err, -r,
			    "%s: the capability advertisement is malformed",
			    c->url);
	}
	pq_http_answer_free(&a);
	return r;
}

static void
put_command(
    struct pq_buf *b, const struct pq_git_client *c, const char *command)
{
	pq_pkt_put(b, command);
	pq_pkt_put(b, "agent=pratique");
	/* a server without this capability has SHA-1 only */
	if (c->caps.oid_len == 32)
		pq_pkt_put(b, "object-format=sha256");
	pq_buf_str(b, "0001");
}

int
pq_git_ls_ref(struct pq_git_client *c, const char *name, struct pq_git_ref *ret,
    struct pq_err *err)
{
	struct pq_buf q = PQ_BUF_INIT(4096);
	struct pq_http_answer a = { 0 };
	char line[sizeof("ref-prefix \n") + PQ_GIT_REF_MAX];
	int r;

	put_command(&q, c, "command=ls-refs\n");
	pq_pkt_put(&q, "peel\n");
	if ((size_t)snprintf(line, sizeof(line), "ref-prefix %s\n", name) >=
	    sizeof(line))
		q.fault = -PQ_ELIMIT;
	pq_pkt_put(&q, line);
	pq_buf_str(&q, "0000");
	r = q.fault != 0
	    ? pq_err_set(err, PQ_ELIMIT, "%s: ref name over %d bytes", name,
		  (int)PQ_GIT_REF_MAX)
	    : send_request(c, "/git-upload-pack", pq_buf_view(&q), REFS_MAX,
		  false, &a, err);
	if (r == 0) {
		r = pq_git_ref_find(
		    ret, pq_buf_view(&a.body), name, c->caps.oid_len);
		if (r < 0)
			(void)pq_err_set(err, -r, "%s: %s", c->url,
			    r == -PQ_EPROTO
				? "the git server ended the list of refs early"
				: "the list of refs is malformed");
	}
	pq_http_answer_free(&a);
	pq_buf_free(&q);
	return r;
}

static void
put_fetch(
    struct pq_buf *q, const struct pq_git_client *c, const struct pq_oid *tip)
{
	char hex[PQ_OID_TEXT], line[128];

	put_command(q, c, "command=fetch");
	pq_pkt_put(q, "no-progress");
	pq_pkt_put(q, "deepen 1\n");
	if (c->caps.fetch_filter)
		pq_pkt_put(q, "filter tree:0\n");
	pq_oid_format(hex, tip);
	(void)snprintf(line, sizeof(line), "want %s\n", hex);
	pq_pkt_put(q, line);
	pq_pkt_put(q, "done\n");
	pq_buf_str(q, "0000");
}

static const char *
explain_pack(int r)
{
	if (r == -PQ_EABSENT)
		return "the pack does not contain the tag or its commit";
	if (r == -PQ_EUNSUPPORTED)
		return "the pack contains the tag or its commit only as a "
		       "delta (is it a tag of a tag?)";
	if (r == -PQ_ELIMIT)
		return "the pack, or the tag or commit in it, is too large";
	if (r == -PQ_ETIMEOUT)
		return "the pack takes too much processor time";
	if (r == -PQ_ENOMEM)
		return "the pack takes too much memory";
	if (r == -PQ_EINTERNAL)
		return "the process that reads packs has ended";
	return "the pack is malformed";
}

static int
join_pack(struct pq_buf *pack, struct pq_slice body, bool cut,
    const struct pq_git_client *c, struct pq_err *err)
{
	int r = pq_git_pack_join(pack, body, cut, err);

	return r == 0 ? 0 : pq_err_wrap(err, r, "%s", c->url);
}

static int
find_objects(struct pq_git_client *c, struct pq_git_want *wants, size_t n,
    struct pq_slice pack)
{
	return c->packs != NULL ? c->packs->find(c->packs->ctx, wants, n, pack)
				: pq_git_pack_find(wants, n, pack);
}

int
pq_git_fetch(struct pq_git_client *c, const struct pq_oid *tip,
    struct pq_git_want *wants, size_t n, struct pq_err *err)
{
	size_t max = c->caps.fetch_filter ? FILTERED_MAX : PACK_MAX;
	struct pq_buf q = PQ_BUF_INIT(4096), pack = PQ_BUF_INIT(PACK_MAX);
	struct pq_http_answer a = { 0 };
	int r;

	put_fetch(&q, c, tip);
	r = send_request(
	    c, "/git-upload-pack", pq_buf_view(&q), max, true, &a, err);
	if (r == 0)
		r = join_pack(
		    &pack, pq_buf_view(&a.body), a.body.n == max, c, err);
	if (r == 0) {
		r = find_objects(c, wants, n, pq_buf_view(&pack));
		if (r != 0)
			(void)pq_err_set(
			    err, -r, "%s: %s", c->url, explain_pack(r));
	}
	pq_http_answer_free(&a);
	pq_buf_free(&pack);
	pq_buf_free(&q);
	return r;
}
