/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of the command line, and their results. */
#include "client.h"

#include "warden/ledger_attempts.h"
#include "warden/ledger_findings.h"
#include "warden/looks.h"

#define NOBODY 999
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Send a request in a message of @type; NONE: the type that fits the verb. */
static int
send_request(
    enum pq_msg_type type, uint32_t verb, uint64_t id, const char *service)
{
	struct pq_msg m = { .type = type, .job = CLIENT_JOB };

	if (type == PQ_MSG_NONE)
		m.type = pq_verb_message(verb);
	if (m.type == PQ_MSG_ORDER)
		m.order = (struct pq_msg_order){ .verb = verb,
			.id = id,
			.service = pq_slice_str(service),
			.reason = PQ_SLICE_LIT("because") };
	else
		m.query = (struct pq_msg_query){
			.verb = verb, .id = id, .service = pq_slice_str(service)
		};
	return request_of(0, &m);
}

static void
request_verb(enum pq_verb verb, uint64_t id, const char *service)
{
	assert_int_equal(send_request(PQ_MSG_NONE, verb, id, service), 0);
}

/* A client that may only query must not send an order as a query. */
static void
test_control__refuses_a_verb_in_the_message_of_the_other_kind(void **state)
{
	struct pq_release r = make_release(1, "1.0.0", PQ_STATE_QUARANTINED);
	uint32_t v;

	(void)state;
	add_release(&r);
	for (v = PQ_VERB_NONE + 1; v < PQ_VERB_COUNT; v++) {
		enum pq_msg_type other = pq_verb_message(v) == PQ_MSG_QUERY
		    ? PQ_MSG_ORDER
		    : PQ_MSG_QUERY;

		assert_int_equal(send_request(other, v, 1, "web"), -PQ_EPROTO);
		assert_int_equal(send_request(other, v, 1, ""), -PQ_EPROTO);
		assert_null(last_queued(CLIENT));
	}
	assert_int_equal(read_release(1).state, PQ_STATE_QUARANTINED);
	assert_int_equal(count_rows("SELECT count(*) FROM holds"), 0);
	assert_int_equal(count_rows("SELECT count(*) FROM approvals"), 0);
	assert_int_equal(count_rows("SELECT count(*) FROM looks"), 0);
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 0);
}

/* It loses accepted callbacks, so it needs a known author. */
static void
test_control__only_an_operator_can_drop(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_ORDER, .job = CLIENT_JOB };

	(void)state;
	assert_true(pq_look_announce(&w, "web", "junk", 1) != 0);
	m.order.verb = PQ_VERB_DROP;
	m.order.service = PQ_SLICE_LIT("web");
	assert_int_equal(request_of(NOBODY, &m), 0);
	expect_answer(PQ_CODE_REFUSED, "only root or an operator");
	assert_int_equal(w.shares[0].open, 1);
	assert_int_equal(request_of(0, &m), 0);
	expect_answer(PQ_CODE_DONE, "Dropped 0 unread callbacks and 1 looks");
	assert_int_equal(w.shares[0].open, 0);
	m.order.service = PQ_SLICE_LIT("none");
	assert_int_equal(request_of(0, &m), 0);
	expect_answer(PQ_CODE_ABSENT, "");
}

static void
order_look(const char *tag)
{
	struct pq_msg m = { .type = PQ_MSG_ORDER, .job = CLIENT_JOB };

	m.order.verb = PQ_VERB_LOOK;
	m.order.service = PQ_SLICE_LIT("web");
	m.order.tag = pq_slice_str(tag);
	assert_int_equal(request_of(0, &m), 0);
}

/* Such a look could only end as refused, much later. */
static void
test_control__looks_only_for_tracked_tags(void **state)
{
	static char track[] = "1.*";

	(void)state;
	policies[0].track = track;
	order_look("2.0.0");
	expect_answer(PQ_CODE_REFUSED,
	    "2.0.0: the tag does not match track: (track: \"1.*\" of web)");
	order_look("sha256-" HEX64 ".sig");
	expect_answer(PQ_CODE_REFUSED, "signature or an attestation");
	order_look("a b");
	expect_answer(PQ_CODE_USAGE, "a b: ");
	assert_int_equal(count_rows("SELECT count(*) FROM looks"), 0);
	order_look("1.0.0");
	expect_answer(PQ_CODE_DONE, "Asking the registry for 1.0.0.");
	/* a later policy may track other tags */
	track[0] = '2';
	order_look("");
	expect_answer(PQ_CODE_USAGE, "no tag is known yet");
	track[0] = '1';
	order_look("");
	expect_answer(PQ_CODE_DONE, "Asking the registry for 1.0.0.");
}

static void
test_control__lists_callbacks(void **state)
{
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}") };
	struct pq_callback other = { .body = PQ_SLICE_LIT("[]") };
	struct pq_msg m = { .type = PQ_MSG_QUERY, .job = CLIENT_JOB };
	struct pq_msg row;
	struct pq_out *first;

	(void)state;
	pq_store_begin(&w.store);
	(void)pq_ledger_callback_add(
	    &w.store, 1, "web", PQ_SCHEME_GITHUB, "d1", &cb, "request-1", 1, 5);
	(void)pq_ledger_callback_add(&w.store, 2, "web", PQ_SCHEME_GITHUB, "d2",
	    &other, "request-2", 1, 6);
	pq_ledger_callback_end(&w.store, 1, "ignored", "a push", 0, 7);
	m.query.verb = PQ_VERB_CALLBACKS;
	m.query.state = PQ_SLICE_LIT("ignored");
	assert_int_equal(request_of(0, &m), 0);
	first = w.peers[CLIENT].head;
	assert_int_equal(
	    pq_msg_decode(&row, pq_buf_view(&first->bytes), NULL), 0);
	assert_int_equal(row.type, PQ_MSG_CALLBACK_ROW);
	assert_int_equal(row.callback_row.id, 1);
	assert_true(pq_slice_eq_str(row.callback_row.request_id, "request-1"));
	assert_true(pq_slice_eq_str(row.callback_row.reason, "a push"));
	assert_true(pq_slice_eq_str(row.callback_row.scheme, "github"));
	assert_true(pq_slice_eq_str(row.callback_row.state, "ignored"));
	assert_ptr_equal(first->next, w.peers[CLIENT].tail);
	expect_answer(PQ_CODE_DONE, "");
	m.query.state = PQ_SLICE_LIT("live");
	assert_int_equal(request_of(0, &m), 0);
	expect_answer(PQ_CODE_USAGE, "live: no such state of a callback");
	m.query.state = PQ_SLICE_LIT("");
	m.query.service = PQ_SLICE_LIT("none");
	assert_int_equal(request_of(0, &m), 0);
	expect_answer(PQ_CODE_ABSENT, "");
}

static void
test_control__answers_an_unknown_verb(void **state)
{
	static const uint32_t strange[] = { PQ_VERB_NONE, PQ_VERB_COUNT,
		UINT32_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		assert_int_equal(
		    send_request(PQ_MSG_QUERY, strange[i], 1, "web"), 0);
		expect_answer(PQ_CODE_USAGE, "unknown request");
		assert_int_equal(
		    send_request(PQ_MSG_ORDER, strange[i], 1, "web"), 0);
		expect_answer(PQ_CODE_USAGE, "unknown request");
	}
}

static size_t
rows_of(const struct pq_msg_query *query)
{
	struct pq_msg m = { .type = PQ_MSG_QUERY, .job = CLIENT_JOB };
	size_t n = 0;
	const struct pq_out *o;

	m.query = *query;
	assert_int_equal(request_of(0, &m), 0);
	for (o = w.peers[CLIENT].head; o != NULL; o = o->next)
		n++;
	expect_answer(PQ_CODE_DONE, "");
	return n - 1;
}

static void
test_control__sends_the_requested_rows(void **state)
{
	struct pq_msg_query list = { .verb = PQ_VERB_LIST };
	struct pq_msg_query log = { .verb = PQ_VERB_AUDIT_LOG };
	struct pq_release r = make_release(1, "1.0.0", PQ_STATE_LIVE);
	int i;

	(void)state;
	add_release(&r);
	(void)add_look(2, "1.1.0");
	(void)add_look(3, "1.2.0");
	assert_int_equal(rows_of(&list), 3);
	list.limit = 2;
	assert_int_equal(rows_of(&list), 2);
	list.limit = UINT64_MAX;
	assert_int_equal(rows_of(&list), 3);
	list.state = PQ_SLICE_LIT("live");
	assert_int_equal(rows_of(&list), 1);
	for (i = 0; i < 3; i++)
		pq_warden_audit(&w, "warden", "test", "web", 1, "row");
	assert_int_equal(rows_of(&log), 3);
	log.since = 2;
	assert_int_equal(rows_of(&log), 1);
	log.since = UINT64_MAX;
	assert_int_equal(rows_of(&log), 0);
}

static void
test_control__answers_that_an_object_is_absent(void **state)
{
	static const enum pq_verb of_id[] = { PQ_VERB_SHOW, PQ_VERB_WATCH,
		PQ_VERB_EVIDENCE, PQ_VERB_APPROVE, PQ_VERB_REJECT,
		PQ_VERB_RETRY };
	static const enum pq_verb of_service[] = { PQ_VERB_STATUS, PQ_VERB_LIST,
		PQ_VERB_HOLD, PQ_VERB_UNHOLD, PQ_VERB_LOOK, PQ_VERB_ADOPT };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(of_id) / sizeof(of_id[0]); i++) {
		request_verb(of_id[i], NOBODY, "");
		expect_answer(PQ_CODE_ABSENT, "has the id 999");
	}
	for (i = 0; i < sizeof(of_service) / sizeof(of_service[0]); i++) {
		request_verb(of_service[i], 0, "nobody");
		expect_answer(PQ_CODE_ABSENT, "nobody: no such service");
	}
}

/* The release exists, but the requested part of it does not. */
static void
test_control__tells_an_absent_part_from_an_absent_release(void **state)
{
	struct pq_release r = make_release(1, "1.0.0", PQ_STATE_LIVE);

	(void)state;
	add_release(&r);
	request_verb(PQ_VERB_EVIDENCE, 1, "");
	expect_answer(PQ_CODE_REFUSED, "no evidence is stored for id");
	request_verb(PQ_VERB_REJECT, 1, "");
	expect_answer(PQ_CODE_REFUSED, "release 1 is live");
	request_verb(PQ_VERB_UNHOLD, 0, "web");
	expect_answer(PQ_CODE_REFUSED, "web has no hold");
}

/*
 * A lost journal of deploy loses the rejection; this line of the policy stays.
 */
static void
test_control__reject_names_the_line_that_lasts(void **state)
{
	struct pq_release r = make_release(1, "1.0.0", PQ_STATE_QUARANTINED);
	char line[PQ_DIGEST_TEXT + 32], *denied[] = { r.digest };
	struct pq_config_service *svc = &w.cfg->services[0];

	(void)state;
	add_release(&r);
	(void)snprintf(line, sizeof(line), "deny: [%s]", r.digest);
	request_verb(PQ_VERB_REJECT, 1, "");
	expect_answer(PQ_CODE_DONE, line);
	r = make_release(2, "1.1.0", PQ_STATE_QUARANTINED);
	r.digest[sizeof("sha256:") - 1] = 'f';
	add_release(&r);
	svc->deny = denied;
	svc->n_deny = 1;
	request_verb(PQ_VERB_REJECT, 2, "");
	expect_answer(PQ_CODE_DONE, "The policy denies its image already.");
	svc->deny = NULL;
	svc->n_deny = 0;
}

/* Write the types of the messages for the client; return their number. */
static size_t
queued_types(enum pq_msg_type *dst, size_t max)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_msg m;
	size_t n = 0;
	const struct pq_out *o;

	for (o = w.peers[CLIENT].head; o != NULL; o = o->next) {
		assert_true(n < max);
		assert_int_equal(
		    pq_msg_decode(&m, pq_buf_view(&o->bytes), &err), 0);
		dst[n++] = m.type;
	}
	return n;
}

static void
test_control__shows_each_kind_of_object_in_its_rows(void **state)
{
	static const enum pq_msg_type want[] = { PQ_MSG_RELEASE_ROW,
		PQ_MSG_FINDING_ROW, PQ_MSG_ATTEMPT_ROW, PQ_MSG_EVENT_ROW,
		PQ_MSG_DONE };
	enum pq_msg_type got[8];
	struct pq_release r = make_release(1, "1.0.0", PQ_STATE_LIVE);

	(void)state;
	add_release(&r);
	pq_ledger_findings_keep(&w.store, 1, "first", PQ_SLICE_LIT("\0\0\0\0"),
	    PQ_SLICE_LIT(""), NOW_S);
	assert_int_equal(w.store.fault, 0);
	pq_ledger_attempt_begin(&w.store, 5, 1, 0, NOW_S);
	pq_ledger_attempt_end(&w.store, 5, "failed", "it ended",
	    PQ_SLICE_LIT("last\nwords\n"), NOW_S);
	pq_warden_audit(&w, "warden", "attempt.failed", "web", 1, "no row");
	request_verb(PQ_VERB_SHOW, 1, "");
	assert_int_equal(queued_types(got, 8), sizeof(want) / sizeof(want[0]));
	assert_memory_equal(got, want, sizeof(want));
}

static struct pq_slice
queued_part(const struct pq_out *o, uint64_t n)
{
	static struct pq_msg m;

	assert_non_null(o);
	assert_int_equal(pq_msg_decode(&m, pq_buf_view(&o->bytes), NULL), 0);
	assert_int_equal(m.type, PQ_MSG_PART_ROW);
	assert_int_equal(m.part_row.part, n);
	return m.part_row.bytes;
}

static void
test_control__sends_a_document_in_parts(void **state)
{
	static char bytes[2 * PQ_PART_MAX + 7];
	struct pq_release r = make_release(1, "1.0.0", PQ_STATE_LIVE);
	const struct pq_out *o;

	(void)state;
	add_release(&r);
	memset(bytes, '\n', sizeof(bytes));
	memcpy(bytes + PQ_PART_MAX, "second", 6);
	pq_ledger_findings_keep(&w.store, 1, "first", PQ_SLICE_LIT(""),
	    pq_slice(bytes, sizeof(bytes)), NOW_S);
	assert_int_equal(w.store.fault, 0);
	request_verb(PQ_VERB_EVIDENCE, 1, "");
	o = w.peers[CLIENT].head;
	assert_int_equal(queued_part(o, 0).n, PQ_PART_MAX);
	assert_int_equal(queued_part(o->next, 1).n, PQ_PART_MAX);
	assert_true(pq_slice_starts(queued_part(o->next, 1), "second"));
	assert_int_equal(queued_part(o->next->next, 2).n, 7);
	expect_answer(PQ_CODE_DONE, "");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_control__##name, set_up_with_source, tear_down_client)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_a_verb_in_the_message_of_the_other_kind),
		TEST(only_an_operator_can_drop),
		TEST(looks_only_for_tracked_tags),
		TEST(lists_callbacks),
		TEST(answers_an_unknown_verb),
		TEST(sends_the_requested_rows),
		TEST(shows_each_kind_of_object_in_its_rows),
		TEST(sends_a_document_in_parts),
		TEST(answers_that_an_object_is_absent),
		TEST(tells_an_absent_part_from_an_absent_release),
		TEST(reject_names_the_line_that_lasts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
