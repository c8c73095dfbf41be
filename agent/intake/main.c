/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique-intake: the only process that the Internet reaches.
 *
 * It holds no secret, opens no file and connects nowhere: the listening
 * socket is handed to it, the connection to the warden is made before it
 * confines itself, and it parses HTTP and nothing else. Taken over, it can
 * drop or delay callbacks; it cannot forge one.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "confine/confine.h"
#include "intake/intake.h"

#define LISTEN_FD 3
#define CONNECT_TRIES 50

static void
on_term(int sig)
{
	(void)sig;
	intake_stop = 1;
}

/* The warden may start after us. */
static int
connect_warden(struct intake *in, const char *run_dir, struct pq_err *err)
{
	const struct timespec pause = { 0, 100000000 };
	int i, r = -PQ_ESYS;

	for (i = 0; i < CONNECT_TRIES && r != 0; i++) {
		if (i != 0)
			(void)nanosleep(&pause, NULL);
		r = pq_channel_connect(
		    &in->channel, run_dir, PQ_ROLE_INTAKE, err);
	}
	if (r == 0 && fcntl(in->channel.fd, F_SETFL, O_NONBLOCK) != 0)
		r = pq_err_set(err, PQ_ESYS, "fcntl: %s", strerror(errno));
	in->up = r == 0;
	return r;
}

static int
start(const char *run_dir, struct pq_err *err)
{
	struct sigaction term = { .sa_handler = on_term };
	struct intake in = { .channel = { .fd = -1 } };
	char report[128];
	int r;

	(void)sigaction(SIGTERM, &term, NULL);
	(void)sigaction(SIGINT, &term, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	r = connect_warden(&in, run_dir, err);
	if (r == 0 && fcntl(LISTEN_FD, F_SETFL, O_NONBLOCK) != 0)
		r = pq_err_set(
		    err, PQ_ESYS, "no listening socket as fd %d", LISTEN_FD);
	if (r == 0)
		r = intake_serve(&in, LISTEN_FD, err);
	if (r == 0)
		r = pq_confine_enter(PQ_JAIL_INTAKE, NULL, report, err);
	if (r != 0)
		return r;
	(void)fprintf(stderr, "intake: event=ready %s\n", report);
	r = intake_loop(&in, err);
	pq_channel_close(&in.channel);
	return r;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "run", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	struct pq_err err = PQ_ERR_INIT;
	const char *run_dir = NULL;
	int o, r;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == 'r')
			run_dir = optarg;
		else if (o != 'c')
			return 2;
	}
	if (run_dir == NULL || optind != argc) {
		(void)fprintf(stderr, "usage: pratique-intake --run DIR\n");
		return 2;
	}
	r = start(run_dir, &err);
	(void)fprintf(stderr, "intake: event=stopped reason=\"%s\"\n",
	    r == 0 ? "asked to" : err.text);
	return r == 0 ? 0 : 1;
}
