/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File descriptors 0, 1 and 2. If a program starts without them, the next file
 * that it opens gets one of these numbers. If that file is the database, the
 * program writes its messages into the database.
 */
#include "ipc/standard.h"

#include <fcntl.h>
#include <unistd.h>

#include <pratique/err.h>

int
pq_standard_open(void)
{
	int fd;

	/* with the opposite mode, reading or writing fails with EBADF */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int how = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		/* open() returns the lowest free descriptor, which is fd */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", how) != fd)
			return -PQ_ESYS;
	}
	return 0;
}
