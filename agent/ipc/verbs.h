/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_VERBS_H
#define AGENT_IPC_VERBS_H

#include "ipc/channel.h"

/*
 * The one table of what the command line may ask of the agent.
 *
 * VERB(NAME, name, MESSAGE, BY)
 * message - a QUERY reads, an ORDER changes something. They are two messages,
 *           so that the table of messages decides who may order. A verb in the
 *           message of the other kind ends its sender.
 * by      - the role that answers. To another role than the warden a query
 *           goes as an ASK; no order does, for the warden decides those.
 *
 * Each role has a function of the verb's name, or it does not compile: on_NAME
 * or pq_order_NAME() of the warden, pq_reply_NAME() of deploy.
 */
/* clang-format off */
#define PQ_VERBS(VERB)                                       \
	VERB(STATUS,       status,       QUERY, WARDEN)     \
	VERB(LIST,         list,         QUERY, WARDEN)     \
	VERB(SHOW,         show,         QUERY, WARDEN)     \
	VERB(EVIDENCE,     evidence,     QUERY, WARDEN)     \
	VERB(WATCH,        watch,        QUERY, WARDEN)     \
	VERB(AUDIT_LOG,    audit_log,    QUERY, WARDEN)     \
	VERB(AUDIT_VERIFY, audit_verify, QUERY, WARDEN)     \
	VERB(HOST,         host,         QUERY, DEPLOY)     \
	VERB(APPROVE,      approve,      ORDER, WARDEN)     \
	VERB(REJECT,       reject,       ORDER, WARDEN)     \
	VERB(HOLD,         hold,         ORDER, WARDEN)     \
	VERB(UNHOLD,       unhold,       ORDER, WARDEN)     \
	VERB(RETRY,        retry,        ORDER, WARDEN)     \
	VERB(LOOK,         look,         ORDER, WARDEN)     \
	VERB(ADOPT,        adopt,        ORDER, WARDEN)
/* clang-format on */

enum pq_verb {
	PQ_VERB_NONE = 0,
#define VERB(NAME, ...) PQ_VERB_##NAME,
	PQ_VERBS(VERB)
#undef VERB
	    PQ_VERB_COUNT
};

/* the message in which a verb travels; NONE: there is no such verb */
enum pq_msg_type pq_verb_message(uint32_t verb);

#endif
