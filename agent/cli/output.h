/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_OUTPUT_H
#define AGENT_CLI_OUTPUT_H

#include <jansson.h>

#include <pratique/verdict.h>

#include "cli/cli.h"
#include "config/notes.h"

/*
 * cli_answer_json() - whether the answer is JSON; until this is called it is
 * text. A program that reads JSON finds one document there, also of a failure.
 */
void cli_answer_json(bool json);
/*
 * cli_fail() - say why a command failed
 * "pratique: TEXT" on standard error, and the outcome where JSON is asked for.
 * Return: @code
 */
int cli_fail(enum cli_code code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* {"code": @code, "text": @text} on standard output; returns @code */
int cli_print_outcome(enum cli_code code, const char *text);
void cli_print_json(json_t *v); /* one line; takes the reference */
/* 0, or CLI_NOT_EXAMINED when output is lost; why, is said at the end */
int cli_flush(void);
/*
 * cli_finish() - close standard output; nothing can be said after it
 * Return: @code; CLI_NOT_EXAMINED if some of the answer was lost
 */
int cli_finish(int code);

/*
 * cli_settle() - make a verdict for an agent one for somebody who asks now
 * A signature by a key that is not on the list is a fail, not pending.
 */
void cli_settle(struct pq_verdict *v);
/*
 * cli_print_verdict() - findings and what they come to
 * @digest: of the image; none: it is not known
 * @by:     the policy or key by which was judged
 * Return:  the exit code that says the same
 */
int cli_print_verdict(const struct cli *c, const struct pq_findings *f,
    const struct pq_digest *digest, const char *by);
/* mistakes of a policy, to standard error */
void cli_print_notes(const struct pq_config_notes *notes);

#endif
