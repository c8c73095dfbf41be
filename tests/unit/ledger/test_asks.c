/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that go on to deploy, and what becomes of their answers. */
#include "client.h"

#include "warden/asks.h"

#define OTHER (PQ_DOOR_CONTROL + 4)
#define QUESTIONS (WARDEN_ASKED - WARDEN_ORDERED) /* that change nothing */

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

/* the job that deploy has to answer */
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
test_asks__an_answer_is_handed_on_part_by_part(void **state)
{
	uint64_t job = ask_host();

	(void)state;
	/* whatever it is: nobody reads it here */
	assert_int_equal(send_part(job, 0, "\x1b[2J{\n"), 0);
	part_came(0, "\x1b[2J{\n");
	assert_int_equal(send_part(job, 1, "\xff"), 0);
	part_came(1, "\xff");
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), 0);
	expect_answer(PQ_CODE_DONE, "deploy's words");
	assert_int_equal(count_rows("SELECT count(*) FROM audit"), 0);
}

static void
test_asks__its_end_is_the_exit_code(void **state)
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
test_asks__what_there_is_not_is_not_asked_about(void **state)
{
	(void)state;
	ask_about(0, "nobody");
	expect_answer(PQ_CODE_ABSENT, "nobody: no such service");
	ask_about(999, "");
	expect_answer(PQ_CODE_ABSENT, "no release or look has the id 999");
	assert_null(last_queued(PQ_DOOR_DEPLOY));
	w.peers[PQ_DOOR_DEPLOY].used = false;
	ask_about(0, "web");
	expect_answer(PQ_CODE_NOT_EXAMINED, "deploy is away");
	/* one that is there and reads nothing is not sought in vain */
	w.peers[PQ_DOOR_DEPLOY].used = true;
	w.peers[PQ_DOOR_DEPLOY].queued = WARDEN_OUT + 1;
	ask_about(0, "web");
	expect_answer(PQ_CODE_NOT_EXAMINED, "deploy takes no more questions");
}

/* ---- answers that nobody asked for ------------------------------------- */

static void
test_asks__an_answer_has_a_question(void **state)
{
	uint64_t job;

	(void)state;
	assert_int_equal(send_part(0, 0, "x"), -PQ_EPROTO);
	assert_int_equal(send_end(0, PQ_ANSWERED_DONE), -PQ_EPROTO);
	assert_int_equal(send_part(1, 0, "x"), -PQ_EPROTO);
	job = ask_host();
	assert_int_equal(send_part(job + 1, 0, "x"), -PQ_EPROTO);
	assert_int_equal(send_end(job + 1, PQ_ANSWERED_DONE), -PQ_EPROTO);
	/* it was another role's to answer */
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
test_asks__an_answer_fits_the_kind_of_question(void **state)
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
test_asks__parts_come_in_order_and_up_to_a_bound(void **state)
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

/* all that the client has, up to what ends it */
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
test_asks__fetch_answers_in_one_piece(void **state)
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
	/* one without a document has a reason alone */
	job = ask_doctor();
	assert_int_equal(reply_by(PQ_DOOR_FETCH, job, PQ_ANSWERED_NOT_EXAMINED,
			     pq_slice(NULL, 0)),
	    0);
	expect_answer(PQ_CODE_NOT_EXAMINED, "fetch's words");
}

static void
test_asks__fetch_answers_in_its_turn(void **state)
{
	const struct pq_slice none = { NULL, 0 };
	uint64_t job = ask_host();

	(void)state;
	/* deploy was asked, in other words */
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
test_asks__fetch_may_be_away(void **state)
{
	uint64_t job = ask_doctor();

	(void)state;
	pq_asks_peer_lost(&w, &w.peers[PQ_DOOR_FETCH], PQ_DOOR_FETCH);
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "fetch ended before it answered: try again");
	assert_int_equal(
	    reply_by(PQ_DOOR_FETCH, job, PQ_ANSWERED_DONE, pq_slice(NULL, 0)),
	    -PQ_EPROTO);
}

/* ---- somebody is gone --------------------------------------------------- */

/* Its place may be another client's by then, who asked something else. */
static void
test_asks__a_client_that_is_gone_hears_nothing(void **state)
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
test_asks__one_client_is_not_the_other(void **state)
{
	uint64_t job = ask_host();

	(void)state;
	pq_asks_peer_lost(&w, &w.peers[OTHER], PQ_DOOR_CONTROL);
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), 0);
	expect_answer(PQ_CODE_DONE, "");
}

static void
test_asks__a_role_that_is_gone_answers_nothing(void **state)
{
	uint64_t job = ask_host();

	(void)state;
	pq_asks_peer_lost(&w, &w.peers[PQ_DOOR_FETCH], PQ_DOOR_FETCH);
	assert_null(last_queued(CLIENT));
	pq_asks_peer_lost(&w, &w.peers[PQ_DOOR_DEPLOY], PQ_DOOR_DEPLOY);
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "deploy ended before it answered: try again");
	/* its next process was not asked */
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), -PQ_EPROTO);
}

/* or what it takes for the whole answer would lack a part */
static void
test_asks__a_client_that_does_not_read_is_ended(void **state)
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
test_asks__a_client_does_not_wait_for_ever(void **state)
{
	uint64_t job = ask_host();

	(void)state;
	w.now.boot_ms += 60000;
	pq_asks_pump(&w);
	assert_null(last_queued(CLIENT));
	w.now.boot_ms += 20000;
	pq_asks_pump(&w);
	expect_answer(PQ_CODE_NOT_EXAMINED,
	    "deploy has not answered: a deployment may be under way");
	pq_asks_pump(&w);
	assert_null(last_queued(CLIENT));
	/* deploy owes the answer, and gives it in the end */
	assert_int_equal(send_part(job, 0, "x"), 0);
	assert_int_equal(send_end(job, PQ_ANSWERED_DONE), 0);
	assert_null(last_queued(CLIENT));
}

/* A deploy that hangs is not sent more and more. */
static void
test_asks__so_many_wait_at_once(void **state)
{
	uint64_t jobs[QUESTIONS];
	size_t i;

	(void)state;
	for (i = 0; i < QUESTIONS; i++)
		jobs[i] = ask_host();
	w.now.boot_ms += 80000;
	pq_asks_pump(&w);
	ask_about(0, "");
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "too many questions wait for deploy");
	assert_int_equal(send_end(jobs[3], PQ_ANSWERED_DONE), 0);
	(void)ask_host();
	ask_about(0, "");
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "too many questions wait for deploy");
}

/* Questions stand while a deployment takes its time, and cost nothing. */
static void
test_asks__questions_keep_out_no_order(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < WARDEN_ASKED; i++)
		ask_about(0, "");
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "too many questions wait for deploy");
	for (i = 0; i < WARDEN_ORDERED; i++) {
		order_adopt();
		assert_null(last_queued(CLIENT));
		assert_int_equal(
		    last_queued(PQ_DOOR_DEPLOY)->type, PQ_MSG_ADOPT);
	}
	order_adopt();
	expect_answer(
	    PQ_CODE_NOT_EXAMINED, "too many questions wait for deploy");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_asks__##name, with_deploy, drop_deploy)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_is_handed_on_part_by_part),
		TEST(its_end_is_the_exit_code),
		TEST(what_there_is_not_is_not_asked_about),
		TEST(an_answer_has_a_question),
		TEST(an_answer_fits_the_kind_of_question),
		TEST(parts_come_in_order_and_up_to_a_bound),
		TEST(fetch_answers_in_one_piece),
		TEST(fetch_answers_in_its_turn),
		TEST(fetch_may_be_away),
		TEST(a_client_that_is_gone_hears_nothing),
		TEST(one_client_is_not_the_other),
		TEST(a_role_that_is_gone_answers_nothing),
		TEST(a_client_that_does_not_read_is_ended),
		TEST(a_client_does_not_wait_for_ever),
		TEST(so_many_wait_at_once),
		TEST(questions_keep_out_no_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
