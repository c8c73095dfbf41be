/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How commands are called: the words of `--help`, and the check that a command
 * line keeps to them. Both come from the row of the command.
 */
#include "cli/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"

/* What stands for an operand, and the option that may stand in its place. */
static const struct {
	const char *word, *instead;
} operands[] = {
	[CLI_NOTHING] = { "", NULL },
	[CLI_ID] = { "ID", NULL },
	[CLI_SERVICE] = { "SERVICE", NULL },
	[CLI_SERVICE_OR_ALL] = { "SERVICE|--all", "--all" },
	[CLI_DIR] = { "DIR", NULL },
	[CLI_FILE] = { "FILE|-", NULL },
	[CLI_REF] = { "REF", NULL },
};

static void
write_command(FILE *to, const struct cli_command *k)
{
	(void)fprintf(to, "pratique %s", k->name);
	if (k->usage != NULL) {
		(void)fprintf(to, " %s\n", k->usage);
		return;
	}
	if (k->operand != CLI_NOTHING)
		(void)fprintf(to, k->optional ? " [%s]" : " %s",
		    operands[k->operand].word);
	cli_options_write(to, k->needs, true);
	cli_options_write(to, k->takes, false);
	(void)fputc('\n', to);
}

static bool
begins(const struct cli_command *k, const char *first)
{
	size_t n = first == NULL ? 0 : strlen(first);

	return first == NULL ||
	    (strncmp(k->name, first, n) == 0 &&
		(k->name[n] == '\0' || k->name[n] == ' '));
}

#define CODE(NAME, number, words) "  " #number " " words "\n"

static void
write_all(FILE *to)
{
	const struct cli_command *k;
	size_t i, n;

	k = cli_commands(&n);
	(void)fputs("usage: pratique [--run DIR] [--config DIR] [--json] "
		    "COMMAND ...\n",
	    to);
	for (i = 0; i < n; i++) {
		(void)fputs("  ", to);
		write_command(to, &k[i]);
		(void)fprintf(to, "      %s\n", k[i].help);
	}
	(void)fputs(
	    "exit codes:\n" PQ_CODES(
		CODE) "--json: one document; of watch one for each line\n",
	    to);
}

static void
write_usage(FILE *to, const char *first)
{
	const struct cli_command *k;
	size_t i, n;

	if (first == NULL) {
		write_all(to);
		return;
	}
	k = cli_commands(&n);
	for (i = 0; i < n; i++) {
		if (!begins(&k[i], first))
			continue;
		(void)fputs("usage: ", to);
		write_command(to, &k[i]);
	}
}

int
cli_usage(enum cli_code code, const struct cli *c, const char *first)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = c->json ? open_memstream(&text, &n) : NULL;

	if (code != CLI_DONE)
		write_usage(stderr, first);
	else if (!c->json)
		write_usage(stdout, first);
	if (f != NULL)
		write_usage(f, first);
	if (f != NULL && fclose(f) == 0)
		(void)cli_print_outcome(code, text);
	free(text);
	return (int)code;
}

int
cli_operands(struct cli *c, char *const *words, int n)
{
	const struct cli_command *k = c->command;
	const char *instead = operands[k->operand].instead;
	int least = k->operand != CLI_NOTHING && !k->optional;

	if (instead != NULL)
		least = cli_has_option(c, instead) ? 0 : 1;
	if (n < least || n > (instead != NULL ? least : k->operand != 0))
		return cli_usage(CLI_USAGE, c, k->name);
	c->operand = n == 0 ? NULL : words[0];
	if (!cli_has_options(c, k->needs))
		return cli_usage(CLI_USAGE, c, k->name);
	return cli_refuse_strangers(c, k, instead);
}
