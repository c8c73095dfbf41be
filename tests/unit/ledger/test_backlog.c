/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits of the backlog of a service, and the order in which its callbacks
 * are read.
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
		if (w.jobs[i].kind != PQ_JOB_CALLBACK)
			continue;
		m.job = (uint64_t)w.jobs[i].id;
		(void)snprintf(tag, sizeof(tag), "1.0.%d", (int)m.job);
		m.hint.tag = pq_slice_str(tag);
		assert_int_equal(pq_on_hint(&w, NULL, &m), 0);
	}
	forget_errands_and_reads();
}

/* Let @n callbacks open a look each. */
static void
announce_tags(size_t n)
{
	while (n > 0) {
		size_t round = n < WARDEN_READS ? n : WARDEN_READS;

		add_callbacks(round, 100);
		assert_int_equal(count_sent_later(), round);
		all_name_a_tag();
		n -= round;
	}
}

/* They were answered with 202, so none may be lost. */
static void
test_backlog__each_tag_gets_a_look(void **state)
{
	(void)state;
	announce_tags(1000);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM callbacks WHERE state = 'done'"),
	    1000);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM looks WHERE state = 'resolving'"),
	    1000);
	assert_int_equal(w.shares[0].n, 0);
	assert_int_equal(w.shares[0].open, 1000);
	assert_int_equal(w.shares[0].first, 1000);
}

/* A callback must not wait until a flood that came earlier is read. */
static void
test_backlog__half_of_a_round_reads_the_newest(void **state)
{
	int64_t oldest, newest;

	(void)state;
	add_callbacks((size_t)3 * WARDEN_READS, 100);
	oldest = count_rows("SELECT min(id) FROM callbacks");
	newest = count_rows("SELECT max(id) FROM callbacks");
	assert_int_equal(count_sent(), WARDEN_READS);
	assert_true(pq_jobs_busy(&w, oldest));
	assert_true(pq_jobs_busy(&w, oldest + WARDEN_READS / 2 - 1));
	assert_true(pq_jobs_busy(&w, newest));
	assert_true(pq_jobs_busy(&w, newest - WARDEN_READS / 2 + 1));
	assert_false(pq_jobs_busy(&w, oldest + WARDEN_READS));
}

/* Large bodies fill a round before its second half. */
static void
test_backlog__each_half_begins_every_other_round(void **state)
{
	int64_t newest;

	(void)state;
	add_callbacks(3 * WARDEN_READ_BYTES / BODY, BODY);
	newest = count_rows("SELECT max(id) FROM callbacks");
	assert_int_equal(count_sent(), WARDEN_READ_BYTES / BODY);
	assert_false(pq_jobs_busy(&w, newest));
	answer_all_with_ping();
	assert_int_equal(count_sent_later(), WARDEN_READ_BYTES / BODY);
	assert_true(pq_jobs_busy(&w, newest));
}

static void
test_backlog__a_restart_counts_the_same(void **state)
{
	struct pq_share before;

	(void)state;
	announce_tags(10);
	add_callbacks(5, 100);
	before = w.shares[0];
	pq_backlog_free(&w);
	w.backlog = 0;
	assert_int_equal(pq_backlog_load(&w), 0);
	assert_memory_equal(&w.shares[0], &before, sizeof(before));
	assert_int_equal(before.open, 10);
	assert_int_equal(before.bytes, 500);
	assert_int_equal(w.backlog, 5);
}

/* Deliver a genuine callback, and return the status of the answer. */
static uint32_t
deliver_body(size_t which, const char *body)
{
	static struct pq_peer intake;
	static char secret[] = "a secret that is long enough";
	struct pq_buf key = PQ_BUF_INIT(0);
	struct pq_slice view = pq_slice_str(secret);
	int64_t mark = 7;
	struct pq_keys keys = { &key, &view, 1, &mark }, *row = &keys;
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
	w.shares[1].first = WARDEN_TAGS / SERVICES;
	assert_int_equal(deliver_body(1, "{\"n\":4}"), 503);
	assert_int_equal(count_rows("SELECT count(*) FROM callbacks WHERE"
				    " mark <> 7"),
	    0);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_backlog__##name, set_up_warden, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_tag_gets_a_look),
		TEST(half_of_a_round_reads_the_newest),
		TEST(each_half_begins_every_other_round),
		TEST(a_restart_counts_the_same),
		TEST(a_full_share_leaves_the_other_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
