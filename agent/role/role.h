/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ROLE_ROLE_H
#define AGENT_ROLE_ROLE_H

#include <stdbool.h>

#include "ipc/channel.h"

/* The steps that every role takes before it confines itself. */

struct pq_role_options {
	const char *config; /* directory */
	const char *run;    /* directory of the warden's sockets */
	const char *state;  /* directory; NULL for roles without state */
};

/*
 * pq_role_options() - parse --config DIR, --run DIR, and for a role with state
 *                     --state DIR
 * Call it first: it also opens missing standard descriptors and sets the
 * process name. --help prints the usage and exits.
 * It refuses a regular file as standard output or error: code in the role
 * could overwrite logged lines of such a file.
 * Return: 0; -PQ_ECONFIG wrong usage or such a file, which was written to
 *         standard error; -PQ_ESYS
 */
int pq_role_options(
    struct pq_role_options *ret, enum pq_role role, int argc, char **argv);

/*
 * Write one line to standard error; cut at 1 KiB. The reader of the log adds
 * the name of the role. This function never waits: if standard error is full,
 * it drops the line, and its next line begins with the number of dropped lines.
 */
void pq_role_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * pq_role_connect() - connect to the warden
 * Tries for ten seconds, because the warden may start later.
 * Return: 0; the fault of the last try
 */
int pq_role_connect(struct pq_channel *ret, enum pq_role role, const char *run,
    struct pq_err *err);

#endif
