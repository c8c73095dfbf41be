/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files and folders of files. A failure fails the running test. */
#ifndef TESTS_UNIT_SUPPORT_FILES_H
#define TESTS_UNIT_SUPPORT_FILES_H

#include <dirent.h>
#include <stddef.h>

#include <pratique/bytes.h>

/* Return the bytes of a file of at most 1 MiB; pq_buf_free() releases them. */
struct pq_buf read_file(const char *path);

/* The same for a path below tests/fixtures. */
struct pq_buf fixture(const char *name);

/* Create or replace a file. */
void write_file(const char *path, const void *p, size_t n);

/* The entries of a folder, sorted by name, without names like ".x". */
struct folder {
	struct dirent **v;
	size_t n;
};

/* @dir: below tests/fixtures; folder_free() releases @ret */
void folder_read(struct folder *ret, const char *dir);
void folder_free(struct folder *f);

#endif
