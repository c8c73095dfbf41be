/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/standard.h"

/* Return 0 if all checks pass. */
static int
check_child(void)
{
	char c = 0;
	int bad = 0, fd;

	(void)close(0);
	(void)close(1);
	(void)close(2);
	bad |= pq_standard_open() != 0;
	bad |= dup(0) != 3; /* 0, 1 and 2 are in use */
	bad |= !(read(0, &c, 1) == -1 && errno == EBADF);
	for (fd = 1; fd <= 2; fd++)
		bad |= !(write(fd, &c, 1) == -1 && errno == EBADF);
	return bad;
}

static void
test_standard__replaces_closed_descriptors(void **state)
{
	int status = -1, fd;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		for (fd = 3; fd < 64; fd++)
			(void)close(fd);
		_exit(check_child());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
test_standard__keeps_open_descriptors(void **state)
{
	char c = 0;
	int pair[2], status = -1;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pair), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(pair[1], 1);
		_exit(pq_standard_open() != 0 || write(1, "x", 1) != 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(pair[0], &c, 1), 1);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_standard__replaces_closed_descriptors),
		cmocka_unit_test(test_standard__keeps_open_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
