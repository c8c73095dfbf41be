/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFINE_CONFINE_H
#define AGENT_CONFINE_CONFINE_H

#include <pratique/err.h>

#include "ipc/channel.h"

enum pq_jail {
	PQ_JAIL_NONE = 0,
	PQ_JAIL_INTAKE,
	PQ_JAIL_WARDEN,
	PQ_JAIL_FETCH,       /* the broker that passes errands to children */
	PQ_JAIL_FETCH_CHILD, /* the child that speaks to one origin */
	PQ_JAIL_FETCH_CONNECTOR, /* connects for this child */
	PQ_JAIL_FETCH_PACKS,     /* forks a reader for each pack */
	PQ_JAIL_FETCH_PACK,      /* reads one pack */
	PQ_JAIL_VERIFY,          /* the parent that forks the jobs */
	PQ_JAIL_VERIFY_CHILD,
	PQ_JAIL_DEPLOY,
};

/* The paths and ports that the role needs after its confinement. */
struct pq_jail_paths {
	/* directory in which the role may read, write and create; or NULL */
	const char *state_dir;
	/* files and directories to read, with NULL at the end; or NULL */
	const char *const *read;
	/* TCP ports to connect to, with 0 at the end; or NULL */
	const uint16_t *tcp;
};

/*
 * pq_confine_enter() - confine this process, and test the confinement
 * Steps: no-new-privileges, no core dumps, rlimits, Landlock (the rights that
 * the kernel supports), seccomp, self-test. The self-test tries each act that
 * the jail forbids; if one succeeds, the self-test fails. Call this function
 * once, while the process has one thread, before it reads untrusted bytes.
 * @report: NULL, or receives e.g. "landlock=7 seccomp=yes selftest=14/14";
 *          landlock=none means that this kernel has no Landlock
 * Return:  0; -PQ_EPERM the self-test failed; another fault
 */
int pq_confine_enter(enum pq_jail jail, const struct pq_jail_paths *paths,
    char report[128], struct pq_err *err);

/*
 * pq_confine_prepare() - build the filter of a jail for later children
 * Call it before the parent confines itself. In each child,
 * pq_confine_enter() of that jail then loads the prepared filter and does not
 * build it again. The child still runs the whole self-test.
 */
int pq_confine_prepare(enum pq_jail jail, struct pq_err *err);

#endif
