/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_SUPERVISOR_LINES_H
#define AGENT_SUPERVISOR_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include <pratique/bytes.h>

/*
 * The bytes that a role writes to its output, as lines of limited length and
 * rate. The role may be in the hands of an attacker.
 */
#define LINES_TEXT 1024  /* bytes of a line; the rest of the line is cut */
#define LINES_BURST 1000 /* lines at once, then LINES_PER_S */
#define LINES_PER_S 20
#define LINES_MARK "[cut]"
/* longest output of lines_print(), with its NUL; at most PIPE_BUF */
#define LINES_PRINTED 4096

struct lines {
	uint8_t text[LINES_TEXT]; /* the line without its end */
	size_t n;
	bool cut;         /* the line has more bytes than @text */
	int64_t spent_ms; /* the rate: LINES_BURST lines have been printed */
	uint64_t dropped; /* lines over the rate; its reader clears it */
};

/* Receive one line. @line is borrowed for the call. */
typedef void lines_fn(void *ctx, struct pq_slice line, bool cut);

/*
 * lines_add() - pass on each line that ends in @bytes, and keep the rest
 * @now_ms: a clock that never goes back
 * @to:     called for each line within the rate; the other lines are counted
 */
void lines_add(struct lines *l, struct pq_slice bytes, int64_t now_ms,
    lines_fn *to, void *ctx);
/* Pass on the rest as a line, because its writer has ended. */
void lines_end(struct lines *l, int64_t now_ms, lines_fn *to, void *ctx);

/*
 * lines_print() - write one line of the log, with a newline
 * Control characters and bytes that are not UTF-8 become \xNN.
 * @dst:      NUL-terminated
 * @priority: of sd-daemon(3), as in <6>; negative writes none
 * @who:      the name in front of the line, or NULL
 * Return: the length of @dst
 */
size_t lines_print(char dst[LINES_PRINTED], int priority, const char *who,
    struct pq_slice line, bool cut);

#endif
