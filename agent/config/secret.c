/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: by name, from the directory of the role that asks. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

#define SECRET_MAX 4096

static int
open_secret(const struct pq_config *c, const char *role, const char *name,
    struct pq_err *err)
{
	const char *credentials = secure_getenv("CREDENTIALS_DIRECTORY");
	struct pq_buf path = PQ_BUF_INIT(4096);
	const char *p;
	int fd = -1;

	if (strchr(name, '/') != NULL || name[0] == '.')
		return pq_err_set(err, PQ_ECONFIG, "secret %s: bad name", name);
	if (credentials != NULL)
		pq_buf_fmt(&path, "%s/%s", credentials, name);
	else
		pq_buf_fmt(&path, "%s/secrets/%s/%s", c->dir, role, name);
	p = pq_buf_cstr(&path);
	if (p != NULL)
		fd = open(p, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		(void)pq_err_set(err, PQ_ECONFIG, "secret %s of %s: %s", name,
		    role, strerror(errno));
	pq_buf_free(&path);
	return fd < 0 ? -PQ_ECONFIG : fd;
}

int
pq_config_secret(struct pq_buf *ret, const struct pq_config *c,
    const char *role, const char *name, struct pq_err *err)
{
	pq_auto(pq_autoclose) int fd = open_secret(c, role, name, err);
	uint8_t chunk[SECRET_MAX + 1];
	struct stat st;
	ssize_t n;

	*ret = PQ_BUF_INIT(SECRET_MAX);
	if (fd < 0)
		return -PQ_ECONFIG;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 077) != 0)
		return pq_err_set(err, PQ_ECONFIG,
		    "secret %s of %s: must be a plain file, readable by its "
		    "owner only",
		    name, role);
	n = read(fd, chunk, sizeof(chunk));
	if (n > 0 && chunk[n - 1] == '\n')
		n--;
	if (n > 0)
		pq_buf_put(ret, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	if (n <= 0 || n > SECRET_MAX || ret->fault != 0)
		return pq_err_set(err, PQ_ECONFIG,
		    "secret %s of %s: empty, or over %d bytes", name, role,
		    SECRET_MAX);
	return 0;
}
