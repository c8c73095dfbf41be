/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits of the backlog of a service, and the order of its parked
 * callbacks.
 */
#include "callbacks.h"

#include <openssl/hmac.h>

#include "warden/ledger_looks.h"
#include "warden/looks.h"

/* Verify answers all callbacks that it has: each names a different tag. */
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
	/* looks take ids from the same sequence, so callbacks come first */
	add_callbacks(WARDEN_LOOKS + N_PARKED, 100);
	assert_int_equal(count_sent(), WARDEN_LOOKS + N_PARKED);
	all_name_a_tag();
	assert_int_equal(
	    count_rows("SELECT count(*) FROM looks WHERE state = 'resolving'"),
	    WARDEN_LOOKS);
}

/* They were answered with 202, so none may be lost. */
static void
test_backlog__parks_callbacks_beyond_the_limit(void **state)
{
	size_t i;

	(void)state;
	more_tags_than_looks();
	assert_int_equal(
	    count_rows(
		"SELECT count(*) FROM callbacks WHERE state = 'received'"),
	    N_PARKED);
	/* and verify does not read them again until then */
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

/* A callback that opens no look must wake the next one. */
static void
test_backlog__a_callback_without_a_look_wakes_the_next(void **state)
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

/* A flood of new callbacks must not delay the parked ones. */
static void
test_backlog__no_callback_overtakes_a_parked_one(void **state)
{
	(void)state;
	more_tags_than_looks();
	one_look_ends();
	/* verify reads it in the same round as the woken one */
	add_callbacks(1, 100);
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

/* An accepted callback must not be lost, and has one audit row. */
static void
test_backlog__a_restart_keeps_the_parked_ones(void **state)
{
	int64_t told;

	(void)state;
	more_tags_than_looks();
	told = count_rows("SELECT count(*) FROM audit");
	one_look_ends(); /* wakes one, but the crash comes before it is read */
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

/* Deliver a genuine callback, and return the status of the answer. */
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
test_backlog__a_full_share_leaves_the_other_shares(void **state)
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
		TEST(parks_callbacks_beyond_the_limit),
		TEST(a_callback_without_a_look_wakes_the_next),
		TEST(no_callback_overtakes_a_parked_one),
		TEST(a_restart_keeps_the_parked_ones),
		TEST(a_full_share_leaves_the_other_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
