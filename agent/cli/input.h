/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_INPUT_H
#define AGENT_CLI_INPUT_H

#include <pratique/callback.h>

#include "cli/cli.h"

/* Refuse an unknown scheme. The message names the known schemes. */
int cli_bad_scheme(const char *name);
/*
 * cli_read_file() - read a whole file, or standard input if @path is "-"
 * @ret:   initialised in each case; pq_buf_free() it
 * @max:   limit, bytes
 * Return: 0; CLI_NOT_EXAMINED, after a message on standard error
 * cli_read_secret() - read a secret from a file, and drop one newline at its
 * end
 * @ret:    initialised in each case; pq_buf_wipe() it
 * @scheme: refuses a secret that it cannot use
 * Return:  0; CLI_NOT_EXAMINED, after a message on standard error
 */
int cli_read_file(struct pq_buf *ret, const char *path, size_t max);
int cli_read_secret(
    struct pq_buf *ret, const char *path, enum pq_scheme scheme);

#endif
