/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories that pratiqued works in as root: made where there is none,
 * else taken only if nobody else can write to them, and never opened to more
 * users than they were. What lies in them is reached from their descriptors,
 * and no link on the way is followed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/file.h"
#include "supervisor/supervisor.h"

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int
fault(struct pq_err *err, const char *path)
{
	return pq_err_set(err, PQ_ESYS, "%s: %s", path, strerror(errno));
}

static int
make(int at, const char *path, mode_t mode, struct pq_err *err)
{
	int fd = -1;

	if (mkdirat(at, path, mode) == 0 || errno == EEXIST)
		fd = openat(at, path, DIRECTORY);
	return fd < 0 ? fault(err, path) : fd;
}

int
dir_open(int at, const char *path, struct pq_err *err)
{
	int fd = make(at, path, 0755, err);
	struct stat st;
	int r = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) != 0)
		r = fault(err, path);
	else if (!pq_file_trusted(&st))
		r = pq_err_set(err, PQ_ECONFIG,
		    "%s: another user owns it, or may write to it", path);
	else if (geteuid() == 0 && (st.st_mode & S_IXOTH) == 0)
		r = pq_err_set(err, PQ_ECONFIG,
		    "%s: the roles cannot pass: mode 0711 is needed", path);
	if (r == 0)
		return fd;
	(void)close(fd);
	return r;
}

int
dir_lock(int dir, const char *name, struct pq_err *err)
{
	int fd = openat(dir, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	    0600);

	if (fd < 0)
		return fault(err, name);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0; /* with the descriptor, which stays */
	if (errno == EWOULDBLOCK)
		(void)pq_err_set(err, PQ_ESYS, "already running");
	else
		(void)fault(err, name);
	(void)close(fd);
	return -PQ_ESYS;
}

static bool
is_itself(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* By a descriptor of its own: who reads @dir to its end has read it. */
static DIR *
entries(int dir)
{
	int fd = openat(dir, ".", DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (d == NULL && fd >= 0)
		(void)close(fd);
	return d;
}

int
dir_clear(int dir)
{
	const struct dirent *e;
	DIR *d = entries(dir);

	if (d == NULL)
		return -1;
	while ((e = readdir(d)) != NULL)
		if (!is_itself(e->d_name))
			(void)unlinkat(dir, e->d_name, 0);
	(void)closedir(d);
	return 0;
}

/*
 * Only a file that the last owner of the directory could have given away by
 * itself, and that has no other name, which may be what another relies on.
 */
static int
pass_on(int dir, const char *name, uid_t from, uid_t uid, gid_t gid)
{
	pq_auto(pq_autoclose) int fd = openat(dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_nlink != 1 || st.st_uid != from)
		return 0;
	return fchown(fd, uid, gid);
}

/* The directory last: cut off before, all of it is done again. */
static int
give(int dir, uid_t uid, gid_t gid)
{
	const struct dirent *e;
	struct stat st;
	int r = 0;
	DIR *d;

	if (geteuid() != 0)
		return 0;
	if (fstat(dir, &st) != 0)
		return -1;
	if (st.st_uid == uid && st.st_gid == gid)
		return 0;
	d = entries(dir);
	if (d == NULL)
		return -1;
	while (r == 0 && (e = readdir(d)) != NULL)
		if (!is_itself(e->d_name))
			r = pass_on(dir, e->d_name, st.st_uid, uid, gid);
	(void)closedir(d);
	return r == 0 ? fchown(dir, uid, gid) : r;
}

int
dir_own(int at, const char *name, uid_t uid, gid_t gid, struct pq_err *err)
{
	int fd = make(at, name, 0700, err);

	if (fd < 0)
		return fd;
	if (give(fd, uid, gid) == 0 && fchmod(fd, 0700) == 0)
		return fd;
	(void)fault(err, name);
	(void)close(fd);
	return -PQ_ESYS;
}
