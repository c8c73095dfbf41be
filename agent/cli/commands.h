/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_COMMANDS_H
#define AGENT_CLI_COMMANDS_H

#include "cli/cli.h"

/* Return the table of all commands, and the number of its rows in @ret_n. */
const struct cli_command *cli_commands(size_t *ret_n);
/*
 * cli_command_of() - find the command whose name is at the start of @words
 * @ret_words: number of words in the name
 * Return:     the row, or NULL if no command has this name
 */
const struct cli_command *cli_command_of(
    char *const *words, int n, int *ret_words);
/* Return true if the name of a command has two words and begins with @word. */
bool cli_begins_command(const char *word);
/* Report that no command has the name @word. Return: CLI_USAGE */
int cli_unknown_command(const char *word);

#endif
