/* SPDX-License-Identifier: Apache-2.0 */
/* The ballast, on small file systems of their own. */
#include "../cmocka_all.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deploy/space.h"
#include "support/temporary.h"

#define MIB (1u << 20)

static char ballast[TEMPORARY_ROOM], filler[TEMPORARY_ROOM];

/* Return the number of MiB on the disk; -1: the file is missing. */
static int
mib_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? (int)(st.st_blocks * 512 / MIB) : -1;
}

static void
test_space__makes_a_ballast_without_holes_once(void **state)
{
	struct pq_err err = PQ_ERR_INIT;
	struct stat before, after;

	(void)state;
	assert_int_equal(pq_space_reserve(temporary_dir(), &err), 0);
	assert_int_equal(mib_of(ballast), 4);
	assert_int_equal(stat(ballast, &before), 0);
	assert_int_equal(before.st_size, PQ_SPACE_BALLAST);
	assert_int_equal(before.st_mode & 07777, 0600);
	assert_int_equal(pq_space_reserve(temporary_dir(), &err), 0);
	assert_int_equal(stat(ballast, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_false(pq_space_release(temporary_dir()));
	assert_int_equal(mib_of(ballast), 4);
}

/* A ballast that gives no space back is replaced; a link is not followed. */
static void
test_space__replaces_a_false_ballast(void **state)
{
	struct pq_err err = PQ_ERR_INIT;
	int fd = open(ballast, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, PQ_SPACE_BALLAST), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(pq_space_reserve(temporary_dir(), &err), 0);
	assert_int_equal(mib_of(ballast), 4);
	assert_int_equal(unlink(ballast), 0);
	assert_int_equal(symlink(filler, ballast), 0);
	assert_int_equal(pq_space_reserve(temporary_dir(), &err), 0);
	assert_int_equal(mib_of(ballast), 4);
	assert_int_equal(mib_of(filler), -1);
}

static int
fill_up(void)
{
	static const char bytes[4096];
	int fd = open(filler, O_WRONLY | O_CREAT | O_APPEND, 0600);

	while (write(fd, bytes, sizeof(bytes)) > 0)
		;
	return close(fd);
}

/* Return 0, or the number of the first line that is wrong. */
static int
check_full_disk(void)
{
	struct pq_err err = PQ_ERR_INIT;
	const char *dir = temporary_dir();

	if (mount("none", dir, "tmpfs", 0, "size=7m") != 0)
		return 100;
	if (pq_space_reserve(dir, &err) != -PQ_ELIMIT ||
	    strstr(err.text, "needs 8 MiB") == NULL || mib_of(ballast) != -1)
		return 1;
	if (mount("none", dir, "tmpfs", MS_REMOUNT, "size=9m") != 0)
		return 101;
	if (pq_space_reserve(dir, &err) != 0 || mib_of(ballast) != 4)
		return 2;
	if (fill_up() != 0 || pq_space_at(dir) != 0)
		return 3;
	if (pq_space_reserve(dir, &err) != -PQ_ELIMIT ||
	    strstr(err.text, "needs 4 MiB") == NULL || mib_of(ballast) != 4)
		return 4;
	if (!pq_space_release(dir) || mib_of(ballast) != -1 ||
	    pq_space_at(dir) < PQ_SPACE_BALLAST)
		return 5;
	/* the space that was given back is not taken again */
	if (pq_space_reserve(dir, &err) != -PQ_ELIMIT || mib_of(ballast) != -1)
		return 6;
	return pq_space_release(dir) ? 7 : 0;
}

static void
test_space__gives_the_ballast_back_on_a_full_disk(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) != 0 ||
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
			_exit(102);
		_exit(check_full_disk());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_space__cannot_measure_a_missing_place(void **state)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	assert_int_equal(pq_space_reserve("/nonexistent", &err), -PQ_ESYS);
	assert_true(pq_space_at("/nonexistent") == UINT64_MAX);
	assert_false(pq_space_release("/nonexistent"));
	assert_true(pq_space_at(temporary_dir()) < UINT64_MAX);
}

static int
set_up(void **state)
{
	int r = make_temporary(state);

	(void)temporary_path(ballast, "ballast");
	(void)temporary_path(filler, "filler");
	return r;
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_space__##name, set_up, remove_temporary)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(makes_a_ballast_without_holes_once),
		TEST(replaces_a_false_ballast),
		TEST(gives_the_ballast_back_on_a_full_disk),
		TEST(cannot_measure_a_missing_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
