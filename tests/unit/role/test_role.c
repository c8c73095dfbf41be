/* SPDX-License-Identifier: Apache-2.0 */
/* The log of a role, whose reader may be slow. */
#include "../cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "role/role.h"

static int saved, pair[2];

static int
take_stderr(void **state)
{
	(void)state;
	saved = dup(STDERR_FILENO);
	return saved >= 0 && pipe2(pair, O_NONBLOCK) == 0 &&
		dup2(pair[1], STDERR_FILENO) >= 0
	    ? 0
	    : -1;
}

static int
give_stderr(void **state)
{
	(void)state;
	(void)close(pair[0]);
	(void)close(pair[1]);
	return dup2(saved, STDERR_FILENO) >= 0 && close(saved) == 0 ? 0 : -1;
}

/* Read all bytes of the pipe; write the first @size - 1 to @dst. */
static size_t
read_pipe(char *dst, size_t size)
{
	char chunk[4096];
	size_t n = 0;
	ssize_t k;

	while ((k = read(pair[0], chunk, sizeof(chunk))) > 0) {
		size_t part = (size_t)k;

		if (part > size - 1 - n)
			part = size - 1 - n;
		memcpy(dst + n, chunk, part);
		n += part;
	}
	dst[n] = '\0';
	return n;
}

static void
test_role_log__writes_one_line_without_a_name(void **state)
{
	char text[64];

	(void)state;
	pq_role_log("ready %d", 1);
	(void)read_pipe(text, sizeof(text));
	assert_string_equal(text, "ready 1\n");
}

static void
test_role_log__cuts_a_long_line_at_1_kib(void **state)
{
	static char text[4096], words[2000];

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	pq_role_log("%s", words);
	assert_int_equal(read_pipe(text, sizeof(text)), 1024);
	assert_int_equal(text[1023], '\n');
}

/* The pipe is full, so a role that waited would never return. */
static void
test_role_log__drops_and_counts_lines_instead_of_waiting(void **state)
{
	static const char fill[4096];
	char text[64];

	(void)state;
	while (write(pair[1], fill, sizeof(fill)) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	pq_role_log("first");
	pq_role_log("second");
	(void)read_pipe(text, sizeof(text));
	pq_role_log("third");
	pq_role_log("fourth");
	(void)read_pipe(text, sizeof(text));
	assert_string_equal(text, "dropped=2 third\nfourth\n");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_role_log__##name, take_stderr, give_stderr)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writes_one_line_without_a_name),
		TEST(cuts_a_long_line_at_1_kib),
		TEST(drops_and_counts_lines_instead_of_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
