/* SPDX-License-Identifier: Apache-2.0 */
/* Read secrets by name, from the directory of a role. */
#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pratique/names.h>

#include "config/file.h"

#define SECRET_MAX 4096
/* permissions that the file of a secret must not have */
#define OWNER_ONLY (S_IRWXG | S_IRWXO)
/*
 * With systemd, root owns the file, and an access list (ACL) lets the user of
 * the unit read it. For such a file stat(2) shows the mask of the ACL instead
 * of the permissions of the group. So the group may seem to have read
 * permission.
 */
#define BY_ACCESS_LIST (S_IWGRP | S_IXGRP | S_IRWXO)

static int
read_bytes(struct pq_buf *ret, int fd, struct pq_err *err)
{
	/* one byte for a newline, and one to detect a longer secret */
	uint8_t chunk[SECRET_MAX + 2];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n > 0 && chunk[n - 1] == '\n')
		n--;
	if (n > 0)
		pq_buf_put(ret, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	if (n == 0)
		return pq_err_set(err, PQ_ECONFIG, "the file is empty");
	if (n < 0)
		return pq_err_set(err, PQ_ECONFIG, "the file cannot be read");
	if (ret->fault != 0)
		return pq_err_set(err, PQ_ECONFIG,
		    "longer than the limit of %d bytes", SECRET_MAX);
	return 0;
}

/* @forbidden: permissions that the file must not have */
static int
check_file(const struct stat *st, mode_t forbidden, struct pq_err *err)
{
	if (!S_ISREG(st->st_mode))
		return pq_err_set(err, PQ_ECONFIG, "not a regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return pq_err_set(err, PQ_ECONFIG,
		    "owned by uid %u, must be owned by root",
		    (unsigned)st->st_uid);
	if ((st->st_mode & forbidden) != 0 || !pq_file_trusted(st))
		return pq_err_set(err, PQ_ECONFIG, "mode %04o, must be 0400",
		    (unsigned)(st->st_mode & 07777));
	return 0;
}

static int
read_at(struct pq_buf *ret, int dir, const char *name, mode_t forbidden,
    struct pq_err *err)
{
	pq_auto(pq_autoclose) int fd = pq_file_open(dir, name);
	struct stat st;

	*ret = PQ_BUF_INIT(SECRET_MAX);
	if (fd < 0 || fstat(fd, &st) != 0)
		return pq_err_set(err, errno == EACCES ? PQ_EPERM : PQ_ECONFIG,
		    "%s", pq_file_why());
	if (check_file(&st, forbidden, err) != 0)
		return -PQ_ECONFIG;
	return read_bytes(ret, fd, err);
}

int
pq_secret_read(
    struct pq_buf *ret, int dir, const char *name, struct pq_err *err)
{
	return read_at(ret, dir, name, OWNER_ONLY, err);
}

/* @credentials: the directory of systemd; NULL: secrets/ROLE/ below c->dir */
static int
read_from(struct pq_buf *ret, const char *credentials,
    const struct pq_config *c, const char *role, const char *name,
    struct pq_err *err)
{
	pq_auto(pq_autoclose) int dir = -1;
	struct pq_buf path = PQ_BUF_INIT(1024);
	const char *below;
	int r;

	if (credentials == NULL)
		pq_buf_fmt(&path, "secrets/%s/", role);
	pq_buf_str(&path, name);
	below = pq_buf_cstr(&path);
	dir = open(credentials == NULL ? c->dir : credentials,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (below == NULL)
		r = pq_err_set(err, PQ_ECONFIG, "the path is over 1024 bytes");
	else if (dir < 0)
		r = pq_err_set(err, PQ_ECONFIG, "%s: %s",
		    credentials == NULL ? c->dir : credentials,
		    strerror(errno));
	else
		r = read_at(ret, dir, below,
		    credentials == NULL ? OWNER_ONLY : BY_ACCESS_LIST, err);
	pq_buf_free(&path);
	return r;
}

int
pq_config_secret(struct pq_buf *ret, const struct pq_config *c,
    const char *role, const char *name, struct pq_err *err)
{
	int r;

	*ret = PQ_BUF_INIT(SECRET_MAX);
	if (pq_name_secret(pq_slice_str(name), err) != 0)
		return pq_err_wrap(err, -PQ_ECONFIG, "secret %s", name);
	r = read_from(
	    ret, secure_getenv("CREDENTIALS_DIRECTORY"), c, role, name, err);
	if (r == 0)
		return 0;
	(void)pq_err_wrap(err, r, "secret %s of %s", name, role);
	return -PQ_ECONFIG;
}
