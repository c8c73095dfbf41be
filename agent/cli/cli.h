/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_CLI_H
#define AGENT_CLI_CLI_H

#include <stdbool.h>

#include "ipc/codes.h"
#include "ipc/verbs.h"

/* Exit codes: of ipc/codes.h. */
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

/* What a command is about. usage.c has the word for each. */
enum cli_operand {
	CLI_NOTHING = 0,
	CLI_ID,
	CLI_SERVICE,
	CLI_SERVICE_OR_ALL, /* one of the two: never all by leaving it out */
	CLI_DIR,
	CLI_FILE, /* or "-" */
	CLI_REF,
};

/* A command: a row of commands.c. */
struct cli_command {
	const char *name; /* one word or two: "audit log" */
	enum cli_operand operand;
	bool optional; /* it may be left out */
	/* options, with blanks between; any other is refused */
	const char *needs, *takes;
	int (*run)(const struct cli *c); /* the exit code */
	const char *help;
	const char *usage; /* behind the name; NULL: by the members above */

	/* Of those that ask the agent. */
	enum pq_verb verb;
	unsigned patience_s; /* 0: as long as for most */
	size_t document;     /* limit of the document, bytes; 0: no document */
	/* rows of the answer; each list is in the JSON document, also empty */
	const struct cli_list *prints[CLI_LISTS];
};

/* What the command line said; NULL, 0 or false where it did not. */
struct cli {
	const struct cli_command *command;
	char **words; /* the first of them name the command */
	int n_words;
	const char *operand;
	bool json, help;
	bool all, evidence, plain_http;
	const char *run_dir;    /* NULL: not said, CLI_RUN_DIR */
	const char *config_dir; /* NULL: not said, CLI_CONFIG_DIR */
	const char *message, *state, *service, *version, *since, *limit;
	const char *image, *digest, *commit, *secret_file, *url, *scheme;
	const char *signers, *tag_name, *policy, *key, *layout;
	const char *headers[CLI_HEADERS];
	int n_headers;
};

/* The commands that ask the agent; for others see their own files. */
int cli_control(const struct cli *c);
int cli_show(const struct cli *c);
int cli_audit_log(const struct cli *c);
int cli_watch(const struct cli *c);
int cli_examination(const struct cli *c); /* the document is findings */
int cli_send(const struct cli *c);
int cli_check_config(const struct cli *c);
int cli_verify_tag(const struct cli *c);
int cli_verify_image(const struct cli *c);
int cli_verify_callback(const struct cli *c);
int cli_verify_evidence(const struct cli *c);

#endif
