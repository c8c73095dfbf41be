/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_REPLIES_H
#define AGENT_DEPLOY_REPLIES_H

#include "deploy/deploy.h"

/* What deploy answers to a question; the zero value refuses. */
struct pq_reply {
	enum pq_answered code;
	char text[PQ_REASON_MAX]; /* for people: clean, and one line */
	struct pq_buf document;   /* as the verb has it; empty: none */
};

typedef void (*pq_tell_fn)(struct deploy *d, const struct pq_msg *m);

/*
 * pq_reply_find() - what is to be answered to a question
 * @ret: initialised by the callee; free its document. Of a verb that is
 *       another role's, or of none, it says so.
 */
void pq_reply_find(
    struct pq_reply *ret, struct deploy *d, const struct pq_msg_ask *m);
/*
 * pq_reply_tell() - the parts of the document, and the end
 * @job:  of the question
 * @tell: sends a message to the warden
 */
void pq_reply_tell(
    struct deploy *d, uint64_t job, const struct pq_reply *r, pq_tell_fn tell);

#endif
