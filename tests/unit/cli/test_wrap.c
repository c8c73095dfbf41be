/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "cli/wrap.h"

static void
assert_wrapped(const char *text, size_t width, const char *want)
{
	char buf[256];

	(void)snprintf(buf, sizeof(buf), "%s", text);
	cli_wrap_words(buf, width);
	assert_string_equal(buf, want);
}

static void
test_wrap__breaks_lines_between_words(void **state)
{
	(void)state;
	assert_wrapped("", 5, "");
	assert_wrapped("abcde", 5, "abcde");
	assert_wrapped("ab cd", 5, "ab cd");
	assert_wrapped("ab cde", 5, "ab\ncde");
	assert_wrapped("ab cde fg", 5, "ab\ncde\nfg");
	assert_wrapped("ab cd ef gh", 5, "ab cd\nef gh");
	assert_wrapped("abcde fg", 5, "abcde\nfg");
}

static void
test_wrap__keeps_a_long_word_whole(void **state)
{
	(void)state;
	assert_wrapped("abcdefgh", 5, "abcdefgh");
	assert_wrapped("ab cdefghij kl", 5, "ab\ncdefghij\nkl");
	assert_wrapped("abcdefgh ij kl", 5, "abcdefgh\nij kl");
}

static void
test_wrap__counts_code_points(void **state)
{
	(void)state;
	assert_int_equal(cli_columns("g\xc3\xa9"
				     "l\xc3\xa9 \xe5\x87\x8d"),
	    6);
	assert_wrapped("\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9 x", 5,
	    "\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9\nx");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrap__breaks_lines_between_words),
		cmocka_unit_test(test_wrap__keeps_a_long_word_whole),
		cmocka_unit_test(test_wrap__counts_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
