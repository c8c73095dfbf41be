/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_CLI_H
#define AGENT_CLI_CLI_H

#include <stdio.h>

#include <jansson.h>

#include "config/config.h"
#include "ipc/channel.h"

/* Exit codes; operators and scripts rely on them. */
enum cli_code {
	CLI_DONE = 0,
	CLI_REFUSED = 1,
	CLI_USAGE = 2,
	CLI_UNREACHABLE = 3,
	CLI_NOT_EXAMINED = 4,
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
	const char *message, *state, *service, *version;
	const char *image, *digest, *commit, *secret_file, *url, *scheme;
	const char *signers, *tag_name, *policy, *key, *layout;
	const char *headers[CLI_HEADERS];
	int n_headers;
	enum pq_verb verb; /* of commands that ask the agent */
};

int cli_control(const struct cli *c);
int cli_send(const struct cli *c);
int cli_check_config(const struct cli *c);
int cli_verify(const struct cli *c);
int cli_verify_image(const struct cli *c);

/* options.c: 0, or CLI_USAGE after words to standard error */
int cli_parse(struct cli *c, int argc, char **argv);
/* options that are none of @takes, names with blanks between, are refused */
int cli_refuse_strangers(
    const struct cli *c, const char *what, const char *takes);

/* "pratique: text" on standard error, JSON when asked for; returns @code */
int cli_fail(enum cli_code code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* usage error that names the schemes that there are */
int cli_bad_scheme(const char *name);
/* a whole file or "-"; at most @max bytes */
int cli_read(struct pq_buf *ret, const char *path, size_t max);
/* the secret of a file, less one newline, if it is one by @scheme; wipe it */
int cli_read_secret(
    struct pq_buf *ret, const char *path, enum pq_scheme scheme);
void cli_print_json(json_t *v); /* one line; takes the reference */
/* 0, or CLI_NOT_EXAMINED when output is lost; why, is said at the end */
int cli_flush(void);

/* verify.c: findings and what they come to, judged by @by; the exit code */
/* a signature by a strange key alone: fail, not pending */
void cli_settle(struct pq_verdict *v);
int cli_print_verdict(const struct cli *c, const struct pq_findings *f,
    const struct pq_digest *digest, const char *by);
/* mistakes of a policy, to standard error */
void cli_print_notes(const struct pq_config_notes *notes);

/* parties.c: the parties of one service, and the smallest sets of them */
int cli_print_parties(
    const struct pq_config_service *s, const struct pq_config *c);
/* NULL: no memory */
json_t *cli_parties_json(
    const struct pq_config_service *s, const struct pq_config *c);

/* rows.c */
/* of bytes that are no text what can be shown; NULL: no memory */
json_t *cli_json_text(struct pq_slice s);
json_t *cli_row_json(const struct pq_msg *m);
json_t *cli_findings_json(const struct pq_findings *f);
/* what does not pass says on which bytes, and by which rule */
void cli_print_finding(const char *status, const char *check,
    const char *reason, const char *subject, const char *spec);
void cli_print_findings(const struct pq_findings *f);
/* @rows are the JSON of messages of @type, of which @columns names fields */
void cli_print_table(
    json_t *rows, enum pq_msg_type type, const char *const *columns);
bool cli_is_time(enum pq_msg_type type, const char *name);
void cli_time(char dst[32], int64_t at);

#endif
