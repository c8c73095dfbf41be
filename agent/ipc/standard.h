/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_STANDARD_H
#define AGENT_IPC_STANDARD_H

/*
 * pq_standard_open() - open /dev/null at each closed standard descriptor
 * Otherwise the next socket or database would get the number 0, 1 or 2 and
 * would receive the messages of the program. Descriptor 0 can only be written,
 * and 1 and 2 can only be read, so each normal use fails with EBADF.
 * Call it before the program opens any other file.
 * Return: 0; -PQ_ESYS
 */
int pq_standard_open(void);

#endif
