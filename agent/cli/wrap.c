/* SPDX-License-Identifier: Apache-2.0 */
/* Break text into lines, only at the blanks between words. */
#include "cli/wrap.h"

#include <stdbool.h>

/* Does a code point begin at this byte? RFC 3629 section 3 */
static bool
begins_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

size_t
cli_columns(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		if (begins_character(*text))
			n++;
	return n;
}

void
cli_wrap_words(char *text, size_t width)
{
	char *blank = NULL; /* the last blank on this line */
	size_t column = 0, behind = 0;

	for (; *text != '\0'; text++) {
		if (!begins_character(*text))
			continue;
		column++;
		behind++;
		if (*text == ' ' && column <= width + 1) {
			blank = text;
			behind = 0;
		}
		if (column > width && blank != NULL) {
			*blank = '\n';
			blank = NULL;
			column = behind;
		} else if (*text == ' ' && column > width) {
			*text = '\n';
			column = behind = 0;
		}
	}
}
