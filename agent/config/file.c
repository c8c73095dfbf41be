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

int
pq_file_open(int dir, const char *name)
{
	pq_auto(pq_autoclose) int at = -1;
	const char *slash;
	struct stat st;

	while ((slash = strchr(name, '/')) != NULL && slash != name) {
		pq_auto(pq_autofree) char *step =
		    strndup(name, (size_t)(slash - name));
		int next = -1;

		if (step != NULL)
			next = openat(at < 0 ? dir : at, step,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -1;
		if (at >= 0)
			(void)close(at);
		at = next;
		if (fstat(at, &st) != 0)
			return -1;
		if (!pq_file_trusted(&st)) {
			errno = EPERM;
			return -1;
		}
		name = slash + 1;
	}
	return openat(at < 0 ? dir : at, name,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

const char *
pq_file_why(void)
{
	return errno == EPERM ? "lies in a directory that is not root's alone"
			      : strerror(errno);
}
