/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_OPTIONS_H
#define AGENT_CLI_OPTIONS_H

#include <stdio.h>

#include "cli/cli.h"

/* @list: names of options with blanks between; NULL: none */

/* 0, or CLI_USAGE after words to standard error */
int cli_parse(struct cli *c, int argc, char **argv);
bool cli_is_option(const char *name);
bool cli_has_option(const struct cli *c, const char *name);
/* are all of @list there? */
bool cli_has_options(const struct cli *c, const char *list);
/* the options of @list with what stands for their values; in [] if they may be
 * left out */
void cli_options_write(FILE *to, const char *list, bool needed);
/* options that @k neither needs nor takes, and that are not @instead */
int cli_refuse_strangers(
    const struct cli *c, const struct cli_command *k, const char *instead);

/*
 * cli_argument() - a text of the command line as a field of a request
 * @m:     of a type that has it; borrows @value
 * @what:  said of a value that does not fit
 * cli_arguments() - likewise, all options that are arguments
 * Return: 0, or CLI_USAGE after words to standard error
 */
int cli_argument(
    struct pq_msg *m, const char *field, const char *what, const char *value);
int cli_arguments(struct pq_msg *m, const struct cli *c);

#endif
