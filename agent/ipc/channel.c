/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of a SOCK_SEQPACKET connection. Each packet is one complete message.
 * A message over PQ_IPC_INLINE bytes travels in a sealed memfd. The receiver
 * checks the seals before it reads the bytes. Without the seals, the sender
 * could change the bytes after the receiver has judged them. A packet carries
 * either bytes or exactly one file descriptor.
 */
#include "ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define MARK 0xfdu /* the only byte of a packet with a memfd */

int
pq_channel_open(struct pq_channel *ret, int fd, enum pq_role self,
    enum pq_role peer, struct pq_err *err)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0)
		return pq_err_set(
		    err, PQ_ESYS, "SO_PEERCRED: %s", strerror(errno));
	*ret = (struct pq_channel){
		.fd = fd,
		.self = self,
		.peer = peer,
		.peer_uid = cred.uid,
		.in = PQ_BUF_INIT(PQ_IPC_MAX),
		.out = PQ_BUF_INIT(PQ_IPC_MAX),
	};
	return 0;
}

/*
 * Describe a failed connect(). The user of the command line sees this text, so
 * it also has the next step.
 */
static int
explain_connect(
    const struct sockaddr_un *to, enum pq_role self, int e, struct pq_err *err)
{
	const char *path = to->sun_path;

	if (self == PQ_ROLE_CLI && (e == ENOENT || e == ECONNREFUSED))
		return pq_err_set(err, PQ_ESYS,
		    "no agent at %s (%s): is pratiqued running? For another "
		    "directory use --run DIR",
		    path, strerror(e));
	if (self == PQ_ROLE_CLI && e == EACCES)
		return pq_err_set(err, PQ_ESYS,
		    "%s: %s: uid %u is not an operator in pratique.yaml", path,
		    strerror(e), (unsigned)geteuid());
	return pq_err_set(err, PQ_ESYS, "%s: %s", path,
	    strerror(e == EAGAIN ? ETIMEDOUT : e));
}

/* Return a connected socket, or a fault. */
static int
connect_socket(const struct sockaddr_un *to, enum pq_role self,
    unsigned patience_s, struct pq_err *err)
{
	const struct timeval t = { .tv_sec = patience_s };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int r = 0;

	if (fd < 0)
		return pq_err_set(err, PQ_ESYS, "socket: %s", strerror(errno));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) != 0)
		r = pq_err_set(err, PQ_ESYS, "setsockopt: %s", strerror(errno));
	else if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0)
		r = explain_connect(to, self, errno, err);
	if (r == 0)
		return fd;
	(void)close(fd);
	return r;
}

int
pq_channel_connect(struct pq_channel *ret, const char *run_dir,
    enum pq_role self, unsigned patience_s, struct pq_err *err)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int n = snprintf(to.sun_path, sizeof(to.sun_path), "%s/%s.sock",
	    run_dir, pq_role_name(self));
	int fd, r;

	if (n < 0 || (size_t)n >= sizeof(to.sun_path))
		return pq_err_set(err, PQ_ELIMIT,
		    "%s: too long for the path of a socket: choose another "
		    "--run",
		    run_dir);
	fd = connect_socket(&to, self, patience_s, err);
	if (fd < 0)
		return fd;
	r = pq_channel_open(ret, fd, self, PQ_ROLE_WARDEN, err);
	if (r != 0)
		(void)close(fd);
	return r;
}

void
pq_channel_close(struct pq_channel *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
	pq_buf_wipe(&c->in);
	pq_buf_wipe(&c->out);
}

int
pq_write_whole(int fd, struct pq_slice s)
{
	while (s.n != 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -PQ_ESYS;
		s = pq_slice(s.p + n, s.n - (size_t)n);
	}
	return 0;
}

static int
sealed_copy(struct pq_slice s)
{
	int fd = memfd_create("pratique", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (pq_write_whole(fd, s) != 0 || fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int
send_packet(int sock, struct pq_slice s, int fd, struct pq_err *err)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { (void *)(uintptr_t)s.p, s.n };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t n;

	memset(&control, 0, sizeof(control));
	if (fd >= 0) {
		h.msg_control = control.room;
		h.msg_controllen = sizeof(control.room);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do {
		n = sendmsg(sock, &h, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 1;
	if (n < 0 || (size_t)n != s.n)
		return pq_err_set(
		    err, PQ_ESYS, "cannot send a message: %s", strerror(errno));
	return 0;
}

int
pq_channel_send(
    struct pq_channel *c, const struct pq_msg *m, struct pq_err *err)
{
	const uint8_t mark = MARK;
	int fd, r;

	if (!pq_msg_permitted(m->type, c->self, c->peer))
		return pq_err_set(err, PQ_EPROTO, "%s may not send %s to %s",
		    pq_role_name(c->self), pq_msg_name(m->type),
		    pq_role_name(c->peer));
	pq_buf_free(&c->out);
	r = pq_msg_encode(&c->out, m);
	if (r != 0)
		return pq_err_set(err, -r, "%s message: cannot be encoded: %s",
		    pq_msg_name(m->type), pq_fault_text(r));
	if (c->out.n <= PQ_IPC_INLINE)
		return send_packet(c->fd, pq_buf_view(&c->out), -1, err);
	fd = sealed_copy(pq_buf_view(&c->out));
	if (fd < 0)
		return pq_err_set(err, PQ_ESYS, "memfd: %s", strerror(errno));
	r = send_packet(c->fd, pq_slice(&mark, 1), fd, err);
	(void)close(fd);
	return r;
}

/*
 * Return the file descriptor of a packet; -1 if it has none; -2 if it had
 * several, which this function closed.
 */
static int
take_fd(struct msghdr *h)
{
	struct cmsghdr *c;
	int fd = -1;

	for (c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		size_t i, n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			int one;

			memcpy(
			    &one, CMSG_DATA(c) + i * sizeof(int), sizeof(one));
			if (fd == -1) {
				fd = one;
				continue;
			}
			(void)close(one);
			if (fd >= 0)
				(void)close(fd);
			fd = -2;
		}
	}
	return fd;
}

static int
read_sealed(struct pq_channel *c, int fd, struct pq_err *err)
{
	uint8_t chunk[16384];
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	off_t at = 0;

	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) != 0 ||
	    !S_ISREG(st.st_mode))
		return pq_err_set(err, PQ_EPROTO,
		    "%s sent a descriptor that is not a sealed memfd",
		    pq_role_name(c->peer));
	if (st.st_size <= 0 || st.st_size > (off_t)PQ_IPC_MAX)
		return pq_err_set(err, PQ_EPROTO,
		    "%s sent a message of %lld bytes; the limit is %u",
		    pq_role_name(c->peer), (long long)st.st_size, PQ_IPC_MAX);
	if (lseek(fd, 0, SEEK_SET) != 0)
		return pq_err_set(err, PQ_ESYS, "lseek: %s", strerror(errno));
	while (at < st.st_size) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return pq_err_set(err, PQ_EPROTO,
			    "%s sent a memfd that is shorter than its size",
			    pq_role_name(c->peer));
		pq_buf_put(&c->in, chunk, (size_t)n);
		at += n;
	}
	return c->in.fault;
}

/* Return: 0 the packet is in c->in; 1 would block; 2 closed; a fault. */
static int
recv_packet(struct pq_channel *c, struct pq_err *err)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} control;
	uint8_t packet[PQ_IPC_INLINE + 1];
	struct iovec iov = { packet, sizeof(packet) };
	struct msghdr h = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	ssize_t n;
	int fd, r;

	do {
		n = recvmsg(c->fd, &h, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 1;
	if (n < 0 && errno == ECONNRESET)
		return 2;
	if (n < 0)
		return pq_err_set(err, PQ_ESYS, "cannot receive a message: %s",
		    strerror(errno));
	fd = take_fd(&h);
	if (n == 0 && fd == -1)
		return 2;
	if (fd == -2 || (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
	    (fd >= 0) != (n == 1 && packet[0] == MARK)) {
		if (fd >= 0)
			(void)close(fd);
		return pq_err_set(err, PQ_EPROTO,
		    "%s sent a packet that is too long or has descriptors",
		    pq_role_name(c->peer));
	}
	pq_buf_free(&c->in);
	if (fd < 0) {
		pq_buf_put(&c->in, packet, (size_t)n);
		return c->in.fault;
	}
	r = read_sealed(c, fd, err);
	(void)close(fd);
	return r;
}

int
pq_channel_recv(struct pq_channel *c, struct pq_msg *ret, struct pq_err *err)
{
	int r = recv_packet(c, err);

	if (r != 0)
		return r;
	r = pq_msg_decode(ret, pq_buf_view(&c->in), err);
	if (r != 0)
		return r;
	if (!pq_msg_permitted(ret->type, c->peer, c->self))
		return pq_err_set(err, PQ_EPROTO, "%s may not send %s to %s",
		    pq_role_name(c->peer), pq_msg_name(ret->type),
		    pq_role_name(c->self));
	return 0;
}
