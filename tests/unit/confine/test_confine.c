/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each test enters a jail in a separate process. The self-test must pass inside
 * the jail, and must fail in a process without a jail.
 */
#include "../cmocka_all.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/confine.h"
#include "confine/selftest.h"

/* A jail accepts no regular file as output, which this test may have. */
static void
give_pipe(void)
{
	int pair[2];

	if (pipe(pair) != 0 || dup2(pair[1], STDOUT_FILENO) < 0 ||
	    dup2(pair[1], STDERR_FILENO) < 0)
		_exit(101);
}

static int
in_child(int (*fn)(enum pq_jail), enum pq_jail jail)
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		give_pipe();
		_exit(fn(jail));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int
enter_jail(enum pq_jail jail)
{
	struct pq_err err = PQ_ERR_INIT;
	char report[128];

	if (pq_confine_enter(jail, NULL, report, &err) != 0)
		return 1;
	return 0;
}

/*
 * Enter the jail on a kernel, or in a container, where creating a Landlock
 * ruleset fails with @error.
 */
static int
enter_landlock_says(enum pq_jail jail, int error, char report[128])
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	struct pq_err err = PQ_ERR_INIT;

	if (f == NULL ||
	    seccomp_rule_add(f, SCMP_ACT_ERRNO((unsigned)error),
		SCMP_SYS(landlock_create_ruleset), 0) != 0 ||
	    seccomp_load(f) != 0)
		return 100;
	seccomp_release(f);
	return pq_confine_enter(jail, NULL, report, &err);
}

static int
enter_without_landlock(enum pq_jail jail)
{
	char report[128] = "";

	if (enter_landlock_says(jail, ENOSYS, report) != 0)
		return 1;
	return strncmp(report, "landlock=none ", 14) == 0 ? 0 : 2;
}

static int
enter_with_landlock_forbidden(enum pq_jail jail)
{
	char report[128];

	return enter_landlock_says(jail, EPERM, report) == -PQ_ESYS ? 0 : 1;
}

/* Enter the jail with an empty /etc and /tmp, as in a minimal container. */
static int
enter_bare(enum pq_jail jail)
{
	const unsigned long ro = MS_RDONLY;

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/etc", "tmpfs", ro, NULL) != 0 ||
	    mount("none", "/tmp", "tmpfs", ro, NULL) != 0)
		return 100;
	return enter_jail(jail);
}

/* Enter the jail with a regular file as standard output or error. */
static int
enter_with_file(enum pq_jail jail, int as)
{
	struct pq_err err = PQ_ERR_INIT;
	int fd = memfd_create("log", 0);

	if (fd < 0 || write(fd, "line\n", 5) != 5 || dup2(fd, as) < 0)
		return 100;
	if (pq_confine_enter(jail, NULL, NULL, &err) != -PQ_EPERM)
		return 1;
	return strstr(err.text, "can still overwrite its log") == NULL ? 2 : 0;
}

static int
enter_with_output_file(enum pq_jail jail)
{
	return enter_with_file(jail, STDOUT_FILENO);
}

static int
enter_with_error_file(enum pq_jail jail)
{
	return enter_with_file(jail, STDERR_FILENO);
}

static int
run_without_jail(enum pq_jail jail)
{
	struct pq_err err = PQ_ERR_INIT;
	unsigned tried;

	return pq_selftest_run(jail, 7, &tried, &err) == -PQ_EPERM ? 0 : 1;
}

static void
in_every_jail(int (*fn)(enum pq_jail))
{
	int j;

	for (j = PQ_JAIL_INTAKE; j <= PQ_JAIL_DEPLOY; j++)
		assert_int_equal(in_child(fn, (enum pq_jail)j), 0);
}

static void
test_confine__every_jail_passes_the_selftest(void **state)
{
	(void)state;
	in_every_jail(enter_jail);
}

static void
test_confine__needs_no_files(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	in_every_jail(enter_bare);
}

/* The report names the missing Landlock; the filter is still tested. */
static void
test_confine__works_without_landlock(void **state)
{
	(void)state;
	in_every_jail(enter_without_landlock);
}

/* If the kernel has Landlock, then the agent must not run without it. */
static void
test_confine__fails_if_landlock_is_forbidden(void **state)
{
	(void)state;
	in_every_jail(enter_with_landlock_forbidden);
}

/* Code in the role could overwrite the lines of the file. */
static void
test_selftest__finds_a_regular_file_as_output(void **state)
{
	(void)state;
	in_every_jail(enter_with_output_file);
	in_every_jail(enter_with_error_file);
}

/* Enter the jail, and then use sockets as a process that was taken over. */
static int
reach_from(enum pq_jail jail)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int passed[2], fd;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(9);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, passed) != 0 ||
	    (fd = socket(AF_INET, SOCK_DGRAM, 0)) < 0 || enter_jail(jail) != 0)
		return 100;
	if (socket(AF_INET, SOCK_STREAM, 0) >= 0 ||
	    socket(AF_INET6, SOCK_DGRAM, 0) >= 0)
		return 1;
	/* an old descriptor does not help: it stays unconnected */
	(void)connect(fd, (const struct sockaddr *)&in, sizeof(in));
	if (send(fd, "", 1, MSG_NOSIGNAL) >= 0 || errno != EDESTADDRREQ)
		return 2;
	if (bind(fd, (const struct sockaddr *)&in, sizeof(in)) == 0)
		return 3;
	/* a socket that was passed works */
	return send(passed[0], "x", 1, MSG_NOSIGNAL) == 1 ? 0 : 4;
}

static void
test_confine__gives_the_child_of_fetch_no_socket(void **state)
{
	(void)state;
	assert_int_equal(in_child(reach_from, PQ_JAIL_FETCH_CHILD), 0);
	assert_int_equal(in_child(reach_from, PQ_JAIL_FETCH), 0);
	assert_int_equal(in_child(reach_from, PQ_JAIL_FETCH_PACKS), 0);
}

/* Connect to @port of loopback; the list of the jail has only port 9. */
static int
connect_from_list(uint16_t port)
{
	const uint16_t ports[] = { 9, 0 };
	const struct pq_jail_paths paths = { .tcp = ports };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct pq_err err = PQ_ERR_INIT;
	char report[128];
	int fd;

	if (pq_confine_enter(PQ_JAIL_FETCH_CONNECTOR, &paths, report, &err) !=
	    0)
		return 100;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return 101;
	if (connect(fd, (const struct sockaddr *)&in, sizeof(in)) == 0)
		return 0;
	return errno;
}

static int
connect_to_listed(enum pq_jail jail)
{
	(void)jail;
	return connect_from_list(9) == EACCES;
}

static int
connect_to_unlisted(enum pq_jail jail)
{
	(void)jail;
	return connect_from_list(10);
}

static int
has_landlock_tcp(enum pq_jail jail)
{
	char report[128] = "";
	struct pq_err err = PQ_ERR_INIT;

	if (pq_confine_enter(jail, NULL, report, &err) != 0)
		return 0;
	return report[sizeof("landlock=") - 1] >= '4' &&
	    report[sizeof("landlock=") - 1] <= '9';
}

static void
test_confine__gives_the_connector_the_ports_of_its_list(void **state)
{
	(void)state;
	if (in_child(has_landlock_tcp, PQ_JAIL_FETCH) == 0)
		skip();
	assert_int_equal(in_child(connect_to_listed, PQ_JAIL_NONE), 0);
	assert_int_equal(in_child(connect_to_unlisted, PQ_JAIL_NONE), EACCES);
}

static void
test_confine__refuses_an_unnamed_jail(void **state)
{
	(void)state;
	assert_int_equal(in_child(enter_jail, PQ_JAIL_NONE), 1);
}

static void
test_selftest__fails_without_a_jail(void **state)
{
	(void)state;
	assert_int_equal(in_child(run_without_jail, PQ_JAIL_INTAKE), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confine__every_jail_passes_the_selftest),
		cmocka_unit_test(test_confine__needs_no_files),
		cmocka_unit_test(test_confine__works_without_landlock),
		cmocka_unit_test(test_confine__fails_if_landlock_is_forbidden),
		cmocka_unit_test(
		    test_confine__gives_the_child_of_fetch_no_socket),
		cmocka_unit_test(
		    test_confine__gives_the_connector_the_ports_of_its_list),
		cmocka_unit_test(test_confine__refuses_an_unnamed_jail),
		cmocka_unit_test(test_selftest__fails_without_a_jail),
		cmocka_unit_test(test_selftest__finds_a_regular_file_as_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
