/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A temporary directory. It is in memory, because the databases of many tests
 * sync each commit. A test program has at most one directory at a time. The
 * first two functions are fixtures for cmocka, for a group or for one test.
 */
#ifndef TESTS_UNIT_SUPPORT_TEMPORARY_H
#define TESTS_UNIT_SUPPORT_TEMPORARY_H

#include <stddef.h>

#define TEMPORARY_ROOM 128 /* bytes of a path in the directory */

/* Return: 0, or -1 if the directory cannot be made. @state is not used. */
int make_temporary(void **state);

/* Remove the directory and everything in it. Return: 0; -1. */
int remove_temporary(void **state);

/* The path of the directory; valid until remove_temporary(). */
const char *temporary_dir(void);

/* Write the path of the file @name in the directory to @dst, and return it. */
char *temporary_path(char dst[TEMPORARY_ROOM], const char *name);

#endif
