/* SPDX-License-Identifier: Apache-2.0 */
/* Files that somebody is believed for: whose they are, and how to get there. */
#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <pratique/bytes.h>

bool
pq_file_trusted(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) &&
	    (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* one directory further; -1 and errno */
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
		/* an absolute path is judged from the root on */
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
	return errno == EPERM ? "lies in a directory that is not root's alone"
	    : errno == ELOOP  ? "is a link, and none is followed"
			      : strerror(errno);
}
