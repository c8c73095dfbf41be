/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_VERIFY_JOB_H
#define AGENT_VERIFY_JOB_H

#include "config/config.h"
#include "ipc/channel.h"

/*
 * pq_job_do() - read a callback or examine evidence, in the jail
 * @out: the answer is appended: a HINT to a CALLBACK, a VERDICT to an EXAMINE
 */
int pq_job_do(struct pq_buf *out, const struct pq_msg *in,
    const struct pq_config *config);
/* A VERDICT of one finding: why nothing was examined, or what was wrong. */
int pq_job_put_single(
    struct pq_buf *out, uint64_t job, enum pq_status status, const char *why);

#endif
