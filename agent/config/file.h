/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_FILE_H
#define AGENT_CONFIG_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#define PQ_FILE_FAULT 96

/*
 * pq_file_trusted() - decide whether only trusted users can change a file
 * The owner must be root or the caller, and neither group nor others may write.
 * pq_file_fault() - describe why a file is not trusted
 * @dst:   gets the description
 * Return: pq_file_trusted(): true if it is trusted; pq_file_fault(): @dst, or
 *         NULL if it is trusted
 */
bool pq_file_trusted(const struct stat *st);
const char *pq_file_fault(char dst[PQ_FILE_FAULT], const struct stat *st);
/*
 * pq_file_open() - open a file for reading
 * Each directory of @name must be trusted: a user who can write to a directory
 * can replace the file. Symbolic links are refused. A FIFO without a writer
 * does not block.
 * @dir:   open directory that the caller has checked
 * @name:  relative to @dir, or absolute
 * Return: file descriptor; -1 and errno, EPERM for a directory that is not
 *         trusted
 */
int pq_file_open(int dir, const char *name);
/* Describe the errno of a failed pq_file_open(). */
const char *pq_file_why(void);

#endif
