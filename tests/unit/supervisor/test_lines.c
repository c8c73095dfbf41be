/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a role in the log. The writer may be an attacker. */
#include "../cmocka_all.h"

#include <string.h>

#include "supervisor/lines.h"

struct seen {
	size_t n;
	size_t cut;
	char last[LINES_TEXT + 1];
};

static void
keep_line(void *ctx, struct pq_slice line, bool cut)
{
	struct seen *s = ctx;

	s->n++;
	s->cut += cut ? 1 : 0;
	assert_true(line.n <= LINES_TEXT);
	memcpy(s->last, line.p, line.n);
	s->last[line.n] = '\0';
}

static void
test_lines__joins_the_parts_of_a_line(void **state)
{
	struct lines l = { 0 };
	struct seen s = { 0 };

	(void)state;
	lines_add(&l, pq_slice_str("fir"), 0, keep_line, &s);
	assert_int_equal(s.n, 0);
	lines_add(&l, pq_slice_str("st\nsecond\nthi"), 0, keep_line, &s);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.last, "second");
	lines_end(&l, 0, keep_line, &s);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.last, "thi");
	lines_end(&l, 0, keep_line, &s);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.cut, 0);
}

static void
test_lines__cuts_a_long_line_and_keeps_the_next(void **state)
{
	uint8_t bytes[LINES_TEXT + 1];
	struct lines l = { 0 };
	struct seen s = { 0 };
	int i;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	lines_add(&l, pq_slice(bytes, LINES_TEXT), 0, keep_line, &s);
	lines_add(&l, pq_slice_str("\n"), 0, keep_line, &s);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.cut, 0);
	for (i = 0; i < 100; i++)
		lines_add(&l, pq_slice(bytes, sizeof(bytes)), 0, keep_line, &s);
	assert_int_equal(s.n, 1);
	lines_add(&l, pq_slice_str("\nnext\n"), 0, keep_line, &s);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.cut, 1);
	assert_string_equal(s.last, "next");
}

static void
test_lines__drops_and_counts_the_lines_over_the_rate(void **state)
{
	struct lines l = { 0 };
	struct seen s = { 0 };
	int i;

	(void)state;
	for (i = 0; i < LINES_BURST + 50; i++)
		lines_add(&l, pq_slice_str("x\n"), 1000, keep_line, &s);
	assert_int_equal(s.n, LINES_BURST);
	assert_int_equal(l.dropped, 50);
	/* a second later the rate has LINES_PER_S lines more */
	for (i = 0; i < 2 * LINES_PER_S; i++)
		lines_add(&l, pq_slice_str("x\n"), 2000, keep_line, &s);
	assert_int_equal(s.n, LINES_BURST + LINES_PER_S);
	assert_int_equal(l.dropped, 50 + LINES_PER_S);
	/* a long pause gives one burst, and not more */
	for (i = 0; i < 2 * LINES_BURST; i++)
		lines_add(&l, pq_slice_str("x\n"), 1 << 30, keep_line, &s);
	assert_int_equal(s.n, 2 * LINES_BURST + LINES_PER_S);
}

static void
test_lines__print_puts_priority_and_name_in_front(void **state)
{
	char text[LINES_PRINTED];

	(void)state;
	assert_int_equal(
	    lines_print(text, 6, "intake", pq_slice_str("ready"), false), 17);
	assert_string_equal(text, "<6>intake: ready\n");
	(void)lines_print(text, -1, "intake", pq_slice_str("ready"), true);
	assert_string_equal(text, "intake: ready[cut]\n");
	(void)lines_print(text, 3, NULL, pq_slice_str("f:1: error"), false);
	assert_string_equal(text, "<3>f:1: error\n");
}

static void
test_lines__print_escapes_control_characters(void **state)
{
	static const char bytes[] = "a\r\x1b[2J\n\0\xff<0>";
	char text[LINES_PRINTED];

	(void)state;
	(void)lines_print(
	    text, 6, "fetch", pq_slice(bytes, sizeof(bytes) - 1), false);
	assert_string_equal(
	    text, "<6>fetch: a\\x0d\\x1b[2J\\x0a\\x00\\xff<0>\n");
}

/* Each byte of the longest line can become four. */
static void
test_lines__print_cuts_a_line_that_escapes_make_too_long(void **state)
{
	char text[LINES_PRINTED];
	uint8_t bytes[LINES_TEXT];
	size_t n;

	(void)state;
	memset(bytes, 0x1b, sizeof(bytes));
	n = lines_print(
	    text, 6, "supervisor", pq_slice(bytes, sizeof(bytes)), false);
	assert_int_equal(n, strlen(text));
	assert_in_range(n, LINES_PRINTED - 8, LINES_PRINTED - 1);
	assert_string_equal(text + n - 10, "\\x1b[cut]\n");
	/* 900 of them fit */
	n = lines_print(text, 6, "supervisor", pq_slice(bytes, 900), false);
	assert_string_equal(text + n - 5, "\\x1b\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines__joins_the_parts_of_a_line),
		cmocka_unit_test(
		    test_lines__cuts_a_long_line_and_keeps_the_next),
		cmocka_unit_test(
		    test_lines__drops_and_counts_the_lines_over_the_rate),
		cmocka_unit_test(
		    test_lines__print_puts_priority_and_name_in_front),
		cmocka_unit_test(test_lines__print_escapes_control_characters),
		cmocka_unit_test(
		    test_lines__print_cuts_a_line_that_escapes_make_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
