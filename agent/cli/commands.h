/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_COMMANDS_H
#define AGENT_CLI_COMMANDS_H

#include "cli/cli.h"

/* Return all rows, and their number in @ret_n. */
const struct cli_command *cli_commands(size_t *ret_n);
/*
 * cli_command_of() - find the command that the first of @words name
 * @ret_words: how many words are the command's name
 * Return:     the row, or NULL if no command has this name
 */
const struct cli_command *cli_command_of(
    char *const *words, int n, int *ret_words);
/* Is @word the first of two words that name a command, such as "audit"? */
bool cli_begins_command(const char *word);
/* Report that no command has the name @word. Return: CLI_USAGE */
int cli_unknown_command(const char *word);

#endif
