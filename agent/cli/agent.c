/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to the agent. The command sends one request and receives rows
 * or the parts of a document. The message DONE ends the answer and carries the
 * exit code. The agent decides; the command only asks and prints. A command
 * waits only PATIENCE_S for the next message, so a stopped agent cannot block
 * it for ever.
 *
 * Each command in commands.c lists the types of rows that its answer may have.
 * A row of another type is a fault: the command cannot print it, and the
 * operator would not see that something is missing.
 */
#include "cli/agent.h"

#include <pratique/text.h>

#include "cli/lists.h"
#include "cli/output.h"
#include "cli/request.h"
#include "cli/rows.h"

#define PATIENCE_S 10 /* seconds to wait for the next message */

/* Turn each positive result of a channel into a fault, to end the request. */
static int
fault_of(int r, struct pq_err *err)
{
	if (r == 1)
		return pq_err_set(err, PQ_ETIMEOUT,
		    "the agent does not answer; see the log of pratiqued");
	if (r == 2)
		return pq_err_set(err, PQ_EPROTO,
		    "the agent closed the connection without an answer; see "
		    "the log of pratiqued");
	return r;
}

int
cli_agent_open(struct cli_agent *ret, const struct cli *c)
{
	const char *run_dir = c->run_dir == NULL ? CLI_RUN_DIR : c->run_dir;
	unsigned patience = c->command->patience_s;
	struct pq_err err = PQ_ERR_INIT;
	int r;

	ret->command = c->command;
	r = cli_make_request(&ret->request, c);
	if (r != 0)
		return r;
	r = pq_channel_connect(&ret->channel, run_dir, PQ_ROLE_CLI,
	    patience == 0 ? PATIENCE_S : patience, &err);
	return r == 0 ? 0 : cli_fail(CLI_UNREACHABLE, "%s", err.text);
}

void
cli_agent_close(struct cli_agent *a)
{
	pq_channel_close(&a->channel);
}

json_t *
cli_answer_rows(const struct cli_answer *a, enum pq_msg_type type)
{
	size_t i;

	for (i = 0; i < CLI_LISTS && a->rows[i] != NULL; i++)
		if (a->command->prints[i]->type == type)
			return a->rows[i];
	return NULL;
}

static int
take_row(struct cli_answer *a, const struct pq_msg *m, struct pq_err *err)
{
	json_t *to = cli_answer_rows(a, m->type), *row;

	if (to == NULL)
		return pq_err_set(err, PQ_EPROTO,
		    "the agent sent the message %s, which does not belong to "
		    "this answer",
		    pq_msg_name(m->type));
	row = cli_row_json(m);
	(void)json_object_del(row, "row");
	return json_array_append_new(to, row) == 0
	    ? 0
	    : pq_err_set(err, PQ_ENOMEM, "out of memory");
}

/* The parts are numbered, so the command notices that a part is missing. */
static int
take_part(
    struct cli_answer *a, const struct pq_msg_part_row *m, struct pq_err *err)
{
	if (m->part != a->parts++)
		return pq_err_set(err, PQ_EPROTO,
		    "part %llu of the document is missing in the agent's "
		    "answer",
		    (unsigned long long)a->parts - 1);
	pq_buf_slice(&a->document, m->bytes);
	return a->document.fault == 0
	    ? 0
	    : pq_err_set(err, -a->document.fault,
		  "the document is longer than %zu bytes",
		  a->command->document);
}

static int
read_answer(struct cli_agent *g, struct cli_answer *a, struct pq_err *err)
{
	struct pq_msg m;
	int r;

	for (;;) {
		r = fault_of(pq_channel_recv(&g->channel, &m, err), err);
		if (r == 0 && m.type == PQ_MSG_DONE)
			break;
		if (r == 0 && m.type == PQ_MSG_PART_ROW &&
		    a->command->document != 0)
			r = take_part(a, &m.part_row, err);
		else if (r == 0)
			r = take_row(a, &m, err);
		if (r != 0)
			return r;
	}
	a->code = (int)m.done.code;
	a->id = m.done.id;
	pq_text_utf8(a->text, sizeof(a->text), m.done.text);
	return 0;
}

int
cli_agent_ask(struct cli_agent *g, struct cli_answer *ret)
{
	struct pq_err err = PQ_ERR_INIT;
	size_t i;
	int r;

	*ret = (struct cli_answer){ .command = g->command,
		.document = PQ_BUF_INIT(g->command->document),
		.code = CLI_NOT_EXAMINED };
	for (i = 0; i < CLI_LISTS && g->command->prints[i] != NULL; i++)
		ret->rows[i] = json_array();
	r = fault_of(pq_channel_send(&g->channel, &g->request, &err), &err);
	if (r == 0)
		r = read_answer(g, ret, &err);
	return r == 0 ? 0 : cli_fail(CLI_UNREACHABLE, "%s", err.text);
}

void
cli_answer_free(struct cli_answer *a)
{
	size_t i;

	for (i = 0; i < CLI_LISTS; i++)
		json_decref(a->rows[i]);
	pq_buf_free(&a->document);
}
