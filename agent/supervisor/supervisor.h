/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_SUPERVISOR_SUPERVISOR_H
#define AGENT_SUPERVISOR_SUPERVISOR_H

#include <limits.h>

#include "config/config.h"
#include "ipc/doors.h"
#include "supervisor/lines.h"

/* the number of roles that the supervisor starts */
#define ROLE(NAME, name, DOOR, STARTED, ...) PQ_IF_##STARTED(+1)
enum { SUPERVISOR_ROLES = 0 PQ_ROLES(ROLE) };
#undef ROLE

struct supervisor {
	const char *config_dir, *state_dir, *run_dir, *bin_dir, *listen;
	unsigned uid_base;
	struct pq_config *config;
	int state, run, credentials; /* open directories; run/credentials */
	int doors[PQ_DOORS];
	int web; /* the listening TCP socket */
};

/* A role: its program, its ids and its process. */
struct role {
	enum pq_role role;
	int program; /* open file; a later file at this path has no effect */
	uid_t uid;
	gid_t gid;
	gid_t docker;      /* supplementary group, or 0 */
	pid_t pid;         /* 0: not running */
	int64_t start_ms;  /* time of the last start or of the next one */
	unsigned failures; /* consecutive failures */
	int output;        /* read end of its output; -1: none */
	struct lines lines;
	int64_t reported_ms; /* time of the last report of dropped lines */
};

/* The priorities of sd-daemon(3) that the log uses. */
enum { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTE = 6 };

/*
 * log.c - the log: standard error of pratiqued. If it is full, a line is
 * dropped and counted, because pratiqued must not wait for its reader.
 *
 * log_line()     - write a line, with the name @who unless it is NULL
 * log_event()    - write a line in the name of the supervisor
 * log_dropped()  - write the number of dropped lines of a role; false if
 *                  standard error does not take it
 * log_lost()     - write the number of lines that standard error did not take;
 *                  false if it does not take this line either
 */
void log_line(int priority, const char *who, struct pq_slice line, bool cut);
void log_event(int priority, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
bool log_dropped(const char *who, uint64_t n);
bool log_lost(void);

/*
 * output.c - the output of the roles. Each start of a role has its own pipe, so
 * the role can neither change a logged line, use another role's name, nor
 * change the flags of any descriptor outside the role.
 *
 * output_open()  - make the pipe and return its write end; -1 and errno
 * output_wait()  - wait for output, a signal or the time @ms; log the output
 * output_close() - log the rest of the output and close the pipe
 */
int output_open(struct role *r);
void output_wait(struct role *roles, int64_t ms);
void output_close(struct role *r);

/*
 * dir.c
 *
 * dir_open()  - open a directory, and create it if it is missing; refuse it if
 *               another user may write to it
 * dir_lock()  - take the lock @name until this process ends
 * dir_clear() - remove every file; -1 and errno if it cannot be read
 * dir_own()   - open or create the directory of a role, below one from
 *               dir_open(); the files of its former owner become the role's
 */
int dir_open(int at, const char *path, struct pq_err *err);
int dir_lock(int dir, const char *name, struct pq_err *err);
int dir_clear(int dir);
int dir_own(int at, const char *name, uid_t uid, gid_t gid, struct pq_err *err);

/*
 * sockets.c
 *
 * supervisor_web()          - listen at the HTTP address
 * supervisor_doors_open()   - listen at each RUN/<door>.sock
 * supervisor_doors_remove() - remove these sockets
 */
int supervisor_web(struct supervisor *s, struct pq_err *err);
int supervisor_doors_open(
    struct supervisor *s, const struct role *roles, struct pq_err *err);
void supervisor_doors_remove(const struct supervisor *s);

/*
 * access.c
 *
 * roles_access() - check that each role can reach its program, the
 *                  configuration, and the directories that it uses (for a
 *                  missing directory, the one in which it will be created)
 */
int roles_access(
    const struct supervisor *s, const struct role *roles, struct pq_err *err);

/*
 * role.c
 *
 * role_identity() - choose the uid and the gid
 * role_prepare()  - create the state directory, and copy the secrets
 * role_path()     - write DIR/MIDNAME; false if it is too long
 * role_open()     - open the program
 * role_become()   - change to the role's uid and groups, irreversibly
 * role_group()    - return the supplementary group that @r should have, or 0
 * role_start()    - start the process with a new output; -1 if that fails
 * role_clean()    - remove the copies of the secrets
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
