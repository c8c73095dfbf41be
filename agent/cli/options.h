/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_OPTIONS_H
#define AGENT_CLI_OPTIONS_H

#include <stdio.h>

#include "cli/cli.h"

/* @list: names of options, separated by blanks; NULL: none. */

/*
 * cli_parse_line() - read all options and words of a command line
 * @c:     zero, except c->words, which has room for @argc words
 * Return: 0; CLI_USAGE, after a message on standard error
 */
int cli_parse_line(struct cli *c, int argc, char **argv);
bool cli_is_option(const char *name);
bool cli_has_option(const struct cli *c, const char *name);
/* Return the first option of @list that was not given, or NULL. */
const char *cli_missing_option(const struct cli *c, const char *list);
/*
 * cli_options_write() - write " --name VALUE" for each option of @list
 * @needed: false: each option is written in []
 * @column: columns of the line so far; a long line is broken
 */
void cli_options_write(FILE *to, const char *list, bool needed, size_t *column);
/*
 * cli_options_explain() - write one line of help for each option of @list
 * cli_options_explain_common() - the same for the options of every command
 */
void cli_options_explain(FILE *to, const char *list);
void cli_options_explain_common(FILE *to);
/*
 * cli_refuse_others() - refuse options that do not apply to the command @k
 * @instead: an option that replaces the operand of @k, or NULL
 * Return:   0; CLI_USAGE, after a message on standard error
 */
int cli_refuse_others(
    const struct cli *c, const struct cli_command *k, const char *instead);

/*
 * cli_set_argument() - set a field of a request to a text of the command line
 * cli_set_arguments() - set the field of each option of @c that has a field
 * @m:     its texts point to @value, or into @c
 * @field: name of the field
 * @name:  the option or operand, for the message about a wrong value
 * Return: 0; CLI_USAGE, after a message on standard error
 */
int cli_set_argument(
    struct pq_msg *m, const char *field, const char *name, const char *value);
int cli_set_arguments(struct pq_msg *m, const struct cli *c);

#endif
