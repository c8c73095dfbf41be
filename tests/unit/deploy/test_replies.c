/* SPDX-License-Identifier: Apache-2.0 */
/* Deploy's answers to queries, and the messages that carry them. */
#include "document.h"

#include <unistd.h>

#include <pratique/finding.h>

#include "deploy/replies.h"
#include "fakedaemon.h"
#include "ipc/verbs.h"
#include "support/temporary.h"

#define JOB 31

static struct fake_daemon engine;
static struct deploy d;

/* The answer to GET /info; status 0 closes the connection. */
static struct shown {
	int status;
	char info[512];
} * shown;

static bool
on_request(void *ctx, int fd, const struct fake_request *r)
{
	bool info = strcmp(r->path, "/v1.41/info") == 0;

	(void)ctx;
	if (info && shown->status == 0)
		return false;
	fake_answer(fd, info ? shown->status : 200, info ? shown->info : "OK");
	return true;
}

static int
start_engine(void **state)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	memset(&d, 0, sizeof(d));
	*shown = (struct shown){ .status = 200 };
	fake_daemon_start(&engine, temporary_dir(), on_request, NULL);
	return pq_docker_open(&d.docker, engine.socket, &err);
}

static int
stop_engine(void **state)
{
	(void)state;
	pq_docker_close(d.docker);
	fake_daemon_stop(&engine);
	return 0;
}

/* ---- sending an answer -------------------------------------------------- */

static struct pq_buf received; /* all parts of the document */
static uint64_t parts;
static bool over;
static struct pq_msg_answered last;
static char last_text[512];

static void
receive_message(struct deploy *unused, const struct pq_msg *m)
{
	struct pq_buf wire = PQ_BUF_INIT(PQ_IPC_MAX);

	(void)unused;
	assert_false(over);
	assert_int_equal(m->job, JOB);
	assert_true(pq_msg_permitted(m->type, PQ_ROLE_DEPLOY, PQ_ROLE_WARDEN));
	assert_int_equal(pq_msg_encode(&wire, m), 0);
	pq_buf_free(&wire);
	if (m->type == PQ_MSG_ANSWER) {
		assert_int_equal(m->answer.part, parts++);
		assert_int_not_equal(m->answer.bytes.n, 0);
		pq_buf_slice(&received, m->answer.bytes);
		return;
	}
	assert_int_equal(m->type, PQ_MSG_ANSWERED);
	last = m->answered;
	(void)snprintf(last_text, sizeof(last_text), "%.*s",
	    (int)m->answered.text.n, (const char *)m->answered.text.p);
	over = true;
}

static void
send_reply(const struct pq_reply *r)
{
	pq_buf_free(&received);
	received = PQ_BUF_INIT(2 * PQ_ANSWER_MAX);
	parts = 0;
	over = false;
	pq_reply_send(&d, JOB, r, receive_message);
	assert_true(over);
	assert_int_equal(received.fault, 0);
}

static void
test_replies__sends_a_document_in_parts(void **state)
{
	static const size_t sizes[] = { 0, 1, PQ_PART_MAX, PQ_PART_MAX + 1,
		3 * PQ_PART_MAX + 7, PQ_ANSWER_MAX };
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct pq_reply r = { .code = PQ_ANSWERED_DONE,
			.text = "said",
			.document = PQ_BUF_INIT(PQ_ANSWER_MAX) };

		for (k = 0; k < sizes[i]; k++)
			pq_buf_u8(&r.document, (uint8_t)(k % 251));
		send_reply(&r);
		assert_true(pq_slice_eq(
		    pq_buf_view(&received), pq_buf_view(&r.document)));
		assert_int_equal(
		    parts, (sizes[i] + PQ_PART_MAX - 1) / PQ_PART_MAX);
		assert_int_equal(last.code, PQ_ANSWERED_DONE);
		assert_string_equal(last_text, "said");
		pq_buf_free(&r.document);
	}
}

static void
test_replies__sends_no_cut_document(void **state)
{
	struct pq_reply r = { .code = PQ_ANSWERED_DONE,
		.document = PQ_BUF_INIT(PQ_ANSWER_MAX) };
	size_t k;

	(void)state;
	for (k = 0; k < PQ_ANSWER_MAX + 1; k++)
		pq_buf_u8(&r.document, 'x');
	send_reply(&r);
	assert_int_equal(parts, 0);
	assert_int_equal(last.code, PQ_ANSWERED_NOT_EXAMINED);
	assert_string_equal(last_text, "the answer is too long to send");
	pq_buf_free(&r.document);
}

/* ---- queries ------------------------------------------------------------ */

static void
ask_deploy(uint32_t verb)
{
	struct pq_msg_ask m = { .verb = verb };
	struct pq_reply r;

	pq_reply_find(&r, &d, &m);
	send_reply(&r);
	pq_buf_free(&r.document);
}

static void
test_replies__refuses_the_verbs_of_others(void **state)
{
	static const uint32_t others[] = { PQ_VERB_NONE, PQ_VERB_STATUS,
		PQ_VERB_ADOPT, PQ_VERB_COUNT, UINT32_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ask_deploy(others[i]);
		assert_int_equal(last.code, PQ_ANSWERED_REFUSED);
		assert_non_null(strstr(last_text, "does not know this query"));
		assert_int_equal(parts, 0);
	}
}

#define INFO(seccomp)                                                    \
	"{\"ServerVersion\": \"20.10\", \"MemoryLimit\": true,"          \
	" \"PidsLimit\": true, \"SecurityOptions\": [\"name=apparmor\"," \
	" \"name=seccomp,profile=" seccomp "\"]}"

static void
host_is(const char *info, enum pq_answered code, const char *words)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };

	(void)snprintf(shown->info, sizeof(shown->info), "%s", info);
	ask_deploy(PQ_VERB_HOST);
	assert_int_equal(last.code, code);
	assert_string_equal(last_text, words);
	assert_int_equal(pq_findings_decode(&f, pq_buf_view(&received)), 0);
	assert_int_equal(f.n, 6);
}

static void
test_replies__judges_the_host_by_its_engine(void **state)
{
	(void)state;
	host_is(INFO("default"), PQ_ANSWERED_DONE, "");
	host_is(INFO("unconfined"), PQ_ANSWERED_REFUSED,
	    "host.daemon: seccomp: containers run without a seccomp filter: "
	    "remove seccomp-profile from daemon.json");
}

static void
test_replies__does_not_judge_without_an_engine(void **state)
{
	static const struct {
		int status;
		const char *info, *words;
	} away[] = {
		{ 0, "", "docker: " },
		{ 500, "{}", "docker: unexpected status 500" },
		{ 200, "{", "docker: the answer is not JSON" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(away) / sizeof(away[0]); i++) {
		shown->status = away[i].status;
		(void)snprintf(
		    shown->info, sizeof(shown->info), "%s", away[i].info);
		ask_deploy(PQ_VERB_HOST);
		assert_int_equal(last.code, PQ_ANSWERED_NOT_EXAMINED);
		assert_int_equal(
		    strncmp(last_text, away[i].words, strlen(away[i].words)),
		    0);
		assert_int_equal(parts, 0);
	}
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_replies__##name, start_engine, stop_engine)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sends_a_document_in_parts),
		TEST(sends_no_cut_document),
		TEST(refuses_the_verbs_of_others),
		TEST(judges_the_host_by_its_engine),
		TEST(does_not_judge_without_an_engine),
	};
	int r;

	if (make_temporary(NULL) != 0)
		return 1;
	shown = fake_daemon_shared(sizeof(*shown));
	r = cmocka_run_group_tests(tests, NULL, NULL);
	pq_buf_free(&received);
	(void)remove_temporary(NULL);
	return r;
}
