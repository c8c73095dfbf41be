/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands: one row each. A row names the operand and the options, the
 * handler, and the rows of the agent's answer. No other place knows a command
 * by its name or a verb by its number.
 */
#include "cli/commands.h"

#include <string.h>

#include <pratique/evidence.h>

#include "cli/lists.h"

#define LONG_S 90 /* the audit log is hashed, or deploy is asked */

/* clang-format off */
static const struct cli_command commands[] = {
	{ .name = "status", .operand = CLI_SERVICE, .optional = true,
	  .help = "what runs, what waits, and for what",
	  .run = cli_control, .verb = PQ_VERB_STATUS,
	  .prints = { &cli_services } },
	{ .name = "list", .takes = "--service --state --limit",
	  .help = "releases and looks, newest first",
	  .run = cli_control, .verb = PQ_VERB_LIST,
	  .prints = { &cli_releases } },
	{ .name = "show", .operand = CLI_ID, .takes = "--evidence",
	  .help = "every finding and step, or the evidence",
	  .run = cli_show, .verb = PQ_VERB_SHOW,
	  .prints = { &cli_release, &cli_findings, &cli_steps,
		      &cli_attempts } },
	{ .name = "approve", .operand = CLI_ID, .takes = "-m",
	  .help = "agree to a release in quarantine",
	  .run = cli_control, .verb = PQ_VERB_APPROVE },
	{ .name = "reject", .operand = CLI_ID, .needs = "-m",
	  .help = "end a release, until it is retried",
	  .run = cli_control, .verb = PQ_VERB_REJECT },
	{ .name = "hold", .operand = CLI_SERVICE_OR_ALL, .needs = "-m",
	  .help = "let nothing be deployed",
	  .run = cli_control, .verb = PQ_VERB_HOLD },
	{ .name = "unhold", .operand = CLI_SERVICE_OR_ALL, .takes = "-m",
	  .help = "lift a hold",
	  .run = cli_control, .verb = PQ_VERB_UNHOLD },
	{ .name = "retry", .operand = CLI_ID, .takes = "-m",
	  .help = "examine it again; its quarantine is served again",
	  .run = cli_control, .verb = PQ_VERB_RETRY },
	{ .name = "look", .operand = CLI_SERVICE, .takes = "--name",
	  .help = "ask the registry now, as a callback would",
	  .run = cli_control, .verb = PQ_VERB_LOOK },
	{ .name = "adopt", .operand = CLI_SERVICE, .needs = "--version",
	  .help = "record the running container as the live version V",
	  .run = cli_control, .verb = PQ_VERB_ADOPT, .patience_s = LONG_S },
	{ .name = "watch", .operand = CLI_ID, .optional = true,
	  .help = "follow what happens; one ID until its end",
	  .run = cli_watch, .verb = PQ_VERB_WATCH,
	  .prints = { &cli_release, &cli_events } },
	{ .name = "audit log", .takes = "--since",
	  .help = "the audit log, or its rows after number SEQ",
	  .run = cli_audit_log, .verb = PQ_VERB_AUDIT_LOG,
	  .prints = { &cli_events } },
	{ .name = "audit verify",
	  .help = "whether the chain of the audit log is whole",
	  .run = cli_control, .verb = PQ_VERB_AUDIT_VERIFY,
	  .patience_s = LONG_S, .prints = { &cli_events } },
	{ .name = "host", .help = "posture of the Docker host",
	  .run = cli_examination, .verb = PQ_VERB_HOST,
	  .patience_s = LONG_S, .document = PQ_ANSWER_MAX },
	{ .name = "send", .operand = CLI_SERVICE,
	  .needs = "--image --secret-file --url",
	  .takes = "--digest --commit --scheme",
	  .help = "a signed callback, from CI", .run = cli_send },
	{ .name = "check-config", .operand = CLI_DIR, .optional = true,
	  .help = "every mistake, and the fewest parties that can ship",
	  .run = cli_check_config },
	{ .name = "verify tag", .operand = CLI_FILE, .needs = "--signers",
	  .takes = "--commit --name",
	  .help = "judge a tag; FILE is what `git cat-file tag NAME` prints",
	  .run = cli_verify_tag },
	{ .name = "verify image", .operand = CLI_REF,
	  .takes = "--policy --key --layout --plain-http",
	  .help = "judge an image as the agent would; REF is host[:port]/repo "
		  "and :TAG, @sha256:... or both",
	  .usage = "--policy FILE REF | --key PEM [--plain-http] REF\n"
		   "      | --policy FILE|--key PEM --layout DIR TAG|DIGEST",
	  .run = cli_verify_image },
	{ .name = "verify callback", .operand = CLI_FILE,
	  .needs = "--scheme --secret-file", .takes = "--header",
	  .help = "judge the body and the headers of a callback",
	  .run = cli_verify_callback },
	{ .name = "verify evidence", .operand = CLI_FILE, .takes = "--policy",
	  .help = "judge a document of `show --evidence` again",
	  .run = cli_verify_evidence },
};
/* clang-format on */

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct cli_command *
cli_commands(size_t *ret_n)
{
	*ret_n = N_COMMANDS;
	return commands;
}

/* How many of @words are the name @k; 0: they are another one. */
static int
words_of(const char *name, char *const *words, int n)
{
	size_t len;
	int i;

	for (i = 0; i < n; i++) {
		len = strlen(words[i]);
		if (strncmp(name, words[i], len) != 0)
			return 0;
		if (name[len] == '\0')
			return i + 1;
		if (name[len] != ' ')
			return 0;
		name += len + 1;
	}
	return 0;
}

const struct cli_command *
cli_command_of(char *const *words, int n, int *ret_words)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		*ret_words = words_of(commands[i].name, words, n);
		if (*ret_words != 0)
			return &commands[i];
	}
	return NULL;
}
