/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_USAGE_H
#define AGENT_CLI_USAGE_H

#include "cli/cli.h"

/*
 * cli_usage() - how commands are called, on standard output or, where @code is
 * no success, on standard error; where JSON is asked for it is the text of the
 * outcome
 * @first: only commands whose name begins with this word; NULL: all
 * Return: @code
 */
int cli_usage(enum cli_code code, const struct cli *c, const char *first);
/*
 * cli_operands() - take the words behind the name of c->command
 * Return: 0, or CLI_USAGE after words to standard error: too many or too few,
 *         or an option that is needed is not there, or one that means nothing
 */
int cli_operands(struct cli *c, char *const *words, int n);

#endif
