/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request that a command sends. The table in commands.c says whether the
 * operand of a command is an id or a service. The table in options.c says which
 * field an option sets. The table in ipc/messages.h has the limits of the
 * fields. This code checks the limits before it sends anything and reports an
 * error in the command line. The agent would only close the connection.
 */
#include "cli/request.h"

#include <string.h>

#include "cli/options.h"
#include "cli/output.h"
#include "ipc/fields.h"

static int
take_operand(struct pq_msg *m, const struct cli *c)
{
	bool id = c->command->operand == CLI_ID;

	return cli_set_argument(
	    m, id ? "id" : "service", c->operand, c->operand);
}

int
cli_make_request(struct pq_msg *ret, const struct cli *c)
{
	pq_auto(pq_buf_free) struct pq_buf scratch = PQ_BUF_INIT(PQ_IPC_INLINE);
	enum pq_verb verb = c->command->verb;
	struct pq_msg m = { .type = pq_verb_message(verb), .job = 1 };
	const struct pq_field *f = pq_field_find(m.type, "verb");

	if (f == NULL)
		return cli_fail(CLI_USAGE,
		    "%s: this command sends no request to the agent",
		    c->command->name);
	pq_field_set_number(&m, f, verb);
	if (c->operand != NULL && take_operand(&m, c) != 0)
		return CLI_USAGE;
	if (cli_set_arguments(&m, c) != 0)
		return CLI_USAGE;
	if (pq_msg_encode(&scratch, &m) != 0)
		return cli_fail(CLI_USAGE,
		    "%s: each argument must be one line of UTF-8 text",
		    c->command->name);
	*ret = m;
	return 0;
}
