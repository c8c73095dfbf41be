/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors 0, 1 and 2. A program that was started without them would answer
 * into its database.
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

		/* the lowest that is free, so this one */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", how) != fd)
			return -PQ_ESYS;
	}
	return 0;
}
