/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_SECRET_H
#define AGENT_CONFIG_SECRET_H

#include "config/config.h"

/*
 * pq_secret_read() - check a file that holds a secret, and read it
 * The file must be a regular file that root or the caller owns and that only
 * its owner can read and write. It has 1 to 4096 bytes; one newline at the end
 * is dropped and does not count. Each directory of @name must be trusted. A
 * FIFO does not block.
 * @ret:    initialised in each case; pq_buf_wipe() it
 * @dir:    open directory that the caller has checked
 * @name:   path below @dir
 * Return:  0; -PQ_EPERM (the caller may not read it); -PQ_ECONFIG
 */
int pq_secret_read(
    struct pq_buf *ret, int dir, const char *name, struct pq_err *err);

#endif
