/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <pratique/text.h>

static void
test_text__utf8_escapes_control_characters(void **state)
{
	static const struct {
		const char *raw, *shown;
	} texts[] = {
		{ "", "" },
		{ "plain \\x41", "plain \\x41" },
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2",
		    "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2" },
		{ "\033[2J\r\n\x7f", "\\x1b[2J\\x0d\\x0a\\x7f" },
		{ "\xc2\x9b"
		  "2J",
		    "\\xc2\\x9b2J" },                  /* C1: CSI */
		{ "\xe2\x80\xae", "\\xe2\\x80\\xae" }, /* U+202E */
		{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6" }, /* U+2066 */
		{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8" }, /* U+2028 */
		{ "\xe2\x80\xaf\xe2\x81\xaa",
		    "\xe2\x80\xaf\xe2\x81\xaa" },      /* their neighbours */
		{ "\xc0\xaf", "\\xc0\\xaf" },          /* overlong */
		{ "\xe0\x82\xa9", "\\xe0\\x82\\xa9" }, /* overlong */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* a surrogate */
		{ "\xf4\x90\x80\x80",
		    "\\xf4\\x90\\x80\\x80" }, /* above U+10FFFF */
		{ "a\xc3", "a\\xc3" },        /* cut */
		{ "\xe2\x82", "\\xe2\\x82" },
		{ "\xff\xc3\xa9", "\\xff\xc3\xa9" },
	};
	char shown[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		pq_text_utf8(shown, sizeof(shown), pq_slice_str(texts[i].raw));
		assert_string_equal(shown, texts[i].shown);
	}
}

static void
test_text__utf8_keeps_characters_whole(void **state)
{
	static const char *const cut[] = { "", "", "a", "a", "a",
		"a\xe2\x82\xac",
		"a\xe2\x82\xac"
		"b" };
	char shown[8];
	size_t size;

	(void)state;
	for (size = 1; size <= 6; size++) {
		pq_text_utf8(shown, size,
		    PQ_SLICE_LIT("a\xe2\x82\xac"
				 "b"));
		assert_string_equal(shown, cut[size]);
	}
	pq_text_utf8(shown, 5, PQ_SLICE_LIT("a\033"));
	assert_string_equal(shown, "a");
}

static void
test_text__writes_the_two_largest_units_of_a_duration(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = { { 0, "0s" }, { 59, "59s" }, { 60, "1m0s" },
		{ 620, "10m20s" }, { 3599, "59m59s" }, { 3600, "1h0m" },
		{ 86399, "23h59m" }, { 86400, "1d0h" }, { 273600, "3d4h" },
		{ -1, "0s" }, { INT64_MIN, "0s" },
		{ INT64_MAX, "106751991167300d15h" } };
	char text[PQ_DURATION_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pq_text_duration(text, rows[i].seconds);
		assert_string_equal(text, rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text__utf8_escapes_control_characters),
		cmocka_unit_test(test_text__utf8_keeps_characters_whole),
		cmocka_unit_test(
		    test_text__writes_the_two_largest_units_of_a_duration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
