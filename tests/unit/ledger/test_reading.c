/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When callbacks that wait are handed to verify, how many, and what becomes of
 * those for whose look there is no room yet. Verify is played by a peer whose
 * messages are counted and never sent.
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
	policy = (struct pq_policy){ .service = (char *)(uintptr_t) "web",
		.image = (char *)(uintptr_t) "r.example/acme/web" };
	service =
	    (struct pq_config_service){ .policy = &policy, .pending_s = 60 };
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

/* verify answers all that it has: each callback names a tag of its own */
static void
all_name_a_tag(void)
{
	struct pq_msg m = { .type = PQ_MSG_HINT };
	char tag[32];

	m.hint.kind = PQ_HINT_IMAGE;
	m.hint.repository = pq_slice_str(policy.image);
	for (size_t i = 0; i < WARDEN_JOBS; i++) {
		if (!w.jobs[i].kind)
			continue;
		m.job = (uint64_t)w.jobs[i].id;
		(void)snprintf(tag, sizeof(tag), "1.0.%d", (int)m.job);
		m.hint.tag = pq_slice_str(tag);
		assert_int_equal(pq_on_hint(&w, NULL, &m), 0);
	}
	let_go();
}

/* a round of its own */
static size_t
handed_later(void)
{
	w.now.boot_ms += WARDEN_READ_PACE_MS;
	return handed();
}

static int64_t
count(const char *sql)
{
	return pq_store_int(&w.store, -1, sql, "");
}

static void
one_look_ends(void)
{
	struct pq_look l;

	assert_int_equal(
	    pq_ledger_look(&w.store,
		count("SELECT min(id) FROM looks WHERE state = 'resolving'"),
		&l),
	    1);
	pq_look_end(&w, &l, "done", 0, "for the test");
}

#define N_PARKED 4

static void
more_tags_than_looks(void)
{
	/* looks take ids of the same row, so those of callbacks come first */
	arrive(WARDEN_LOOKS + N_PARKED, 100);
	assert_int_equal(handed(), WARDEN_LOOKS + N_PARKED);
	all_name_a_tag();
	assert_int_equal(
	    count("SELECT count(*) FROM looks WHERE state = 'resolving'"),
	    WARDEN_LOOKS);
}

/* they were answered 202 */
static void
test_reading__what_has_no_room_waits_and_is_not_lost(void **state)
{
	(void)state;
	more_tags_than_looks();
	assert_int_equal(
	    count("SELECT count(*) FROM callbacks WHERE state = 'received'"),
	    N_PARKED);
	/* nor is it read over and over meanwhile */
	assert_int_equal(handed_later(), 0);
	assert_false(pq_callbacks_wait(&w));
	for (size_t i = 0; i < N_PARKED; i++) {
		one_look_ends();
		assert_int_equal(handed_later(), 1);
		all_name_a_tag();
	}
	assert_int_equal(handed_later(), 0);
	assert_int_equal(
	    count("SELECT count(*) FROM looks"), WARDEN_LOOKS + N_PARKED);
	assert_int_equal(
	    count("SELECT count(*) FROM callbacks WHERE state <> 'done'"), 0);
}

/* else the room that it did not take would stay empty */
static void
test_reading__one_that_takes_no_room_makes_way(void **state)
{
	(void)state;
	more_tags_than_looks();
	one_look_ends();
	for (size_t i = 0; i < N_PARKED; i++) {
		assert_int_equal(handed_later(), 1);
		all_answered(); /* it was a ping */
	}
	assert_int_equal(handed_later(), 0);
	assert_int_equal(
	    count("SELECT count(*) FROM callbacks WHERE state <> 'done'"), 0);
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
		TEST(what_has_no_room_waits_and_is_not_lost),
		TEST(one_that_takes_no_room_makes_way),
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
