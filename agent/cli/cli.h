/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_CLI_H
#define AGENT_CLI_CLI_H

#include <stdbool.h>

#include "ipc/codes.h"
#include "ipc/verbs.h"

/* The exit codes; ipc/codes.h lists them. */
enum cli_code {
#define CODE(NAME, number, words) CLI_##NAME = PQ_CODE_##NAME,
	PQ_CODES(CODE)
#undef CODE
};

#define CLI_HEADERS 16
#define CLI_LISTS 4 /* kinds of rows in one answer */
#define CLI_CONFIG_DIR "/etc/pratique"
#define CLI_RUN_DIR "/run/pratique"

struct cli;
struct cli_list;

/* The operand of a command. usage.c has the word that `--help` shows. */
enum cli_operand {
	CLI_NOTHING = 0,
	CLI_ID,
	CLI_SERVICE,
	CLI_SERVICE_OR_ALL, /* a missing operand never means all services */
	CLI_DIR,
	CLI_FILE, /* or "-" */
	CLI_REF,
};

/* A command: a row of commands.c. */
struct cli_command {
	const char *name; /* one or two words: "audit log" */
	enum cli_operand operand;
	bool optional; /* the operand may be left out */
	/*
	 * required and optional options, separated by blanks; all others are
	 * refused, except the options of every command
	 */
	const char *needs, *takes;
	int (*run)(const struct cli *c); /* returns the exit code */
	const char *help;
	const char *usage; /* text after the name; NULL: made from this row */

	/* for a command that asks the agent; otherwise 0 */
	enum pq_verb verb;
	unsigned patience_s; /* 0: the default of agent.c */
	size_t document;     /* most bytes of the document; 0: no document */
	/* lists of the answer; an empty list is an empty array in JSON */
	const struct cli_list *prints[CLI_LISTS];
};

/*
 * The command line. If an option was not given, its member is NULL, 0 or false.
 */
struct cli {
	const struct cli_command *command;
	char **words; /* not options; the first ones name the command */
	int n_words;
	const char *operand;
	bool json, help;
	bool all, evidence, plain_http, callbacks;
	const char *run_dir;    /* NULL: CLI_RUN_DIR */
	const char *config_dir; /* NULL: CLI_CONFIG_DIR */
	const char *message, *state, *service, *version, *since, *limit;
	const char *image, *digest, *commit, *secret_file, *url, *scheme;
	const char *signers, *tag_name, *policy, *key, *layout;
	const char *headers[CLI_HEADERS];
	int n_headers;
};

/*
 * The handlers of the commands. Each prints its answer and returns the exit
 * code. The first six use the control socket of the agent.
 */
int cli_control(const struct cli *c); /* most commands: one request */
int cli_list(const struct cli *c);
int cli_show(const struct cli *c);
int cli_audit_log(const struct cli *c);
int cli_watch(const struct cli *c);
int cli_examination(const struct cli *c); /* the answer has findings */
int cli_send(const struct cli *c);
int cli_check_config(const struct cli *c);
int cli_verify_tag(const struct cli *c);
int cli_verify_image(const struct cli *c);
int cli_verify_callback(const struct cli *c);
int cli_verify_evidence(const struct cli *c);
int cli_version(const struct cli *c);

#endif
