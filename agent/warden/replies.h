/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_REPLIES_H
#define AGENT_WARDEN_REPLIES_H

#include "ipc/codes.h"
#include "warden/ledger_releases.h"
#include "warden/warden.h"

/*
 * One request of the command line. It owns its strings. A member that the
 * request did not set is empty or 0.
 */
struct pq_request {
	struct warden *w;
	struct pq_peer *p;
	uint64_t job;
	const char *actor; /* name of an operator, "root", or "self" */
	bool is_operator;  /* @actor is an operator of pratique.yaml */
	uint32_t verb;
	uint64_t id;
	char service[PQ_SERVICE_TEXT];
	/* only in a query */
	char state[129];
	uint64_t since, limit;
	/* only in an order */
	char version[PQ_TAG_TEXT], tag[PQ_TAG_TEXT];
	char reason[PQ_ORDER_MAX + 1];
};

/* pq_reply() - end the request; @fmt: human-readable, cut to 511 bytes */
void pq_reply(struct pq_request *q, enum pq_code code, int64_t id,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* pq_reply_done() - likewise, if struct pq_request does not exist any more */
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
