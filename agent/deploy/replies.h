/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_REPLIES_H
#define AGENT_DEPLOY_REPLIES_H

#include "deploy/deploy.h"

/* An answer of deploy to a query; the zero value refuses. */
struct pq_reply {
	enum pq_answered code;
	char text[PQ_REASON_MAX]; /* human-readable, escaped, one line */
	struct pq_buf document;   /* format depends on the verb; or empty */
};

typedef void (*pq_send_fn)(struct deploy *d, const struct pq_msg *m);

/*
 * pq_reply_find() - compute the answer to a query
 * @ret: initialised by the callee; the caller frees ret->document. If the verb
 *       is unknown or belongs to another role, @ret is a refusal.
 */
void pq_reply_find(
    struct pq_reply *ret, struct deploy *d, const struct pq_msg_ask *m);
/*
 * pq_reply_send() - send the document in parts, then the end of the answer
 * @job:  the job number of the query
 * @send: sends a message to the warden
 */
void pq_reply_send(
    struct deploy *d, uint64_t job, const struct pq_reply *r, pq_send_fn send);

#endif
