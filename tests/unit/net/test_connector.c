/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of a connector. In one half of the tests the client is compromised,
 * in the other half the connector.
 */
#include "../cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/connector.h"

enum { LISTENING = 0, CLOSED, NAMELESS, ORIGINS };

static struct pq_origins origins;
static int server = -1;
static struct pq_connector client;

/* Open a listening socket on loopback. Return: its port. */
static unsigned
open_server(int *ret_fd)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, n), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	*ret_fd = fd;
	return ntohs(in.sin_port);
}

static void
add_origin(const char *host, unsigned port)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s:%u", host, port);
	assert_int_equal(
	    pq_origins_add(&origins, text, true, pq_slice(NULL, 0)), 0);
}

static int
start(void **state)
{
	struct pq_err err = PQ_ERR_INIT;
	unsigned port, closed;
	int fd;

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	port = open_server(&server);
	closed = open_server(&fd);
	(void)close(fd);
	origins.n = 0;
	add_origin("127.0.0.1", port);
	add_origin("127.0.0.1", closed);
	add_origin("name.invalid", 5000);
	return pq_connector_fork(&client, &origins, &err);
}

static int
stop(void **state)
{
	(void)state;
	pq_connector_close(&client);
	(void)close(server);
	return 0;
}

static int64_t
soon(void)
{
	return pq_dial_clock_ms() + 60000;
}

static struct pq_dial
ask(size_t index, int *ret_fd)
{
	struct pq_dial d;

	*ret_fd = -1;
	assert_int_equal(
	    pq_connector_ask(&client, index, soon(), &d, ret_fd), 0);
	return d;
}

static void
test_connector__passes_a_connected_socket(void **state)
{
	char byte = 0;
	int fd, peer;

	(void)state;
	assert_int_equal(ask(LISTENING, &fd).result, PQ_DIALED_CONNECTED);
	peer = accept(server, NULL, NULL);
	assert_true(peer >= 0);
	assert_int_equal(send(fd, "x", 1, 0), 1);
	assert_int_equal(recv(peer, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	(void)close(fd);
	(void)close(peer);
}

static void
test_connector__says_why_it_has_no_socket(void **state)
{
	struct pq_dial d;
	int fd;

	(void)state;
	d = ask(CLOSED, &fd);
	assert_int_equal(d.result, PQ_DIALED_FAILED);
	assert_int_equal(d.error, ECONNREFUSED);
	assert_int_equal(fd, -1);
	assert_int_equal(ask(NAMELESS, &fd).result, PQ_DIALED_UNRESOLVED);
	/* and it continues */
	assert_int_equal(ask(LISTENING, &fd).result, PQ_DIALED_CONNECTED);
	(void)close(fd);
}

/* Send a packet to the connector, and see that it ends without an answer. */
static void
expect_end(const char *packet, size_t n)
{
	char answer[64];

	assert_int_equal(send(client.fd, packet, n, 0), (ssize_t)n);
	assert_int_equal(recv(client.fd, answer, sizeof(answer), 0), 0);
}

static void
test_connector__ends_on_an_index_outside_its_list(void **state)
{
	(void)state;
	expect_end((const char[]){ ORIGINS }, 1);
}

static void
test_connector__ends_on_the_highest_index(void **state)
{
	(void)state;
	expect_end("\xff", 1);
}

static void
test_connector__ends_on_a_long_packet(void **state)
{
	(void)state;
	expect_end("\0\0", 2);
}

static void
test_connector__lost_is_a_fault(void **state)
{
	struct pq_dial d;
	int fd = -1;

	(void)state;
	expect_end("\xff", 1);
	assert_int_not_equal(
	    pq_connector_ask(&client, LISTENING, soon(), &d, &fd), 0);
	assert_int_equal(client.fd, -1);
	assert_int_equal(fd, -1);
	assert_int_equal(
	    pq_connector_ask(&client, LISTENING, soon(), &d, &fd), -PQ_EPROTO);
}

/* ---- a compromised connector --------------------------------------------- */

static int liar = -1; /* its end */

static int
start_liar(void **state)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	return pq_connector_pair(&client, &liar, &err);
}

static int
stop_liar(void **state)
{
	(void)state;
	pq_connector_close(&client);
	(void)close(liar);
	return 0;
}

/* Send a packet with @n descriptors. */
static void
lie(const char *packet, size_t len, size_t n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec v = { (char *)(uintptr_t)packet, len };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	int fds[2] = { STDERR_FILENO, STDERR_FILENO };

	if (n > 0) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, n * sizeof(int));
	}
	assert_int_equal(sendmsg(liar, &m, 0), (ssize_t)len);
}

#define WORD(c) "\0\0\0" c

static void
test_connector__answer_must_be_exact(void **state)
{
	static const struct {
		const char *packet;
		size_t len, fds;
	} rows[] = {
		{ WORD("\5") WORD("\0") WORD("\0"), 12, 0 }, /* no socket */
		{ WORD("\5") WORD("\0") WORD("\0"), 12, 2 }, /* two */
		{ WORD("\4") WORD("\1") WORD("\0"), 12, 1 }, /* needs none */
		{ WORD("\0") WORD("\0") WORD("\0"), 12, 0 }, /* no result */
		{ WORD("\6") WORD("\0") WORD("\0"), 12, 0 }, /* none such */
		{ WORD("\3") WORD("\0") WORD("\6"), 12, 0 }, /* no such kind */
		{ "\0\0\0\4\0\1\0\0" WORD("\0"), 12, 0 },    /* no errno */
		{ WORD("\5") WORD("\0") WORD("\0"), 11, 1 },
		{ WORD("\5") WORD("\0") WORD("\0") "\0", 13, 1 },
		{ WORD("\5") WORD("\0") WORD("\0") WORD("\0"), 16, 1 },
	};
	struct pq_dial d;
	int fd = -1;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		lie(rows[i].packet, rows[i].len, rows[i].fds);
		if (pq_connector_ask(&client, 0, soon(), &d, &fd) !=
			-PQ_EPROTO ||
		    client.fd != -1 || fd != -1)
			fail_msg("row %zu", i);
		assert_int_equal(stop_liar(state), 0);
		assert_int_equal(start_liar(state), 0);
	}
}

static void
test_connector__late_answer_does_not_serve_another_request(void **state)
{
	struct pq_dial d;
	int fd = -1;

	(void)state;
	assert_int_equal(
	    pq_connector_ask(&client, 1, pq_dial_clock_ms(), &d, &fd),
	    -PQ_ETIMEOUT);
	assert_int_equal(d.result, PQ_DIALED_NOTHING);
	lie(WORD("\5") WORD("\0") WORD("\0"), 12, 1);   /* to request 1 */
	lie(WORD("\4") WORD("\157") WORD("\0"), 12, 0); /* to request 2 */
	assert_int_equal(pq_connector_ask(&client, 2, soon(), &d, &fd), 0);
	assert_int_equal(d.result, PQ_DIALED_FAILED);
	assert_int_equal(d.error, ECONNREFUSED);
	assert_int_equal(fd, -1);
}

static void
test_connector__late_socket_serves_the_same_request(void **state)
{
	struct pq_dial d;
	int fd = -1;

	(void)state;
	lie(WORD("\1") WORD("\0") WORD("\0"), 12, 0);
	assert_int_equal(
	    pq_connector_ask(&client, 1, pq_dial_clock_ms() + 200, &d, &fd),
	    -PQ_ETIMEOUT);
	assert_int_equal(d.result, PQ_DIALED_RESOLVED);
	lie(WORD("\5") WORD("\0") WORD("\0"), 12, 1);
	assert_int_equal(pq_connector_ask(&client, 1, soon(), &d, &fd), 0);
	assert_int_equal(d.result, PQ_DIALED_CONNECTED);
	assert_true(fd >= 0);
	(void)close(fd);
}

int
main(void)
{
#define HONEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
#define LIAR(f) cmocka_unit_test_setup_teardown(f, start_liar, stop_liar)
	const struct CMUnitTest tests[] = {
		HONEST(test_connector__passes_a_connected_socket),
		HONEST(test_connector__says_why_it_has_no_socket),
		HONEST(test_connector__ends_on_an_index_outside_its_list),
		HONEST(test_connector__ends_on_the_highest_index),
		HONEST(test_connector__ends_on_a_long_packet),
		HONEST(test_connector__lost_is_a_fault),
		LIAR(test_connector__answer_must_be_exact),
		LIAR(
		    test_connector__late_answer_does_not_serve_another_request),
		LIAR(test_connector__late_socket_serves_the_same_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
