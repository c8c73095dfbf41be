/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Make untrusted bytes safe for a log, a terminal and a message. All output
 * code uses these functions, so that no output contains a control character.
 */
#include <pratique/text.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Append one byte, unchanged or as \xNN. Return false if it does not fit. */
static bool
put_byte(char *dst, size_t size, size_t *n, uint8_t c)
{
	static const char digits[] = "0123456789abcdef";

	if (c >= ' ' && c <= '~') {
		if (*n + 1 >= size)
			return false;
		dst[(*n)++] = (char)c;
		return true;
	}
	if (*n + 4 >= size)
		return false;
	dst[(*n)++] = '\\';
	dst[(*n)++] = 'x';
	dst[(*n)++] = digits[c >> 4];
	dst[(*n)++] = digits[c & 15];
	return true;
}

void
pq_text_escape(char *dst, size_t size, struct pq_slice s)
{
	size_t i, n = 0;

	if (size == 0)
		return;
	for (i = 0; i < s.n; i++)
		if (!put_byte(dst, size, &n, s.p[i]))
			break;
	dst[n] = '\0';
}

/*
 * Return true for U+2028 to U+202E and U+2066 to U+2069. These are line
 * separators, and characters that change the direction of text. An attacker
 * could use them to reorder a line on the screen.
 */
static bool
is_layout_control(const uint8_t *p)
{
	return p[0] == 0xe2 &&
	    ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
		(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

void
pq_text_utf8(char *dst, size_t size, struct pq_slice s)
{
	size_t i, n = 0, len;

	if (size == 0)
		return;
	for (i = 0; i < s.n; i += len) {
		len = pq_utf8_char(pq_slice(s.p + i, s.n - i));
		if (len < 2 || (len == 3 && is_layout_control(s.p + i))) {
			len = 1;
			if (!put_byte(dst, size, &n, s.p[i]))
				break;
			continue;
		}
		if (n + len >= size)
			break;
		memcpy(dst + n, s.p + i, len);
		n += len;
	}
	dst[n] = '\0';
}

void
pq_text_duration(char dst[PQ_DURATION_MAX], int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char name;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i;

	if (seconds < 0)
		seconds = 0;
	for (i = 0; i + 1 < sizeof(units) / sizeof(units[0]); i++)
		if (seconds >= units[i].seconds) {
			(void)snprintf(dst, PQ_DURATION_MAX,
			    "%" PRId64 "%c%" PRId64 "%c",
			    seconds / units[i].seconds, units[i].name,
			    seconds % units[i].seconds / units[i + 1].seconds,
			    units[i + 1].name);
			return;
		}
	(void)snprintf(dst, PQ_DURATION_MAX, "%" PRId64 "s", seconds);
}
