/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_AGENT_H
#define AGENT_CLI_AGENT_H

#include <jansson.h>

#include "cli/cli.h"

/* The agent, connected, and what a command asks of it. */
struct cli_agent {
	const struct cli_command *command;
	struct pq_channel channel;
	struct pq_msg request; /* it may be asked several times */
};

/* One answer. */
struct cli_answer {
	const struct cli_command *command;
	json_t *rows[CLI_LISTS]; /* those of command->prints; NULL: no list */
	struct pq_buf document;  /* of the parts */
	uint64_t parts;
	int code; /* of the command; the rest was received whole */
	uint64_t id;
	char text[512];
};

/*
 * cli_agent_open() - make the request of @c, and connect
 * @ret:   close it where 0 is returned; borrows from @c
 * Return: 0; CLI_USAGE or CLI_UNREACHABLE, after words to standard error
 */
int cli_agent_open(struct cli_agent *ret, const struct cli *c);
void cli_agent_close(struct cli_agent *a);
/*
 * cli_agent_ask() - ask, and read until the answer ends
 * @ret:   initialised by the callee; free it in each case
 * Return: 0 and read ret->code; CLI_UNREACHABLE, after words to standard error
 */
int cli_agent_ask(struct cli_agent *a, struct cli_answer *ret);

/* the rows of a type, borrowed; NULL: the command prints none of them */
json_t *cli_answer_rows(const struct cli_answer *a, enum pq_msg_type type);
void cli_answer_free(struct cli_answer *a);

#endif
