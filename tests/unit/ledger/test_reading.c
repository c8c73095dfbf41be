/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When callbacks that wait are handed to verify, and how many. Verify is
 * played by a peer whose messages are counted and never sent.
 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "warden/warden.h"

#define BODY ((size_t)64 << 10)

static char dir[] = "/tmp/pq-reading-XXXXXX";
static char path[64];
static struct pq_policy policy;
static struct pq_config_service service;
static struct pq_config config;
static struct warden w;

static void
verify_is_here(void)
{
	struct pq_peer *p = &w.peers[PQ_DOOR_VERIFY];

	p->used = true;
	p->ch.peer = PQ_ROLE_VERIFY;
}

static int
fresh(void **state)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	(void)unlink(path);
	policy = (struct pq_policy){ .service = (char *)(uintptr_t) "web" };
	service = (struct pq_config_service){ .policy = &policy };
	config = (struct pq_config){ .services = &service, .n_services = 1 };
	memset(&w, 0, sizeof(w));
	w.cfg = &config;
	w.epfd = -1;
	w.now.boot_ms = 5000;
	verify_is_here();
	return pq_ledger_open(&w.store, path, &err);
}

static void
let_go(void)
{
	struct pq_peer *p = &w.peers[PQ_DOOR_VERIFY];

	while (p->head) {
		struct pq_out *o = p->head;

		p->head = o->next;
		pq_buf_free(&o->bytes);
		free(o);
	}
	p->tail = NULL;
}

static int
drop(void **state)
{
	(void)state;
	let_go();
	assert_int_equal(pq_store_commit(&w.store), 0);
	pq_store_close(&w.store);
	return 0;
}

static void
arrive(size_t n, size_t bytes)
{
	static uint8_t body[BODY];
	struct pq_callback cb = { .body = pq_slice(body, bytes) };
	char id[32];

	assert_int_equal(pq_store_begin(&w.store), 0);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(id, sizeof(id), "d-%d", (int)++w.last_id);
		/* no body is taken twice */
		memcpy(body, id, strlen(id));
		assert_int_equal(
		    pq_ledger_callback_add(&w.store, w.last_id, "web",
			PQ_SCHEME_STANDARD, id, &cb, "r", 1),
		    PQ_INSERT_NEW);
		w.backlog++;
	}
}

/* how many are with verify after what is due was done */
static size_t
handed(void)
{
	pq_callbacks_pump(&w);
	return pq_jobs_reading(&w);
}

static void
all_answered(void)
{
	struct pq_msg m = { .type = PQ_MSG_HINT };

	m.hint.kind = PQ_HINT_PING;
	for (size_t i = 0; i < WARDEN_JOBS; i++) {
		if (!w.jobs[i].kind)
			continue;
		m.job = (uint64_t)w.jobs[i].id;
		assert_int_equal(pq_on_hint(&w, NULL, &m), 0);
	}
	let_go();
}

static void
test_reading__one_alone_is_read_at_once(void **state)
{
	(void)state;
	arrive(1, 100);
	assert_int_equal(handed(), 1);
}

/* else each of a flood would cost a child of its own */
static void
test_reading__those_behind_it_are_gathered(void **state)
{
	(void)state;
	arrive(1, 100);
	assert_int_equal(handed(), 1);
	arrive(2, 100);
	assert_int_equal(handed(), 1); /* the round has not ended */
	all_answered();
	assert_int_equal(handed(), 0);
	assert_true(pq_callbacks_wait(&w));
	w.now.boot_ms += WARDEN_READ_PACE_MS;
	assert_int_equal(handed(), 2);
	assert_false(pq_callbacks_wait(&w));
	all_answered();
	assert_int_equal(w.backlog, 0);
	assert_false(pq_callbacks_wait(&w));
}

static void
test_reading__a_full_round_waits_for_no_clock(void **state)
{
	(void)state;
	arrive(1, 100);
	assert_int_equal(handed(), 1);
	all_answered();
	arrive(WARDEN_READS + 1, 100);
	assert_int_equal(handed(), WARDEN_READS);
	all_answered();
	assert_int_equal(w.backlog, 1);
}

static void
test_reading__large_bodies_fill_a_round(void **state)
{
	(void)state;
	arrive(WARDEN_READS, BODY);
	assert_int_equal(handed(), WARDEN_READ_BYTES / BODY);
}

static void
test_reading__without_verify_all_is_kept(void **state)
{
	(void)state;
	w.peers[PQ_DOOR_VERIFY].used = false;
	arrive(3, 100);
	assert_int_equal(handed(), 0);
	assert_false(pq_callbacks_wait(&w));
	verify_is_here();
	assert_int_equal(handed(), 3);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_reading__##name, fresh, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_alone_is_read_at_once),
		TEST(those_behind_it_are_gathered),
		TEST(a_full_round_waits_for_no_clock),
		TEST(large_bodies_fill_a_round),
		TEST(without_verify_all_is_kept),
	};
	char wal[80];
	int r;

	if (!mkdtemp(dir))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ledger.db", dir);
	(void)snprintf(wal, sizeof(wal), "%s-wal", path);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	(void)unlink(wal);
	(void)rmdir(dir);
	return r;
}
