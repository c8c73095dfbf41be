/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_REQUEST_H
#define AGENT_CLI_REQUEST_H

#include "cli/cli.h"

/*
 * cli_request() - the QUERY or ORDER that a command line asks for
 * @c:     its command has a verb
 * @ret:   borrows the texts of @c
 * Return: 0, or CLI_USAGE after words to standard error
 */
int cli_request(struct pq_msg *ret, const struct cli *c);

#endif
