/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of the command line. The number comes from a client, so it is
 * untrusted: a number outside the table has no message.
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
