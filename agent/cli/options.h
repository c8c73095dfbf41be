/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_OPTIONS_H
#define AGENT_CLI_OPTIONS_H

#include "cli/cli.h"

/* 0, or CLI_USAGE after words to standard error */
int cli_parse(struct cli *c, int argc, char **argv);
/* options that are none of @takes, names with blanks between, are refused */
int cli_refuse_strangers(
    const struct cli *c, const char *what, const char *takes);

#endif
