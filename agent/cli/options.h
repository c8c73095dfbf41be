/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_OPTIONS_H
#define AGENT_CLI_OPTIONS_H

#include "cli/cli.h"

/* 0, or CLI_USAGE after words to standard error */
int cli_parse(struct cli *c, int argc, char **argv);
/* options that are none of @takes, names with blanks between, are refused */
int cli_refuse_strangers(
    const struct cli *c, const char *what, const char *takes);

/* 1 and more, in decimal, as an id of the agent's; 0, or -1: it is none */
int cli_number(const char *s, uint64_t *ret);
/*
 * cli_arguments() - the options that were given, as fields of a message
 * @m:     of a type that has them; borrows their texts
 * Return: 0, or CLI_USAGE after words to standard error
 */
int cli_arguments(const struct cli *c, struct pq_msg *m);

#endif
