/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_INPUT_H
#define AGENT_CLI_INPUT_H

#include <pratique/callback.h>

#include "cli/cli.h"

/* usage error that names the schemes that there are */
int cli_bad_scheme(const char *name);
/* a whole file or "-"; at most @max bytes */
int cli_read(struct pq_buf *ret, const char *path, size_t max);
/* the secret of a file, less one newline, if it is one by @scheme; wipe it */
int cli_read_secret(
    struct pq_buf *ret, const char *path, enum pq_scheme scheme);

#endif
