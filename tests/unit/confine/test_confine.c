/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each jail is entered in a process of its own; the self-test inside must
 * hold there, and must find the hole where there is no jail at all.
 */
#include "../cmocka_all.h"

#include <fcntl.h>
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

static int
unconfined(enum pq_jail jail)
{
	struct pq_err err = PQ_ERR_INIT;
	unsigned tried;

	return pq_selftest_run(jail, 7, &tried, &err) == -PQ_EPERM ? 0 : 1;
}

static void
test_confine__every_jail_holds(void **state)
{
	int j;

	(void)state;
	for (j = PQ_JAIL_INTAKE; j <= PQ_JAIL_CLI_VERIFY; j++)
		assert_int_equal(in_child(enter, (enum pq_jail)j), 0);
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
		cmocka_unit_test(test_confine__no_jail_is_refused),
		cmocka_unit_test(test_selftest__finds_the_missing_wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
