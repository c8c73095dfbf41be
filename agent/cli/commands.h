/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_COMMANDS_H
#define AGENT_CLI_COMMANDS_H

#include "cli/cli.h"

/* the rows, and how many there are */
const struct cli_command *cli_commands(size_t *ret_n);
/*
 * cli_command_of() - the command that the first words name
 * @ret_words: how many of them are its name
 * Return:     NULL: no command has this name
 */
const struct cli_command *cli_command_of(
    char *const *words, int n, int *ret_words);

#endif
