/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request of a command. The row of the command says what the operand is,
 * the row of an option which argument it is, and the table of messages which
 * arguments there are and how long they may be. So a fault of the command line
 * is found here, and is not taken for one of the agent.
 */
#include "cli/request.h"

#include <string.h>

#include "cli/options.h"
#include "cli/output.h"
#include "ipc/fields.h"

/* a number is an id, as any other text would be a service */
static int
take_operand(struct pq_msg *m, const struct cli *c)
{
	bool id = c->command->operand == CLI_ID;

	return cli_argument(m, id ? "id" : "service", c->operand, c->operand);
}

int
cli_request(struct pq_msg *ret, const struct cli *c)
{
	pq_auto(pq_buf_free) struct pq_buf scratch = PQ_BUF_INIT(PQ_IPC_INLINE);
	enum pq_verb verb = c->command->verb;
	struct pq_msg m = { .type = pq_verb_message(verb), .job = 1 };
	const struct pq_field *f = pq_field_find(m.type, "verb");

	if (f == NULL)
		return cli_fail(CLI_USAGE, "%s: asks nobody", c->command->name);
	pq_field_set_number(&m, f, verb);
	if (c->operand != NULL && take_operand(&m, c) != 0)
		return CLI_USAGE;
	if (cli_arguments(&m, c) != 0)
		return CLI_USAGE;
	if (pq_msg_encode(&scratch, &m) != 0)
		return cli_fail(
		    CLI_USAGE, "%s: not UTF-8 on one line", c->command->name);
	*ret = m;
	return 0;
}
