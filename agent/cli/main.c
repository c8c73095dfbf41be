/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique, the command line: find the row of the command, check the arguments
 * by it, and run its handler.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "ipc/standard.h"
#include "role/libraries.h"

/* Is the first word that of commands with a second one? */
static bool
is_half(const char *word)
{
	const struct cli_command *k;
	size_t i, n, len = strlen(word);

	k = cli_commands(&n);
	for (i = 0; i < n; i++)
		if (strncmp(k[i].name, word, len) == 0 && k[i].name[len] == ' ')
			return true;
	return false;
}

static int
dispatch(struct cli *c)
{
	int used, r;

	if (c->n_words == 0)
		return cli_usage(CLI_USAGE, c, NULL);
	c->command = cli_command_of(c->words, c->n_words, &used);
	if (c->command == NULL && is_half(c->words[0]))
		return cli_usage(CLI_USAGE, c, c->words[0]);
	if (c->command == NULL)
		return cli_fail(CLI_USAGE,
		    "%s: no such command; pratique --help lists them",
		    c->words[0]);
	r = cli_operands(c, c->words + used, c->n_words - used);
	return r == 0 ? c->command->run(c) : r;
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
	/* of a command line that cannot be read, the word is enough */
	cli_answer_json(has_word(argc, argv, "--json"));
	r = cli_parse(&c, argc, argv);
	if (r == 0) {
		cli_answer_json(c.json);
		r = c.help ? cli_usage(CLI_DONE, &c, NULL) : dispatch(&c);
	}
	free(c.words);
	return cli_finish(r);
}
