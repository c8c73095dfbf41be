/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ROLE_ANSWER_H
#define AGENT_ROLE_ANSWER_H

#include <sys/types.h>

#include <pratique/bytes.h>

/*
 * pq_answer_take() - read the whole answer of a child process, and end it
 * Kills the child after its answer or its time, and waits for it.
 * @out:        receives the bytes until the end of the pipe
 * @pid:        the child
 * @fd:         the end of the pipe that reads; closed in each case
 * @seconds:    the time of the child
 * @ret_status: as from waitpid(2); set in each case
 * Return: 0; -PQ_ETIMEOUT; -PQ_ELIMIT, -PQ_ENOMEM or -PQ_ESYS. The caller
 *         must also judge the status: a crash can end an answer early.
 */
int pq_answer_take(
    struct pq_buf *out, pid_t pid, int fd, int seconds, int *ret_status);

#endif
