/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and secrets that the command line names. A file that cannot be read is
 * "not examined"; it is never "refused".
 */
#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"

#define SECRET_MAX 4096 /* bytes in the file of a secret */

int
cli_bad_scheme(const char *name)
{
	char names[PQ_SCHEME_NAMES];

	pq_scheme_names(names, " and ");
	return cli_fail(CLI_USAGE,
	    "--scheme %s: unknown scheme; known schemes: %s", name, names);
}

int
cli_read_file(struct pq_buf *ret, const char *path, size_t max)
{
	pq_auto(pq_autoclose) int fd = strcmp(path, "-") == 0
	    ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
	    : open(path, O_RDONLY | O_CLOEXEC);
	uint8_t chunk[16384];
	ssize_t n = 0;

	*ret = PQ_BUF_INIT(max);
	if (fd < 0)
		return cli_fail(
		    CLI_NOT_EXAMINED, "%s: %s", path, strerror(errno));
	/* an endless file, such as /dev/zero, is read only to the limit */
	while (ret->fault == 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
		pq_buf_put(ret, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	if (ret->fault == -PQ_ELIMIT)
		return cli_fail(CLI_NOT_EXAMINED,
		    "%s: longer than the limit of %zu bytes", path, max);
	if (n < 0 || ret->fault != 0)
		return cli_fail(CLI_NOT_EXAMINED, "%s: %s", path,
		    n < 0 ? strerror(errno) : pq_fault_text(ret->fault));
	return 0;
}

int
cli_read_secret(struct pq_buf *ret, const char *path, enum pq_scheme scheme)
{
	int r = cli_read_file(ret, path, SECRET_MAX);
	const char *fault;

	if (r != 0)
		return r;
	if (ret->n != 0 && ret->p[ret->n - 1] == '\n')
		ret->n--;
	fault = pq_callback_secret_fault(scheme, pq_buf_view(ret));
	return fault == NULL
	    ? 0
	    : cli_fail(CLI_NOT_EXAMINED, "%s: the secret is %s", path, fault);
}
