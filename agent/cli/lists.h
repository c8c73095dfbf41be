/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_LISTS_H
#define AGENT_CLI_LISTS_H

#include <jansson.h>

#include "ipc/channel.h"

/* The rows of one type in an answer. */
struct cli_list {
	enum pq_msg_type type;
	const char *name;            /* its member of the JSON document */
	void (*print)(json_t *rows); /* prints text; needs a row */
};

/* a table, then a line for each wait, hold and missing floor */
extern const struct cli_list cli_services;
extern const struct cli_list cli_releases;  /* a table */
extern const struct cli_list cli_callbacks; /* a table */
extern const struct cli_list cli_release;   /* one line for each member */
extern const struct cli_list cli_findings;  /* the findings of each phase */
extern const struct cli_list cli_events;    /* a table */
extern const struct cli_list cli_steps;     /* cli_events after a blank line */
extern const struct cli_list cli_attempts;  /* logs of failed deployments */

/* Return the text of a member, borrowed, or "" if the row does not have it. */
const char *cli_member(json_t *row, const char *name);

#endif
