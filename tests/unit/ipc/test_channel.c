/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "support/temporary.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define BIG (1u << 20)

/* the two ends of a connection */
static struct pq_channel fetch, warden;
static int fds_before;

static int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

static int
setup(void **state)
{
	int pair[2];

	(void)state;
	fds_before = count_fds();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	return pq_channel_open(
		   &fetch, pair[0], PQ_ROLE_FETCH, PQ_ROLE_WARDEN, NULL) |
	    pq_channel_open(
		&warden, pair[1], PQ_ROLE_WARDEN, PQ_ROLE_FETCH, NULL);
}

/* A refusal must not leak a descriptor: a peer could exhaust them. */
static int
teardown(void **state)
{
	(void)state;
	pq_channel_close(&fetch);
	pq_channel_close(&warden);
	return count_fds() == fds_before ? 0 : -1;
}

static struct pq_msg
make_evidence(const void *document, size_t n)
{
	struct pq_msg m = { .type = PQ_MSG_EVIDENCE, .job = 5 };

	m.evidence.result = 2;
	m.evidence.reason = PQ_SLICE_LIT("fetched");
	m.evidence.document = pq_slice(document, n);
	return m;
}

static void
encode_message(struct pq_buf *b, const struct pq_msg *m)
{
	*b = PQ_BUF_INIT(PQ_IPC_MAX * 2);
	assert_int_equal(pq_msg_encode(b, m), 0);
}

/* Send a packet with file descriptors that an honest peer would not send. */
static void
send_raw(const void *p, size_t n, const int *fds, size_t n_fds)
{
	char control[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (n_fds > 0) {
		h.msg_control = control;
		h.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	assert_int_equal(sendmsg(fetch.fd, &h, MSG_NOSIGNAL), (ssize_t)n);
}

static void
send_fds(const int *fds, size_t n)
{
	send_raw("\xfd", 1, fds, n);
}

static void
assert_refused(void)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_msg m = { .type = PQ_MSG_NONE };

	assert_int_equal(pq_channel_recv(&warden, &m, &err), -PQ_EPROTO);
	assert_int_equal(m.type, PQ_MSG_NONE);
	assert_true(err.text[0] != '\0');
}

static int
memory_file(struct pq_slice s)
{
	int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, s.p, s.n), (ssize_t)s.n);
	return fd;
}

static void
test_channel__carries_a_message(void **state)
{
	struct pq_msg m = make_evidence("abc", 3), got;

	(void)state;
	assert_int_equal(fetch.peer_uid, geteuid());
	assert_int_equal(pq_channel_send(&fetch, &m, NULL), 0);
	assert_int_equal(pq_channel_recv(&warden, &got, NULL), 0);
	assert_int_equal(got.type, PQ_MSG_EVIDENCE);
	assert_int_equal(got.job, 5);
	assert_true(pq_slice_eq_str(got.evidence.document, "abc"));
}

/* Test sizes on both sides of the limit above which a memfd is used. */
static void
test_channel__carries_large_messages(void **state)
{
	uint8_t *doc = malloc(BIG);
	size_t sizes[] = { PQ_IPC_INLINE - 64, PQ_IPC_INLINE - 36,
		PQ_IPC_INLINE - 35, PQ_IPC_INLINE, BIG };
	struct pq_msg m, got;
	size_t i;

	(void)state;
	assert_non_null(doc);
	for (i = 0; i < BIG; i++)
		doc[i] = (uint8_t)(i * 31);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		m = make_evidence(doc, sizes[i]);
		assert_int_equal(pq_channel_send(&fetch, &m, NULL), 0);
		assert_int_equal(pq_channel_recv(&warden, &got, NULL), 0);
		assert_true(
		    pq_slice_eq(got.evidence.document, m.evidence.document));
	}
	free(doc);
}

static void
test_channel__sender_refuses_other_roles_messages(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_CLEARANCE }, got;
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	assert_int_equal(pq_channel_send(&fetch, &m, &err), -PQ_EPROTO);
	assert_non_null(strstr(err.text, "fetch may not send clearance"));
	m = make_evidence("a", 1);
	m.evidence.reason = PQ_SLICE_LIT("two\nlines");
	assert_int_equal(pq_channel_send(&fetch, &m, &err), -PQ_EFORMAT);
	/* no part of the message was sent */
	assert_int_equal(fcntl(warden.fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pq_channel_recv(&warden, &got, NULL), 1);
}

/* A compromised fetch cannot send the messages of verify. */
static void
test_channel__receiver_refuses_other_roles_messages(void **state)
{
	static const enum pq_msg_type types[] = { PQ_MSG_VERDICT,
		PQ_MSG_DELIVERY, PQ_MSG_ORDER, PQ_MSG_ERRAND, PQ_MSG_CLEARANCE,
		PQ_MSG_OUTCOME };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct pq_msg m = { .type = types[i] };
		struct pq_err err = PQ_ERR_INIT;
		struct pq_buf b;

		encode_message(&b, &m);
		send_raw(b.p, b.n, NULL, 0);
		pq_buf_free(&b);
		assert_int_equal(
		    pq_channel_recv(&warden, &m, &err), -PQ_EPROTO);
		assert_non_null(strstr(err.text, "fetch may not send"));
	}
}

static void
test_channel__refuses_garbage(void **state)
{
	uint8_t zeros[64] = { 0 };
	struct pq_msg m = make_evidence("abc", 3);
	struct pq_buf b;

	(void)state;
	send_raw(zeros, sizeof(zeros), NULL, 0);
	assert_refused();
	send_raw("x", 1, NULL, 0);
	assert_refused();
	encode_message(&b, &m);
	pq_buf_u8(&b, 0);
	send_raw(b.p, b.n, NULL, 0);
	assert_refused();
	pq_buf_free(&b);
}

static void
test_channel__refuses_a_long_packet(void **state)
{
	size_t n = PQ_IPC_INLINE + 100;
	char *doc = calloc(1, n);
	struct pq_msg m = make_evidence(doc, n);
	struct pq_buf b;

	(void)state;
	/* a valid message, but it must travel in a memfd */
	encode_message(&b, &m);
	send_raw(b.p, b.n, NULL, 0);
	assert_refused();
	pq_buf_free(&b);
	free(doc);
}

/* The sender could change an unsealed memfd after the receiver judged it. */
static void
test_channel__refuses_an_unsealed_memfd(void **state)
{
	static const int seals[] = { 0, F_SEAL_WRITE,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW,
		F_SEAL_SEAL | F_SEAL_GROW | F_SEAL_WRITE,
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_WRITE };
	struct pq_msg m = make_evidence("abc", 3);
	struct pq_buf b;
	size_t i;

	(void)state;
	encode_message(&b, &m);
	for (i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		int fd = memory_file(pq_buf_view(&b));

		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals[i]), 0);
		send_fds(&fd, 1);
		(void)close(fd);
		assert_refused();
	}
	pq_buf_free(&b);
}

/* A kernel can be configured to add another seal (vm.memfd_noexec). */
static void
test_channel__accepts_a_memfd_with_more_seals(void **state)
{
	struct pq_msg m = make_evidence("abc", 3), got;
	struct pq_buf b;
	int fd;

	(void)state;
	encode_message(&b, &m);
	fd = memory_file(pq_buf_view(&b));
	pq_buf_free(&b);
	assert_int_equal(
	    fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_FUTURE_WRITE), 0);
	send_fds(&fd, 1);
	(void)close(fd);
	assert_int_equal(pq_channel_recv(&warden, &got, NULL), 0);
	assert_true(pq_slice_eq_str(got.evidence.document, "abc"));
}

static void
test_channel__refuses_other_kinds_of_files(void **state)
{
	char path[] = "/tmp/pq-channel-XXXXXX";
	int fds[5], pair[2], i;

	(void)state;
	fds[0] = mkstemp(path);
	assert_true(fds[0] >= 0);
	(void)unlink(path);
	assert_int_equal(write(fds[0], "abc", 3), 3);
	assert_int_equal(pipe(pair), 0);
	fds[1] = pair[0];
	fds[2] = pair[1];
	fds[3] = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	fds[4] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (i = 0; i < 5; i++) {
		send_fds(&fds[i], 1);
		(void)close(fds[i]);
		assert_refused();
	}
}

static void
test_channel__refuses_a_memfd_of_a_wrong_size(void **state)
{
	static const off_t sizes[] = { 0, PQ_IPC_MAX + 1, (off_t)1 << 40 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int fd = memory_file(pq_slice(NULL, 0));

		assert_int_equal(ftruncate(fd, sizes[i]), 0);
		assert_int_equal(fcntl(fd, F_ADD_SEALS, SEALS), 0);
		send_fds(&fd, 1);
		(void)close(fd);
		assert_refused();
	}
}

static void
test_channel__refuses_garbage_in_a_memfd(void **state)
{
	struct pq_msg m = make_evidence("abc", 3);
	struct pq_buf b;
	int fd;

	(void)state;
	encode_message(&b, &m);
	pq_buf_u8(&b, 0);
	fd = memory_file(pq_buf_view(&b));
	assert_int_equal(fcntl(fd, F_ADD_SEALS, SEALS), 0);
	send_fds(&fd, 1);
	(void)close(fd);
	assert_refused();
	pq_buf_free(&b);
}

static void
test_channel__needs_exactly_one_descriptor(void **state)
{
	struct pq_msg m = make_evidence("abc", 3);
	struct pq_buf b;
	int fds[8];
	size_t i;

	(void)state;
	encode_message(&b, &m);
	for (i = 0; i < 8; i++) {
		fds[i] = memory_file(pq_buf_view(&b));
		assert_int_equal(fcntl(fds[i], F_ADD_SEALS, SEALS), 0);
	}
	send_fds(fds, 2);
	assert_refused();
	send_fds(fds, 4);
	assert_refused();
	send_fds(fds, 8); /* more than the receiver's control buffer holds */
	assert_refused();
	send_fds(NULL, 0); /* the mark without a descriptor */
	assert_refused();
	/* a message with bytes and a descriptor */
	send_raw(b.p, b.n, fds, 1);
	assert_refused();
	/* an empty packet with descriptors is not the end of the connection */
	send_raw("", 0, fds, 1);
	assert_refused();
	send_raw("", 0, fds, 4);
	assert_refused();
	/* exactly one descriptor */
	send_fds(fds, 1);
	assert_int_equal(pq_channel_recv(&warden, &m, NULL), 0);
	for (i = 0; i < 8; i++)
		(void)close(fds[i]);
	pq_buf_free(&b);
}

static void
test_channel__distinguishes_waiting_from_closed(void **state)
{
	struct pq_msg m;

	(void)state;
	assert_int_equal(fcntl(warden.fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pq_channel_recv(&warden, &m, NULL), 1);
	pq_channel_close(&fetch);
	assert_int_equal(
	    fetch.fd, -1); /* a second close must not hit another file */
	assert_int_equal(pq_channel_recv(&warden, &m, NULL), 2);
	/* sending to a closed connection raises no SIGPIPE */
	m = (struct pq_msg){ .type = PQ_MSG_ERRAND };
	assert_int_equal(pq_channel_send(&warden, &m, NULL), -PQ_ESYS);
}

/* A message that would block is not sent at all; none is lost or repeated. */
static void
test_channel__full_socket_accepts_only_complete_messages(void **state)
{
	static char doc[32768];
	struct pq_msg m = make_evidence(doc, sizeof(doc)), got;
	uint64_t sent = 0, seen = 0;
	int r;

	(void)state;
	assert_int_equal(fcntl(fetch.fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(warden.fd, F_SETFL, O_NONBLOCK), 0);
	for (;;) {
		m.job = sent;
		r = pq_channel_send(&fetch, &m, NULL);
		if (r != 0)
			break;
		sent++;
	}
	assert_int_equal(r, 1);
	assert_true(sent > 0);
	while ((r = pq_channel_recv(&warden, &got, NULL)) == 0)
		assert_int_equal(got.job, seen++);
	assert_int_equal(r, 1);
	assert_int_equal(seen, sent);
}

static void
test_channel__connects_to_the_socket_of_its_role(void **state)
{
	const char *dir = temporary_dir();
	char long_dir[200];
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_channel c;
	int fd;

	(void)state;
	(void)snprintf(
	    at.sun_path, sizeof(at.sun_path), "%s/control.sock", dir);
	assert_int_equal(
	    pq_channel_connect(&c, dir, PQ_ROLE_CLI, 0, &err), -PQ_ESYS);
	assert_non_null(strstr(err.text, "no agent at "));
	assert_non_null(strstr(err.text, at.sun_path));
	assert_non_null(strstr(err.text, "control.sock (No such file"));
	assert_non_null(strstr(err.text, "--run"));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(pq_channel_connect(&c, dir, PQ_ROLE_CLI, 0, &err), 0);
	assert_int_equal(c.peer, PQ_ROLE_WARDEN);
	assert_int_equal(c.peer_uid, geteuid());
	pq_channel_close(&c);
	(void)close(fd);
	assert_int_equal(
	    pq_channel_connect(&c, dir, PQ_ROLE_CLI, 0, &err), -PQ_ESYS);
	assert_non_null(strstr(err.text, "(Connection refused): is pratiqued"));
	(void)unlink(at.sun_path);
	memset(long_dir, 'x', sizeof(long_dir) - 1);
	long_dir[sizeof(long_dir) - 1] = '\0';
	assert_int_equal(
	    pq_channel_connect(&c, long_dir, PQ_ROLE_CLI, 0, &err), -PQ_ELIMIT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_channel__carries_a_message),
		T(test_channel__carries_large_messages),
		T(test_channel__sender_refuses_other_roles_messages),
		T(test_channel__receiver_refuses_other_roles_messages),
		T(test_channel__refuses_garbage),
		T(test_channel__refuses_a_long_packet),
		T(test_channel__refuses_an_unsealed_memfd),
		T(test_channel__accepts_a_memfd_with_more_seals),
		T(test_channel__refuses_other_kinds_of_files),
		T(test_channel__refuses_a_memfd_of_a_wrong_size),
		T(test_channel__refuses_garbage_in_a_memfd),
		T(test_channel__needs_exactly_one_descriptor),
		T(test_channel__distinguishes_waiting_from_closed),
		T(test_channel__full_socket_accepts_only_complete_messages),
		T(test_channel__connects_to_the_socket_of_its_role),
	};

	return cmocka_run_group_tests(tests, make_temporary, remove_temporary);
}
