/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique-verify with jobs that crash or block their child. No input is known
 * that does this, so the job's function is replaced here. The process, its jail
 * and its pipe are real. The reason of each hint is the pid of the child.
 */
#include "../unit/cmocka_all.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verify/job.h"
#include "verify/serve.h"
#include "confine/confine.h"

#define JOBS 5

static struct pq_channel warden;
static pid_t verify;
static char reasons[JOBS + 1][512];
static uint32_t kinds[JOBS + 1];

/* The parent makes both jails once. A third export fails. */
int __real_seccomp_export_bpf(void *ctx, int fd);
int __wrap_seccomp_export_bpf(void *ctx, int fd);

static unsigned exports;

int
__wrap_seccomp_export_bpf(void *ctx, int fd)
{
	return ++exports <= 2 ? __real_seccomp_export_bpf(ctx, fd) : -1;
}

int
pq_job_do(
    struct pq_buf *out, const struct pq_msg *in, const struct pq_config *config)
{
	struct pq_msg m = { .type = PQ_MSG_HINT, .job = in->job };
	char who[32];
	int fd;

	(void)config;
	if (pq_slice_eq_str(in->callback.body, "crash")) {
		/* the jail forbids signals: abort(3) then ends with a trap */
		(void)signal(SIGSEGV, SIG_DFL);
		abort();
	}
	if (pq_slice_eq_str(in->callback.body, "other"))
		m.job++; /* answers for another job */
	if (pq_slice_eq_str(in->callback.body, "silent"))
		return 0;
	if (pq_slice_eq_str(in->callback.body, "stay")) {
		for (fd = 3; fd < 64; fd++)
			(void)close(fd);
		for (;;)
			(void)sched_yield();
	}
	(void)snprintf(who, sizeof(who), "%d", (int)getpid());
	m.hint.kind = PQ_HINT_PING;
	m.hint.reason = pq_slice_str(who);
	return pq_msg_encode(out, &m);
}

int
pq_job_put_single(
    struct pq_buf *out, uint64_t job, enum pq_status status, const char *why)
{
	(void)out;
	(void)job;
	(void)status;
	(void)why;
	return -PQ_EINTERNAL; /* this test sends no evidence */
}

static void __attribute__((noreturn)) be_verify(int fd)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_channel c;
	int out[2];

	/* no jail accepts a regular file, which this test may write to */
	if (pipe(out) != 0 || dup2(out[1], STDOUT_FILENO) < 0 ||
	    dup2(out[1], STDERR_FILENO) < 0)
		_exit(2);
	if (pq_channel_open(&c, fd, PQ_ROLE_VERIFY, PQ_ROLE_WARDEN, &err) ==
		0 &&
	    pq_confine_prepare(PQ_JAIL_VERIFY_CHILD, &err) == 0 &&
	    pq_confine_enter(PQ_JAIL_VERIFY, NULL, NULL, &err) == 0)
		(void)pq_verify_serve(&c, NULL, &err);
	_exit(err.text[0] != '\0' ? 1 : 0);
}

/* Send all jobs before verify starts to read. */
static void
send_jobs(const char *const service[JOBS], const char *const body[JOBS])
{
	struct pq_err err = PQ_ERR_INIT;
	int fds[2];
	uint64_t i;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	assert_int_equal(pq_channel_open(&warden, fds[0], PQ_ROLE_WARDEN,
			     PQ_ROLE_VERIFY, &err),
	    0);
	for (i = 0; i < JOBS; i++) {
		struct pq_msg m = { .type = PQ_MSG_CALLBACK, .job = i + 1 };

		m.callback.service = pq_slice_str(service[i]);
		m.callback.body = pq_slice_str(body[i]);
		assert_int_equal(pq_channel_send(&warden, &m, &err), 0);
	}
	verify = fork();
	assert_true(verify >= 0);
	if (verify == 0) {
		(void)close(fds[0]);
		be_verify(fds[1]);
	}
	(void)close(fds[1]);
}

static void
read_hints(void)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_msg m;
	int i, status;

	memset(kinds, 0xff, sizeof(kinds));
	for (i = 0; i < JOBS; i++) {
		assert_int_equal(pq_channel_recv(&warden, &m, &err), 0);
		assert_int_equal(m.type, PQ_MSG_HINT);
		assert_in_range(m.job, 1, JOBS);
		kinds[m.job] = m.hint.kind;
		(void)snprintf(reasons[m.job], sizeof(reasons[0]), "%.*s",
		    (int)m.hint.reason.n, (const char *)m.hint.reason.p);
	}
	pq_channel_close(&warden);
	assert_int_equal(waitpid(verify, &status, 0), verify);
	assert_true(WIFEXITED(status));
}

static bool
same_child(int a, int b)
{
	return kinds[a] == PQ_HINT_PING && kinds[b] == PQ_HINT_PING &&
	    strcmp(reasons[a], reasons[b]) == 0;
}

static void
test_verify__callbacks_of_one_service_share_a_child(void **state)
{
	static const char *const service[] = { "web", "web", "api", "web",
		"web" };
	static const char *const body[] = { "", "", "", "", "" };

	(void)state;
	send_jobs(service, body);
	read_hints();
	assert_true(same_child(1, 2));
	assert_true(same_child(4, 5));
	assert_false(same_child(2, 3));
	assert_false(same_child(3, 4));
	assert_false(same_child(1, 4));
}

/* Check that the third job fails with @why and that the others succeed. */
static void
one_is(const char *what, const char *why)
{
	static const char *const service[] = { "web", "web", "web", "web",
		"web" };
	const char *const body[] = { "", "", what, "", "" };
	int i;

	send_jobs(service, body);
	read_hints();
	for (i = 1; i <= JOBS; i++)
		assert_int_equal(
		    kinds[i], i == 3 ? PQ_HINT_NOT_READ : PQ_HINT_PING);
	assert_non_null(strstr(reasons[3], why));
	assert_false(same_child(1, 2)); /* each job got a new child */
}

static void
test_verify__a_crash_costs_one_job(void **state)
{
	(void)state;
	one_is("crash", "ended with signal ");
}

static void
test_verify__refuses_an_answer_for_another_job(void **state)
{
	(void)state;
	one_is("other", "no valid answer");
}

/* The child closed its pipe, so verify must kill it before it waits. */
static void
test_verify__kills_a_child_that_does_not_end(void **state)
{
	(void)state;
	one_is("stay", "signal 9");
}

static void
test_verify__reports_a_missing_answer(void **state)
{
	(void)state;
	one_is("silent", "no valid answer");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_verify__callbacks_of_one_service_share_a_child),
		cmocka_unit_test(test_verify__a_crash_costs_one_job),
		cmocka_unit_test(
		    test_verify__refuses_an_answer_for_another_job),
		cmocka_unit_test(test_verify__kills_a_child_that_does_not_end),
		cmocka_unit_test(test_verify__reports_a_missing_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
