/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log under readers and disks that take nothing, or a part of a line. Each
 * test runs in a child, because the log opens standard error once.
 */
#include "../cmocka_all.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "supervisor/supervisor.h"

#define HANG_S 120 /* ends a child that waits for a reader */

static struct role roles[SUPERVISOR_ROLES];

/* Run @check in a child; it returns 0, or the number of the wrong step. */
static void
run_apart(int (*check)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		size_t i;

		(void)alarm(HANG_S);
		for (i = 0; i < SUPERVISOR_ROLES; i++)
			roles[i].output = -1;
		roles[0].role = PQ_ROLE_INTAKE;
		_exit(check());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
log_text(const char *text)
{
	log_line(LOG_NOTE, "intake", pq_slice_str(text), false);
}

/* Return all bytes that @fd has now, as a string. */
static const char *
read_all(int fd)
{
	static char text[1u << 20];
	size_t n = 0;
	ssize_t r = 1;

	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return "";
	while (r > 0 && n < sizeof(text) - 1) {
		r = read(fd, text + n, sizeof(text) - 1 - n);
		n += r > 0 ? (size_t)r : 0;
	}
	text[n] = '\0';
	return text;
}

/* A terminal is writable to poll(2) while it takes only a part of a line. */
static int
check_terminal(void)
{
	int terminal, master = posix_openpt(O_RDWR | O_NOCTTY), i;
	char line[LINES_TEXT + 1];

	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
		return 1;
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (terminal < 0 || dup2(terminal, STDERR_FILENO) < 0)
		return 2;
	memset(line, 'x', LINES_TEXT);
	line[LINES_TEXT] = '\0';
	for (i = 0; i < 1000; i++)
		log_text(line);
	if (log_lost())
		return 3;
	/* the flags of the open file belong to other programs, too */
	if ((fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK) != 0)
		return 4;
	while (!log_lost())
		(void)read_all(master);
	return 0;
}

static void
test_log__never_waits_for_a_terminal(void **state)
{
	(void)state;
	run_apart(check_terminal);
}

/* A limit of the file acts as a full disk does: a part of a line is written. */
static int
check_torn_line(void)
{
	static const char expected[] =
	    "<6>intake: first\n<6>intake: s\n"
	    "<4>supervisor: event=lines-dropped role=supervisor lines=1\n"
	    "<6>intake: third\n";
	struct rlimit full = { 29, RLIM_INFINITY };
	struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	char name[] = "/tmp/test_log.XXXXXX", text[256] = "";
	int fd = mkstemp(name);

	(void)signal(SIGXFSZ, SIG_IGN);
	if (fd < 0 || unlink(name) != 0 || dup2(fd, STDERR_FILENO) < 0)
		return 1;
	if (setrlimit(RLIMIT_FSIZE, &full) != 0)
		return 2;
	log_text("first");
	log_text("second");
	if (setrlimit(RLIMIT_FSIZE, &none) != 0)
		return 3;
	log_text("third");
	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 4;
	return strcmp(text, expected) == 0 ? 0 : 5;
}

static void
test_log__starts_a_new_line_after_a_part_of_one(void **state)
{
	(void)state;
	run_apart(check_torn_line);
}

static int
check_count(void)
{
	int pair[2], i;
	const char *text;

	if (pipe(pair) != 0 || dup2(pair[1], STDERR_FILENO) < 0)
		return 1;
	while (log_dropped("verify", 1))
		; /* fill it */
	for (i = 0; i < 3; i++) {
		roles[0].lines.dropped += 7;
		roles[0].reported_ms = 0;
		output_wait(roles, 0);
	}
	(void)read_all(pair[0]);
	roles[0].reported_ms = 0;
	output_wait(roles, 0);
	text = read_all(pair[0]);
	return strcmp(text,
		   "<4>supervisor: event=lines-dropped role=intake "
		   "lines=21\n") == 0
	    ? 0
	    : 3;
}

static void
test_log__keeps_the_count_of_a_role_until_the_log_takes_it(void **state)
{
	(void)state;
	run_apart(check_count);
}

static volatile sig_atomic_t arrived;

static void
on_signal(int sig)
{
	(void)sig;
	arrived = 1;
}

static int
check_signal(void)
{
	struct sigaction end = { .sa_handler = on_signal };
	sigset_t all;
	int write_end = output_open(&roles[0]);

	(void)sigfillset(&all);
	if (write_end < 0 || sigaction(SIGTERM, &end, NULL) != 0 ||
	    sigprocmask(SIG_SETMASK, &all, NULL) != 0)
		return 1;
	if (write(write_end, "flood", 5) != 5 || raise(SIGTERM) != 0)
		return 2;
	output_wait(roles, 0);
	return arrived ? 0 : 3;
}

static void
test_output__lets_a_signal_arrive_while_a_role_writes(void **state)
{
	(void)state;
	run_apart(check_signal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log__never_waits_for_a_terminal),
		cmocka_unit_test(
		    test_log__starts_a_new_line_after_a_part_of_one),
		cmocka_unit_test(
		    test_log__keeps_the_count_of_a_role_until_the_log_takes_it),
		cmocka_unit_test(
		    test_output__lets_a_signal_arrive_while_a_role_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
