/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique-intake: the only process that is reachable from the Internet.
 *
 * It holds no secrets, opens no files and opens no connections. It inherits
 * the listening socket and connects to the warden before it confines itself.
 * It parses only HTTP. An attacker who takes over this process can drop or
 * delay callbacks, but cannot forge them.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "confine/confine.h"
#include "intake/intake.h"
#include "role/role.h"

#define ROLE PQ_ROLE_INTAKE
#define LISTEN_FD 3

static void
on_term(int sig)
{
	(void)sig;
	intake_stop = 1;
}

static int
connect_warden(struct intake *in, const char *run, struct pq_err *err)
{
	int r = pq_role_connect(&in->channel, ROLE, run, err);

	if (r == 0 && fcntl(in->channel.fd, F_SETFL, O_NONBLOCK) != 0)
		r = pq_err_set(err, PQ_ESYS, "fcntl: %s", strerror(errno));
	in->up = r == 0;
	return r;
}

static int
start_role(struct intake *in, const char *run, struct pq_err *err)
{
	char report[128];
	int r = connect_warden(in, run, err);

	if (r == 0 && fcntl(LISTEN_FD, F_SETFL, O_NONBLOCK) != 0)
		r = pq_err_set(err, PQ_ESYS,
		    "file descriptor %d is not open: expected the listening "
		    "socket from pratiqued or systemd",
		    LISTEN_FD);
	if (r == 0)
		r = intake_serve(in, LISTEN_FD, err);
	if (r == 0)
		r = pq_confine_enter(PQ_JAIL_INTAKE, NULL, report, err);
	if (r == 0)
		pq_role_log("ready %s", report);
	return r;
}

int
main(int argc, char **argv)
{
	struct sigaction term = { .sa_handler = on_term };
	struct intake in = { .channel = { .fd = -1 } };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_role_options o; /* intake ignores --config */
	int r;

	if (pq_role_options(&o, ROLE, argc, argv) != 0)
		return 2;
	/* the kernel gets the memory of each large body back at once */
	(void)mallopt(M_MMAP_THRESHOLD, 65536);
	(void)sigaction(SIGTERM, &term, NULL);
	(void)sigaction(SIGINT, &term, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	r = start_role(&in, o.run, &err);
	if (r == 0)
		r = intake_loop(&in, &err);
	pq_channel_close(&in.channel);
	pq_role_log("stopped reason=\"%s\"", r == 0 ? "signal" : err.text);
	return r == 0 ? 0 : 1;
}
