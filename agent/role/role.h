/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ROLE_ROLE_H
#define AGENT_ROLE_ROLE_H

#include <stdbool.h>

#include "ipc/channel.h"

/* What every role does alike before it confines itself. */

struct pq_role_options {
	const char *config; /* directory */
	const char *run;    /* directory of the warden's sockets */
	const char *state;  /* directory; NULL for roles that keep nothing */
};

/*
 * pq_role_options() - --config DIR --run DIR, and --state DIR of a role that
 * keeps one
 * --help ends the program with its usage; anything else is wrong.
 * The first thing that a role does: after it standard descriptors are there,
 * and the process has the name of the program.
 * Return: 0; -PQ_ECONFIG after the usage went to standard error; -PQ_ESYS
 */
int pq_role_options(
    struct pq_role_options *ret, enum pq_role role, int argc, char **argv);

/* One line "ROLE: ..." for the journal; cut at 1 KiB. */
void pq_role_log(enum pq_role role, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * pq_role_connect() - to the warden, which may come up after us: tried for
 * ten seconds
 */
int pq_role_connect(struct pq_channel *ret, enum pq_role role, const char *run,
    struct pq_err *err);

#endif
