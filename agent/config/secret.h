/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_SECRET_H
#define AGENT_CONFIG_SECRET_H

#include "config/config.h"

/*
 * pq_secret_read() - the one rule for a file that is a secret
 * A plain file of root's or of the caller's, which nobody but its owner may
 * read or write, of 1 to 4096 bytes beside one newline at its end, which is
 * dropped. Each directory of @name must be trusted; nothing is waited for.
 * @ret:    initialised by the callee; pq_buf_wipe() it
 * @dir:    open directory, judged by the caller
 * Return:  0; -PQ_EPERM (the caller may not look); -PQ_ECONFIG
 */
int pq_secret_read(
    struct pq_buf *ret, int dir, const char *name, struct pq_err *err);

#endif
