/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard error of pratiqued, which only pratiqued has. Each line is at most
 * PIPE_BUF bytes long, so a pipe that is writable takes it whole.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/supervisor.h"

static uint64_t lost; /* lines that standard error did not take */
static bool torn;     /* the last line has no end */

/*
 * Return a descriptor of standard error that does not wait. poll(2) is not
 * enough: a terminal is writable if it takes one byte, and another writer can
 * fill a pipe after the poll. Other programs use the same open file, so its
 * flags must stay. A second open of a regular file would have its own position.
 */
static int
find_output(void)
{
	static int output = -1;
	struct stat st;

	if (output >= 0)
		return output;
	if (fstat(STDERR_FILENO, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		output = open("/proc/self/fd/2",
		    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (output < 0)
		output = STDERR_FILENO;
	return output;
}

static bool
write_text(int fd, const char *text, size_t n)
{
	ssize_t done = write(fd, text, n);

	/* a part of a line must not become the start of the next line */
	if (done > 0)
		torn = text[done - 1] != '\n';
	return done == (ssize_t)n;
}

static bool
put_line(int priority, const char *who, struct pq_slice line, bool cut)
{
	struct pollfd p = { .fd = find_output(), .events = POLLOUT };
	char text[LINES_PRINTED];
	size_t n;

	if (poll(&p, 1, 0) != 1 || p.revents != POLLOUT)
		return false;
	if (torn && !write_text(p.fd, "\n", 1))
		return false;
	n = lines_print(
	    text, isatty(p.fd) == 1 ? -1 : priority, who, line, cut);
	return write_text(p.fd, text, n);
}

/* Write the number of lines that @who did not get into the log. */
static bool
put_dropped(const char *who, uint64_t n)
{
	char text[80];

	(void)snprintf(text, sizeof(text),
	    "event=lines-dropped role=%s lines=%llu", who,
	    (unsigned long long)n);
	return put_line(LOG_WARN, "supervisor", pq_slice_str(text), false);
}

bool
log_lost(void)
{
	if (lost != 0 && put_dropped("supervisor", lost))
		lost = 0;
	return lost == 0;
}

bool
log_dropped(const char *who, uint64_t n)
{
	return log_lost() && put_dropped(who, n);
}

void
log_line(int priority, const char *who, struct pq_slice line, bool cut)
{
	/* the lines after a dropped one wait for the count of dropped lines */
	if (!log_lost() || !put_line(priority, who, line, cut))
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
