/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_FILE_H
#define AGENT_CONFIG_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

/* of root or of the caller, and writable by nobody else */
bool pq_file_trusted(const struct stat *st);
/*
 * pq_file_open() - open a file for reading, without waiting for a writer
 * @dir:   open directory, judged by the caller
 * @name:  relative to it, or absolute; each directory on the way must be
 *         trusted, for who may rename in it chooses among the files; no link
 *         is followed
 * Return: descriptor; -1 and errno, EPERM for a directory that is not trusted
 */
int pq_file_open(int dir, const char *name);
/* words for errno as pq_file_open() leaves it */
const char *pq_file_why(void);

#endif
