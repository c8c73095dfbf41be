/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard error of pratiqued, which only pratiqued has. Each line is at most
 * PIPE_BUF bytes long, so a pipe that is writable takes it whole.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/supervisor.h"

static uint64_t lost; /* lines that standard error did not take */

static bool
put_line(int priority, const char *who, struct pq_slice line, bool cut)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	char text[LINES_PRINTED];
	size_t n;

	if (poll(&p, 1, 0) != 1 || p.revents != POLLOUT)
		return false;
	n = lines_print(
	    text, isatty(STDERR_FILENO) == 1 ? -1 : priority, who, line, cut);
	return write(STDERR_FILENO, text, n) == (ssize_t)n;
}

void
log_lost(void)
{
	char text[80];

	if (lost == 0)
		return;
	(void)snprintf(text, sizeof(text),
	    "event=lines-dropped role=supervisor lines=%llu",
	    (unsigned long long)lost);
	if (put_line(LOG_WARN, "supervisor", pq_slice_str(text), false))
		lost = 0;
}

void
log_line(int priority, const char *who, struct pq_slice line, bool cut)
{
	log_lost();
	/* the lines after a dropped one wait for the count of dropped lines */
	if (lost != 0 || !put_line(priority, who, line, cut))
		lost++;
}

void
log_event(int priority, const char *fmt, ...)
{
	char text[LINES_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_line(priority, "supervisor", pq_slice_str(text), false);
}
