/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_VERBS_H
#define AGENT_IPC_VERBS_H

#include "ipc/channel.h"

/*
 * The only table of the requests that the command line may send to the agent.
 *
 * VERB(NAME, name, MESSAGE, BY)
 * message - a QUERY reads and an ORDER changes something. They are two
 *           messages, so that the table of messages decides who may send an
 *           order. If a verb arrives in the wrong message, the warden closes
 *           the sender's connection.
 * by      - the role that answers. The warden passes a query for another role
 *           on as an ASK, and to fetch as a QUESTION. It passes no order on,
 *           because it decides orders.
 *
 * Each verb needs a function with its name, or the code does not compile:
 * on_NAME() or pq_order_NAME() in the warden, pq_reply_NAME() in deploy,
 * begin_NAME() in fetch.
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
	VERB(ADOPT,        adopt,        ORDER, WARDEN)     \
	VERB(DOCTOR,       doctor,       QUERY, FETCH)      \
	VERB(DROP,         drop,         ORDER, WARDEN)     \
	VERB(CALLBACKS,    callbacks,    QUERY, WARDEN)
/* clang-format on */

enum pq_verb {
	PQ_VERB_NONE = 0,
#define VERB(NAME, ...) PQ_VERB_##NAME,
	PQ_VERBS(VERB)
#undef VERB
	    PQ_VERB_COUNT
};

/* Return the message of a verb, or PQ_MSG_NONE for an unknown verb. */
enum pq_msg_type pq_verb_message(uint32_t verb);

#endif
