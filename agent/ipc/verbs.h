/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_VERBS_H
#define AGENT_IPC_VERBS_H

#include "ipc/channel.h"

/*
 * The one table of what the command line may ask of the agent.
 *
 * VERB(NAME, name, MESSAGE) - a QUERY reads, an ORDER changes something. They
 * are two messages, so that the table of messages decides who may order. A verb
 * in the message of the other kind ends its sender.
 */
/* clang-format off */
#define PQ_VERBS(VERB)                               \
	VERB(STATUS,       status,       QUERY)      \
	VERB(LIST,         list,         QUERY)      \
	VERB(SHOW,         show,         QUERY)      \
	VERB(EVIDENCE,     evidence,     QUERY)      \
	VERB(WATCH,        watch,        QUERY)      \
	VERB(AUDIT_LOG,    audit_log,    QUERY)      \
	VERB(AUDIT_VERIFY, audit_verify, QUERY)      \
	VERB(APPROVE,      approve,      ORDER)      \
	VERB(REJECT,       reject,       ORDER)      \
	VERB(HOLD,         hold,         ORDER)      \
	VERB(UNHOLD,       unhold,       ORDER)      \
	VERB(RETRY,        retry,        ORDER)      \
	VERB(LOOK,         look,         ORDER)      \
	VERB(ADOPT,        adopt,        ORDER)
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
