/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories in which pratiqued works as root. This code creates a
 * missing directory. It accepts an existing one only if no other user can
 * write to it, and never extends its permissions to more users. It reaches the
 * contents through the directory's file descriptor and follows no links.
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
report_errno(struct pq_err *err, const char *path)
{
	return pq_err_set(err, PQ_ESYS, "%s: %s", path, strerror(errno));
}

static int
make_dir(int at, const char *path, mode_t mode, struct pq_err *err)
{
	int fd = -1;

	if (mkdirat(at, path, mode) == 0 || errno == EEXIST)
		fd = openat(at, path, DIRECTORY);
	return fd < 0 ? report_errno(err, path) : fd;
}

int
dir_open(int at, const char *path, struct pq_err *err)
{
	int fd = make_dir(at, path, 0755, err);
	struct stat st;
	int r = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) != 0)
		r = report_errno(err, path);
	else if (!pq_file_trusted(&st))
		r = pq_err_set(err, PQ_ECONFIG,
		    "%s: it must belong to uid %u, and only its owner may "
		    "write to it: chown %u, chmod go-w",
		    path, (unsigned)geteuid(), (unsigned)geteuid());
	else if (geteuid() == 0 && (st.st_mode & S_IXOTH) == 0)
		r = pq_err_set(err, PQ_ECONFIG,
		    "%s: the roles cannot enter it (mode %04o): chmod 0711",
		    path, (unsigned)st.st_mode & 07777);
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
		return report_errno(err, name);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0; /* fd stays open: it holds the lock */
	if (errno == EWOULDBLOCK)
		(void)pq_err_set(err, PQ_ESYS,
		    "another pratiqued is running with this directory");
	else
		(void)report_errno(err, name);
	(void)close(fd);
	return -PQ_ESYS;
}

static bool
is_itself(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Open a separate descriptor, so that the position of @dir stays at 0. */
static DIR *
open_entries(int dir)
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
	DIR *d = open_entries(dir);

	if (d == NULL)
		return -1;
	while ((e = readdir(d)) != NULL)
		if (!is_itself(e->d_name))
			(void)unlinkat(dir, e->d_name, 0);
	(void)closedir(d);
	return 0;
}

/*
 * Change the owner of a regular file that belongs to the directory's former
 * owner and has only one name. The former owner could have linked any other
 * file into its directory, so root must not give that file to the role.
 */
static int
change_file_owner(int dir, const char *name, uid_t from, uid_t uid, gid_t gid)
{
	pq_auto(pq_autoclose) int fd = openat(dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_nlink != 1 || st.st_uid != from)
		return 0;
	return fchown(fd, uid, gid);
}

/* Change the directory last, so that an interrupted run is repeated fully. */
static int
change_owner(int dir, uid_t uid, gid_t gid)
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
	d = open_entries(dir);
	if (d == NULL)
		return -1;
	while (r == 0 && (e = readdir(d)) != NULL)
		if (!is_itself(e->d_name))
			r = change_file_owner(
			    dir, e->d_name, st.st_uid, uid, gid);
	(void)closedir(d);
	return r == 0 ? fchown(dir, uid, gid) : r;
}

int
dir_own(int at, const char *name, uid_t uid, gid_t gid, struct pq_err *err)
{
	int fd = make_dir(at, name, 0700, err);

	if (fd < 0)
		return fd;
	if (change_owner(fd, uid, gid) == 0 && fchmod(fd, 0700) == 0)
		return fd;
	(void)report_errno(err, name);
	(void)close(fd);
	return -PQ_ESYS;
}
