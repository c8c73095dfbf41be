/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_REQUEST_H
#define AGENT_CLI_REQUEST_H

#include "cli/cli.h"

/*
 * cli_make_request() - make the QUERY or ORDER of a command line
 * @c:     a command line whose command has a verb; borrowed
 * @ret:   untouched unless 0 is returned; borrows the texts of @c
 * Return: 0; CLI_USAGE, after a message on standard error
 */
int cli_make_request(struct pq_msg *ret, const struct cli *c);

#endif
