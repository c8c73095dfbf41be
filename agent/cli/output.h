/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_OUTPUT_H
#define AGENT_CLI_OUTPUT_H

#include <jansson.h>

#include <pratique/verdict.h>

#include "cli/cli.h"
#include "config/notes.h"

/*
 * cli_answer_json() - choose JSON or text for the answer; the default is text
 * With JSON, a program finds one document on standard output, even if the
 * command fails.
 */
void cli_answer_json(bool json);
/*
 * cli_fail() - report why a command failed
 * Writes "pratique: TEXT" to standard error, and with --json also the outcome
 * to standard output. Return: @code
 */
int cli_fail(enum cli_code code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Print {"code": @code, "text": @text} on standard output. Return @code. */
int cli_print_outcome(enum cli_code code, const char *text);
void cli_print_json(json_t *v); /* on one line; releases @v */
/*
 * Flush standard output. cli_finish() reports an error.
 * Return: 0; CLI_NOT_EXAMINED if output was lost
 */
int cli_flush(void);
/*
 * cli_finish() - close standard output; the last function that a command calls
 * Return: @code; CLI_NOT_EXAMINED if a part of the answer was lost
 */
int cli_finish(int code);

/*
 * cli_fail_pending_signature() - fail an image that only other keys have signed
 * For the agent such a signature is pending, because the right signature may
 * still come.
 */
void cli_fail_pending_signature(struct pq_verdict *v);
/*
 * cli_print_verdict() - print findings and their overall status
 * @digest: digest of the image; zero if it is unknown
 * @by:     name of the policy or key
 * Return:  the exit code for the overall status
 */
int cli_print_verdict(const struct cli *c, const struct pq_findings *f,
    const struct pq_digest *digest, const char *by);
/* Write the errors of a policy to standard error. */
void cli_print_notes(const struct pq_config_notes *notes);

#endif
