/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verbs, as numbers that came from outside: what is not in the table is no
 * verb, and has no message.
 */
#include "ipc/verbs.h"

#define VERB(NAME, name, MESSAGE, BY) PQ_MSG_##MESSAGE,
static const enum pq_msg_type messages[PQ_VERB_COUNT] = { PQ_MSG_NONE,
	PQ_VERBS(VERB) };
#undef VERB

enum pq_msg_type
pq_verb_message(uint32_t verb)
{
	return verb < PQ_VERB_COUNT ? messages[verb] : PQ_MSG_NONE;
}
