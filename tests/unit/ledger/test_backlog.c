/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many callbacks a service may leave to us, and the order of those for
 * whose look there is no room yet.
 */
#include "callbacks.h"

#include <openssl/hmac.h>

#include "warden/ledger_looks.h"
#include "warden/looks.h"

/* verify answers all that it has: each callback names a tag of its own */
static void
all_name_a_tag(void)
{
	struct pq_msg m = { .type = PQ_MSG_HINT };
	char tag[32];
	size_t i;

	m.hint.kind = PQ_HINT_IMAGE;
	m.hint.repository = pq_slice_str(policies[0].image);
	for (i = 0; i < WARDEN_JOBS; i++) {
		if (!w.jobs[i].kind)
			continue;
		m.job = (uint64_t)w.jobs[i].id;
		(void)snprintf(tag, sizeof(tag), "1.0.%d", (int)m.job);
		m.hint.tag = pq_slice_str(tag);
		assert_int_equal(pq_on_hint(&w, NULL, &m), 0);
	}
	forget_errands_and_reads();
}

static void
one_look_ends(void)
{
	struct pq_look l;

	assert_int_equal(
	    pq_ledger_look_read(&w.store,
		count_rows(
		    "SELECT min(id) FROM looks WHERE state = 'resolving'"),
		&l),
	    1);
	pq_look_end(&w, &l, "done", 0, "for the test");
}

#define N_PARKED 4

static void
more_tags_than_looks(void)
{
	/* looks take ids of the same row, so those of callbacks come first */
	add_callbacks(WARDEN_LOOKS + N_PARKED, 100);
	assert_int_equal(count_sent(), WARDEN_LOOKS + N_PARKED);
	all_name_a_tag();
	assert_int_equal(
	    count_rows("SELECT count(*) FROM looks WHERE state = 'resolving'"),
	    WARDEN_LOOKS);
}

/* they were answered 202 */
static void
test_backlog__what_has_no_room_waits_and_is_not_lost(void **state)
{
	size_t i;

	(void)state;
	more_tags_than_looks();
	assert_int_equal(
	    count_rows(
		"SELECT count(*) FROM callbacks WHERE state = 'received'"),
	    N_PARKED);
	/* nor is it read over and over meanwhile */
	assert_int_equal(count_sent_later(), 0);
	assert_false(pq_callbacks_wait_for_round(&w));
	for (i = 0; i < N_PARKED; i++) {
		one_look_ends();
		assert_int_equal(count_sent_later(), 1);
		all_name_a_tag();
	}
	assert_int_equal(count_sent_later(), 0);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM looks"), WARDEN_LOOKS + N_PARKED);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM callbacks WHERE state <> 'done'"),
	    0);
}

/* else the room that it did not take would stay empty */
static void
test_backlog__one_that_takes_no_room_makes_way(void **state)
{
	size_t i;

	(void)state;
	more_tags_than_looks();
	one_look_ends();
	for (i = 0; i < N_PARKED; i++) {
		assert_int_equal(count_sent_later(), 1);
		answer_all_with_ping(); /* it was a ping */
	}
	assert_int_equal(count_sent_later(), 0);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM callbacks WHERE state <> 'done'"),
	    0);
}

/* else a flood of new ones would keep the old ones waiting */
static void
test_backlog__none_overtakes_those_that_wait(void **state)
{
	(void)state;
	more_tags_than_looks();
	one_look_ends();
	add_callbacks(
	    1, 100); /* read in the same round as the one that was woken */
	assert_int_equal(count_sent_later(), 2);
	all_name_a_tag();
	assert_int_equal(
	    count_rows(
		"SELECT count(*) FROM callbacks WHERE state = 'received'"),
	    N_PARKED);
	assert_int_equal(
	    count_rows("SELECT state = 'received' FROM callbacks WHERE id ="
		       " (SELECT max(id) FROM callbacks)"),
	    1);
}

/* it was accepted, and is not forgotten, nor told of twice */
static void
test_backlog__a_restart_keeps_those_that_wait(void **state)
{
	int64_t told;

	(void)state;
	more_tags_than_looks();
	told = count_rows("SELECT count(*) FROM audit");
	one_look_ends(); /* one is woken, and the crash comes before its turn */
	pq_backlog_free(&w);
	memset(w.jobs, 0, sizeof(w.jobs));
	w.parked = w.backlog = 0;
	assert_int_equal(pq_backlog_load(&w), 0);
	assert_int_equal(w.parked, N_PARKED - 1);
	assert_int_equal(w.backlog, 1);
	assert_int_equal(w.shares[0].n, N_PARKED);
	assert_int_equal(w.shares[0].bytes, (int64_t)100 * N_PARKED);
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), told + 1);
}

/* A genuine delivery, and the status that it is answered. */
static uint32_t
deliver_body(size_t which, const char *body)
{
	static struct pq_peer intake;
	static char secret[] = "a secret that is long enough";
	struct pq_buf key = PQ_BUF_INIT(0);
	struct pq_slice view = pq_slice_str(secret);
	struct pq_keys keys = { &key, &view, 1 }, *row = &keys;
	struct pq_keys *rows[SERVICES] = { row, row };
	struct pq_config_endpoint endpoint = { .scheme = PQ_SCHEME_GITHUB };
	struct pq_msg m = { .type = PQ_MSG_DELIVERY, .job = 1 }, answer;
	struct pq_err err = PQ_ERR_INIT;
	char mac[80] = "sha256=";
	unsigned char raw[32];

	assert_non_null(HMAC(EVP_sha256(), secret, (int)strlen(secret),
	    (const unsigned char *)body, strlen(body), raw, NULL));
	pq_hex_encode(mac + 7, pq_slice(raw, sizeof(raw)));
	m.delivery.service = pq_slice_str(policies[which].service);
	m.delivery.body = pq_slice_str(body);
	m.delivery.github_event = PQ_SLICE_LIT("pratique");
	m.delivery.hub_signature_256 = pq_slice_str(mac);
	services[which].endpoints = &endpoint;
	services[which].n_endpoints = 1;
	w.keys = rows;
	memset(&intake, 0, sizeof(intake));
	intake.used = true;
	intake.ch.peer = PQ_ROLE_INTAKE;
	assert_int_equal(pq_on_delivery(&w, &intake, &m), 0);
	w.keys = NULL;
	assert_non_null(intake.head);
	assert_int_equal(
	    pq_msg_decode(&answer, pq_buf_view(&intake.head->bytes), &err), 0);
	pq_buf_free(&intake.head->bytes);
	free(intake.head);
	return answer.receipt.status;
}

static void
test_backlog__who_fills_one_share_leaves_the_others(void **state)
{
	(void)state;
	assert_int_equal(deliver_body(0, "{\"n\":1}"), 202);
	w.shares[0].n = WARDEN_BACKLOG / SERVICES;
	assert_int_equal(deliver_body(0, "{\"n\":2}"), 503);
	assert_int_equal(deliver_body(1, "{\"n\":2}"), 202);
	w.shares[0].n = 1;
	w.shares[0].bytes = WARDEN_BACKLOG_BYTES / SERVICES;
	assert_int_equal(deliver_body(0, "{\"n\":3}"), 503);
	assert_int_equal(deliver_body(1, "{\"n\":3}"), 202);
	assert_int_equal(w.shares[1].n, 2);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_backlog__##name, set_up_warden, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_has_no_room_waits_and_is_not_lost),
		TEST(one_that_takes_no_room_makes_way),
		TEST(none_overtakes_those_that_wait),
		TEST(a_restart_keeps_those_that_wait),
		TEST(who_fills_one_share_leaves_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
