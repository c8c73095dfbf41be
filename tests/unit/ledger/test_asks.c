/* SPDX-License-Identifier: Apache-2.0 */
/* The questions to deploy and to fetch, and their answers. */
#include "client.h"

#include "warden/asks.h"

#define OTHER (PQ_DOOR_CONTROL + 4)

static int
with_deploy(void **state)
{
	int r = set_up_with_source(state);

	connect_role(PQ_DOOR_DEPLOY, PQ_ROLE_DEPLOY);
	connect_role(PQ_DOOR_FETCH, PQ_ROLE_FETCH);
	return r;
}

static int
drop_deploy(void **state)
{
	forget_messages(PQ_DOOR_DEPLOY);
	return tear_down_client(state);
}

static void
ask_about(uint64_t id, const char *service)
{
	struct pq_msg m = { .type = PQ_MSG_QUERY, .job = CLIENT_JOB };

	m.query.verb = PQ_VERB_HOST;
	m.query.id = id;
	m.query.service = pq_slice_str(service);
	assert_int_equal(request_of(1000, &m), 0);
}

/* Ask deploy about the host; return the job number of the question. */
static uint64_t
ask_host(void)
{
	const struct pq_msg *m;

	ask_about(0, "");
	assert_null(last_queued(CLIENT));
	m = last_queued(PQ_DOOR_DEPLOY);
	assert_non_null(m);
	assert_int_equal(m->type, PQ_MSG_ASK);
	assert_int_equal(m->ask.verb, PQ_VERB_HOST);
	return m->job;
}

static void
order_adopt(void)
{
	struct pq_msg m = { .type = PQ_MSG_ORDER, .job = CLIENT_JOB };

	m.order.verb = PQ_VERB_ADOPT;
	m.order.service = PQ_SLICE_LIT("web");
	m.order.version = PQ_SLICE_LIT("1.0.0");
	services[0].floor = NULL;
	assert_int_equal(request_of(0, &m), 0);
}

static int
part_by(enum pq_door door, uint64_t job, uint64_t n, struct pq_slice bytes)
{
	struct pq_msg m = { .type = PQ_MSG_ANSWER, .job = job };

	m.answer.part = n;
	m.answer.bytes = bytes;
	return pq_on_answer(&w, &w.peers[door], &m);
}

static int
send_part(uint64_t job, uint64_t n, const char *bytes)
{
	return part_by(PQ_DOOR_DEPLOY, job, n, pq_slice_str(bytes));
}

static int
end_by(enum pq_door door, uint64_t job, uint32_t code)
{
	struct pq_msg m = { .type = PQ_MSG_ANSWERED, .job = job };

	m.answered.code = code;
	m.answered.text = PQ_SLICE_LIT("deploy's words");
	return pq_on_answered(&w, &w.peers[door], &m);
}

static int
send_end(uint64_t job, uint32_t code)
{
	return end_by(PQ_DOOR_DEPLOY, job, code);
}

static void
part_came(uint64_t n, const char *bytes)
{
	const struct pq_msg *m = last_queued(CLIENT);

	assert_non_null(m);
	assert_int_equal(m->type, PQ_MSG_PART_ROW);
	assert_int_equal(m->job, CLIENT_JOB);
	assert_int_equal(m->part_row.part, n);
	assert_true(pq_slice_eq_str(m->part_row.bytes, bytes));
}

static void
test_asks__passes_an_answer_in_parts(void **state)
{
	uint64_t job = ask_host();

	(void)state;
	/* any bytes: the warden does not parse them */
	assert_int_equal(send_part(job, 0, "\x1b[2J{\n"), 0);
	part_came(0, "\x1b[2J{\n");
	assert_int_equal(send_part(job, 1, "\xff"), 0);
	part_came(1, "\xff");
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), 0);
	expect_answer(PQ_CODE_DONE, "deploy's words");
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 0);
}

static void
test_asks__the_end_has_the_exit_code(void **state)
{
	static const struct {
		uint32_t answer;
		enum pq_code code;
	} v[] = {
		{ PQ_ANSWERED_REFUSED, PQ_CODE_REFUSED },
		{ PQ_ANSWERED_NOT_EXAMINED, PQ_CODE_NOT_EXAMINED },
		{ PQ_ANSWERED_DONE, PQ_CODE_DONE },
		{ PQ_ANSWERED_DONE + 1, PQ_CODE_NOT_EXAMINED },
		{ UINT32_MAX, PQ_CODE_NOT_EXAMINED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_int_equal(send_end(ask_host(), v[i].answer), 0);
		expect_answer(v[i].code, "deploy's words");
	}
}

static void
test_asks__does_not_ask_about_absent_objects(void **state)
{
	(void)state;
	ask_about(0, "nobody");
	expect_answer(PQ_CODE_ABSENT, "nobody: no such service");
	ask_about(999, "");
	expect_answer(PQ_CODE_ABSENT, "no release or look has the id 999");
	assert_null(last_queued(PQ_DOOR_DEPLOY));
	w.peers[PQ_DOOR_DEPLOY].used = false;
	ask_about(0, "web");
	expect_answer(PQ_CODE_NOT_EXAMINED, "pratique-deploy is not connected");
	/* deploy is connected, but its queue is full */
	w.peers[PQ_DOOR_DEPLOY].used = true;
	w.peers[PQ_DOOR_DEPLOY].queued = WARDEN_OUT + 1;
	ask_about(0, "web");
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "pratique-deploy does not read its messages");
}

/* ---- answers without a question --------------------------------------- */

static void
test_asks__refuses_an_answer_without_a_question(void **state)
{
	uint64_t job;

	(void)state;
	assert_int_equal(send_part(0, 0, "x"), -PQ_EPROTO);
	assert_int_equal(send_end(0, PQ_ANSWERED_DONE), -PQ_EPROTO);
	assert_int_equal(send_part(1, 0, "x"), -PQ_EPROTO);
	job = ask_host();
	assert_int_equal(send_part(job + 1, 0, "x"), -PQ_EPROTO);
	assert_int_equal(send_end(job + 1, PQ_ANSWERED_DONE), -PQ_EPROTO);
	/* deploy must answer this question, not fetch */
	assert_int_equal(
	    part_by(PQ_DOOR_FETCH, job, 0, PQ_SLICE_LIT("x")), -PQ_EPROTO);
	assert_int_equal(
	    end_by(PQ_DOOR_FETCH, job, PQ_ANSWERED_DONE), -PQ_EPROTO);
	assert_null(last_queued(CLIENT));
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), 0);
	expect_answer(PQ_CODE_DONE, "");
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), -PQ_EPROTO);
	assert_int_equal(send_part(job, 0, "x"), -PQ_EPROTO);
	assert_null(last_queued(CLIENT));
}

static void
test_asks__refuses_an_answer_of_another_kind(void **state)
{
	struct pq_msg adopted = { .type = PQ_MSG_ADOPTED };
	uint64_t job = ask_host();

	(void)state;
	adopted.job = job;
	adopted.adopted.service = PQ_SLICE_LIT("web");
	assert_int_equal(
	    pq_on_adopted(&w, &w.peers[PQ_DOOR_DEPLOY], &adopted), -PQ_EPROTO);
	order_adopt();
	job = last_queued(PQ_DOOR_DEPLOY)->job;
	assert_int_equal(last_queued(PQ_DOOR_DEPLOY)->type, PQ_MSG_ADOPT);
	assert_int_equal(send_part(job, 0, "x"), -PQ_EPROTO);
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), -PQ_EPROTO);
	assert_null(last_queued(CLIENT));
}

static void
test_asks__limits_and_orders_the_parts(void **state)
{
	static char bytes[PQ_PART_MAX];
	const uint64_t most = PQ_ANSWER_MAX / PQ_PART_MAX;
	uint64_t job = ask_host(), n;

	(void)state;
	assert_int_equal(send_part(job, 1, "x"), -PQ_EPROTO);
	assert_int_equal(send_part(job, 0, ""), -PQ_EPROTO);
	assert_int_equal(send_part(job, 0, "x"), 0);
	assert_int_equal(send_part(job, 0, "x"), -PQ_EPROTO);
	assert_int_equal(send_part(job, 2, "x"), -PQ_EPROTO);
	job = ask_host();
	for (n = 0; n < most; n++)
		assert_int_equal(part_by(PQ_DOOR_DEPLOY, job, n,
				     pq_slice(bytes, sizeof(bytes))),
		    0);
	assert_int_equal(send_part(job, most, "x"), -PQ_EPROTO);
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), 0);
}

/* ---- fetch answers in one piece ---------------------------------------- */

static uint64_t
ask_doctor(void)
{
	struct pq_msg q = { .type = PQ_MSG_QUERY, .job = CLIENT_JOB };
	const struct pq_msg *m;

	q.query.verb = PQ_VERB_DOCTOR;
	q.query.service = PQ_SLICE_LIT("web");
	assert_int_equal(request_of(1000, &q), 0);
	assert_null(last_queued(CLIENT));
	m = last_queued(PQ_DOOR_FETCH);
	assert_non_null(m);
	assert_int_equal(m->type, PQ_MSG_QUESTION);
	assert_int_equal(m->question.verb, PQ_VERB_DOCTOR);
	assert_true(pq_slice_eq_str(m->question.service, "web"));
	return m->job;
}

static int
reply_by(enum pq_door door, uint64_t job, uint32_t code, struct pq_slice doc)
{
	struct pq_msg m = { .type = PQ_MSG_REPLY, .job = job };

	m.reply.code = code;
	m.reply.text = PQ_SLICE_LIT("fetch's words");
	m.reply.document = doc;
	return pq_on_reply(&w, &w.peers[door], &m);
}

/* Check that the parts for the client are the document @doc. */
static void
parts_came(const char *doc, size_t n)
{
	struct pq_err err = PQ_ERR_INIT;
	const struct pq_out *o = w.peers[CLIENT].head;
	struct pq_msg m;
	uint64_t k;

	for (k = 0; n > 0; k++, o = o->next) {
		size_t one = n < PQ_PART_MAX ? n : PQ_PART_MAX;

		assert_non_null(o);
		assert_int_equal(
		    pq_msg_decode(&m, pq_buf_view(&o->bytes), &err), 0);
		assert_int_equal(m.type, PQ_MSG_PART_ROW);
		assert_int_equal(m.job, CLIENT_JOB);
		assert_int_equal(m.part_row.part, k);
		assert_int_equal(m.part_row.bytes.n, one);
		assert_memory_equal(m.part_row.bytes.p, doc, one);
		doc += one;
		n -= one;
	}
}

static void
test_asks__fetch_answers_in_one_message(void **state)
{
	static char doc[PQ_PART_MAX + 1];
	uint64_t job = ask_doctor();

	(void)state;
	memset(doc, 'x', PQ_PART_MAX);
	doc[PQ_PART_MAX] = 'y';
	assert_int_equal(reply_by(PQ_DOOR_FETCH, job, PQ_ANSWERED_REFUSED,
			     pq_slice(doc, sizeof(doc))),
	    0);
	parts_came(doc, sizeof(doc));
	expect_answer(PQ_CODE_REFUSED, "fetch's words");
	assert_null(last_queued(PQ_DOOR_DEPLOY));
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 0);
	/* an answer without a document has only a reason */
	job = ask_doctor();
	assert_int_equal(reply_by(PQ_DOOR_FETCH, job, PQ_ANSWERED_NOT_EXAMINED,
			     pq_slice(NULL, 0)),
	    0);
	expect_answer(PQ_CODE_NOT_EXAMINED, "fetch's words");
}

static void
test_asks__refuses_a_reply_without_a_question(void **state)
{
	const struct pq_slice none = { NULL, 0 };
	uint64_t job = ask_host();

	(void)state;
	/* this question was sent to deploy, in another message */
	assert_int_equal(
	    reply_by(PQ_DOOR_FETCH, job, PQ_ANSWERED_DONE, none), -PQ_EPROTO);
	assert_int_equal(
	    reply_by(PQ_DOOR_DEPLOY, job, PQ_ANSWERED_DONE, none), -PQ_EPROTO);
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), 0);
	expect_answer(PQ_CODE_DONE, "");
	job = ask_doctor();
	assert_int_equal(
	    reply_by(PQ_DOOR_FETCH, job + 1, PQ_ANSWERED_DONE, none),
	    -PQ_EPROTO);
	assert_int_equal(
	    reply_by(PQ_DOOR_DEPLOY, job, PQ_ANSWERED_DONE, none), -PQ_EPROTO);
	assert_int_equal(
	    part_by(PQ_DOOR_FETCH, job, 0, PQ_SLICE_LIT("x")), -PQ_EPROTO);
	assert_int_equal(
	    end_by(PQ_DOOR_FETCH, job, PQ_ANSWERED_DONE), -PQ_EPROTO);
	assert_null(last_queued(CLIENT));
	assert_int_equal(
	    reply_by(PQ_DOOR_FETCH, job, PQ_ANSWERED_DONE, none), 0);
	expect_answer(PQ_CODE_DONE, "");
	assert_int_equal(
	    reply_by(PQ_DOOR_FETCH, job, PQ_ANSWERED_DONE, none), -PQ_EPROTO);
}

static void
test_asks__a_lost_fetch_ends_the_question(void **state)
{
	uint64_t job = ask_doctor();

	(void)state;
	pq_asks_peer_lost(&w, &w.peers[PQ_DOOR_FETCH], PQ_DOOR_FETCH);
	expect_answer(PQ_CODE_NOT_EXAMINED,
	    "pratique-fetch ended before it answered: try again");
	assert_int_equal(
	    reply_by(PQ_DOOR_FETCH, job, PQ_ANSWERED_DONE, pq_slice(NULL, 0)),
	    -PQ_EPROTO);
}

/* ---- a client or a role disconnects ------------------------------------ */

/* By then another client may have its place, with another question. */
static void
test_asks__a_lost_client_gets_no_answer(void **state)
{
	uint64_t job = ask_host();

	(void)state;
	assert_int_equal(send_part(job, 0, "x"), 0);
	forget_messages((enum pq_door)CLIENT);
	pq_asks_peer_lost(&w, &w.peers[CLIENT], PQ_DOOR_CONTROL);
	assert_int_equal(send_part(job, 1, "x"), 0);
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), 0);
	w.now.boot_ms += 100000;
	pq_asks_pump(&w);
	assert_null(last_queued(CLIENT));
}

static void
test_asks__another_lost_client_changes_nothing(void **state)
{
	uint64_t job = ask_host();

	(void)state;
	pq_asks_peer_lost(&w, &w.peers[OTHER], PQ_DOOR_CONTROL);
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), 0);
	expect_answer(PQ_CODE_DONE, "");
}

static void
test_asks__a_lost_role_ends_the_question(void **state)
{
	uint64_t job = ask_host();

	(void)state;
	pq_asks_peer_lost(&w, &w.peers[PQ_DOOR_FETCH], PQ_DOOR_FETCH);
	assert_null(last_queued(CLIENT));
	pq_asks_peer_lost(&w, &w.peers[PQ_DOOR_DEPLOY], PQ_DOOR_DEPLOY);
	expect_answer(PQ_CODE_NOT_EXAMINED,
	    "pratique-deploy ended before it answered: try again");
	/* the next process of the role did not get the question */
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), -PQ_EPROTO);
}

/* Otherwise the client would take an incomplete answer for a complete one. */
static void
test_asks__ends_a_client_that_does_not_read(void **state)
{
	uint64_t job = ask_host();

	(void)state;
	w.peers[CLIENT].queued = WARDEN_OUT + 1;
	assert_int_equal(send_part(job, 0, "x"), 0);
	assert_false(w.peers[CLIENT].used);
	assert_int_equal(send_part(job, 1, "x"), 0);
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), 0);
}

/* ---- time --------------------------------------------------------------- */

static void
test_asks__a_client_waits_a_limited_time(void **state)
{
	uint64_t job = ask_host();

	(void)state;
	w.now.boot_ms += 60000;
	pq_asks_pump(&w);
	assert_null(last_queued(CLIENT));
	w.now.boot_ms += 20000;
	pq_asks_pump(&w);
	expect_answer(PQ_CODE_NOT_EXAMINED,
	    "pratique-deploy has not answered: a deployment may be under way");
	pq_asks_pump(&w);
	assert_null(last_queued(CLIENT));
	/* a late answer of deploy is accepted and dropped */
	assert_int_equal(send_part(job, 0, "x"), 0);
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), 0);
	assert_null(last_queued(CLIENT));
}

/* A deploy that hangs gets a limited number of questions. */
static void
test_asks__limits_the_waiting_questions(void **state)
{
	uint64_t jobs[WARDEN_QUERIED];
	size_t i;

	(void)state;
	for (i = 0; i < WARDEN_QUERIED; i++)
		jobs[i] = ask_host();
	w.now.boot_ms += 80000;
	pq_asks_pump(&w);
	ask_about(0, "");
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "too many requests wait for pratique-deploy");
	assert_int_equal(send_end(jobs[3], PQ_ANSWERED_DONE), 0);
	(void)ask_host();
	ask_about(0, "");
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "too many requests wait for pratique-deploy");
}

/* A fetch in the hands of an attacker could leave each question open. */
static void
test_asks__a_role_without_answers_does_not_block_another(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < WARDEN_QUERIED; i++)
		(void)ask_doctor();
	assert_int_equal(send_end(ask_host(), PQ_ANSWERED_DONE), 0);
	expect_answer(PQ_CODE_DONE, "");
}

/* Queries may wait for a whole deployment; orders keep their own places. */
static void
test_asks__queries_do_not_block_orders(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < WARDEN_QUERIED; i++) {
		(void)ask_doctor();
		(void)ask_host();
	}
	ask_about(0, "");
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "too many requests wait for pratique-deploy");
	for (i = 0; i < WARDEN_ORDERED; i++) {
		order_adopt();
		assert_null(last_queued(CLIENT));
		assert_int_equal(
		    last_queued(PQ_DOOR_DEPLOY)->type, PQ_MSG_ADOPT);
	}
	order_adopt();
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "too many requests wait for pratique-deploy");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_asks__##name, with_deploy, drop_deploy)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passes_an_answer_in_parts),
		TEST(the_end_has_the_exit_code),
		TEST(does_not_ask_about_absent_objects),
		TEST(refuses_an_answer_without_a_question),
		TEST(refuses_an_answer_of_another_kind),
		TEST(limits_and_orders_the_parts),
		TEST(fetch_answers_in_one_message),
		TEST(refuses_a_reply_without_a_question),
		TEST(a_lost_fetch_ends_the_question),
		TEST(a_lost_client_gets_no_answer),
		TEST(another_lost_client_changes_nothing),
		TEST(a_lost_role_ends_the_question),
		TEST(ends_a_client_that_does_not_read),
		TEST(a_client_waits_a_limited_time),
		TEST(limits_the_waiting_questions),
		TEST(a_role_without_answers_does_not_block_another),
		TEST(queries_do_not_block_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
