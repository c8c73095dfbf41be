/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_HTTP_H
#define AGENT_NET_HTTP_H

#include "net/origin.h"

struct pq_connector; /* net/connector.h */

#define PQ_HTTP_CONNECT_S 10
#define PQ_HTTP_SLOW_S 10       /* seconds below PQ_HTTP_SLOW_RATE: abort */
#define PQ_HTTP_SLOW_RATE 1000L /* bytes per second */
#define PQ_HTTP_TOTAL_S 30
#define PQ_HTTP_REDIRECTS 3

/* A client for a few origins; it keeps connections open. */
struct pq_http;

struct pq_http_request {
	const char *url;
	const char *accept;        /* NULL: any type */
	const char *authorization; /* value; for the first origin only */
	const char *content_type;  /* type of the request's body */
	const char *git_protocol;  /* "version=2" or NULL */
	struct pq_slice body;      /* not empty: POST */
	size_t max;                /* limit of the answer's body, in bytes */
	bool truncate;             /* stop at max without a fault */
	bool follow;               /* follow redirects to configured origins */
};

struct pq_http_answer {
	unsigned status;
	char content_type[128];  /* without parameters, lower-case */
	char authenticate[2048]; /* WWW-Authenticate, or "" */
	char location[PQ_URL_MAX + 1];
	struct pq_buf body; /* empty unless the status is 200 */
};

/*
 * pq_http_global()    - initialise curl and OpenSSL
 * pq_http_system_ca() - load the system's CAs, for origins without `ca:`
 * pq_http_open()      - create a client for these origins
 * @origins:   must outlive the client
 * @connector: connects to these origins; must outlive the client
 * Call all three before the process confines itself, because they open files.
 * Return: 0; a fault; pq_http_system_ca() ignores a missing file
 */
int pq_http_global(struct pq_err *err);
void pq_http_system_ca(void);
int pq_http_open(struct pq_http **ret, const struct pq_origins *origins,
    struct pq_connector *connector, struct pq_err *err);
void pq_http_close(struct pq_http *h);
/*
 * pq_http_deadline() - set the time at which all later requests end
 * @monotonic_s: second of CLOCK_MONOTONIC; 0: no deadline
 * Cancels the requests of pq_http_ahead() whose answers were not used.
 */
void pq_http_deadline(struct pq_http *h, int64_t monotonic_s);
/*
 * pq_http_ask() - send one request, and follow redirects if q->follow is set
 * @ret:    the answer, with any HTTP status
 * Return:  0; -PQ_EPERM the URL is not at a configured origin; -PQ_ELIMIT the
 *          body is over q->max; -PQ_EPROTO an unusable or repeated redirect,
 *          or too many bytes of headers; -PQ_ETIMEOUT; -PQ_ENET
 */
int pq_http_ask(struct pq_http *h, const struct pq_http_request *q,
    struct pq_http_answer *ret, struct pq_err *err);
void pq_http_answer_free(struct pq_http_answer *a);
/*
 * pq_http_ahead() - send a request in advance of pq_http_ask()
 * A later pq_http_ask() of the same request waits for the answer of this one.
 * Only a GET without content_type and git_protocol is sent. A failure has no
 * effect here: pq_http_ask() sends the request again and reports the fault.
 */
void pq_http_ahead(struct pq_http *h, const struct pq_http_request *q);

#endif
