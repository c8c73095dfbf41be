/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start one role with its own uid, its own state directory, copies of its own
 * secrets and exactly the file descriptors that it needs. The code first
 * clears everything that a role could inherit by accident: the environment,
 * groups, file descriptors and the signal mask.
 */
#include "supervisor/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config/need.h"
#include "config/secret.h"

#define FIRST_FD 3 /* LISTEN_FDS start here, see sd_listen_fds(3) */

/* A user with this uid would own the role's secrets and could act as it. */
static int
check_unused(const struct role *r, struct pq_err *err)
{
	const struct passwd *pw = getpwuid(r->uid);
	const struct group *gr = getgrgid(r->gid);
	const char *name = pq_role_name(r->role);

	if (pw != NULL)
		return pq_err_set(err, PQ_ECONFIG,
		    "%s: uid %u belongs to the user %s: create the user "
		    "pratique-%s, or choose another --uid-base",
		    name, (unsigned)r->uid, pw->pw_name, name);
	if (gr != NULL)
		return pq_err_set(err, PQ_ECONFIG,
		    "%s: gid %u belongs to the group %s: create the user "
		    "pratique-%s, or choose another --uid-base",
		    name, (unsigned)r->gid, gr->gr_name, name);
	return 0;
}

int
role_identity(
    struct role *r, unsigned uid_base, unsigned index, struct pq_err *err)
{
	const struct passwd *pw;
	char name[64];

	r->uid = geteuid();
	r->gid = getegid();
	if (r->uid != 0)
		return 0;
	(void)snprintf(
	    name, sizeof(name), "pratique-%s", pq_role_name(r->role));
	pw = getpwnam(name);
	r->uid = pw != NULL ? pw->pw_uid : uid_base + index;
	r->gid = pw != NULL ? pw->pw_gid : uid_base + index;
	return pw != NULL ? 0 : check_unused(r, err);
}

static int
write_secret(int to_dir, const char *name, struct pq_slice bytes,
    const struct role *r, struct pq_err *err)
{
	pq_auto(pq_autoclose) int to = -1;

	(void)unlinkat(to_dir, name, 0);
	to = openat(to_dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	/* the reader removes this newline */
	if (to < 0 || write(to, bytes.p, bytes.n) != (ssize_t)bytes.n ||
	    write(to, "\n", 1) != 1 ||
	    (geteuid() == 0 && fchown(to, r->uid, r->gid) != 0))
		return pq_err_set(err, PQ_ESYS, "secret %s of %s: %s", name,
		    pq_role_name(r->role), strerror(errno));
	return 0;
}

struct copies {
	const struct role *role;
	int config_dir, to_dir;
	struct pq_err *err;
};

/* Only the role can read its copy, so the check applies to the source. */
static int
copy_secret(void *ctx, const struct pq_need *n)
{
	pq_auto(pq_buf_wipe) struct pq_buf bytes = PQ_BUF_INIT(0);
	const struct copies *c = ctx;
	char from[512];
	int f;

	if (n->role != c->role->role)
		return 0;
	(void)snprintf(from, sizeof(from), "secrets/%s/%s",
	    pq_role_name(n->role), n->name);
	f = pq_secret_read(&bytes, c->config_dir, from, c->err);
	if (f != 0)
		return pq_err_wrap(c->err, f, "%s", from);
	return write_secret(
	    c->to_dir, n->name, pq_buf_view(&bytes), c->role, c->err);
}

static int
copy_secrets(const struct supervisor *s, int to_dir, const struct role *r,
    struct pq_err *err)
{
	pq_auto(pq_autoclose) int config_dir =
	    open(s->config->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct copies c = { r, config_dir, to_dir, err };

	/* remove the secrets of an earlier configuration */
	if (dir_clear(to_dir) != 0)
		return pq_err_set(err, PQ_ESYS, "secrets of %s: %s",
		    pq_role_name(r->role), strerror(errno));
	return pq_need_each(s->config, copy_secret, &c);
}

bool
role_path(
    char dst[PATH_MAX], const char *dir, const char *mid, const char *name)
{
	int n = snprintf(dst, PATH_MAX, "%s/%s%s", dir, mid, name);

	return n > 0 && n < PATH_MAX;
}

/*
 * Root opens the program once. So the role's uid does not need access to the
 * directories above it, and a restarted role runs the same program.
 */
int
role_open(struct role *r, const char *bin_dir, struct pq_err *err)
{
	char program[PATH_MAX];

	if (!role_path(program, bin_dir, "pratique-", pq_role_name(r->role)))
		return pq_err_set(err, PQ_ELIMIT, "%s: path too long", bin_dir);
	r->program = open(program, O_PATH | O_CLOEXEC);
	if (r->program >= 0)
		return 0;
	return pq_err_set(err, PQ_ECONFIG,
	    "program: %s: %s: install the programs beside each other, or name "
	    "their directory with --bin",
	    program, strerror(errno));
}

static int
prepare_state(
    const struct supervisor *s, const struct role *r, struct pq_err *err)
{
	int fd = dir_own(s->state, pq_role_name(r->role), r->uid, r->gid, err);

	if (fd < 0)
		return pq_err_wrap(err, fd, "%s", s->state_dir);
	(void)close(fd);
	return 0;
}

int
role_prepare(
    const struct supervisor *s, const struct role *r, struct pq_err *err)
{
	pq_auto(pq_autoclose) int to =
	    dir_own(s->credentials, pq_role_name(r->role), r->uid, r->gid, err);
	int f;

	if (to < 0)
		return pq_err_wrap(err, to, "%s: credentials", s->run_dir);
	f = copy_secrets(s, to, r, err);
	return f == 0 && pq_role_row(r->role)->state ? prepare_state(s, r, err)
						     : f;
}

void
role_clean(const struct supervisor *s, const struct role *r)
{
	pq_auto(pq_autoclose) int dir =
	    openat(s->credentials, pq_role_name(r->role),
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir >= 0)
		(void)dir_clear(dir);
}

/* Return the group that may use the Docker socket; only deploy gets it. */
gid_t
role_group(const struct supervisor *s, const struct role *r)
{
	struct stat st;

	if (geteuid() != 0 || r->role != PQ_ROLE_DEPLOY ||
	    strncmp(s->config->docker, "unix://", 7) != 0 ||
	    stat(s->config->docker + 7, &st) != 0 ||
	    (st.st_mode & S_IWGRP) == 0)
		return 0;
	return st.st_gid;
}

int
role_become(const struct role *r)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(r->docker != 0 ? 1 : 0, &r->docker) != 0 ||
	    setresgid(r->gid, r->gid, r->gid) != 0 ||
	    setresuid(r->uid, r->uid, r->uid) != 0)
		return -1;
	/* a successful setuid(0) would mean that root's rights are left */
	return setuid(0) == 0 ? -1 : 0;
}

/*
 * Place @n file descriptors at 3, 4, ... and the program after them. The code
 * first moves them above this range and then down, so that it overwrites no
 * descriptor before it is moved. The program's descriptor is closed on exec.
 * Return: the program's descriptor, or -1 and errno
 */
static int
place_fds(const int *fds, int n, int program)
{
	int high[PQ_DOORS], last = FIRST_FD + n, i;

	for (i = 0; i < n; i++)
		if ((high[i] = fcntl(fds[i], F_DUPFD, last + 1)) < 0)
			return -1;
	program = fcntl(program, F_DUPFD_CLOEXEC, last + 1);
	if (program < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (dup2(high[i], FIRST_FD + i) < 0)
			return -1;
	if (dup3(program, last, O_CLOEXEC) < 0 ||
	    syscall(SYS_close_range, (unsigned)last + 1, ~0u, 0) != 0)
		return -1;
	return last;
}

static int
set_fds(const struct supervisor *s, const struct role *r)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return -1;
	if (r->role == PQ_ROLE_WARDEN)
		return place_fds(s->doors, PQ_DOORS, r->program);
	if (r->role == PQ_ROLE_INTAKE)
		return place_fds(&s->web, 1, r->program);
	return place_fds(NULL, 0, r->program);
}

static int
set_environment(const struct supervisor *s, const struct role *r)
{
	char text[PATH_MAX], pid[16], n[4];
	bool listens = r->role == PQ_ROLE_WARDEN || r->role == PQ_ROLE_INTAKE;

	if (clearenv() != 0 ||
	    !role_path(
		text, s->run_dir, "credentials/", pq_role_name(r->role)) ||
	    setenv("CREDENTIALS_DIRECTORY", text, 1) != 0 ||
	    setenv("PATH", "/usr/bin:/bin", 1) != 0)
		return -1;
	if (!listens)
		return 0;
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)snprintf(
	    n, sizeof(n), "%d", r->role == PQ_ROLE_WARDEN ? PQ_DOORS : 1);
	return setenv("LISTEN_PID", pid, 1) | setenv("LISTEN_FDS", n, 1) |
	    setenv("LISTEN_FDNAMES",
		r->role == PQ_ROLE_WARDEN ? pq_door_names() : "http", 1);
}

static void __attribute__((noreturn))
end_child(const struct role *r, const char *what)
{
	/* standard error is the pipe of the role, whose name pratiqued adds */
	(void)fprintf(stderr, "event=role-not-run role=%s reason=\"%s: %s\"\n",
	    pq_role_name(r->role), what, strerror(errno));
	_exit(127);
}

static void __attribute__((noreturn)) run_role(
    const struct supervisor *s, const struct role *r, int output, pid_t parent)
{
	const char *name = pq_role_name(r->role);
	char program[PATH_MAX], state[PATH_MAX];
	char *argv[] = { program, (char *)(uintptr_t) "--config",
		(char *)(uintptr_t)s->config_dir, (char *)(uintptr_t) "--run",
		(char *)(uintptr_t)s->run_dir, NULL, NULL, NULL };
	sigset_t none;
	int fd;

	if (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
		_exit(127);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	errno = ENAMETOOLONG;
	if (!role_path(program, s->bin_dir, "pratique-", name) ||
	    !role_path(state, s->state_dir, "", name))
		end_child(r, "paths");
	if (pq_role_row(r->role)->state) {
		argv[5] = (char *)(uintptr_t) "--state";
		argv[6] = state;
	}
	if (set_environment(s, r) != 0)
		end_child(r, "environment");
	fd = set_fds(s, r);
	if (fd < 0)
		end_child(r, "descriptors");
	if (chdir("/") != 0)
		end_child(r, "/");
	if (role_become(r) != 0)
		end_child(r, "uid and groups");
	/* set this last, because a change of the uid clears it */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
		end_child(r, "prctl");
	if (getppid() != parent)
		_exit(127);
	(void)umask(077);
	(void)execveat(fd, "", argv, environ, AT_EMPTY_PATH);
	end_child(r, program);
}

pid_t
role_start(const struct supervisor *s, struct role *r)
{
	pid_t parent = getpid(), pid = -1;
	int output = output_open(r);

	r->docker = role_group(s, r);
	if (output >= 0)
		pid = fork();
	if (pid == 0)
		run_role(s, r, output, parent);
	if (pid < 0)
		log_event(LOG_ERROR, "event=role-not-run role=%s reason=\"%s\"",
		    pq_role_name(r->role), strerror(errno));
	if (output >= 0)
		(void)close(output);
	if (pid < 0)
		output_close(r);
	return pid;
}
