/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of packs in its jail, with packs that cost too much, and the
 * client with a reader that lies.
 */
#include "../cmocka_all.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "confine/confine.h"
#include "fetch/fetch.h"

#define TEXT "tree 0\n\nhello"

static struct pq_fetch_packs client;
static pid_t server;

/* Start a server whose children run @read_pack. */
static void
start_server(int (*read_pack)(struct pq_buf *out, struct pq_slice in))
{
	struct pq_err err = PQ_ERR_INIT;
	int pair[2];

	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	server = fork();
	if (server == 0) {
		(void)close(pair[0]);
		if (freopen("/dev/null", "w", stderr) == NULL ||
		    pq_confine_prepare(PQ_JAIL_FETCH_PACK, &err) != 0 ||
		    pq_confine_enter(PQ_JAIL_FETCH_PACKS, NULL, NULL, &err) !=
			0)
			_exit(99);
		_exit(pq_fetch_packs_serve(pair[1], read_pack, &err) == 0 ? 0
									  : 1);
	}
	(void)close(pair[1]);
	client.fd = pair[0];
}

static void
stop_server(void)
{
	int status = -1;

	(void)close(client.fd);
	assert_int_equal(waitpid(server, &status, 0), server);
	assert_int_equal(status, 0);
}

static struct pq_git_want
want_text(void)
{
	struct pq_git_want w = { .type = PQ_GITOBJ_COMMIT,
		.data = PQ_BUF_INIT(PQ_GIT_OBJECT_MAX) };

	assert_int_equal(
	    pq_oid_of(&w.oid, PQ_GITOBJ_COMMIT, 20, pq_slice_str(TEXT)), 0);
	return w;
}

/* Make a pack with the commit TEXT. */
static size_t
make_pack(uint8_t dst[256])
{
	static const uint8_t head[] = { 'P', 'A', 'C', 'K', 0, 0, 0, 2, 0, 0, 0,
		1, 1 << 4 | (sizeof(TEXT) - 1) };
	uLongf n = 256 - sizeof(head);

	memcpy(dst, head, sizeof(head));
	assert_int_equal(compress(dst + sizeof(head), &n, (const Bytef *)TEXT,
			     sizeof(TEXT) - 1),
	    Z_OK);
	return sizeof(head) + n;
}

static int
find_text(struct pq_git_want *w)
{
	uint8_t pack[256];
	size_t n = make_pack(pack);

	return pq_fetch_packs_find(&client, w, 1, pq_slice(pack, n));
}

static void
test_packs__finds_the_objects(void **state)
{
	struct pq_git_want w = want_text();

	(void)state;
	start_server(pq_fetch_pack_read);
	assert_int_equal(find_text(&w), 0);
	assert_true(w.found);
	assert_true(pq_slice_eq_str(pq_buf_view(&w.data), TEXT));
	stop_server();
	pq_buf_free(&w.data);
}

static void
test_packs__reports_a_bad_pack_and_continues(void **state)
{
	struct pq_git_want w = want_text();

	(void)state;
	start_server(pq_fetch_pack_read);
	assert_int_equal(
	    pq_fetch_packs_find(&client, &w, 1, pq_slice_str("KCAP")),
	    -PQ_EFORMAT);
	assert_int_equal(find_text(&w), 0);
	w.found = false;
	pq_buf_free(&w.data);
	w.oid.id[0] ^= 1;
	assert_int_equal(find_text(&w), -PQ_EABSENT);
	stop_server();
}

static int
read_for_ever(struct pq_buf *out, struct pq_slice in)
{
	volatile const uint8_t *first = in.p;

	(void)out;
	for (;;)
		if (*first == 0xff)
			return 0;
}

/* The end of the answer comes at once, and the end of the process never. */
static int
read_and_stay(struct pq_buf *out, struct pq_slice in)
{
	uint32_t word = 0;
	int fd;

	(void)out;
	(void)in;
	for (fd = 0; fd < 64; fd++)
		(void)close(fd);
	while (word == 0)
		(void)syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
	return 0;
}

static int
read_and_crash(struct pq_buf *out, struct pq_slice in)
{
	(void)out;
	(void)in;
	(void)signal(SIGILL, SIG_DFL); /* cmocka catches it */
	__builtin_trap();
}

#ifndef PQ_SANITIZE
static int
read_into_memory(struct pq_buf *out, struct pq_slice in)
{
	(void)in;
	if (malloc(200u << 20) != NULL)
		return 0;
	pq_buf_u32(out, PQ_ENOMEM);
	return 0;
}

static void
test_packs__bound_the_memory(void **state)
{
	struct pq_git_want w = want_text();

	(void)state;
	start_server(read_into_memory);
	assert_int_equal(find_text(&w), -PQ_ENOMEM);
	stop_server();
}
#endif

static void
test_packs__bound_the_processor_time(void **state)
{
	struct pq_git_want w = want_text();

	(void)state;
	start_server(read_for_ever);
	assert_int_equal(find_text(&w), -PQ_ETIMEOUT);
	assert_false(w.found);
	stop_server();
}

static void
test_packs__end_a_reader_that_stays_after_its_answer(void **state)
{
	struct pq_git_want w = want_text();

	(void)state;
	start_server(read_and_stay);
	assert_int_equal(find_text(&w), -PQ_ETIMEOUT);
	assert_true(client.fd >= 0);
	stop_server();
}

static void
test_packs__survive_a_crash(void **state)
{
	struct pq_git_want w = want_text();

	(void)state;
	start_server(read_and_crash);
	assert_int_equal(find_text(&w), -PQ_EINTERNAL);
	assert_int_equal(find_text(&w), -PQ_EINTERNAL);
	assert_true(client.fd >= 0);
	stop_server();
}

/* ---- a reader that lies -------------------------------------------------- */

static int
read_other(struct pq_buf *out, struct pq_slice in)
{
	(void)in;
	pq_buf_u32(out, 0);
	pq_buf_u32(out, 5);
	pq_buf_str(out, "other");
	return 0;
}

static int
read_unknown_fault(struct pq_buf *out, struct pq_slice in)
{
	(void)in;
	pq_buf_u32(out, PQ_EPERM);
	return 0;
}

static int
read_more(struct pq_buf *out, struct pq_slice in)
{
	(void)in;
	pq_buf_u32(out, 0);
	pq_buf_u32(out, sizeof(TEXT) - 1);
	pq_buf_str(out, TEXT "more");
	return 0;
}

static int
read_nothing(struct pq_buf *out, struct pq_slice in)
{
	(void)out;
	(void)in;
	return 0;
}

static void
test_packs__answer_must_be_exact(void **state)
{
	static int (*const lies[])(struct pq_buf *, struct pq_slice) = {
		read_other, read_unknown_fault, read_more, read_nothing
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct pq_git_want w = want_text();
		int status;

		start_server(lies[i]);
		assert_int_equal(find_text(&w), -PQ_EINTERNAL);
		assert_false(w.found);
		assert_int_equal(client.fd, -1);
		assert_int_equal(find_text(&w), -PQ_EINTERNAL);
		assert_int_equal(waitpid(server, &status, 0), server);
		pq_buf_free(&w.data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packs__finds_the_objects),
		cmocka_unit_test(test_packs__reports_a_bad_pack_and_continues),
#ifndef PQ_SANITIZE
		cmocka_unit_test(test_packs__bound_the_memory),
#endif
		cmocka_unit_test(test_packs__bound_the_processor_time),
		cmocka_unit_test(
		    test_packs__end_a_reader_that_stays_after_its_answer),
		cmocka_unit_test(test_packs__survive_a_crash),
		cmocka_unit_test(test_packs__answer_must_be_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
