/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each jail is entered in a process of its own; the self-test inside must
 * hold there, and must find the hole where there is no jail at all.
 */
#include "../cmocka_all.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/confine.h"
#include "confine/selftest.h"

static int
in_child(int (*fn)(enum pq_jail), enum pq_jail jail)
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn(jail));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int
enter(enum pq_jail jail)
{
	struct pq_err err = PQ_ERR_INIT;
	char report[128];

	if (pq_confine_enter(jail, NULL, report, &err) != 0)
		return 1;
	return 0;
}

/* A kernel, or what is around us, that answers so when asked for Landlock. */
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

/* As in a container that was built from nothing. */
static int
enter_bare(enum pq_jail jail)
{
	const unsigned long ro = MS_RDONLY;

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/etc", "tmpfs", ro, NULL) != 0 ||
	    mount("none", "/tmp", "tmpfs", ro, NULL) != 0)
		return 100;
	return enter(jail);
}

static int
unconfined(enum pq_jail jail)
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
test_confine__every_jail_holds(void **state)
{
	(void)state;
	in_every_jail(enter);
}

static void
test_confine__holds_where_there_is_nothing(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	in_every_jail(enter_bare);
}

/* and says so; what the filter forbids is tried all the same */
static void
test_confine__goes_without_landlock(void **state)
{
	(void)state;
	in_every_jail(enter_without_landlock);
}

/* the kernel has it: then it is no wall that we may do without */
static void
test_confine__stops_where_landlock_is_forbidden(void **state)
{
	(void)state;
	in_every_jail(enter_with_landlock_forbidden);
}

static void
test_confine__no_jail_is_refused(void **state)
{
	(void)state;
	assert_int_equal(in_child(enter, PQ_JAIL_NONE), 1);
}

static void
test_selftest__finds_the_missing_wall(void **state)
{
	(void)state;
	assert_int_equal(in_child(unconfined, PQ_JAIL_INTAKE), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confine__every_jail_holds),
		cmocka_unit_test(test_confine__holds_where_there_is_nothing),
		cmocka_unit_test(test_confine__goes_without_landlock),
		cmocka_unit_test(
		    test_confine__stops_where_landlock_is_forbidden),
		cmocka_unit_test(test_confine__no_jail_is_refused),
		cmocka_unit_test(test_selftest__finds_the_missing_wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
