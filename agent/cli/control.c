/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that send one request to the agent and print its answer. The answer
 * has the lists that the row of the command names, or it is a document.
 */
#include <stdio.h>

#include <pratique/evidence.h>

#include "cli/agent.h"
#include "cli/lists.h"
#include "cli/output.h"
#include "cli/rows.h"

static json_t *
answer_json(const struct cli_answer *a)
{
	json_t *o = json_pack("{s:i,s:s,s:I}", "code", a->code, "text", a->text,
	    "id", (json_int_t)a->id);
	size_t i;

	for (i = 0; i < CLI_LISTS && a->rows[i] != NULL; i++)
		(void)json_object_set(
		    o, a->command->prints[i]->name, a->rows[i]);
	return o;
}

static void
print_text(const struct cli_answer *a)
{
	size_t i;

	for (i = 0; i < CLI_LISTS && a->rows[i] != NULL; i++)
		if (json_array_size(a->rows[i]) != 0)
			a->command->prints[i]->print(a->rows[i]);
	if (a->text[0] != '\0')
		(void)fprintf(
		    a->code == CLI_DONE ? stdout : stderr, "%s\n", a->text);
}

static int
print_answer(const struct cli *c, const struct cli_answer *a)
{
	if (c->json)
		cli_print_json(answer_json(a));
	else
		print_text(a);
	return a->code;
}

typedef int (*rest_fn)(struct cli_agent *agent, struct cli_answer *a);
typedef int (*print_fn)(const struct cli *c, const struct cli_answer *a);

/*
 * Send the request, and print the answer.
 * @rest:  requests the rest of a long answer; NULL: there is only one answer
 * @print: returns the exit code
 */
static int
ask_agent(const struct cli *c, rest_fn rest, print_fn print)
{
	struct cli_agent agent;
	struct cli_answer a;
	int r = cli_agent_open(&agent, c);

	if (r != 0)
		return r;
	r = cli_agent_ask(&agent, &a);
	if (r == 0 && rest != NULL)
		r = rest(&agent, &a);
	if (r == 0)
		r = print(c, &a);
	cli_answer_free(&a);
	cli_agent_close(&agent);
	return r;
}

int
cli_control(const struct cli *c)
{
	return ask_agent(c, NULL, print_answer);
}

/*
 * The agent sends the audit log in pieces. The id of a piece is the number of
 * its last entry, and the next piece begins after this entry.
 */
static int
rest_of_log(struct cli_agent *agent, struct cli_answer *a)
{
	json_t *all = cli_answer_rows(a, PQ_MSG_EVENT_ROW);
	size_t n = json_array_size(all);
	uint64_t since = a->id;
	struct cli_answer next;
	int r = 0;

	while (r == 0 && n != 0) {
		json_t *rows;

		agent->request.query.since = since;
		r = cli_agent_ask(agent, &next);
		rows = cli_answer_rows(&next, PQ_MSG_EVENT_ROW);
		n = json_array_size(rows);
		(void)json_array_extend(all, rows);
		since = next.id;
		a->code = next.code;
		cli_answer_free(&next);
	}
	return r;
}

int
cli_audit_log(const struct cli *c)
{
	return ask_agent(c, rest_of_log, print_answer);
}

/* Print the whole document, or nothing, on standard output. */
static int
print_document(const struct cli *c, const struct cli_answer *a)
{
	const struct pq_buf *doc = &a->document;

	(void)c; /* the document is JSON with and without --json */
	if (a->code != CLI_DONE)
		return cli_fail((enum cli_code)a->code, "%s", a->text);
	if (doc->n == 0)
		return cli_fail(
		    CLI_NOT_EXAMINED, "the agent sent an empty document");
	if (fwrite(doc->p, 1, doc->n, stdout) == doc->n)
		(void)fputc('\n', stdout);
	return CLI_DONE;
}

/* `list --callbacks` sends another verb than `list`. */
static const struct cli_command callbacks = {
	.name = "list", .verb = PQ_VERB_CALLBACKS, .prints = { &cli_callbacks }
};

int
cli_list(const struct cli *c)
{
	struct cli other = *c;

	if (c->callbacks)
		other.command = &callbacks;
	return ask_agent(&other, NULL, print_answer);
}

/* `show ID --evidence` sends another verb than `show ID`. */
static const struct cli_command evidence = { .name = "show",
	.operand = CLI_ID,
	.verb = PQ_VERB_EVIDENCE,
	.document = PQ_EVIDENCE_MAX };

int
cli_show(const struct cli *c)
{
	struct cli other = *c;

	if (!c->evidence)
		return ask_agent(c, NULL, print_answer);
	other.command = &evidence;
	return ask_agent(&other, NULL, print_document);
}

static int
print_findings(const struct cli *c, const struct cli_answer *a)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	json_t *o;

	/* if deploy failed midway, the document ends early; a->text says why */
	if (a->document.n != 0 &&
	    pq_findings_decode(&f, pq_buf_view(&a->document)) != 0 &&
	    a->code != CLI_NOT_EXAMINED)
		return cli_fail(CLI_NOT_EXAMINED,
		    "the agent's answer is not a list of findings");
	if (!c->json) {
		cli_print_findings(&f);
		print_text(a);
		return a->code;
	}
	o = answer_json(a);
	(void)json_object_set_new(o, "findings", cli_findings_json(&f));
	cli_print_json(o);
	return a->code;
}

int
cli_examination(const struct cli *c)
{
	return ask_agent(c, NULL, print_findings);
}
