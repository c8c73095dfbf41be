/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open files of the configuration. A user who can change one decides which code
 * runs. So pq_file_open() checks each directory of the path, and the caller
 * checks the open file with pq_file_trusted().
 */
#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pratique/bytes.h>

bool
pq_file_trusted(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) &&
	    (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

const char *
pq_file_fault(char dst[PQ_FILE_FAULT], const struct stat *st)
{
	if (pq_file_trusted(st))
		return NULL;
	if (st->st_uid != 0 && st->st_uid != geteuid())
		(void)snprintf(dst, PQ_FILE_FAULT,
		    "owned by uid %u, must be owned by root",
		    (unsigned)st->st_uid);
	else
		(void)snprintf(dst, PQ_FILE_FAULT,
		    "mode %04o, must not be writable by group or others",
		    (unsigned)(st->st_mode & 07777));
	return dst;
}

/*
 * Open the directory below @at whose name is the first @n bytes of @name. It
 * must be trusted.
 * Return: descriptor; -1 and errno
 */
static int
go_into(int at, const char *name, size_t n)
{
	pq_auto(pq_autofree) char *step = strndup(name, n);
	struct stat st;
	int fd = -1;

	if (step != NULL)
		fd = openat(
		    at, step, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (fstat(fd, &st) == 0 && pq_file_trusted(&st)))
		return fd;
	(void)close(fd);
	errno = EPERM;
	return -1;
}

int
pq_file_open(int dir, const char *name)
{
	pq_auto(pq_autoclose) int at = -1;
	const char *slash;
	int next;

	while ((slash = strchr(name, '/')) != NULL) {
		/* an absolute path starts at the directory "/" */
		size_t n = at < 0 && slash == name ? 1 : (size_t)(slash - name);

		next = n == 0 ? at : go_into(at < 0 ? dir : at, name, n);
		if (next < 0)
			return -1;
		if (at >= 0 && next != at)
			(void)close(at);
		at = next;
		name = slash + 1;
	}
	return openat(at < 0 ? dir : at, name,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

const char *
pq_file_why(void)
{
	return errno == EPERM
	    ? "a directory above it is not owned by root, or group or others "
	      "can write to it"
	    : errno == ELOOP ? "a symbolic link; links are refused"
			     : strerror(errno);
}
