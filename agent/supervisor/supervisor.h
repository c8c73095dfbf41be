/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_SUPERVISOR_SUPERVISOR_H
#define AGENT_SUPERVISOR_SUPERVISOR_H

#include <limits.h>

#include "config/config.h"
#include "ipc/doors.h"

/* how many roles are started */
#define ROLE(NAME, name, DOOR, STARTED, ...) PQ_IF_##STARTED(+1)
enum { SUPERVISOR_ROLES = 0 PQ_ROLES(ROLE) };
#undef ROLE

struct supervisor {
	const char *config_dir, *state_dir, *run_dir, *bin_dir, *listen;
	unsigned uid_base;
	struct pq_config *config;
	int state, run, credentials; /* the directories; the last is in run */
	int doors[PQ_DOORS];
	int web; /* the listening TCP socket */
};

/* What is run, as whom, and with which descriptors. */
struct role {
	enum pq_role role;
	int program; /* its file, open; no role can be made to run another */
	uid_t uid;
	gid_t gid;
	gid_t docker;      /* the group it has besides; 0: none */
	pid_t pid;         /* 0: not running */
	int64_t start_ms;  /* when it was, or may be, started */
	unsigned failures; /* in a row */
};

/*
 * dir.c
 *
 * dir_open() - make or take a directory that is nobody else's
 * dir_lock() - take the lock @name, until this process ends
 * dir_clear() - remove every file; -1 and errno if it cannot be read
 * dir_own() - make or take a directory of a role, below one that was opened
 *             by dir_open(); what its last owner kept there goes with it
 */
int dir_open(int at, const char *path, struct pq_err *err);
int dir_lock(int dir, const char *name, struct pq_err *err);
int dir_clear(int dir);
int dir_own(int at, const char *name, uid_t uid, gid_t gid, struct pq_err *err);

/* sockets.c: bind the HTTP address; bind RUN/<door>.sock; remove those */
int supervisor_web(struct supervisor *s, struct pq_err *err);
int supervisor_doors_open(
    struct supervisor *s, const struct role *roles, struct pq_err *err);
void supervisor_doors_remove(const struct supervisor *s);

/*
 * access.c: that each role can reach its program, the configuration, and the
 * directories that it uses or the ones in which they will be made
 */
int roles_access(
    const struct supervisor *s, const struct role *roles, struct pq_err *err);

/*
 * role.c
 *
 * role_path() - DIR/MIDNAME; false if it is too long
 * role_open() - open its program
 * role_become() - take on its uid and groups, with no way back
 * role_group() - the group that @r should have besides; 0: none, or not known
 * role_clean() - remove the copies of its secrets
 */
int role_identity(
    struct role *r, unsigned uid_base, unsigned index, struct pq_err *err);
int role_prepare(
    const struct supervisor *s, const struct role *r, struct pq_err *err);
bool role_path(
    char dst[PATH_MAX], const char *dir, const char *mid, const char *name);
int role_open(struct role *r, const char *bin_dir, struct pq_err *err);
int role_become(const struct role *r);
gid_t role_group(const struct supervisor *s, const struct role *r);
pid_t role_start(const struct supervisor *s, struct role *r);
void role_clean(const struct supervisor *s, const struct role *r);

#endif
