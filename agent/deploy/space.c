/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ballast: a file of random bytes, which no file system can compress.
 * Deploy does not stop a container without it. When the disk is full, deploy
 * removes it at its next start, and so the journal can take the way back.
 */
#include "deploy/space.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <pratique/bytes.h>

#define NAME "ballast"
#define CHUNK 65536
#define MIB(bytes) ((unsigned)((bytes) >> 20))

uint64_t
pq_space_at(const char *path)
{
	pq_auto(pq_autoclose) int fd = open(path, O_PATH | O_CLOEXEC);
	struct statvfs v;

	if (fd < 0 || fstatvfs(fd, &v) != 0)
		return UINT64_MAX;
	return (uint64_t)v.f_bavail * v.f_frsize;
}

uint64_t
pq_space_engine(const char *root)
{
	return root[0] == '/' ? pq_space_at(root) : UINT64_MAX;
}

static int
open_dir(const char *dir)
{
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A file with holes would give no space back. */
static bool
is_whole(int dir)
{
	struct stat st;

	return fstatat(dir, NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && st.st_size == PQ_SPACE_BALLAST &&
	    (uint64_t)st.st_blocks * 512 >= PQ_SPACE_BALLAST;
}

bool
pq_space_release(const char *dir)
{
	pq_auto(pq_autoclose) int fd = open_dir(dir);

	return fd >= 0 && pq_space_at(dir) < PQ_SPACE_FREE &&
	    unlinkat(fd, NAME, 0) == 0;
}

static int
write_random(int fd)
{
	uint8_t chunk[CHUNK];
	size_t left = PQ_SPACE_BALLAST;
	ssize_t n;

	while (left > 0) {
		n = getrandom(
		    chunk, left < sizeof(chunk) ? left : sizeof(chunk), 0);
		if (n > 0)
			n = write(fd, chunk, (size_t)n);
		if (n <= 0)
			return -1;
		left -= (size_t)n;
	}
	return fsync(fd);
}

static int
create_ballast(int dir, struct pq_err *err)
{
	pq_auto(pq_autoclose) int fd = -1;

	(void)unlinkat(dir, NAME, 0);
	fd = openat(dir, NAME,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && write_random(fd) == 0)
		return 0;
	(void)pq_err_set(
	    err, PQ_ESYS, "the file %s: %s", NAME, strerror(errno));
	(void)unlinkat(dir, NAME, 0);
	return -PQ_ESYS;
}

int
pq_space_reserve(const char *dir, struct pq_err *err)
{
	pq_auto(pq_autoclose) int fd = open_dir(dir);
	uint64_t need = PQ_SPACE_FREE, have = pq_space_at(dir);
	bool whole;

	if (fd < 0 || have == UINT64_MAX)
		return pq_err_set(
		    err, PQ_ESYS, "cannot measure the free space of %s", dir);
	whole = is_whole(fd);
	if (!whole)
		need += PQ_SPACE_BALLAST;
	if (have < need)
		return pq_err_set(err, PQ_ELIMIT,
		    "%u MiB are free in %s, and the way back needs %u MiB: "
		    "free some space",
		    MIB(have), dir, MIB(need));
	return whole ? 0 : create_ballast(fd, err);
}
