/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique, the command line. It finds the row of the command, checks the
 * arguments against that row, and runs its handler.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "ipc/standard.h"
#include "role/libraries.h"

static int
run_command(struct cli *c)
{
	int used, r;

	if (c->n_words == 0)
		return cli_usage(c, NULL, NULL);
	c->command = cli_command_of(c->words, c->n_words, &used);
	if (c->command == NULL && cli_begins_command(c->words[0]))
		return cli_usage(c, c->words[0], NULL);
	if (c->command == NULL)
		return cli_unknown_command(c->words[0]);
	r = cli_operands(c, c->words + used, c->n_words - used);
	return r == 0 ? c->command->run(c) : r;
}

/* `pratique help COMMAND` is `pratique COMMAND --help`. */
static void
take_help_word(struct cli *c)
{
	if (c->n_words == 0 || strcmp(c->words[0], "help") != 0)
		return;
	c->help = true;
	c->n_words--;
	memmove(c->words, c->words + 1, (size_t)c->n_words * sizeof(*c->words));
}

static bool
has_word(int argc, char **argv, const char *word)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	struct cli c = { 0 };
	int r;

	if (pq_standard_open() != 0)
		return CLI_NOT_EXAMINED;
	pq_libraries_begin();
	c.words = calloc((size_t)argc + 1, sizeof(*c.words));
	if (c.words == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "out of memory");
	/* with --json, a wrong command line is reported in JSON as well */
	cli_answer_json(has_word(argc, argv, "--json"));
	r = cli_parse_line(&c, argc, argv);
	if (r == 0) {
		cli_answer_json(c.json);
		take_help_word(&c);
		r = c.help ? cli_help(&c) : run_command(&c);
	}
	free(c.words);
	return cli_finish(r);
}
