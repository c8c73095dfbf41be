/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_STANDARD_H
#define AGENT_IPC_STANDARD_H

/*
 * pq_standard_open() - let nothing take the place of a standard descriptor
 * Where 0, 1 or 2 is closed, the next socket or database would get its number
 * and what is printed. /dev/null is opened there, the wrong way round, so that
 * whoever reads or writes there is told (EBADF).
 * To be called before anything else is opened.
 * Return: 0, or -PQ_ESYS
 */
int pq_standard_open(void);

#endif
