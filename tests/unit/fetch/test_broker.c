/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test the broker with two origins, one of which is compromised. The test acts
 * as the warden and as both children. The broker runs in a separate process, so
 * that the test notices if it blocks.
 */
#include "../cmocka_all.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pratique/finding.h>
#include <pratique/text.h>

#include "fetch/fetch.h"
#include "ipc/verbs.h"

enum { EVIL = 0, GOOD, ORIGINS };

static struct pq_policy policies[ORIGINS];
static struct pq_config_service services[ORIGINS];
static struct pq_config_registry registries[ORIGINS];
static struct pq_config_git git_host = { .origin =
					     (char *)(uintptr_t) "evil:1" };
static bool with_git; /* the good service has a repository at the evil host */
static struct pq_config config;
static struct pq_channel warden;
static int child[ORIGINS]; /* the children's ends of the sockets */
static pid_t broker;

#define STRING(s) ((char *)(uintptr_t)(s))
#define OTHER_HASH                         \
	"sha256:"                          \
	"cccccccccccccccccccccccccccccccc" \
	"cccccccccccccccccccccccccccccccc"

static void
make_config(void)
{
	static const char *const names[ORIGINS] = { "evil", "good" };
	static const char *const origins[ORIGINS] = { "evil:1", "good:1" };
	static const char *const images[ORIGINS] = { "evil:1/web",
		"good:1/web" };
	size_t i;

	for (i = 0; i < ORIGINS; i++) {
		policies[i] = (struct pq_policy){ .service = STRING(names[i]),
			.image = STRING(images[i]) };
		services[i] =
		    (struct pq_config_service){ .policy = &policies[i] };
		registries[i] =
		    (struct pq_config_registry){ .origin = STRING(origins[i]) };
	}
	if (with_git) {
		policies[GOOD].git_url = STRING("https://evil:1/web.git");
		policies[GOOD].git_tag = STRING("v{version}");
	}
	config = (struct pq_config){ .git = &git_host,
		.n_git = 1,
		.registries = registries,
		.n_registries = ORIGINS,
		.services = services,
		.n_services = ORIGINS };
}

/* Set a receive timeout, so that a broken broker cannot block the test. */
static int
set_timeout(int fd)
{
	const struct timeval t = { .tv_sec = 60 };

	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
	return fd;
}

static void __attribute__((noreturn))
be_broker(int fd, struct pq_fetch_child *children)
{
	struct pq_channel c;
	struct pq_err err = PQ_ERR_INIT;

	if (freopen("/dev/null", "w", stderr) == NULL)
		_exit(98);
	(void)close(child[EVIL]);
	(void)close(child[GOOD]);
	pq_channel_close(&warden);
	if (pq_channel_open(&c, fd, PQ_ROLE_FETCH, PQ_ROLE_WARDEN, &err) != 0)
		_exit(99);
	_exit(pq_fetch_broker_run(&config, &c, children, ORIGINS, &err) == 2
		? 0
		: 1);
}

static int
start_broker(void **state)
{
	struct pq_fetch_child children[ORIGINS] = { 0 };
	struct pq_err err = PQ_ERR_INIT;
	int pair[2];
	size_t i;

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	make_config();
	for (i = 0; i < ORIGINS; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
			return -1;
		children[i].registry = &registries[i];
		if (with_git && i == EVIL)
			children[i].git = &git_host;
		children[i].fd = pair[0];
		child[i] = set_timeout(pair[1]);
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	(void)set_timeout(pair[1]);
	if (pq_channel_open(
		&warden, pair[1], PQ_ROLE_WARDEN, PQ_ROLE_FETCH, &err) != 0)
		return -1;
	broker = fork();
	if (broker == 0)
		be_broker(pair[0], children);
	(void)close(pair[0]);
	for (i = 0; i < ORIGINS; i++)
		(void)close(children[i].fd);
	return broker < 0 ? -1 : 0;
}

static int
start_with_git(void **state)
{
	int r;

	with_git = true;
	r = start_broker(state);
	with_git = false;
	return r;
}

static int
stop_broker(void **state)
{
	int status;
	size_t i;

	(void)state;
	pq_channel_close(&warden);
	for (i = 0; i < ORIGINS; i++)
		if (child[i] >= 0)
			(void)close(child[i]);
	if (broker > 0) {
		(void)kill(broker, SIGKILL);
		(void)waitpid(broker, &status, 0);
	}
	return 0;
}

static void
send_errand_of(uint64_t job, const char *service, const char *hash)
{
	struct pq_msg m = { .type = PQ_MSG_ERRAND, .job = job };
	struct pq_err err = PQ_ERR_INIT;

	m.errand.service = pq_slice_str(service);
	m.errand.policy_hash = pq_slice_str(hash);
	m.errand.tag = PQ_SLICE_LIT("1.0.0");
	assert_int_equal(pq_channel_send(&warden, &m, &err), 0);
}

static void
send_errand(uint64_t job, size_t origin)
{
	char hash[PQ_DIGEST_TEXT];

	pq_digest_format(hash, &policies[origin].hash);
	send_errand_of(job, policies[origin].service, hash);
}

static void
read_request(size_t origin)
{
	struct pq_buf request = PQ_BUF_INIT(PQ_FETCH_REQUEST_MAX);

	assert_int_equal(pq_fetch_read(child[origin], &request), 0);
	pq_buf_free(&request);
}

/* Encode the answer of an honest child about an unreachable registry. */
static void
put_answer(struct pq_buf *ret)
{
	struct pq_gather *g = pq_gather_new();

	assert_non_null(g);
	g->result = PQ_GATHER_PENDING;
	(void)snprintf(g->reason, sizeof(g->reason), "it is down");
	*ret = PQ_BUF_INIT(PQ_GATHER_WIRE);
	assert_int_equal(pq_gather_encode(ret, g), 0);
	pq_gather_free(g);
}

static void
send_answer(size_t origin)
{
	struct pq_buf wire;

	put_answer(&wire);
	assert_int_equal(pq_fetch_write(child[origin], pq_buf_view(&wire)), 0);
	pq_buf_free(&wire);
}

static void
send_image(size_t origin)
{
	struct pq_buf wire = PQ_BUF_INIT(PQ_GATHER_WIRE);
	struct pq_gather *g = pq_gather_new();

	assert_non_null(g);
	g->result = PQ_GATHER_FETCHED;
	assert_int_equal(pq_gather_encode(&wire, g), 0);
	assert_int_equal(pq_fetch_write(child[origin], pq_buf_view(&wire)), 0);
	pq_gather_free(g);
	pq_buf_free(&wire);
}

static void
expect_pending(uint64_t job, const char *words)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_msg m = { .type = PQ_MSG_NONE };
	char reason[512];

	assert_int_equal(pq_channel_recv(&warden, &m, &err), 0);
	assert_int_equal(m.type, PQ_MSG_EVIDENCE);
	assert_int_equal(m.job, job);
	assert_int_equal(m.evidence.result, PQ_GATHER_PENDING);
	pq_text_escape(reason, sizeof(reason), m.evidence.reason);
	if (strstr(reason, words) == NULL)
		fail_msg("%s", reason);
}

/* The broker must exit, so that the supervisor starts new children. */
static void
expect_exit(void)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_msg m;
	int status = 0;

	assert_int_equal(pq_channel_recv(&warden, &m, &err), 2);
	assert_int_equal(waitpid(broker, &status, 0), broker);
	broker = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void
send_both_errands(void)
{
	send_errand(1, EVIL);
	read_request(EVIL);
	send_errand(2, GOOD);
	read_request(GOOD);
}

static void
test_broker__reads_an_answer_in_pieces(void **state)
{
	struct pq_buf wire;
	uint8_t head[4] = { 0 };
	size_t i;

	(void)state;
	send_errand(1, GOOD);
	read_request(GOOD);
	put_answer(&wire);
	head[2] = (uint8_t)(wire.n >> 8);
	head[3] = (uint8_t)wire.n;
	for (i = 0; i < sizeof(head); i++)
		assert_int_equal(write(child[GOOD], head + i, 1), 1);
	for (i = 0; i < wire.n; i++)
		assert_int_equal(write(child[GOOD], wire.p + i, 1), 1);
	pq_buf_free(&wire);
	expect_pending(1, "it is down");
	/* the child gets the next request */
	send_errand(2, GOOD);
	read_request(GOOD);
	send_answer(GOOD);
	expect_pending(2, "it is down");
}

/* A flood of new errands must not delay one that waits for its origin. */
static void
test_broker__asks_for_the_oldest_errand_first(void **state)
{
	uint64_t job;

	(void)state;
	for (job = 1; job <= 3; job++)
		send_errand(job, GOOD);
	read_request(GOOD);
	send_answer(GOOD);
	expect_pending(1, "it is down");
	read_request(GOOD);
	send_errand(4, GOOD);
	send_errand(5, EVIL);
	read_request(EVIL); /* so the broker has read errand 4 */
	send_answer(GOOD);
	expect_pending(2, "it is down");
	for (job = 3; job <= 4; job++) {
		read_request(GOOD);
		send_answer(GOOD);
		expect_pending(job, "it is down");
	}
}

/* Most callbacks of a flood name tags that the registry does not have. */
static void
test_broker__without_an_image_asks_no_git_host(void **state)
{
	uint8_t byte;

	(void)state;
	send_errand(1, GOOD);
	read_request(GOOD);
	send_answer(GOOD);
	expect_pending(1, "it is down");
	assert_int_equal(recv(child[EVIL], &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	/* the benign twin: with an image the git host is asked */
	send_errand(2, GOOD);
	read_request(GOOD);
	send_image(GOOD);
	read_request(EVIL);
	send_answer(EVIL);
	expect_pending(2, "it is down");
}

static void
test_broker__incomplete_answer_delays_no_other(void **state)
{
	(void)state;
	send_both_errands();
	assert_int_equal(write(child[EVIL], "\0\0\1\0half", 8), 8);
	send_answer(GOOD);
	expect_pending(2, "it is down");
}

static void
test_broker__malformed_answer_affects_only_its_errand(void **state)
{
	(void)state;
	send_both_errands();
	assert_int_equal(write(child[EVIL], "\0\0\0\4oops", 8), 8);
	expect_pending(1, "evil:1: the process for this origin sent a malf");
	send_answer(GOOD);
	expect_pending(2, "it is down");
	expect_exit();
}

static void
test_broker__closes_on_a_long_answer(void **state)
{
	(void)state;
	send_both_errands();
	assert_int_equal(write(child[EVIL], "\177\377\377\377", 4), 4);
	expect_pending(1, "evil:1: the process for this origin");
	send_answer(GOOD);
	expect_pending(2, "it is down");
	expect_exit();
}

static void
test_broker__dead_child_affects_only_its_errand(void **state)
{
	(void)state;
	send_both_errands();
	(void)close(child[EVIL]);
	child[EVIL] = -1;
	expect_pending(1, "evil:1: the process for this origin ended");
	send_answer(GOOD);
	expect_pending(2, "it is down");
	expect_exit();
}

static void
test_broker__closes_on_an_unexpected_message(void **state)
{
	(void)state;
	send_errand(2, GOOD);
	read_request(GOOD);
	/* one write, because the broker may close the socket after it */
	assert_int_equal(write(child[EVIL], "\0\0\0\4oops", 8), 8);
	send_answer(GOOD);
	expect_pending(2, "it is down");
	expect_exit();
}

/* One of the two processes started after an edit of the configuration. */
static void
test_broker__other_configuration_is_pending(void **state)
{
	static const char restart[] = "restart pratiqued";

	(void)state;
	send_errand_of(1, "good", OTHER_HASH);
	expect_pending(1, restart);
	send_errand_of(2, "new", OTHER_HASH);
	expect_pending(2, restart);
	send_errand(3, GOOD);
	read_request(GOOD);
}

/* ---- the doctor ------------------------------------------------------- */

static void
ask_doctor(uint64_t job, uint32_t verb, const char *service)
{
	struct pq_msg m = { .type = PQ_MSG_QUESTION, .job = job };
	struct pq_err err = PQ_ERR_INIT;

	m.question.verb = verb;
	m.question.service = pq_slice_str(service);
	assert_int_equal(pq_channel_send(&warden, &m, &err), 0);
}

/* Expect a request without a tag for the image of @origin. */
static void
read_probe(size_t origin)
{
	struct pq_buf request = PQ_BUF_INIT(PQ_FETCH_REQUEST_MAX);
	char *place = NULL, *tag = NULL;
	unsigned artifacts = 1;

	assert_int_equal(pq_fetch_read(child[origin], &request), 0);
	assert_int_equal(pq_fetch_request_read(
			     pq_buf_view(&request), &place, &tag, &artifacts),
	    0);
	assert_string_equal(place, policies[origin].image);
	assert_string_equal(tag, "");
	free(place);
	free(tag);
	pq_buf_free(&request);
}

static void
grant_access(size_t origin)
{
	struct pq_gather *g = pq_gather_new();
	struct pq_buf wire = PQ_BUF_INIT(PQ_GATHER_WIRE);

	assert_non_null(g);
	g->result = PQ_GATHER_FETCHED;
	(void)snprintf(g->reason, sizeof(g->reason), "access granted");
	assert_int_equal(pq_gather_encode(&wire, g), 0);
	pq_gather_free(g);
	assert_int_equal(pq_fetch_write(child[origin], pq_buf_view(&wire)), 0);
	pq_buf_free(&wire);
}

/* @findings: "pass access granted; fail it is down" */
static void
expect_reply(uint64_t job, uint32_t code, const char *findings)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_msg m = { .type = PQ_MSG_NONE };
	char all[2048] = "", text[512];
	size_t i, n = 0;

	assert_int_equal(pq_channel_recv(&warden, &m, &err), 0);
	assert_int_equal(m.type, PQ_MSG_REPLY);
	assert_int_equal(m.job, job);
	assert_int_equal(m.reply.code, code);
	if (m.reply.document.n == 0) {
		pq_text_escape(text, sizeof(text), m.reply.text);
		assert_non_null(strstr(text, findings));
		return;
	}
	assert_int_equal(pq_findings_decode(&f, m.reply.document), 0);
	for (i = 0; i < f.n; i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s %s %s",
		    i == 0 ? "" : "; ", pq_status_name(f.v[i].status),
		    pq_check_name(f.v[i].check), f.v[i].reason);
	assert_string_equal(all, findings);
}

static void
test_broker__doctor_probes_each_origin(void **state)
{
	(void)state;
	ask_doctor(7, PQ_VERB_DOCTOR, "");
	read_probe(EVIL);
	read_probe(GOOD);
	grant_access(GOOD);
	grant_access(EVIL);
	expect_reply(7, PQ_ANSWERED_DONE,
	    "pass fetch.registry evil:1/web: access granted; "
	    "pass fetch.registry good:1/web: access granted");
	/* for one service only its own origin; and a second one may follow */
	ask_doctor(8, PQ_VERB_DOCTOR, "good");
	read_probe(GOOD);
	send_answer(GOOD);
	expect_reply(8, PQ_ANSWERED_REFUSED, "fail fetch.registry it is down");
	send_errand(9, EVIL);
	read_request(EVIL);
}

static void
test_broker__refuses_a_second_doctor(void **state)
{
	(void)state;
	ask_doctor(7, PQ_VERB_DOCTOR, "good");
	read_probe(GOOD);
	ask_doctor(8, PQ_VERB_DOCTOR, "evil");
	expect_reply(
	    8, PQ_ANSWERED_NOT_EXAMINED, "another examination is running");
	grant_access(GOOD);
	expect_reply(7, PQ_ANSWERED_DONE,
	    "pass fetch.registry good:1/web: access granted");
}

static void
test_broker__doctor_waits_for_errands(void **state)
{
	(void)state;
	send_errand(1, GOOD);
	read_request(GOOD);
	send_errand(2, GOOD);
	ask_doctor(7, PQ_VERB_DOCTOR, "good");
	send_answer(GOOD);
	expect_pending(1, "it is down");
	read_request(GOOD);
	send_answer(GOOD);
	expect_pending(2, "it is down");
	read_probe(GOOD);
	/* an errand waits for one probe at most */
	send_errand(3, GOOD);
	grant_access(GOOD);
	expect_reply(7, PQ_ANSWERED_DONE,
	    "pass fetch.registry good:1/web: access granted");
	read_request(GOOD);
}

/* The reply has the known results; then the broker exits. */
static void
test_broker__dead_child_fails_its_probe(void **state)
{
	(void)state;
	send_errand(1, GOOD);
	read_request(GOOD);
	ask_doctor(7, PQ_VERB_DOCTOR, "");
	read_probe(EVIL);
	assert_int_equal(write(child[EVIL], "\0\0\0\4oops", 8), 8);
	expect_reply(7, PQ_ANSWERED_REFUSED,
	    "fail fetch.registry evil:1: the process for this origin sent a "
	    "malformed answer; "
	    "pending fetch.registry good:1/web: not examined, because errands "
	    "use this origin: try again in a minute");
	send_answer(GOOD);
	expect_pending(1, "it is down");
	expect_exit();
}

static void
test_broker__refuses_an_unknown_question(void **state)
{
	(void)state;
	ask_doctor(7, PQ_VERB_HOST, "");
	expect_reply(7, PQ_ANSWERED_REFUSED, "another version");
	ask_doctor(8, PQ_VERB_COUNT, "");
	expect_reply(8, PQ_ANSWERED_REFUSED, "another version");
	ask_doctor(9, 0, "");
	expect_reply(9, PQ_ANSWERED_REFUSED, "another version");
	ask_doctor(10, PQ_VERB_DOCTOR, "new");
	expect_reply(10, PQ_ANSWERED_NOT_EXAMINED, "restart pratiqued");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_broker__##name, start_broker, stop_broker)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_an_answer_in_pieces),
		TEST(asks_for_the_oldest_errand_first),
		cmocka_unit_test_setup_teardown(
		    test_broker__without_an_image_asks_no_git_host,
		    start_with_git, stop_broker),
		TEST(incomplete_answer_delays_no_other),
		TEST(malformed_answer_affects_only_its_errand),
		TEST(closes_on_a_long_answer),
		TEST(dead_child_affects_only_its_errand),
		TEST(closes_on_an_unexpected_message),
		TEST(other_configuration_is_pending),
		TEST(doctor_probes_each_origin),
		TEST(refuses_a_second_doctor),
		TEST(doctor_waits_for_errands),
		TEST(dead_child_fails_its_probe),
		TEST(refuses_an_unknown_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
