/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `pratique watch` prints the audit log as it grows, or one release or look
 * until its last state. The command asks the agent twice a second. The agent
 * has few connections, and a client that only waits would keep one of them
 * idle.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <pratique/text.h>

#include "cli/agent.h"
#include "cli/lists.h"
#include "cli/output.h"
#include "cli/rows.h"

/* Return the exit code for a final state, or -1 while the work goes on. */
static int
exit_code_of(json_t *releases)
{
	static const struct {
		const char *state;
		int code;
	} ends[] = { { "live", CLI_DONE }, { "retired", CLI_DONE },
		{ "done", CLI_DONE }, { "refused", CLI_REFUSED },
		{ "rejected", CLI_REFUSED }, { "superseded", CLI_REFUSED },
		{ "failed", CLI_REFUSED } };
	const char *state = cli_member(json_array_get(releases, 0), "state");
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(state, ends[i].state) == 0)
			return ends[i].code;
	return -1;
}

static void
print_event(json_t *e)
{
	json_int_t id = json_integer_value(json_object_get(e, "release"));
	char when[CLI_TIME_MAX], text[720], number[32] = "";

	cli_time(when, json_integer_value(json_object_get(e, "at")));
	pq_text_utf8(text, sizeof(text), pq_slice_str(cli_member(e, "detail")));
	if (id != 0)
		(void)snprintf(number, sizeof(number), " %lld", (long long)id);
	(void)printf("%s  %-18s  %s%s  %s\n", when, cli_member(e, "event"),
	    cli_member(e, "service"), number, text);
}

static int
print_events(const struct cli *c, json_t *events)
{
	json_t *e;
	size_t i;

	json_array_foreach (events, i, e) {
		if (c->json)
			cli_print_json(json_incref(e));
		else
			print_event(e);
	}
	return cli_flush();
}

/* Print one answer. Return the exit code, or -1 to ask again. */
static int
take_answer(
    const struct cli *c, struct cli_agent *agent, const struct cli_answer *a)
{
	int code;

	if (a->code != CLI_DONE)
		return cli_fail((enum cli_code)a->code, "%s", a->text);
	agent->request.query.since = a->id;
	code = print_events(c, cli_answer_rows(a, PQ_MSG_EVENT_ROW));
	if (code != 0)
		return code;
	return c->operand == NULL
	    ? -1
	    : exit_code_of(cli_answer_rows(a, PQ_MSG_RELEASE_ROW));
}

int
cli_watch(const struct cli *c)
{
	const struct timespec pause = { 0, 500000000 };
	struct cli_agent agent;
	struct cli_answer a;
	int r = cli_agent_open(&agent, c);

	if (r != 0)
		return r;
	for (;;) {
		r = cli_agent_ask(&agent, &a);
		if (r == 0)
			r = take_answer(c, &agent, &a);
		cli_answer_free(&a);
		if (r >= 0)
			break;
		(void)nanosleep(&pause, NULL);
	}
	cli_agent_close(&agent);
	return r;
}
