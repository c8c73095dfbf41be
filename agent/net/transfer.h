/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_TRANSFER_H
#define AGENT_NET_TRANSFER_H

#include <curl/curl.h>

#include "net/http.h"

/*
 * One request to one URL, redirects not followed. Zero is a closed one. It
 * lies where it was opened: curl keeps its address.
 */
struct pq_transfer {
	CURL *easy;
	struct curl_slist *headers;
	const struct pq_origin *at;
	struct pq_http_answer answer;
	size_t header_bytes;
	size_t dropped; /* bytes of a body that is not read */
	CURLcode code;
	bool done;
	bool truncate;
	bool over;      /* the body went over its limit */
	bool long_head; /* the headers did */
	bool gated;     /* an address was refused */
};

/*
 * pq_transfer_place() - an URL as a reason may show it: what stands behind a
 * '?' may open a door, and a long one would push the reason out
 */
#define PQ_PLACE_TEXT 208
const char *pq_transfer_place(char dst[PQ_PLACE_TEXT], const char *url);

int pq_transfer_open(struct pq_transfer *t);
/* it must not be in a multi handle any more */
void pq_transfer_close(struct pq_transfer *t);
/*
 * pq_transfer_start() - hand a request to @multi, which will set .done
 * @url:       at @at, which must outlive the transfer, as must q->body
 * @authorize: send q->authorization
 * @seconds:   after which it ends, whatever the peer does
 * Return: 0; -PQ_EPROTO a header is malformed; -PQ_ENET curl would not
 */
int pq_transfer_start(struct pq_transfer *t, CURLM *multi,
    const struct pq_http_request *q, const char *url,
    const struct pq_origin *at, bool authorize, long seconds,
    struct pq_err *err);
/*
 * pq_transfer_take() - the answer of one that is done, moved to @ret
 * Return: 0; a fault as of pq_http_ask(), with @url in its reason
 */
int pq_transfer_take(struct pq_transfer *t, struct pq_http_answer *ret,
    const char *url, struct pq_err *err);

#endif
