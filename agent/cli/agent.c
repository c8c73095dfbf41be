/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent: one request, rows or the parts of a document, and a DONE that
 * carries the exit code. It decides; this only asks, and does not wait for an
 * agent that stands still.
 *
 * An answer is made of what the command's row names. Anything else is a fault:
 * it would be read by nobody, and nobody would know that it was there.
 */
#include "cli/agent.h"

#include <pratique/text.h>

#include "cli/lists.h"
#include "cli/output.h"
#include "cli/request.h"
#include "cli/rows.h"

#define PATIENCE_S 10 /* until the agent says the next thing */

/* 0 or a fault: all that a channel tells apart ends a question */
static int
fault_of(int r, struct pq_err *err)
{
	if (r == 1)
		return pq_err_set(
		    err, PQ_ETIMEOUT, "the agent does not answer");
	if (r == 2)
		return pq_err_set(
		    err, PQ_EPROTO, "the agent closed the connection");
	return r;
}

int
cli_agent_open(struct cli_agent *ret, const struct cli *c)
{
	unsigned patience = c->command->patience_s;
	struct pq_err err = PQ_ERR_INIT;
	int r;

	ret->command = c->command;
	r = cli_request(&ret->request, c);
	if (r != 0)
		return r;
	r = pq_channel_connect(&ret->channel,
	    c->run_dir == NULL ? CLI_RUN_DIR : c->run_dir, PQ_ROLE_CLI,
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
		    "the agent sent %s, which is no part of this answer",
		    pq_msg_name(m->type));
	row = cli_row_json(m);
	(void)json_object_del(row, "row");
	return json_array_append_new(to, row) == 0
	    ? 0
	    : pq_err_set(err, PQ_ENOMEM, "out of memory");
}

/* in order, or one that was lost would go unseen */
static int
take_part(
    struct cli_answer *a, const struct pq_msg_part_row *m, struct pq_err *err)
{
	if (m->part != a->parts++)
		return pq_err_set(err, PQ_EPROTO,
		    "the agent did not send all of the document");
	pq_buf_slice(&a->document, m->bytes);
	return a->document.fault == 0
	    ? 0
	    : pq_err_set(err, -a->document.fault,
		  "the document is over %zu bytes", a->command->document);
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
