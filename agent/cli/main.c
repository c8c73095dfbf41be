/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique, the command line. A command is a row: its operands, the options
 * that mean something to it, and what it does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"
#include "ipc/standard.h"
#include "role/libraries.h"

/* clang-format off */
#define VERIFY_USAGE                                                       \
	"tag --signers F [--commit OID] [--name TAG] FILE|-\n"             \
	"  pratique verify        image --policy FILE REF\n"               \
	"  pratique verify        image --key PEM [--plain-http] REF\n"    \
	"  pratique verify        image --policy FILE|--key PEM "          \
	"--layout DIR TAG|DIGEST\n"                                        \
	"  pratique verify        callback --scheme S --secret-file F "    \
	"[--header 'K: V']... BODY|-\n"                                    \
	"  pratique verify        evidence [--policy DIR] FILE|-\n"        \
	"      REF is host[:port]/repo and :TAG, @sha256:... or both\n"    \
	"      of a tag FILE is what `git cat-file tag NAME` prints"
/* clang-format on */

static const struct command {
	const char *name;
	int min, max; /* operands */
	bool message; /* -m is needed */
	enum pq_verb verb;
	int (*run)(const struct cli *c);
	const char *takes; /* options; NULL: its own kinds say which */
	const char *usage, *help;
} commands[] = {
	{ "status", 0, 1, false, PQ_VERB_STATUS, cli_control, "", "[SERVICE]",
	    "what runs, what waits, and for what" },
	{ "list", 0, 0, false, PQ_VERB_LIST, cli_control, "--service --state",
	    "[--service S] [--state X]", "releases and looks, newest first" },
	{ "show", 1, 1, false, PQ_VERB_SHOW, cli_control, "--evidence",
	    "ID [--evidence]", "every finding and step, or the evidence" },
	{ "approve", 1, 1, false, PQ_VERB_APPROVE, cli_control, "-m",
	    "ID [-m TEXT]", "agree to a release in quarantine" },
	{ "reject", 1, 1, true, PQ_VERB_REJECT, cli_control, "-m", "ID -m TEXT",
	    "end a release, until it is retried" },
	{ "hold", 0, 1, true, PQ_VERB_HOLD, cli_control, "-m --all",
	    "SERVICE|--all -m TEXT", "let nothing be deployed" },
	{ "unhold", 0, 1, false, PQ_VERB_UNHOLD, cli_control, "-m --all",
	    "SERVICE|--all [-m TEXT]", "lift a hold" },
	{ "retry", 1, 1, false, PQ_VERB_RETRY, cli_control, "-m",
	    "ID [-m TEXT]", "examine it anew; its quarantine is served again" },
	{ "look", 1, 1, false, PQ_VERB_LOOK, cli_control, "--name",
	    "SERVICE [--name TAG]",
	    "ask the registry now, as a callback would" },
	{ "adopt", 1, 1, false, PQ_VERB_ADOPT, cli_control, "--version",
	    "SERVICE --version V",
	    "record the running container as the live version V" },
	{ "watch", 0, 1, false, PQ_VERB_WATCH, cli_control, "", "[ID]",
	    "follow what happens; one ID until its end" },
	{ "audit", 1, 1, false, PQ_VERB_AUDIT_LOG, cli_control, "",
	    "log|verify", "the audit log, or whether its chain is whole" },
	{ "send", 1, 1, false, PQ_VERB_NONE, cli_send,
	    "--image --digest --commit --secret-file --url --scheme",
	    "SERVICE --image REF [--digest D] [--commit OID] [--scheme S]"
	    " --secret-file F --url U",
	    "a signed callback, from CI" },
	{ "check-config", 0, 1, false, PQ_VERB_NONE, cli_check_config, "",
	    "[DIR]", "every mistake, and the fewest parties that can ship" },
	{ "verify", 2, 2, false, PQ_VERB_NONE, cli_verify, NULL, VERIFY_USAGE,
	    "judge files or an image as the agent would" },
};

#define CODE(NAME, number, words) "  " #number " " words "\n"

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* How a command is used, or all of them. */
static void
write_usage(FILE *to, const struct command *k)
{
	size_t i;

	if (k != NULL) {
		(void)fprintf(to, "usage: pratique %s %s\n", k->name, k->usage);
		return;
	}
	(void)fprintf(to,
	    "usage: pratique [--run DIR] [--config DIR] "
	    "[--json] COMMAND ...\n");
	for (i = 0; i < N_COMMANDS; i++)
		(void)fprintf(to, "  pratique %-13s %s\n      %s\n",
		    commands[i].name, commands[i].usage, commands[i].help);
	(void)fputs("exit codes:\n" PQ_CODES(CODE), to);
	(void)fputs("--json: one document; of watch one for each line\n", to);
}

/* To @to, and as JSON to whoever reads that. */
static int
usage(
    FILE *to, enum cli_code code, const struct cli *c, const struct command *k)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = c->json ? open_memstream(&text, &n) : NULL;

	if (to == stderr || !c->json)
		write_usage(to, k);
	if (f != NULL)
		write_usage(f, k);
	if (f != NULL && fclose(f) == 0)
		(void)cli_print_outcome(code, text);
	free(text);
	return (int)code;
}

static int
dispatch(struct cli *c)
{
	const struct command *k = NULL;
	size_t i;

	for (i = 0; c->name != NULL && i < N_COMMANDS; i++)
		if (strcmp(c->name, commands[i].name) == 0)
			k = &commands[i];
	if (k == NULL && c->name != NULL)
		return cli_fail(CLI_USAGE,
		    "%s: no such command; pratique --help lists them", c->name);
	if (k == NULL)
		return usage(stderr, CLI_USAGE, c, NULL);
	if (c->n_args < k->min || c->n_args > k->max ||
	    (k->message && c->message == NULL))
		return usage(stderr, CLI_USAGE, c, k);
	if (k->takes != NULL && cli_refuse_strangers(c, k->name, k->takes) != 0)
		return CLI_USAGE;
	c->verb = k->verb;
	return k->run(c);
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
	c.args = calloc((size_t)argc + 1, sizeof(*c.args));
	if (c.args == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "out of memory");
	/* of a command line that cannot be read, the word is enough */
	cli_answer_json(has_word(argc, argv, "--json"));
	r = cli_parse(&c, argc, argv);
	if (r == 0) {
		cli_answer_json(c.json);
		r = c.help ? usage(stdout, CLI_DONE, &c, NULL) : dispatch(&c);
	}
	free(c.args);
	return cli_finish(r);
}
