/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of the socket between a connector and its client.
 *
 * The client parses the answers of possible attackers. An attacker who takes it
 * over can send bytes to the connector. So the connector reads one byte of a
 * packet and refuses all other lengths. It discards descriptors, because it
 * calls recv(2).
 *
 * The resolver of the C library may block for minutes. Only the connector waits
 * for it. The client stops its wait at its own limit, and takes the late answer
 * before its next request.
 */
#include "net/connector.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(PQ_ORIGINS_MAX <= UINT8_MAX, "an index must fit into one byte");

#define ANSWER 12 /* result, error, kind: four bytes each */

/* ---- the connector ------------------------------------------------------- */

/* Send an answer, with the socket @with unless it is -1. */
static int
send_dial(int fd, const struct pq_dial *d, int with)
{
	struct pq_buf b = PQ_BUF_INIT(ANSWER);
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct msghdr m = { .msg_iovlen = 1 };
	struct iovec v;
	ssize_t n;

	pq_buf_u32(&b, (uint32_t)d->result);
	pq_buf_u32(&b, (uint32_t)d->error);
	pq_buf_u32(&b, (uint32_t)d->kind);
	v = (struct iovec){ b.p, b.n };
	m.msg_iov = &v;
	if (with >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control.bytes);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &with, sizeof(int));
	}
	do {
		n = b.fault != 0 ? -1 : sendmsg(fd, &m, MSG_NOSIGNAL);
	} while (n < 0 && b.fault == 0 && errno == EINTR);
	pq_buf_free(&b);
	return n == ANSWER ? 0 : -PQ_ESYS;
}

static int
serve_index(int fd, const struct pq_origin *o)
{
	struct addrinfo *list = NULL;
	pq_auto(pq_autoclose) int with = -1;
	struct pq_dial d = pq_dial_resolve(&list, o);
	int r;

	if (d.result == PQ_DIALED_RESOLVED) {
		r = send_dial(fd, &d, -1);
		if (r == 0)
			d = pq_dial_connect(&with, o, list);
		freeaddrinfo(list);
		if (r != 0)
			return r;
	}
	return send_dial(fd, &d, with);
}

int
pq_connector_serve(int fd, const struct pq_origins *o, struct pq_err *err)
{
	uint8_t index;
	ssize_t n;
	int r = 0;

	while (r == 0) {
		n = recv(fd, &index, sizeof(index), MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return 0;
		if (n < 0)
			return pq_err_set(
			    err, PQ_ESYS, "recv: %s", strerror(errno));
		if (n != 1 || index >= o->n)
			return pq_err_set(err, PQ_EPROTO,
			    "a process asked for a place outside its list "
			    "(%zd bytes, index %u of %zu)",
			    n, index, o->n);
		r = serve_index(fd, &o->v[index]);
	}
	return pq_err_set(err, -r, "sendmsg: %s", strerror(errno));
}

/* ---- the client ---------------------------------------------------------- */

int
pq_connector_pair(struct pq_connector *ret, int *ret_fd, struct pq_err *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return pq_err_set(
		    err, PQ_ESYS, "socketpair: %s", strerror(errno));
	*ret = (struct pq_connector){ .fd = pair[0] };
	*ret_fd = pair[1];
	return 0;
}

int
pq_connector_fork(
    struct pq_connector *ret, const struct pq_origins *o, struct pq_err *err)
{
	int fd = -1, r = pq_connector_pair(ret, &fd, err);
	pid_t self = getpid();

	if (r != 0)
		return r;
	ret->pid = fork();
	if (ret->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(ret->fd);
		if (getppid() == self)
			(void)pq_connector_serve(fd, o, NULL);
		_exit(0);
	}
	(void)close(fd);
	if (ret->pid > 0)
		return 0;
	ret->pid = 0;
	pq_connector_close(ret);
	return pq_err_set(err, PQ_ESYS, "fork: %s", strerror(errno));
}

static int
lose_connector(struct pq_connector *c, int fault)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
	c->waiting = false;
	return fault;
}

void
pq_connector_close(struct pq_connector *c)
{
	(void)lose_connector(c, 0);
	if (c->pid <= 0)
		return;
	/* it may still wait for a name server */
	(void)kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
}

/* Take the only descriptor of a message; -1: it has none, or several. */
static int
take_descriptor(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fds[2] = { -1, -1 }; /* the space of one has room for two */
	size_t n;

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS)
		return -1;
	n = c->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(c), n < sizeof(fds) ? n : sizeof(fds));
	if (fds[1] < 0)
		return fds[0];
	(void)close(fds[0]);
	(void)close(fds[1]);
	return -1;
}

_Static_assert(CMSG_SPACE(sizeof(int)) <= CMSG_LEN(2 * sizeof(int)),
    "a message must have at most two descriptors");

static int
decode_dial(struct pq_dial *ret, struct pq_slice s, bool socket)
{
	struct pq_cur c = pq_cur_start(s);
	uint32_t result = pq_cur_u32(&c), error = pq_cur_u32(&c);
	uint32_t kind = pq_cur_u32(&c);

	if (!pq_cur_done(&c) || result == PQ_DIALED_NOTHING ||
	    result >= PQ_DIALED_RESULTS || error > 4095 ||
	    kind >= PQ_ADDRESSES || socket != (result == PQ_DIALED_CONNECTED))
		return -PQ_EPROTO;
	*ret = (struct pq_dial){ (enum pq_dialed)result, (int)error,
		(enum pq_address)kind };
	return 0;
}

static int
receive_dial(int fd, struct pq_dial *ret, int *ret_fd)
{
	uint8_t bytes[ANSWER + 1];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec v = { bytes, sizeof(bytes) };
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	int with;

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -PQ_ESYS;
	with = take_descriptor(&m);
	if ((m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
	    decode_dial(ret, pq_slice(bytes, (size_t)n), with >= 0) != 0) {
		if (with >= 0)
			(void)close(with);
		return -PQ_EPROTO;
	}
	*ret_fd = with;
	return 0;
}

/* Wait for the last packet of the answer. */
static int
await_answer(
    struct pq_connector *c, int64_t until_ms, struct pq_dial *ret, int *ret_fd)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int64_t left;
	int r = 1;

	while (r == 1 || ret->result == PQ_DIALED_RESOLVED) {
		left = until_ms - pq_dial_clock_ms();
		if (left <= 0)
			return -PQ_ETIMEOUT;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return lose_connector(c, -PQ_ESYS);
		r = receive_dial(c->fd, ret, ret_fd);
		if (r < 0)
			return lose_connector(c, r);
	}
	c->waiting = false;
	return 0;
}

static int
send_index(struct pq_connector *c, uint8_t index)
{
	if (send(c->fd, &index, sizeof(index), MSG_NOSIGNAL) !=
	    (ssize_t)sizeof(index))
		return lose_connector(c, -PQ_ESYS);
	c->waiting = true;
	c->asked = index;
	return 0;
}

int
pq_connector_ask(struct pq_connector *c, size_t index, int64_t until_ms,
    struct pq_dial *ret, int *ret_fd)
{
	int64_t most = pq_dial_clock_ms() + (int64_t)PQ_DIAL_S * 1000;
	int fd = -1, r = 0;

	*ret = (struct pq_dial){ .result = PQ_DIALED_NOTHING };
	if (until_ms > most)
		until_ms = most;
	if (c->fd < 0 || index >= PQ_ORIGINS_MAX)
		return -PQ_EPROTO;
	if (c->waiting) {
		r = await_answer(c, until_ms, ret, &fd);
		if (r == 0 && fd >= 0 && c->asked == index) {
			*ret_fd = fd;
			return 0;
		}
		if (fd >= 0)
			(void)close(fd);
		if (r == 0)
			ret->result = PQ_DIALED_NOTHING;
	}
	if (r == 0)
		r = send_index(c, (uint8_t)index);
	if (r == 0)
		r = await_answer(c, until_ms, ret, ret_fd);
	return r;
}
