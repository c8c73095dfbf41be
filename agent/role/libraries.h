/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ROLE_LIBRARIES_H
#define AGENT_ROLE_LIBRARIES_H

#define PQ_EXIT_MEMORY 4 /* of a process: it could not examine */

/*
 * pq_libraries_begin() - how jansson and OpenSSL are used here
 * Memory that they cannot get ends the process, for they would go on without:
 * jansson drops the byte that finds no room, OpenSSL calls a key unsound. What
 * ends is examined again; what was found bad would be refused for good.
 * Seeds jansson's hashes, while /dev/urandom can still be opened.
 * Call it first in main(): neither may have taken memory yet.
 */
void pq_libraries_begin(void);

#endif
