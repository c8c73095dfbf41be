/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Divide the output of a role into lines of the log. The rate is a bucket: each
 * line takes the time that LINES_PER_S gives to it, and at most LINES_BURST
 * lines of time may be missing.
 */
#include "supervisor/lines.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

#define LINE_MS (1000 / LINES_PER_S)

_Static_assert(LINES_PRINTED <= PIPE_BUF, "a line must fit into a pipe");

/* Take the time of one line; false if the rate has none left. */
static bool
take_time(struct lines *l, int64_t now_ms)
{
	int64_t from = l->spent_ms < now_ms ? now_ms : l->spent_ms;

	if (from - now_ms > (int64_t)(LINES_BURST - 1) * LINE_MS)
		return false;
	l->spent_ms = from + LINE_MS;
	return true;
}

static void
finish_line(struct lines *l, int64_t now_ms, lines_fn *to, void *ctx)
{
	if (take_time(l, now_ms))
		to(ctx, pq_slice(l->text, l->n), l->cut);
	else
		l->dropped++;
	l->n = 0;
	l->cut = false;
}

static void
keep_bytes(struct lines *l, const uint8_t *p, size_t n)
{
	size_t room = sizeof(l->text) - l->n;

	if (n > room) {
		l->cut = true;
		n = room;
	}
	if (n != 0)
		memcpy(l->text + l->n, p, n);
	l->n += n;
}

void
lines_add(struct lines *l, struct pq_slice bytes, int64_t now_ms, lines_fn *to,
    void *ctx)
{
	size_t at = 0;

	while (at < bytes.n) {
		const uint8_t *p = bytes.p + at;
		const uint8_t *end = memchr(p, '\n', bytes.n - at);
		size_t n = end == NULL ? bytes.n - at : (size_t)(end - p);

		keep_bytes(l, p, n);
		if (end == NULL)
			return;
		finish_line(l, now_ms, to, ctx);
		at += n + 1;
	}
}

void
lines_end(struct lines *l, int64_t now_ms, lines_fn *to, void *ctx)
{
	if (l->n != 0)
		finish_line(l, now_ms, to, ctx);
}

size_t
lines_print(char dst[LINES_PRINTED], int priority, const char *who,
    struct pq_slice line, bool cut)
{
	char start[8] = "", text[4 * LINES_TEXT + 1];
	size_t n, room;

	if (priority >= 0)
		(void)snprintf(start, sizeof(start), "<%d>", priority & 7);
	n = (size_t)snprintf(dst, LINES_PRINTED / 2, "%s%s%s", start,
	    who == NULL ? "" : who, who == NULL ? "" : ": ");
	room = LINES_PRINTED - n - sizeof(LINES_MARK "\n");
	pq_text_utf8(text, sizeof(text), line);
	if (strlen(text) >= room)
		cut = true;
	/* again, because only this function cuts between two characters */
	pq_text_utf8(dst + n, room, line);
	n = strlen(dst);
	(void)snprintf(
	    dst + n, LINES_PRINTED - n, "%s\n", cut ? LINES_MARK : "");
	return strlen(dst);
}
