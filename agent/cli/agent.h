/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_AGENT_H
#define AGENT_CLI_AGENT_H

#include <jansson.h>

#include "cli/cli.h"

/* A connection to the agent, and the request that a command sends. */
struct cli_agent {
	const struct cli_command *command;
	struct pq_channel channel;
	struct pq_msg request; /* may be sent several times */
};

/* One complete answer of the agent. */
struct cli_answer {
	const struct cli_command *command;
	json_t *rows[CLI_LISTS]; /* one array for each of command->prints */
	struct pq_buf document;  /* the received parts, joined */
	uint64_t parts;          /* number of received parts */
	int code;                /* the exit code that DONE carries */
	uint64_t id;
	char text[512];
};

/*
 * cli_agent_open() - make the request of @c and connect to the agent
 * @c:     the command line; borrowed
 * @ret:   its texts point into @c; after 0 the caller closes it
 * Return: 0; CLI_USAGE or CLI_UNREACHABLE, after a message on standard error
 */
int cli_agent_open(struct cli_agent *ret, const struct cli *c);
void cli_agent_close(struct cli_agent *a);
/*
 * cli_agent_ask() - send the request and read the answer to its end
 * @ret:   initialised in each case; the caller frees it in each case
 * Return: 0: ret->code is the exit code; CLI_UNREACHABLE, after a message on
 *         standard error
 */
int cli_agent_ask(struct cli_agent *a, struct cli_answer *ret);

/*
 * Return the rows of @type, borrowed, or NULL if the command has no such list.
 */
json_t *cli_answer_rows(const struct cli_answer *a, enum pq_msg_type type);
void cli_answer_free(struct cli_answer *a);

#endif
