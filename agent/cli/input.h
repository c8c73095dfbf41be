/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_INPUT_H
#define AGENT_CLI_INPUT_H

#include <pratique/callback.h>

#include "cli/cli.h"

/* Name the known schemes on standard error. Return: CLI_USAGE */
int cli_bad_scheme(const char *name);
/*
 * cli_read_file() - read a whole file, or standard input if @path is "-"
 * @ret:   initialised in each case; free it with pq_buf_free()
 * @max:   limit in bytes
 * Return: 0; CLI_NOT_EXAMINED, after a message on standard error
 */
int cli_read_file(struct pq_buf *ret, const char *path, size_t max);
/*
 * cli_read_secret() - read a secret from a file, without a newline at its end
 * @ret:    initialised in each case; free it with pq_buf_wipe()
 * @scheme: a secret that it cannot use is refused
 * Return:  0; CLI_NOT_EXAMINED, after a message on standard error
 */
int cli_read_secret(
    struct pq_buf *ret, const char *path, enum pq_scheme scheme);

#endif
