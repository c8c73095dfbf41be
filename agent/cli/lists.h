/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_LISTS_H
#define AGENT_CLI_LISTS_H

#include <jansson.h>

#include "ipc/channel.h"

/* The rows of one type in an answer. */
struct cli_list {
	enum pq_msg_type type;
	const char *name;            /* as a member of the JSON document */
	void (*print)(json_t *rows); /* as text; at least one row */
};

extern const struct cli_list cli_services; /* a table, and why no floor */
extern const struct cli_list cli_releases; /* a table */
extern const struct cli_list cli_release;  /* each member on its line */
extern const struct cli_list cli_findings; /* those of each phase */
extern const struct cli_list cli_events;   /* a table */
extern const struct cli_list cli_steps;    /* likewise, below other lists */
extern const struct cli_list cli_attempts; /* the logs of those that failed */

/* the text of a member, borrowed; "": the row has no such member */
const char *cli_member(json_t *row, const char *name);

#endif
