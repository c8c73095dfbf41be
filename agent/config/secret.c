/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: by name, from the directory of the role that asks. */
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
#define OWNER_ONLY (S_IRWXG | S_IRWXO)
/*
 * systemd keeps the file root's and lets the unit's user read it by an access
 * list, whose mask stat(2) shows as the group's bits; the group itself may not.
 */
#define BY_ACCESS_LIST (S_IWGRP | S_IXGRP | S_IRWXO)

static int
fill(struct pq_buf *ret, int fd, struct pq_err *err)
{
	/* one for the newline, and one to know that there is more */
	uint8_t chunk[SECRET_MAX + 2];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n > 0 && chunk[n - 1] == '\n')
		n--;
	if (n > 0)
		pq_buf_put(ret, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	if (n <= 0 || ret->fault != 0)
		return pq_err_set(
		    err, PQ_ECONFIG, "empty, or over %d bytes", SECRET_MAX);
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
	if (!S_ISREG(st.st_mode) || !pq_file_trusted(&st) ||
	    (st.st_mode & forbidden) != 0)
		return pq_err_set(err, PQ_ECONFIG,
		    "must be a plain file, owned by root or by who reads it, "
		    "readable by its owner only");
	return fill(ret, fd, err);
}

int
pq_secret_read(
    struct pq_buf *ret, int dir, const char *name, struct pq_err *err)
{
	return read_at(ret, dir, name, OWNER_ONLY, err);
}

/* systemd's directory for this process, or else our own for @role */
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
		r = pq_err_set(err, PQ_ECONFIG, "name too long");
	else if (dir < 0)
		r = pq_err_set(err, PQ_ECONFIG, "%s", strerror(errno));
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
