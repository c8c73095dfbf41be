/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_VERIFY_JOB_H
#define AGENT_VERIFY_JOB_H

#include "config/config.h"
#include "ipc/channel.h"

/*
 * pq_job_do() - read a callback or examine evidence; runs in the jail
 * @out:   the answer is appended: HINT for CALLBACK, VERDICT for EXAMINE
 * Return: 0; a fault, and then the job could not be examined
 */
int pq_job_do(struct pq_buf *out, const struct pq_msg *in,
    const struct pq_config *config);
/*
 * pq_job_put_single() - append a VERDICT with one finding
 * @why: the reason why the evidence is bad or could not be examined
 */
int pq_job_put_single(
    struct pq_buf *out, uint64_t job, enum pq_status status, const char *why);

#endif
