/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratiqued: start and restart the roles on a host without systemd.
 *
 * The supervisor makes no decisions about releases and connects to no process.
 * It restarts a role that ends, with a growing back-off while the role keeps
 * failing. The sockets stay open, so a client waits and is not refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config/load.h"
#include "ipc/standard.h"
#include "role/instant.h"
#include "supervisor/supervisor.h"

#define UID_BASE 58500
#define PAUSE_FIRST_MS 200
#define PAUSE_MAX_MS 10000
#define STABLE_MS 10000 /* after this run time the back-off starts again */
#define STOP_MS 12000   /* intake drains for 10 s */
#define TURN_MS 250     /* between two looks at the Docker socket's group */

static volatile sig_atomic_t stop;

#define ROLE(NAME, name, DOOR, STARTED, ...) \
	PQ_IF_##STARTED({ .role = PQ_ROLE_##NAME, .output = -1 }, )
static struct role roles[SUPERVISOR_ROLES] = { PQ_ROLES(ROLE) };
#undef ROLE

static void
on_stop(int sig)
{
	(void)sig;
	stop = 1;
}

static void
on_child(int sig)
{
	(void)sig; /* the signal ends output_wait() */
}

static void
log_end(const struct role *r, int status)
{
	log_event(LOG_WARN, "event=role-ended role=%s %s=%d",
	    pq_role_name(r->role), WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void
end_role(struct role *r, int status)
{
	int64_t pause, now = pq_instant_monotonic_ms();

	/* its last lines can say why it ended */
	output_close(r);
	if (!stop)
		log_end(r, status);
	r->failures = now - r->start_ms > STABLE_MS ? 0 : r->failures + 1;
	pause = PAUSE_FIRST_MS << (r->failures < 6 ? r->failures : 6);
	if (pause > PAUSE_MAX_MS)
		pause = PAUSE_MAX_MS;
	r->pid = 0;
	r->start_ms = now + pause;
}

static void
reap_roles(void)
{
	int status;
	pid_t pid;
	size_t i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < SUPERVISOR_ROLES; i++)
			if (roles[i].pid == pid)
				end_role(&roles[i], status);
}

static void
start_due(const struct supervisor *s)
{
	int64_t now = pq_instant_monotonic_ms();
	size_t i;

	for (i = 0; i < SUPERVISOR_ROLES; i++) {
		struct role *r = &roles[i];

		if (r->pid != 0 || now < r->start_ms)
			continue;
		r->pid = role_start(s, r);
		r->start_ms = now;
		if (r->pid < 0) {
			r->pid = 0;
			r->start_ms = now + PAUSE_MAX_MS;
		}
	}
}

/*
 * Restart deploy if the Docker socket has another group now. The socket can
 * appear, or change its group, after deploy has started.
 */
static void
update_group(const struct supervisor *s)
{
	size_t i;

	for (i = 0; i < SUPERVISOR_ROLES; i++) {
		struct role *r = &roles[i];
		gid_t now = r->pid == 0 ? 0 : role_group(s, r);

		if (now == 0 || now == r->docker)
			continue;
		log_event(LOG_NOTE,
		    "event=role-restarts role=%s "
		    "reason=\"the group of the Docker socket is %u now\"",
		    pq_role_name(r->role), (unsigned)now);
		r->docker = now;
		(void)kill(r->pid, SIGTERM);
	}
}

static bool
any_running(void)
{
	size_t i;

	for (i = 0; i < SUPERVISOR_ROLES; i++)
		if (roles[i].pid != 0)
			return true;
	return false;
}

static void
signal_role(enum pq_role which, int sig)
{
	size_t i;

	for (i = 0; i < SUPERVISOR_ROLES; i++)
		if (roles[i].pid != 0 &&
		    (which == PQ_ROLE_NONE || roles[i].role == which))
			(void)kill(roles[i].pid, sig);
}

static bool
is_running(enum pq_role which)
{
	size_t i;

	for (i = 0; i < SUPERVISOR_ROLES; i++)
		if (roles[i].role == which)
			return roles[i].pid != 0;
	return false;
}

/* Wait until a role ends or writes, until a role is due, or TURN_MS. */
static void
wait_a_moment(void)
{
	int64_t now = pq_instant_monotonic_ms(), ms = TURN_MS;
	size_t i;

	for (i = 0; i < SUPERVISOR_ROLES && !stop; i++)
		if (roles[i].pid == 0 && roles[i].start_ms - now < ms)
			ms = roles[i].start_ms - now;
	output_wait(roles, ms < 0 ? 0 : ms);
	reap_roles();
}

/* The signals of catch_signals() arrive only in output_wait(). */
static void
block_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
}

/* End intake first: it still needs the warden for the accepted requests. */
static void
end_roles(void)
{
	int64_t end = pq_instant_monotonic_ms() + STOP_MS;

	signal_role(PQ_ROLE_INTAKE, SIGTERM);
	while (is_running(PQ_ROLE_INTAKE) && pq_instant_monotonic_ms() < end)
		wait_a_moment();
	signal_role(PQ_ROLE_NONE, SIGTERM);
	end = pq_instant_monotonic_ms() + 5000;
	while (any_running() && pq_instant_monotonic_ms() < end)
		wait_a_moment();
	signal_role(PQ_ROLE_NONE, SIGKILL);
	while (any_running())
		wait_a_moment();
}

static void
supervise(const struct supervisor *s)
{
	block_signals();
	while (!stop) {
		reap_roles();
		start_due(s);
		update_group(s);
		wait_a_moment();
	}
	end_roles();
}

static int
load_config(struct supervisor *s, struct pq_err *err)
{
	struct pq_config_notes notes = { 0 };
	char text[PQ_CONFIG_NOTE_TEXT];
	int r = pq_config_load(&s->config, s->config_dir, &notes);
	size_t i;

	if (r == 0) {
		pq_config_check_keys(s->config, &notes);
		pq_config_check_secrets(s->config, true, &notes);
	}
	if (notes.fatal && r == 0)
		r = -PQ_ECONFIG;
	for (i = 0; i < notes.n; i++) {
		pq_config_note_text(text, &notes.v[i]);
		log_line(notes.v[i].fatal ? LOG_ERROR : LOG_WARN, NULL,
		    pq_slice_str(text), false);
	}
	pq_config_notes_free(&notes);
	if (r != 0)
		return pq_err_set(err, -r,
		    "%s: the configuration has errors; the lines above name "
		    "them",
		    s->config_dir);
	if (s->listen == NULL)
		s->listen = s->config->listen;
	return 0;
}

/*
 * Lock each directory before any change in it. A second agent would otherwise
 * take over the sockets, the secrets and the ledger of the first.
 */
static int
take_dir(int *ret, const char *path, const char *lock, struct pq_err *err)
{
	int r = *ret = dir_open(AT_FDCWD, path, err);

	if (r < 0)
		return r;
	r = dir_lock(*ret, lock, err);
	return r == 0 ? 0 : pq_err_wrap(err, r, "%s", path);
}

static int
take_dirs(struct supervisor *s, struct pq_err *err)
{
	int r = take_dir(&s->run, s->run_dir, "run.lock", err);

	if (r == 0)
		r = take_dir(&s->state, s->state_dir, "state.lock", err);
	if (r != 0)
		return r;
	s->credentials = dir_open(s->run, "credentials", err);
	if (s->credentials < 0)
		return pq_err_wrap(err, s->credentials, "%s", s->run_dir);
	return 0;
}

static int
make_absolute(const char **dir, char dst[PATH_MAX], struct pq_err *err)
{
	if (realpath(*dir, dst) == NULL)
		return pq_err_set(
		    err, PQ_ESYS, "%s: %s", *dir, strerror(errno));
	*dir = dst;
	return 0;
}

/* The roles get these paths and run in "/", so the paths must be absolute. */
static int
make_dirs_absolute(struct supervisor *s, struct pq_err *err)
{
	static char state[PATH_MAX], run[PATH_MAX], bin[PATH_MAX];
	int r = make_absolute(&s->state_dir, state, err);

	s->config_dir = s->config->dir; /* is absolute */
	if (r == 0)
		r = make_absolute(&s->run_dir, run, err);
	if (r == 0)
		r = make_absolute(&s->bin_dir, bin, err);
	return r;
}

static int
take_roles(const struct supervisor *s, struct pq_err *err)
{
	unsigned i;
	int r = 0;

	for (i = 0; i < SUPERVISOR_ROLES && r == 0; i++) {
		r = role_identity(&roles[i], s->uid_base, i, err);
		if (r == 0)
			r = role_open(&roles[i], s->bin_dir, err);
	}
	return r == 0 ? roles_access(s, roles, err) : r;
}

/* Check everything and take the locks. This only creates directories. */
static int
take_resources(struct supervisor *s, struct pq_err *err)
{
	int r = load_config(s, err);

	if (r == 0)
		r = take_roles(s, err);
	if (r == 0)
		r = take_dirs(s, err);
	if (r == 0)
		r = make_dirs_absolute(s, err);
	if (r == 0)
		r = supervisor_web(s, err);
	return r;
}

static int
prepare_roles(struct supervisor *s, struct pq_err *err)
{
	unsigned i;
	int r = 0;

	for (i = 0; i < SUPERVISOR_ROLES && r == 0; i++)
		r = role_prepare(s, &roles[i], err);
	if (r == 0)
		r = supervisor_doors_open(s, roles, err);
	return r;
}

static void
clean_run_dir(const struct supervisor *s)
{
	size_t i;

	supervisor_doors_remove(s);
	for (i = 0; i < SUPERVISOR_ROLES; i++)
		role_clean(s, &roles[i]);
}

static void
catch_signals(void)
{
	struct sigaction end = { .sa_handler = on_stop };
	struct sigaction child = { .sa_handler = on_child };

	(void)sigaction(SIGTERM, &end, NULL);
	(void)sigaction(SIGINT, &end, NULL);
	/* nohup(1) ignores SIGHUP; respect that */
	if (signal(SIGHUP, SIG_IGN) != SIG_IGN)
		(void)sigaction(SIGHUP, &end, NULL);
	(void)sigaction(SIGCHLD, &child, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static const char *
own_directory(void)
{
	static char dir[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	dir[n] = '\0';
	slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return NULL;
	*slash = '\0';
	return dir;
}

static int
usage(FILE *to)
{
	(void)fprintf(to,
	    "usage: pratiqued [--config DIR] [--state DIR] "
	    "[--run DIR] [--listen ADDR:PORT] [--bin DIR] "
	    "[--uid-base N]\n");
	return to == stderr ? 2 : 0;
}

/* Return -1 to continue, or the exit code. */
static int
parse_options(struct supervisor *s, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "state", required_argument, NULL, 's' },
		{ "run", required_argument, NULL, 'r' },
		{ "bin", required_argument, NULL, 'b' },
		{ "listen", required_argument, NULL, 'l' },
		{ "uid-base", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	char *end;
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case 'c':
			s->config_dir = optarg;
			break;
		case 's':
			s->state_dir = optarg;
			break;
		case 'r':
			s->run_dir = optarg;
			break;
		case 'b':
			s->bin_dir = optarg;
			break;
		case 'l':
			s->listen = optarg;
			break;
		case 'u':
			s->uid_base = (unsigned)strtoul(optarg, &end, 10);
			if (*end != '\0' || s->uid_base < 1000)
				return usage(stderr);
			break;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	return optind == argc && s->bin_dir != NULL ? -1 : usage(stderr);
}

/*
 * Only root may start the agent of a host. A user who wrote the configuration
 * himself, for a trial, may run it: then each role has the uid of that user.
 */
static bool
is_own_directory(const char *dir)
{
	struct stat st;

	return stat(dir, &st) == 0 && st.st_uid == geteuid();
}

int
main(int argc, char **argv)
{
	struct supervisor s = { .config_dir = "/etc/pratique",
		.state_dir = "/var/lib/pratique",
		.run_dir = "/run/pratique",
		.bin_dir = own_directory(),
		.uid_base = UID_BASE };
	struct pq_err err = PQ_ERR_INIT;
	int r;

	if (pq_standard_open() != 0)
		return 1;
	r = parse_options(&s, argc, argv);
	if (r >= 0)
		return r;
	if (geteuid() != 0 && !is_own_directory(s.config_dir)) {
		(void)fputs("pratiqued must be started by root\n", stderr);
		return 2;
	}
	catch_signals();
	(void)umask(022);
	r = take_resources(&s, &err);
	if (r == 0) {
		r = prepare_roles(&s, &err);
		if (r == 0)
			supervise(&s);
		clean_run_dir(&s);
	}
	if (r != 0)
		log_event(LOG_ERROR, "event=stopped reason=\"%s\"", err.text);
	pq_config_free(s.config);
	return r == 0 ? 0 : 1;
}
