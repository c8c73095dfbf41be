/* SPDX-License-Identifier: Apache-2.0 */
/* When callbacks are sent to verify, and how many. */
#include "callbacks.h"

#include "warden/drops.h"
#include "warden/ledger_looks.h"
#include "warden/looks.h"

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

static void
pass_s(int64_t seconds)
{
	w.now.wall_ms += seconds * 1000;
	w.now.boot_ms += seconds * 1000;
}

static uint32_t
deliver_again(void)
{
	return delivered_in(PQ_HEADER_HUB_SIGNATURE_256);
}

static void
set_up_endpoint(void)
{
	static struct pq_config_endpoint e = { .scheme = PQ_SCHEME_GITHUB };

	services[0].endpoints = &e;
	services[0].n_endpoints = 1;
}

/* Verify reads the callback: it names this tag. */
static void
read_tag(const char *tag)
{
	struct pq_msg m = { .type = PQ_MSG_HINT };

	assert_int_equal(count_sent_later(), 1);
	m.job = (uint64_t)count_rows("SELECT id FROM callbacks WHERE"
				     " state = 'received'");
	m.hint.kind = PQ_HINT_IMAGE;
	m.hint.repository = pq_slice_str(policies[0].image);
	m.hint.tag = pq_slice_str(tag);
	assert_int_equal(pq_on_hint(&w, NULL, &m), 0);
	forget_errands_and_reads();
}

/* End the open look: late, or by a verdict. */
static void
end_look(bool late)
{
	struct pq_look l;

	assert_int_equal(pq_ledger_look_read(&w.store,
			     count_rows("SELECT max(id) FROM looks"), &l),
	    1);
	if (late)
		pq_look_later(&w, &l, "the registry is down");
	else
		pq_look_end(&w, &l, PQ_LOOK_REFUSED, 0, "bad");
	assert_string_equal(l.state, PQ_LOOK_REFUSED);
}

/* The sender may know that the registry works again. */
static void
test_callbacks__a_repetition_opens_a_lapsed_look(void **state)
{
	(void)state;
	set_up_endpoint();
	assert_int_equal(deliver_again(), 202);
	assert_int_equal(deliver_again(), 200);
	read_tag("1.0.0");
	pass_s(70);
	assert_int_equal(deliver_again(), 200); /* its look is open */
	end_look(true);
	assert_int_equal(deliver_again(), 202);
	assert_int_equal(w.shares[0].n, 1);
	assert_int_equal(deliver_again(), 200);
	read_tag("1.0.0");
	assert_int_equal(count_rows("SELECT count(*) FROM looks"), 2);
	assert_int_equal(count_rows("SELECT count(*) FROM callbacks"), 1);
	assert_int_equal(w.shares[0].n, 0);
	assert_int_equal(count_rows("SELECT count(*) FROM audit WHERE"
				    " event = 'callback.repeated'"),
	    1);
}

/* A replay must not cost more than one look in a minute. */
static void
test_callbacks__a_repetition_counts_once_a_minute(void **state)
{
	(void)state;
	set_up_endpoint();
	services[0].pending_s = 0;
	assert_int_equal(deliver_again(), 202);
	read_tag("1.0.0");
	end_look(true);
	pass_s(PQ_REOPEN_S - 1);
	assert_int_equal(deliver_again(), 200);
	pass_s(1);
	assert_int_equal(deliver_again(), 202);
	read_tag("1.0.0");
	end_look(true);
	assert_int_equal(deliver_again(), 200);
	/* a clock that was set back does not prevent it */
	w.now.wall_ms -= (int64_t)1000 * 1000;
	assert_int_equal(deliver_again(), 202);
}

static void
test_callbacks__a_repetition_after_a_verdict_is_a_duplicate(void **state)
{
	(void)state;
	set_up_endpoint();
	assert_int_equal(deliver_again(), 202);
	read_tag("1.0.0");
	end_look(false);
	pass_s(3600);
	assert_int_equal(deliver_again(), 200);
	assert_int_equal(count_rows("SELECT count(*) FROM looks"), 1);
}

/* The body of a dropped or unread callback is deleted; the sender has it. */
static void
test_callbacks__a_repetition_opens_an_unread_callback(void **state)
{
	int64_t callbacks, looks;

	(void)state;
	set_up_endpoint();
	assert_int_equal(deliver_again(), 202);
	pass_s(61);
	assert_int_equal(count_sent_later(), 1);
	answer_all(PQ_HINT_NOT_READ, "no process");
	assert_int_equal(deliver_again(), 200);
	pass_s(60);
	assert_int_equal(deliver_again(), 202);
	pq_drop_waiting(&w, "web", "root", "", &callbacks, &looks);
	assert_int_equal(callbacks, 1);
	pass_s(60);
	assert_int_equal(deliver_again(), 202);
	assert_int_equal(
	    count_rows("SELECT length(body) > 0 FROM callbacks"), 1);
	answer_all_with_ping();
}

/* A signed id with another body is not the same callback. */
static void
test_callbacks__a_signed_id_needs_the_same_body(void **state)
{
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}") };
	struct pq_callback other = { .body = PQ_SLICE_LIT("{ }") };
	struct pq_store *s = &w.store;

	(void)state;
	pq_store_begin(s);
	assert_int_equal(pq_ledger_callback_add(s, 1, "web", PQ_SCHEME_STANDARD,
			     "m1", &cb, "r", 1, 1),
	    PQ_INSERT_NEW);
	pq_ledger_callback_end(s, 1, PQ_CALLBACK_LAPSED, "late", 0, 1);
	assert_int_equal(pq_ledger_callback_reopen(s, "web", PQ_SCHEME_STANDARD,
			     "m1", &other, "r", 1, 1000),
	    0);
	assert_int_equal(pq_ledger_callback_reopen(s, "web", PQ_SCHEME_STANDARD,
			     "m2", &cb, "r", 1, 1000),
	    0);
	assert_int_equal(pq_ledger_callback_reopen(s, "shop",
			     PQ_SCHEME_STANDARD, "m1", &cb, "r", 1, 1000),
	    0);
	assert_int_equal(pq_ledger_callback_reopen(s, "web", PQ_SCHEME_STANDARD,
			     "m1", &cb, "r", 1, 1000),
	    1);
}

/*
 * The signature of github does not cover the event. So a replay with another
 * event must not decide how the body is read.
 */
static void
test_callbacks__a_repetition_is_read_as_at_first(void **state)
{
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}"),
		.content_type = PQ_SLICE_LIT("application/json"),
		.github_event = PQ_SLICE_LIT("package") };
	struct pq_store *s = &w.store;

	(void)state;
	pq_store_begin(s);
	assert_int_equal(pq_ledger_callback_add(s, 1, "web", PQ_SCHEME_GITHUB,
			     "m1", &cb, "r", 1, 1),
	    PQ_INSERT_NEW);
	pq_ledger_callback_end(s, 1, PQ_CALLBACK_LAPSED, "late", 0, 1);
	cb.github_event = PQ_SLICE_LIT("ping");
	cb.content_type = PQ_SLICE_LIT("application/x-www-form-urlencoded");
	assert_int_equal(pq_ledger_callback_reopen(s, "web", PQ_SCHEME_GITHUB,
			     "m2", &cb, "r", 1, 1000),
	    1);
	assert_int_equal(count_rows("SELECT count(*) FROM callbacks WHERE"
				    " state = 'received' AND event = 'package'"
				    " AND content_type = 'application/json'"
				    " AND body = CAST('{}' AS BLOB)"),
	    1);
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
		TEST(a_repetition_opens_a_lapsed_look),
		TEST(a_repetition_counts_once_a_minute),
		TEST(a_repetition_after_a_verdict_is_a_duplicate),
		TEST(a_repetition_opens_an_unread_callback),
		TEST(a_signed_id_needs_the_same_body),
		TEST(a_repetition_is_read_as_at_first),
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
