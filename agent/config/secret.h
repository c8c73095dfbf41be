/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_SECRET_H
#define AGENT_CONFIG_SECRET_H

#include "config/config.h"

/*
 * pq_secret_read() - check a file that holds a secret, and read it
 * The file must be a regular file of root or the caller, and only its owner may
 * have access to it. The secret has 1 to 4096 bytes. One newline at the end is
 * removed first. Each directory of @name must be trusted, as in config/file.h.
 * A FIFO is refused and does not block.
 * @ret:   initialised in each case; free it with pq_buf_wipe()
 * @dir:   open directory that the caller has checked
 * @name:  path below @dir
 * Return: 0; -PQ_EPERM (the caller may not read it); -PQ_ECONFIG
 */
int pq_secret_read(
    struct pq_buf *ret, int dir, const char *name, struct pq_err *err);

#endif
