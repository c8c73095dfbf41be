/* SPDX-License-Identifier: Apache-2.0 */
/* The places at the control socket, and the handlers of peers. */
#include "fixture.h"

#include "ipc/verbs.h"
#include "warden/peers.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un door = { .sun_family = AF_UNIX };
static int clients[WARDEN_CLIENTS_UID + 4];

static int
open_door(void **state)
{
	if (set_up_warden(state) != 0)
		return -1;
	w.epfd = epoll_create1(EPOLL_CLOEXEC);
	(void)snprintf(door.sun_path, sizeof(door.sun_path), "%s/control",
	    temporary_dir());
	w.doors[PQ_DOOR_CONTROL] =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	return bind(w.doors[PQ_DOOR_CONTROL], (const struct sockaddr *)&door,
		   sizeof(door)) != 0 ||
		listen(w.doors[PQ_DOOR_CONTROL], 64) != 0
	    ? -1
	    : 0;
}

static int
shut_door(void **state)
{
	size_t i;

	for (i = 0; i < PQ_DOOR_CONTROL + WARDEN_CLIENTS; i++)
		if (i != PQ_DOOR_VERIFY)
			pq_peers_end(&w, &w.peers[i], NULL);
	(void)close(w.doors[PQ_DOOR_CONTROL]);
	(void)unlink(door.sun_path);
	(void)close(w.epfd);
	return tear_down_warden(state);
}

static int
connect_client(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&door, sizeof(door)), 0);
	w.now.boot_ms++;
	pq_peers_accept(&w, PQ_DOOR_CONTROL);
	return fd;
}

static bool
is_connected(int fd)
{
	char c;

	return recv(fd, &c, 1, 0) != 0;
}

static void
test_peers__silent_clients_block_no_operator(void **state)
{
	size_t n = sizeof(clients) / sizeof(clients[0]);
	size_t i;

	(void)state;
	for (i = 0; i < n; i++)
		clients[i] = connect_client();
	for (i = 0; i < n; i++) {
		assert_int_equal(is_connected(clients[i]), i >= 4);
		(void)close(clients[i]);
	}
	assert_int_equal(
	    count_rows("SELECT count(*) FROM audit WHERE event = 'peer.ended'"),
	    4);
}

/* The connections of other uids fill the table; root still gets a place. */
static void
test_peers__root_always_gets_a_place(void **state)
{
	struct pq_peer *oldest = &w.peers[PQ_DOOR_CONTROL + 7];
	int fd;
	size_t i;

	(void)state;
	for (i = 0; i < WARDEN_CLIENTS; i++) {
		struct pq_peer *p = &w.peers[PQ_DOOR_CONTROL + i];

		p->used = true;
		p->ch.fd = -1;
		p->ch.peer = PQ_ROLE_CLI;
		p->ch.peer_uid = (uid_t)(1000 + i / 8);
		p->heard_ms = p == oldest ? 1 : 2;
	}
	fd = connect_client();
	assert_true(is_connected(fd));
	assert_int_equal(oldest->ch.peer_uid, 0);
	(void)close(fd);
}

static bool
is_asked(void)
{
	struct epoll_event ev;

	return epoll_wait(w.epfd, &ev, 1, 0) == 1 &&
	    ev.data.u64 == WARDEN_DOOR_TAG + PQ_DOOR_CONTROL;
}

/* Otherwise the loop would spin until a file descriptor is free. */
static void
test_peers__a_failing_door_is_not_polled(void **state)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct rlimit most, none;
	int fd;

	(void)state;
	ev.data.u64 = WARDEN_DOOR_TAG + PQ_DOOR_CONTROL;
	assert_int_equal(
	    epoll_ctl(w.epfd, EPOLL_CTL_ADD, w.doors[PQ_DOOR_CONTROL], &ev), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &most), 0);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&door, sizeof(door)), 0);
	assert_true(is_asked());
	none = (struct rlimit){ 0, most.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	pq_peers_accept(&w, PQ_DOOR_CONTROL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &most), 0);
	assert_false(is_asked());
	pq_peers_listen(&w);
	assert_true(is_asked());
	pq_peers_accept(&w, PQ_DOOR_CONTROL);
	assert_false(is_asked());
	assert_true(is_connected(fd));
	(void)close(fd);
}

/* Intake must know that the warden has accepted its connection. */
static void
test_peers__greets_intake(void **state)
{
	struct pq_peer *p = &w.peers[PQ_DOOR_INTAKE];
	struct pq_err err = PQ_ERR_INIT;
	struct pq_msg m;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	(void)state;
	w.doors[PQ_DOOR_INTAKE] = w.doors[PQ_DOOR_CONTROL];
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&door, sizeof(door)), 0);
	pq_peers_accept(&w, PQ_DOOR_INTAKE);
	assert_true(p->used);
	assert_non_null(p->head);
	assert_int_equal(
	    pq_msg_decode(&m, pq_buf_view(&p->head->bytes), &err), 0);
	assert_int_equal(m.type, PQ_MSG_RECEIPT);
	assert_int_equal(m.job, 0);
	(void)close(fd);
}

/* ---- the handlers of peers ----------------------------------------- */

static char heard[128];
static struct pq_peer *newest;
static enum pq_door entrance;

static void
log_call(const char *word)
{
	size_t n = strlen(heard);

	(void)snprintf(heard + n, sizeof(heard) - n, "%s ", word);
}

static int
hears_message(struct warden *s, struct pq_peer *p, const struct pq_msg *m)
{
	(void)s;
	(void)p;
	log_call(pq_msg_name(m->type));
	return m->query.verb == PQ_VERB_STATUS ? 0 : -PQ_EPROTO;
}

static void
hears_joined(struct warden *s, struct pq_peer *p, enum pq_door at)
{
	(void)s;
	assert_true(p->used);
	newest = p;
	entrance = at;
	log_call("joined");
}

/* The place is free by then, and no message can be queued for it. */
static void
hears_lost(struct warden *s, const struct pq_peer *p, enum pq_door at)
{
	struct pq_msg m = { .type = PQ_MSG_RECEIPT };

	(void)s;
	assert_ptr_equal(p, newest);
	assert_int_equal(at, entrance);
	assert_int_equal(pq_peers_send(newest, &m), -PQ_EABSENT);
	log_call("lost");
}

static void
expect_calls(const char *words)
{
	assert_string_equal(heard, words);
	heard[0] = '\0';
}

static const struct pq_peer_ops hearing = {
	.message = hears_message,
	.joined = hears_joined,
	.lost = hears_lost,
};

static void
listen_to_peers(void)
{
	w.ops = &hearing;
	heard[0] = '\0';
}

static void
send_query(int fd, enum pq_verb verb)
{
	struct pq_msg m = { .type = PQ_MSG_QUERY, .job = 1 };
	struct pq_buf b = PQ_BUF_INIT(4096);

	m.query.verb = verb;
	assert_int_equal(pq_msg_encode(&b, &m), 0);
	assert_int_equal(send(fd, b.p, b.n, 0), b.n);
	pq_buf_free(&b);
}

static void
test_peers__calls_the_handlers_in_order(void **state)
{
	int fd;

	(void)state;
	listen_to_peers();
	fd = connect_client();
	expect_calls("joined ");
	send_query(fd, PQ_VERB_STATUS);
	send_query(fd, PQ_VERB_LIST);
	send_query(fd, PQ_VERB_STATUS);
	pq_peers_read(&w, newest);
	/* a fault ends the peer, and its other messages are not read */
	expect_calls("query query lost ");
	pq_peers_end(&w, newest, "again");
	expect_calls("");
	(void)close(fd);
}

/* The old connection ends before the new one is greeted. */
static void
test_peers__ends_the_old_connection_before_the_new_one_joins(void **state)
{
	int fd[2];
	size_t i;

	(void)state;
	listen_to_peers();
	w.doors[PQ_DOOR_DEPLOY] = w.doors[PQ_DOOR_CONTROL];
	for (i = 0; i < 2; i++) {
		fd[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
		assert_int_equal(connect(fd[i], (const struct sockaddr *)&door,
				     sizeof(door)),
		    0);
		pq_peers_accept(&w, PQ_DOOR_DEPLOY);
	}
	expect_calls("joined lost joined ");
	(void)close(fd[0]);
	(void)close(fd[1]);
}

/* A role that reads too slowly gets all messages again at its greeting. */
static void
test_peers__ends_a_role_that_would_miss_a_message(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_RESTRAIN };

	(void)state;
	listen_to_peers();
	connect_role(PQ_DOOR_DEPLOY, PQ_ROLE_DEPLOY);
	w.peers[PQ_DOOR_DEPLOY].queued = WARDEN_OUT + 1;
	assert_int_equal(pq_peers_offer(&w, PQ_DOOR_DEPLOY, &m), -PQ_ELIMIT);
	expect_calls("");
	assert_int_equal(pq_peers_give(&w, PQ_DOOR_DEPLOY, &m), -PQ_ELIMIT);
	expect_calls("lost ");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_peers__##name, open_door, shut_door)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(silent_clients_block_no_operator),
		TEST(root_always_gets_a_place),
		TEST(a_failing_door_is_not_polled),
		TEST(greets_intake),
		TEST(calls_the_handlers_in_order),
		TEST(ends_the_old_connection_before_the_new_one_joins),
		TEST(ends_a_role_that_would_miss_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
