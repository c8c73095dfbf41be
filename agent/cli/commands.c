/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands, one row each. A row names the operand, the options, the handler
 * and the lists of the agent's answer. This table is the only place that names
 * a command or its verb.
 */
#include "cli/commands.h"

#include <string.h>

#include <pratique/evidence.h>

#include "cli/lists.h"
#include "cli/output.h"

#define LONG_S 90 /* the agent hashes the audit log or asks another role */

/* clang-format off */
static const struct cli_command commands[] = {
	{ .name = "status", .operand = CLI_SERVICE, .optional = true,
	  .help = "show the live and the waiting release of each service",
	  .run = cli_control, .verb = PQ_VERB_STATUS,
	  .prints = { &cli_services } },
	{ .name = "list", .takes = "--service --state --limit --callbacks",
	  .help = "list releases and looks, or the callbacks, newest first",
	  .run = cli_list, .verb = PQ_VERB_LIST,
	  .prints = { &cli_releases } },
	{ .name = "show", .operand = CLI_ID, .takes = "--evidence",
	  .help = "show all findings and steps of a release, or its evidence",
	  .run = cli_show, .verb = PQ_VERB_SHOW,
	  .prints = { &cli_release, &cli_findings, &cli_steps,
		      &cli_attempts } },
	{ .name = "approve", .operand = CLI_ID, .takes = "-m",
	  .help = "approve a release in quarantine",
	  .run = cli_control, .verb = PQ_VERB_APPROVE },
	{ .name = "reject", .operand = CLI_ID, .needs = "-m",
	  .help = "refuse a release; only `pratique retry ID` opens it again",
	  .run = cli_control, .verb = PQ_VERB_REJECT },
	{ .name = "hold", .operand = CLI_SERVICE_OR_ALL, .needs = "-m",
	  .help = "stop deployments of a service, or of all services",
	  .run = cli_control, .verb = PQ_VERB_HOLD },
	{ .name = "unhold", .operand = CLI_SERVICE_OR_ALL, .takes = "-m",
	  .help = "lift a hold",
	  .run = cli_control, .verb = PQ_VERB_UNHOLD },
	{ .name = "retry", .operand = CLI_ID, .takes = "-m",
	  .help = "examine a release again; its quarantine starts again",
	  .run = cli_control, .verb = PQ_VERB_RETRY },
	{ .name = "look", .operand = CLI_SERVICE, .takes = "--name",
	  .help = "examine a tag now; without --name the tags of earlier looks",
	  .run = cli_control, .verb = PQ_VERB_LOOK },
	{ .name = "drop", .operand = CLI_SERVICE, .takes = "-m",
	  .help = "give up the callbacks of a service that still wait",
	  .run = cli_control, .verb = PQ_VERB_DROP, .patience_s = LONG_S },
	{ .name = "adopt", .operand = CLI_SERVICE, .needs = "--version",
	  .help = "set the first floor: the running container is version V",
	  .run = cli_control, .verb = PQ_VERB_ADOPT, .patience_s = LONG_S },
	{ .name = "watch", .operand = CLI_ID, .optional = true,
	  .help = "follow the audit log, or one release until its last state",
	  .run = cli_watch, .verb = PQ_VERB_WATCH,
	  .prints = { &cli_release, &cli_events } },
	{ .name = "audit log", .takes = "--since",
	  .help = "print the audit log, or its entries after entry SEQ",
	  .run = cli_audit_log, .verb = PQ_VERB_AUDIT_LOG,
	  .prints = { &cli_events } },
	{ .name = "audit verify",
	  .help = "check the hash chain of the audit log",
	  .run = cli_control, .verb = PQ_VERB_AUDIT_VERIFY,
	  .patience_s = LONG_S, .prints = { &cli_events } },
	{ .name = "host", .help = "examine the settings of the Docker host",
	  .run = cli_examination, .verb = PQ_VERB_HOST,
	  .patience_s = LONG_S, .document = PQ_ANSWER_MAX },
	{ .name = "doctor", .operand = CLI_SERVICE, .optional = true,
	  .help = "check access to each registry and git host",
	  .run = cli_examination, .verb = PQ_VERB_DOCTOR,
	  .patience_s = LONG_S, .document = PQ_ANSWER_MAX },
	{ .name = "send", .operand = CLI_SERVICE,
	  .needs = "--image --secret-file --url",
	  .takes = "--digest --commit --scheme",
	  .help = "send a signed callback, for example from CI",
	  .run = cli_send },
	{ .name = "check-config", .operand = CLI_DIR, .optional = true,
	  .help = "print every error, and the smallest sets of parties that "
		  "can ship",
	  .run = cli_check_config },
	{ .name = "verify tag", .operand = CLI_FILE, .needs = "--signers",
	  .takes = "--commit --name",
	  .help = "verify a tag; FILE is the output of "
		  "`git cat-file tag NAME`",
	  .run = cli_verify_tag },
	{ .name = "verify image", .operand = CLI_REF,
	  .takes = "--policy --key --layout --plain-http",
	  .help = "verify an image; REF is HOST[:PORT]/REPO and :TAG, "
		  "@sha256:... or both",
	  .usage = "--policy FILE REF | --key PEM [--plain-http] REF\n"
		   "      | --policy FILE|--key PEM --layout DIR TAG|DIGEST",
	  .run = cli_verify_image },
	{ .name = "verify callback", .operand = CLI_FILE,
	  .needs = "--scheme --secret-file", .takes = "--header",
	  .help = "verify the signature of a callback; FILE is its body",
	  .run = cli_verify_callback },
	{ .name = "verify evidence", .operand = CLI_FILE, .takes = "--policy",
	  .help = "judge the output of `show --evidence` again; DIR is a "
		  "configuration",
	  .usage = "FILE|- [--policy DIR]",
	  .run = cli_verify_evidence },
	{ .name = "version", .help = "print the version of pratique",
	  .run = cli_version },
};
/* clang-format on */

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct cli_command *
cli_commands(size_t *ret_n)
{
	*ret_n = N_COMMANDS;
	return commands;
}

/* Return how many of @words are the name @name, or 0 if it is another name. */
static int
count_name_words(const char *name, char *const *words, int n)
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
		*ret_words = count_name_words(commands[i].name, words, n);
		if (*ret_words != 0)
			return &commands[i];
	}
	return NULL;
}

bool
cli_begins_command(const char *word)
{
	size_t i, len = strlen(word);

	for (i = 0; i < N_COMMANDS; i++)
		if (strncmp(commands[i].name, word, len) == 0 &&
		    commands[i].name[len] == ' ')
			return true;
	return false;
}

int
cli_unknown_command(const char *word)
{
	return cli_fail(CLI_USAGE,
	    "%s: unknown command; `pratique --help` lists all commands", word);
}
