/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFINE_CONFINE_H
#define AGENT_CONFINE_CONFINE_H

#include <pratique/err.h>

#include "ipc/channel.h"

enum pq_jail {
	PQ_JAIL_NONE = 0,
	PQ_JAIL_INTAKE,
	PQ_JAIL_WARDEN,
	PQ_JAIL_FETCH,       /* the broker that hands errands to children */
	PQ_JAIL_FETCH_CHILD, /* one origin */
	PQ_JAIL_VERIFY,      /* the parent that forks the jobs */
	PQ_JAIL_VERIFY_CHILD,
	PQ_JAIL_DEPLOY,
};

/* Paths the role needs after it confined itself; NULL where none. */
struct pq_jail_paths {
	const char *state_dir;   /* read, write, create: warden and deploy */
	const char *const *read; /* NULL-terminated files/dirs to read */
};

/*
 * pq_confine_enter() - no-new-privileges, no dumps, rlimits, Landlock (as far
 * as the kernel has it), seccomp; then the self-test of the jail: every act
 * that it must not be able to do is tried, and one success is a fault.
 * Call once, single-threaded, before reading anything foreign.
 * @report: NULL, or gets e.g. "landlock=7 seccomp=yes selftest=14/14";
 *          landlock=none says that this kernel has it not
 */
int pq_confine_enter(enum pq_jail jail, const struct pq_jail_paths *paths,
    char report[128], struct pq_err *err);

/*
 * pq_confine_prepare() - build the filter of a jail that children will enter
 * Call it before the parent confines itself; pq_confine_enter() of that jail
 * then loads what is built instead of building it for each child anew. The
 * child tries its walls all the same.
 */
int pq_confine_prepare(enum pq_jail jail, struct pq_err *err);

#endif
