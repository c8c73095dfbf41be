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
#define CLI_CONFIG_DIR "/etc/pratique"
#define CLI_RUN_DIR "/run/pratique"

/* What the command line said; NULL, 0 or false where it did not. */
struct cli {
	const char *name; /* of the command */
	char **args;      /* operands */
	int n_args;
	bool json, help;
	bool all, evidence, plain_http;
	const char *run_dir;    /* NULL: not said, CLI_RUN_DIR */
	const char *config_dir; /* NULL: not said, CLI_CONFIG_DIR */
	const char *message, *state, *service, *version, *since, *limit;
	const char *image, *digest, *commit, *secret_file, *url, *scheme;
	const char *signers, *tag_name, *policy, *key, *layout;
	const char *headers[CLI_HEADERS];
	int n_headers;
	enum pq_verb verb; /* of commands that ask the agent */
};

/* The commands, each a row of main.c's table; the exit code. */
int cli_control(const struct cli *c);
int cli_send(const struct cli *c);
int cli_check_config(const struct cli *c);
int cli_verify(const struct cli *c);
/* a row of verify.c's */
int cli_verify_image(const struct cli *c);

#endif
