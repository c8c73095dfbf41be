/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read the pipes of the roles into the log.
 *
 * A role has O_NONBLOCK on its end: if the pipe is full, the role loses a line
 * and does not wait. The role can clear this flag, and then only waits itself.
 * One turn reads a limited number of bytes from each role, so a role with much
 * output delays the others only a little.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "ipc/roles.h"
#include "role/instant.h"
#include "supervisor/supervisor.h"

#define CHUNK 4096
#define READS_PER_TURN 16
#define READS_AT_END 64 /* four times the size of a pipe */
#define REPORT_MS 1000

int
output_open(struct role *r)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) != 0)
		return -1;
	r->output = pair[0];
	r->lines = (struct lines){ .spent_ms = r->lines.spent_ms,
		.dropped = r->lines.dropped };
	return pair[1];
}

static void
print_line(void *ctx, struct pq_slice line, bool cut)
{
	const struct role *r = ctx;

	log_line(LOG_NOTE, pq_role_name(r->role), line, cut);
}

/* The count stays if the log does not take it. */
static void
report_dropped(struct role *r)
{
	r->reported_ms = pq_instant_monotonic_ms();
	if (r->lines.dropped != 0 &&
	    log_dropped(pq_role_name(r->role), r->lines.dropped))
		r->lines.dropped = 0;
}

/* Return: false at the end of the output */
static bool
read_output(struct role *r, int reads)
{
	int64_t now = pq_instant_monotonic_ms();
	uint8_t chunk[CHUNK];
	ssize_t n = 1;

	while (reads-- > 0 && n > 0) {
		n = read(r->output, chunk, sizeof(chunk));
		if (n > 0)
			lines_add(&r->lines, pq_slice(chunk, (size_t)n), now,
			    print_line, r);
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void
discard_output(struct role *r)
{
	lines_end(&r->lines, pq_instant_monotonic_ms(), print_line, r);
	report_dropped(r);
	(void)close(r->output);
	r->output = -1;
}

void
output_close(struct role *r)
{
	if (r->output < 0)
		return;
	(void)read_output(r, READS_AT_END);
	discard_output(r);
}

/* Report dropped lines at most once in REPORT_MS for each role. */
static void
report_all(struct role *roles)
{
	int64_t now = pq_instant_monotonic_ms();
	size_t i;

	for (i = 0; i < SUPERVISOR_ROLES; i++)
		if (roles[i].lines.dropped != 0 &&
		    now - roles[i].reported_ms >= REPORT_MS)
			report_dropped(&roles[i]);
	(void)log_lost();
}

/*
 * Let the waiting signals arrive. ppoll(2) delivers none if a pipe is readable,
 * so a role that always writes could keep pratiqued from ending.
 */
static void
take_signals(const sigset_t *open)
{
	sigset_t before;

	(void)sigprocmask(SIG_SETMASK, open, &before);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}

void
output_wait(struct role *roles, int64_t ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	struct pollfd p[SUPERVISOR_ROLES];
	sigset_t none;
	size_t i;

	for (i = 0; i < SUPERVISOR_ROLES; i++)
		p[i] = (struct pollfd){ roles[i].output, POLLIN, 0 };
	(void)sigemptyset(&none);
	/* supervise() blocks the signals, so that none arrives too early */
	if (ppoll(p, SUPERVISOR_ROLES, &t, &none) < 0)
		return;
	take_signals(&none);
	for (i = 0; i < SUPERVISOR_ROLES; i++)
		if (p[i].revents != 0 &&
		    !read_output(&roles[i], READS_PER_TURN))
			discard_output(&roles[i]);
	report_all(roles);
}
