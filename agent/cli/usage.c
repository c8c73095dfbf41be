/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of `--help`, and the check that a command line follows it. Both come
 * from the row of the command in commands.c, so they cannot disagree.
 */
#include "cli/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/text.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"

/* The word for an operand, and the option that may replace the operand. */
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
	size_t column = sizeof("usage: pratique ") - 1 + strlen(k->name);

	(void)fprintf(to, "pratique %s", k->name);
	if (k->usage != NULL) {
		(void)fprintf(to, " %s\n", k->usage);
		return;
	}
	if (k->operand != CLI_NOTHING) {
		(void)fprintf(to, k->optional ? " [%s]" : " %s",
		    operands[k->operand].word);
		column += 3 + strlen(operands[k->operand].word);
	}
	cli_options_write(to, k->needs, true, &column);
	cli_options_write(to, k->takes, false, &column);
	(void)fputc('\n', to);
}

static bool
begins_with(const struct cli_command *k, const char *first)
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
	(void)fputs("options of every command:\n", to);
	cli_options_explain_common(to);
	(void)fputs("exit codes:\n" PQ_CODES(CODE), to);
	(void)fputs("`pratique help COMMAND` explains one command, as "
		    "`pratique COMMAND --help` does.\n"
		    "With --json `watch` prints one JSON document per line.\n",
	    to);
}

/*
 * Write the usage of each command whose name begins with @first; NULL: of all.
 */
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
		if (!begins_with(&k[i], first))
			continue;
		(void)fputs("usage: ", to);
		write_command(to, &k[i]);
	}
}

/* Write the usage, the purpose and the options of one command. */
static void
write_help(FILE *to, const struct cli_command *k)
{
	(void)fputs("usage: ", to);
	write_command(to, k);
	(void)fprintf(to, "  %s\n", k->help);
	cli_options_explain(to, operands[k->operand].instead);
	cli_options_explain(to, k->needs);
	cli_options_explain(to, k->takes);
	cli_options_explain_common(to);
}

/* @text: from open_memstream(); this function frees it; may be NULL */
static int
print_owned(enum cli_code code, char *text)
{
	int r = cli_print_outcome(code, text == NULL ? "" : text);

	free(text);
	return r;
}

int
cli_usage(const struct cli *c, const char *first, const char *reason)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return cli_fail(CLI_USAGE, "out of memory");
	write_usage(f, first);
	if (reason != NULL)
		(void)fprintf(f, "pratique: %s\n", reason);
	(void)fclose(f);
	(void)fputs(text == NULL ? "" : text, stderr);
	if (c->json)
		return print_owned(CLI_USAGE, text);
	free(text);
	return CLI_USAGE;
}

static int
help_on(const struct cli *c, const struct cli_command *k, const char *first)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = c->json ? open_memstream(&text, &n) : stdout;

	if (f == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "out of memory");
	if (k != NULL)
		write_help(f, k);
	else
		write_usage(f, first);
	if (f == stdout)
		return CLI_DONE;
	(void)fclose(f);
	return print_owned(CLI_DONE, text);
}

int
cli_help(const struct cli *c)
{
	const struct cli_command *k;
	int used;

	if (c->n_words == 0)
		return help_on(c, NULL, NULL);
	k = cli_command_of(c->words, c->n_words, &used);
	if (k != NULL)
		return help_on(c, k, NULL);
	if (cli_begins_command(c->words[0]))
		return help_on(c, NULL, c->words[0]);
	return cli_unknown_command(c->words[0]);
}

static int
refuse_operands(const struct cli *c, int n, char *const *words, int most)
{
	const struct cli_command *k = c->command;
	char raw[256], reason[512];

	if (n <= most)
		(void)snprintf(raw, sizeof(raw), "%s: %s is missing", k->name,
		    operands[k->operand].word);
	else if (most == 0 && operands[k->operand].instead != NULL)
		(void)snprintf(raw, sizeof(raw), "%s: give only one of %s",
		    k->name, operands[k->operand].word);
	else
		(void)snprintf(raw, sizeof(raw),
		    "%s: unexpected argument %.128s", k->name, words[most]);
	pq_text_utf8(reason, sizeof(reason), pq_slice_str(raw));
	return cli_usage(c, k->name, reason);
}

int
cli_operands(struct cli *c, char *const *words, int n)
{
	const struct cli_command *k = c->command;
	const char *instead = operands[k->operand].instead, *missing;
	int least = k->operand != CLI_NOTHING && !k->optional;
	int most = k->operand != CLI_NOTHING;
	char reason[128];

	if (instead != NULL)
		most = least = cli_has_option(c, instead) ? 0 : 1;
	if (n < least || n > most)
		return refuse_operands(c, n, words, most);
	c->operand = n == 0 ? NULL : words[0];
	missing = cli_missing_option(c, k->needs);
	if (missing == NULL)
		return cli_refuse_others(c, k, instead);
	(void)snprintf(reason, sizeof(reason), "%s: the option %s is missing",
	    k->name, missing);
	return cli_usage(c, k->name, reason);
}
