/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_HTTP_H
#define AGENT_NET_HTTP_H

#include "net/origin.h"

#define PQ_HTTP_CONNECT_S 10
#define PQ_HTTP_SLOW_S 10       /* this long below ... */
#define PQ_HTTP_SLOW_RATE 1000L /* ... so many bytes per second ends it */
#define PQ_HTTP_TOTAL_S 30
#define PQ_HTTP_REDIRECTS 3

/* One caller of a few origins; keeps its connections. */
struct pq_http;

struct pq_http_request {
	const char *url;
	const char *accept;        /* NULL: any */
	const char *authorization; /* header value; never crosses origins */
	const char *content_type;  /* of the body */
	const char *git_protocol;  /* "version=2" or NULL */
	struct pq_slice body;      /* n > 0: POST */
	size_t max;                /* bytes of the answer's body */
	bool truncate;             /* at max: stop, and that is no fault */
	bool follow;               /* redirects, to configured origins only */
};

struct pq_http_answer {
	unsigned status;
	char content_type[128];  /* without parameters, lower-case */
	char authenticate[2048]; /* WWW-Authenticate, "" without */
	char location[PQ_URL_MAX + 1];
	struct pq_buf body; /* of a 200; of others nothing is kept */
};

/*
 * pq_http_global() - initialise curl and OpenSSL, which open files: before the
 * process confines itself, as all of these
 */
int pq_http_global(struct pq_err *err);
/* read the system's CAs, by which origins without CAs of their own are judged
 */
void pq_http_system_ca(void);
/*
 * pq_http_open() - @origins must outlive it
 */
int pq_http_open(
    struct pq_http **ret, const struct pq_origins *origins, struct pq_err *err);
void pq_http_close(struct pq_http *h);
/*
 * all further requests end at this CLOCK_MONOTONIC second; 0: no such end.
 * What was asked ahead and never fetched is let go.
 */
void pq_http_deadline(struct pq_http *h, int64_t monotonic_s);
/*
 * pq_http_ask() - one request, and the redirects that it may follow
 * Return: 0 an answer, whatever its status; -PQ_EPERM the URL is not at a
 * configured origin; -PQ_ELIMIT the body is over max; -PQ_EPROTO a redirect to
 * nowhere, or endless headers; -PQ_ETIMEOUT; -PQ_ENET
 */
int pq_http_ask(struct pq_http *h, const struct pq_http_request *q,
    struct pq_http_answer *ret, struct pq_err *err);
void pq_http_answer_free(struct pq_http_answer *a);
/*
 * pq_http_ahead() - send what pq_http_ask() will soon be asked in the same
 * words; that waits then for what is already under way
 *
 * Only a GET without special headers. Nothing fails here: what cannot be asked
 * ahead is asked when its turn comes, and says then what is wrong with it.
 */
void pq_http_ahead(struct pq_http *h, const struct pq_http_request *q);

#endif
