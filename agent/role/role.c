/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of a role, its process name, its log and its connection to
 * the warden. They are the same for all roles, so that the supervisor starts
 * each role in the same way.
 */
#include "role/role.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ipc/standard.h"

#define CONNECT_TRIES 100 /* a tenth of a second apart */
#define LINE 1024         /* longest line of the log */

static void
usage(FILE *to, enum pq_role role)
{
	(void)fprintf(to, "usage: pratique-%s --config DIR --run DIR%s\n",
	    pq_role_name(role), pq_role_row(role)->state ? " --state DIR" : "");
}

static int
wrong_usage(enum pq_role role)
{
	usage(stderr, role);
	return -PQ_ECONFIG;
}

/*
 * Set the process name. A program that is executed through a file descriptor
 * otherwise gets the descriptor's number as its name.
 */
static void
set_process_name(enum pq_role role)
{
	char name[16]; /* TASK_COMM_LEN */

	(void)snprintf(name, sizeof(name), "pratique-%s", pq_role_name(role));
	(void)prctl(PR_SET_NAME, name);
}

/*
 * Code in the role can move a file's position and clear O_APPEND, so it could
 * overwrite lines that any role has logged. A pipe or a socket has no position.
 */
static int
check_output(int fd, const char *name)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	(void)fprintf(stderr,
	    "%s is a regular file, which this role could overwrite: use a "
	    "pipe or a socket\n",
	    name);
	return -PQ_ECONFIG;
}

int
pq_role_options(
    struct pq_role_options *ret, enum pq_role role, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "run", required_argument, NULL, 'r' },
		{ "state", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const bool stateful = pq_role_row(role)->state;
	struct pq_role_options o = { NULL, NULL, NULL };
	int c = pq_standard_open();

	if (c != 0)
		return c;
	set_process_name(role);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout, role);
			exit(EXIT_SUCCESS);
		}
		if (c == 'c')
			o.config = optarg;
		else if (c == 'r')
			o.run = optarg;
		else if (c == 's' && stateful)
			o.state = optarg;
		else
			return wrong_usage(role);
	}
	if (optind != argc || o.config == NULL || o.run == NULL ||
	    (stateful && o.state == NULL))
		return wrong_usage(role);
	if (check_output(STDOUT_FILENO, "standard output") != 0 ||
	    check_output(STDERR_FILENO, "standard error") != 0)
		return -PQ_ECONFIG;
	*ret = o;
	return 0;
}

void
pq_role_log(const char *fmt, ...)
{
	static unsigned dropped;
	char line[LINE + 1] = "";
	size_t n = 0;
	va_list ap;

	if (dropped != 0)
		n = (size_t)snprintf(line, LINE, "dropped=%u ", dropped);
	va_start(ap, fmt);
	(void)vsnprintf(line + n, LINE - n, fmt, ap);
	va_end(ap);
	n = strlen(line);
	line[n++] = '\n';
	/* a pipe takes the whole line or no byte of it */
	if (write(STDERR_FILENO, line, n) == (ssize_t)n)
		dropped = 0;
	else
		dropped++;
}

int
pq_role_connect(struct pq_channel *ret, enum pq_role role, const char *run,
    struct pq_err *err)
{
	const struct timespec pause = { 0, 100000000 };
	int i, r = -PQ_EINTERNAL;

	for (i = 0; i < CONNECT_TRIES; i++) {
		r = pq_channel_connect(ret, run, role, 0, err);
		if (r == 0)
			return 0;
		(void)nanosleep(&pause, NULL);
	}
	return r;
}
