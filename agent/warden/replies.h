/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_REPLIES_H
#define AGENT_WARDEN_REPLIES_H

#include "ipc/codes.h"
#include "warden/ledger_releases.h"
#include "warden/warden.h"

/*
 * One request of the command line, with texts of its own. What it did not say
 * is empty or 0.
 */
struct pq_request {
	struct warden *w;
	struct pq_peer *p;
	uint64_t job;
	const char *actor; /* operator's name, "root", or "self" */
	bool is_operator;  /* is one of the configuration */
	uint32_t verb;
	uint64_t id;
	char service[PQ_SERVICE_TEXT];
	/* of a query */
	char state[129];
	uint64_t since, limit;
	/* of an order */
	char version[PQ_TAG_TEXT], tag[PQ_TAG_TEXT];
	char reason[PQ_ORDER_MAX + 1];
};

/* pq_reply() - end the request; @fmt: a text for people, cut to 511 bytes */
void pq_reply(struct pq_request *q, enum pq_code code, int64_t id,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* pq_reply_done() - likewise, for one whose struct pq_request is gone */
void pq_reply_done(struct pq_peer *p, uint64_t job, enum pq_code code,
    int64_t id, const char *text);

/*
 * pq_request_require_release() - read the release whose id the request names
 * pq_request_require_service() - check that the request's service is configured
 * Return: true; or false, and the request was answered with PQ_CODE_ABSENT
 */
bool pq_request_require_release(struct pq_request *q, struct pq_release *ret);
bool pq_request_require_service(struct pq_request *q);

#endif
