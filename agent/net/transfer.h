/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_TRANSFER_H
#define AGENT_NET_TRANSFER_H

#include <curl/curl.h>

#include "net/connector.h"
#include "net/http.h"

/* An origin, and the connector that connects to it. */
struct pq_place {
	struct pq_connector *connector;
	const struct pq_origin *at;
	size_t index; /* of @at in the list of the connector */
};

/*
 * One request to one URL, without redirects. A struct of zeros is a closed
 * transfer. Do not move an open transfer: curl holds its address.
 */
struct pq_transfer {
	CURL *easy;
	struct curl_slist *headers;
	struct curl_slist *resolved; /* so that curl does not use a resolver */
	struct pq_place where;
	int64_t until_ms;    /* end of the request, see pq_dial_clock_ms() */
	struct pq_dial dial; /* the last connection */
	int dial_fault;      /* of pq_connector_ask() */
	struct pq_http_answer answer;
	size_t header_bytes;
	size_t dropped; /* bytes of a body that is discarded */
	CURLcode code;
	bool done;
	bool truncate;
	bool over;        /* the body exceeded its limit */
	bool long_head;   /* the headers exceeded their limit */
	bool unconnected; /* on_socket() got no socket */
};

/*
 * pq_transfer_place() - copy a URL for the beginning of a reason
 * The copy ends before '?', because a query may contain a secret. A long copy
 * is shortened, so that the reason fits after it.
 */
#define PQ_PLACE_TEXT 208
const char *pq_transfer_place(char dst[PQ_PLACE_TEXT], const char *url);

int pq_transfer_open(struct pq_transfer *t);
/* Remove the transfer from its multi handle before this call. */
void pq_transfer_close(struct pq_transfer *t);
/*
 * pq_transfer_start() - add a request to @multi
 * @q:         q->body must outlive the transfer
 * @url:       a URL at the origin @at
 * @where:     copied; its pointers must outlive the transfer
 * @authorize: send q->authorization
 * @seconds:   total timeout
 * The caller sets .done and .code when it reads the messages of @multi.
 * Return: 0; -PQ_EPROTO a header is malformed; -PQ_ENET curl refused
 */
int pq_transfer_start(struct pq_transfer *t, CURLM *multi,
    const struct pq_http_request *q, const char *url,
    const struct pq_place *where, bool authorize, long seconds,
    struct pq_err *err);
/*
 * pq_transfer_take() - move the answer of a finished transfer to @ret
 * Return: 0; a fault of pq_http_ask(), with @url in its reason
 */
int pq_transfer_take(struct pq_transfer *t, struct pq_http_answer *ret,
    const char *url, struct pq_err *err);

#endif
