/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_USAGE_H
#define AGENT_CLI_USAGE_H

#include "cli/cli.h"

/*
 * cli_usage() - report a command line that is used wrongly
 * Writes the usage of commands to standard error, and with --json also as the
 * text of the outcome.
 * @first:  only commands whose name begins with these words; NULL: all
 * @reason: the error; NULL: the usage says enough
 * Return:  CLI_USAGE
 */
int cli_usage(const struct cli *c, const char *first, const char *reason);
/*
 * cli_help() - explain the command that c->words name, or all commands
 * Return: CLI_DONE; CLI_USAGE, after a message on standard error: no command
 *         has this name
 */
int cli_help(const struct cli *c);
/*
 * cli_operands() - take the words after the name of c->command as its operand
 * Return: 0; CLI_USAGE, after a message on standard error: too many or too few
 *         words, an option is missing, or an option does not apply
 */
int cli_operands(struct cli *c, char *const *words, int n);

#endif
