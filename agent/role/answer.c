/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer of a child that reads foreign bytes. An attacker may control the
 * child, so its parent limits the size of the answer and the time, and always
 * ends the child.
 */
#include "role/answer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pratique/err.h>

#include "role/instant.h"

static int
read_until_end(struct pq_buf *out, int fd, int seconds)
{
	int64_t end = pq_instant_monotonic_ms() + (int64_t)seconds * 1000;
	uint8_t chunk[16384];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = end - pq_instant_monotonic_ms();
		ssize_t n;

		if (left <= 0)
			return -PQ_ETIMEOUT;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -PQ_ESYS;
		if (p.revents == 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return out->fault;
		if (n < 0 && errno != EINTR)
			return -PQ_ESYS;
		if (n > 0)
			pq_buf_put(out, chunk, (size_t)n);
		if (out->fault != 0)
			return out->fault;
	}
}

int
pq_answer_take(
    struct pq_buf *out, pid_t pid, int fd, int seconds, int *ret_status)
{
	int r = read_until_end(out, fd, seconds);

	(void)close(fd);
	(void)kill(pid, SIGKILL);
	*ret_status = -1;
	while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
		;
	return r;
}
