/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ROLE_LIBRARIES_H
#define AGENT_ROLE_LIBRARIES_H

#define PQ_EXIT_MEMORY 4 /* exit code: could not be examined */

/*
 * pq_libraries_begin() - set the allocators of jansson and OpenSSL
 * The allocators end the process if memory runs out. Otherwise the libraries
 * would continue: jansson drops the byte that does not fit, and OpenSSL reports
 * an invalid key. A job whose process ended is examined again, but a wrong
 * finding would refuse the release for good.
 * The function also seeds jansson's hashes while /dev/urandom can be opened.
 * Call it first in main(), before the libraries allocate memory.
 */
void pq_libraries_begin(void);

#endif
