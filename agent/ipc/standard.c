/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File descriptors 0, 1 and 2. A program that is started without them could
 * write its output into its database.
 */
#include "ipc/standard.h"

#include <fcntl.h>
#include <unistd.h>

#include <pratique/err.h>

int
pq_standard_open(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int how = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		/* open() returns the lowest free descriptor, which is fd */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", how) != fd)
			return -PQ_ESYS;
	}
	return 0;
}
