/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keep DIR NAME TEXT: write TEXT to DIR/NAME, sync it to the disk, and exit.
 *
 * This is the least work by which a command of webhook can store a callback.
 * The program is linked statically, because webhook starts it for every
 * callback.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	int dir, fd;
	size_t n;

	if (argc != 4)
		return 2;
	n = strlen(argv[3]);
	dir = open(argv[1], O_RDONLY | O_DIRECTORY);
	fd = openat(dir, argv[2], O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (dir < 0 || fd < 0 || write(fd, argv[3], n) != (ssize_t)n)
		return 1;
	return fdatasync(fd) != 0 || fsync(dir) != 0;
}
