/* SPDX-License-Identifier: Apache-2.0 */
/* When callbacks are sent to verify, and how many. */
#include "callbacks.h"

#include "ipc/headers.h"

static void
test_callbacks__reads_a_single_callback_at_once(void **state)
{
	(void)state;
	add_callbacks(1, 100);
	assert_int_equal(count_sent(), 1);
}

/* Otherwise each callback of a flood would cost a child process. */
static void
test_callbacks__gathers_the_next_ones_in_a_round(void **state)
{
	(void)state;
	add_callbacks(1, 100);
	assert_int_equal(count_sent(), 1);
	add_callbacks(2, 100);
	assert_int_equal(count_sent(), 1); /* the round has not ended */
	answer_all_with_ping();
	assert_int_equal(count_sent(), 0);
	assert_true(pq_callbacks_wait_for_round(&w));
	w.now.boot_ms += WARDEN_READ_PACE_MS;
	assert_int_equal(count_sent(), 2);
	assert_false(pq_callbacks_wait_for_round(&w));
	answer_all_with_ping();
	assert_int_equal(w.backlog, 0);
	assert_false(pq_callbacks_wait_for_round(&w));
}

static void
test_callbacks__sends_a_full_round_at_once(void **state)
{
	(void)state;
	add_callbacks(1, 100);
	assert_int_equal(count_sent(), 1);
	answer_all_with_ping();
	add_callbacks(WARDEN_READS + 1, 100);
	assert_int_equal(count_sent(), WARDEN_READS);
	answer_all_with_ping();
	assert_int_equal(w.backlog, 1);
}

static void
test_callbacks__large_bodies_fill_a_round(void **state)
{
	(void)state;
	add_callbacks(WARDEN_READS, BODY);
	assert_int_equal(count_sent(), WARDEN_READ_BYTES / BODY);
}

static void
test_callbacks__keeps_all_while_verify_is_away(void **state)
{
	(void)state;
	w.peers[PQ_DOOR_VERIFY].used = false;
	add_callbacks(3, 100);
	assert_int_equal(count_sent(), 0);
	assert_false(pq_callbacks_wait_for_round(&w));
	connect_verify();
	assert_int_equal(count_sent(), 3);
}

/* Add a callback of scheme @s to the ledger. Its id is the number of @s. */
static void
arrive_by(enum pq_scheme s)
{
	const struct pq_scheme_row *row = pq_scheme_row(s);
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}"),
		.content_type = PQ_SLICE_LIT("application/json") };

	if (row->event != PQ_HEADER_NONE)
		cb.headers[row->event] = PQ_SLICE_LIT("an event");
	pq_store_begin(&w.store);
	assert_int_equal(pq_ledger_callback_add(&w.store, (int64_t)s, "web", s,
			     "an id", &cb, "r", 1, pq_warden_s(&w)),
	    PQ_INSERT_NEW);
	w.backlog = 1;
}

/* Verify gets the headers of the scheme, and no others. */
static void
test_callbacks__pass_the_headers_of_their_scheme(void **state)
{
	unsigned i, h;

	(void)state;
	for (i = PQ_SCHEME_NONE + 1; i < PQ_SCHEME_END; i++) {
		const struct pq_scheme_row *row =
		    pq_scheme_row((enum pq_scheme)i);
		struct pq_callback cb,
		    want = { .body = PQ_SLICE_LIT("{}"),
			    .content_type = PQ_SLICE_LIT("application/json") };
		struct pq_msg m;

		(void)tear_down_warden(NULL);
		(void)set_up_warden(NULL);
		arrive_by((enum pq_scheme)i);
		assert_int_equal(count_sent(), 1);
		assert_int_equal(
		    pq_msg_decode(&m,
			pq_buf_view(&w.peers[PQ_DOOR_VERIFY].head->bytes),
			NULL),
		    0);
		assert_int_equal(m.callback.scheme, i);
		cb = pq_callback_get(&m.callback);
		want.headers[row->delivery] = PQ_SLICE_LIT("an id");
		if (row->event != PQ_HEADER_NONE)
			want.headers[row->event] = PQ_SLICE_LIT("an event");
		assert_true(pq_slice_eq(cb.body, want.body));
		for (h = 0; h < PQ_HEADER_COUNT; h++)
			assert_true(
			    pq_slice_eq(cb.headers[h], want.headers[h]));
	}
}

/* Deliver a callback signed in header @h; return the status of the answer. */
static uint32_t
delivered_in(enum pq_header h)
{
	static char word[] = "a secret that is long enough";
	int64_t mark = 1;
	struct pq_slice body = PQ_SLICE_LIT("{\"n\":1}");
	struct pq_slice secret = pq_slice_str(word);
	struct pq_keys keys = { NULL, &secret, 1, &mark }, *row = &keys;
	struct pq_keys *rows[SERVICES] = { row, row };
	struct pq_msg m = { .type = PQ_MSG_DELIVERY, .job = 1 }, answer;
	struct pq_peer intake = { .used = true };
	struct pq_callback cb = { .body = body };
	struct pq_signed s;

	assert_int_equal(pq_callback_sign(&s, PQ_SCHEME_GITHUB, "an-id", NOW_S,
			     secret, body),
	    0);
	cb.headers[h] = pq_slice_str(s.headers[PQ_HEADER_HUB_SIGNATURE_256]);
	pq_delivery_put(&m.delivery, &cb);
	m.delivery.service = pq_slice_str(policies[0].service);
	w.keys = rows;
	intake.ch.peer = PQ_ROLE_INTAKE;
	assert_int_equal(pq_on_delivery(&w, &intake, &m), 0);
	w.keys = NULL;
	assert_int_equal(
	    pq_msg_decode(&answer, pq_buf_view(&intake.head->bytes), NULL), 0);
	pq_buf_free(&intake.head->bytes);
	free(intake.head);
	return answer.receipt.status;
}

/* A configured header replaces the default one. */
static void
test_callbacks__an_endpoint_can_configure_its_header(void **state)
{
	static char name[] = "X-Forge-Signature";
	struct pq_config_endpoint e = { .scheme = PQ_SCHEME_GITHUB };

	(void)state;
	services[0].endpoints = &e;
	services[0].n_endpoints = 1;
	assert_int_equal(delivered_in(PQ_HEADER_CONFIGURED), 401);
	e.header = name;
	assert_int_equal(delivered_in(PQ_HEADER_HUB_SIGNATURE_256), 401);
	assert_int_equal(delivered_in(PQ_HEADER_CONFIGURED), 202);
	e.header = NULL;
	assert_int_equal(delivered_in(PQ_HEADER_HUB_SIGNATURE_256), 200);
}

/* Check the header in the greeting for intake. */
static void
greeted_with(const char *header)
{
	struct pq_peer intake = { .used = true };
	struct pq_msg m;

	intake.ch.peer = PQ_ROLE_INTAKE;
	pq_callbacks_greet(&w, &intake);
	assert_non_null(intake.head);
	assert_int_equal(
	    pq_msg_decode(&m, pq_buf_view(&intake.head->bytes), NULL), 0);
	assert_int_equal(m.type, PQ_MSG_RECEIPT);
	assert_int_equal(m.job, 0);
	assert_true(pq_slice_eq_str(m.receipt.header, header));
	pq_buf_free(&intake.head->bytes);
	free(intake.head);
}

static void
test_callbacks__intake_gets_the_configured_header(void **state)
{
	static char name[] = "X-Forge-Signature";
	struct pq_config_endpoint e[2] = { { .scheme = PQ_SCHEME_GITHUB },
		{ .scheme = PQ_SCHEME_GITHUB } };

	(void)state;
	services[1].endpoints = e;
	services[1].n_endpoints = 2;
	greeted_with("");
	e[1].header = name;
	greeted_with(name);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_callbacks__##name, set_up_warden, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_a_single_callback_at_once),
		TEST(gathers_the_next_ones_in_a_round),
		TEST(sends_a_full_round_at_once),
		TEST(large_bodies_fill_a_round),
		TEST(keeps_all_while_verify_is_away),
		TEST(pass_the_headers_of_their_scheme),
		TEST(an_endpoint_can_configure_its_header),
		TEST(intake_gets_the_configured_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
