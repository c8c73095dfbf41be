/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check that each role can reach its program, the configuration and the
 * directories of its sockets and its state.
 *
 * A child with the ids of the role asks the kernel, so that access lists and
 * mounts have the same effect as for the role. The check runs before the agent
 * creates any file. So an inaccessible directory ends the agent with one line
 * that names the directory; without the check each role would fail again and
 * again.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/load.h"
#include "supervisor/supervisor.h"

/* A directory that roles use; root, who can read every link, resolves it. */
struct place {
	const char *noun;
	int rights; /* required rights to the directory, as in access(2) */
	char path[PATH_MAX];
};

struct places {
	struct place config, run, state;
};

/* Write the reason: the role, the inaccessible path and the next step. */
static int
report_refusal(struct pq_err *err, const struct role *r, const char *noun,
    const char *act, const char *path, const struct stat *st)
{
	mode_t bits = strcmp(act, "read") == 0 ? S_IROTH | S_IXOTH : S_IXOTH;

	if (errno == EACCES && (st->st_mode & bits) != bits)
		(void)pq_err_set(err, PQ_ECONFIG,
		    "move the %s or chmod o+%s %s", noun,
		    (bits & S_IROTH) != 0 ? "rx" : "x", path);
	else
		(void)pq_err_set(err, PQ_ECONFIG, "%s", strerror(errno));
	return pq_err_wrap(err, -PQ_ECONFIG,
	    "%s: the role %s (uid %u) cannot %s %s (mode %04o)", noun,
	    pq_role_name(r->role), (unsigned)r->uid, act, path,
	    (unsigned)st->st_mode & 07777);
}

static int
check_step(const struct place *p, const char *step, int rights,
    const struct role *r, struct pq_err *err)
{
	struct stat st;

	if (stat(step, &st) != 0)
		return pq_err_set(err, PQ_ECONFIG, "%s: %s: %s", p->noun, step,
		    strerror(errno));
	if (faccessat(AT_FDCWD, step, rights, AT_EACCESS) == 0)
		return 0;
	return report_refusal(err, r, p->noun,
	    (rights & R_OK) != 0 ? "read" : "enter", step, &st);
}

/* Check from "/" downwards, so that the reason names the first obstacle. */
static int
check_place(const struct place *p, const struct role *r, struct pq_err *err)
{
	char step[PATH_MAX];
	size_t n = 0;
	int f;

	do {
		bool last = p->path[n == 0 ? 1 : n] == '\0';

		(void)snprintf(
		    step, sizeof(step), "%.*s", n == 0 ? 1 : (int)n, p->path);
		f = check_step(p, step, last ? p->rights : X_OK, r, err);
		if (f != 0 || last)
			return f;
		n += 1 + strcspn(p->path + n + 1, "/");
	} while (n < sizeof(step));
	return pq_err_set(err, PQ_ELIMIT, "%s: path too long", p->noun);
}

static int
check_program(
    const struct supervisor *s, const struct role *r, struct pq_err *err)
{
	char path[PATH_MAX];
	struct stat st;

	if (!role_path(path, s->bin_dir, "pratique-", pq_role_name(r->role)))
		return pq_err_set(
		    err, PQ_ELIMIT, "%s: path too long", s->bin_dir);
	if (fstat(r->program, &st) != 0)
		return pq_err_set(
		    err, PQ_ESYS, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return pq_err_set(
		    err, PQ_ECONFIG, "program: %s: not a regular file", path);
	if (faccessat(r->program, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) == 0)
		return 0;
	return report_refusal(err, r, "program", "execute", path, &st);
}

/* Check the files too, because a role loads the whole configuration first. */
static int
check_config(const struct place *p, const struct role *r, struct pq_err *err)
{
	struct pq_config_notes notes = { 0 };
	char text[PQ_CONFIG_NOTE_TEXT] = "";
	struct pq_config *config = NULL;
	int f = check_place(p, r, err);
	size_t i;

	if (f != 0)
		return f;
	f = pq_config_load(&config, p->path, &notes);
	for (i = 0; i < notes.n && text[0] == '\0'; i++)
		if (notes.v[i].fatal)
			pq_config_note_text(text, &notes.v[i]);
	pq_config_notes_free(&notes);
	pq_config_free(config);
	if (f == 0)
		return 0;
	return pq_err_set(err, PQ_ECONFIG,
	    "configuration: the role %s (uid %u) cannot read it: %s: "
	    "chmod o+r it",
	    pq_role_name(r->role), (unsigned)r->uid, text);
}

static int
check_role(const struct supervisor *s, const struct places *p,
    const struct role *r, struct pq_err *err)
{
	const struct pq_role_row *row = pq_role_row(r->role);
	int f = check_program(s, r, err);

	if (f == 0 && row->config)
		f = check_config(&p->config, r, err);
	if (f == 0)
		f = check_place(&p->run, r, err);
	if (f == 0 && row->state)
		f = check_place(&p->state, r, err);
	return f;
}

/* The child writes the reason of a refusal to @to, and exits. */
static void __attribute__((noreturn)) run_child(const struct supervisor *s,
    const struct places *p, const struct role *r, int to)
{
	struct pq_err err = PQ_ERR_INIT;
	int f = role_become(r);

	if (f != 0)
		(void)pq_err_set(&err, PQ_ESYS, "%s: uid and groups: %s",
		    pq_role_name(r->role), strerror(errno));
	else
		f = check_role(s, p, r, &err);
	if (f != 0 && write(to, err.text, strlen(err.text)) < 0)
		_exit(1);
	_exit(f == 0 ? 0 : 1);
}

static int
wait_child(int from, pid_t child, struct pq_err *err)
{
	char text[PQ_ERR_TEXT] = "";
	int status = -1;
	ssize_t n;

	/* a caught signal can interrupt both calls */
	do
		n = read(from, text, sizeof(text) - 1);
	while (n < 0 && errno == EINTR);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return pq_err_set(err, PQ_ECONFIG, "%s",
	    n > 0 ? text : "a role's rights cannot be examined");
}

static int
ask_child(const struct supervisor *s, const struct places *p,
    const struct role *r, struct pq_err *err)
{
	int pair[2], f;
	pid_t child;

	if (pipe2(pair, O_CLOEXEC) != 0)
		return pq_err_set(err, PQ_ESYS, "pipe: %s", strerror(errno));
	child = fork();
	if (child == 0)
		run_child(s, p, r, pair[1]);
	(void)close(pair[1]);
	f = child > 0 ? wait_child(pair[0], child, err)
		      : pq_err_set(err, PQ_ESYS, "fork: %s", strerror(errno));
	(void)close(pair[0]);
	return f;
}

/* Find the directory, or the one in which it will be created. */
static int
find_place(struct place *ret, const char *noun, int rights, const char *dir,
    struct pq_err *err)
{
	char copy[PATH_MAX];

	ret->noun = noun;
	ret->rights = rights;
	(void)snprintf(copy, sizeof(copy), "%s", dir);
	if (realpath(dir, ret->path) != NULL)
		return 0;
	if (errno == ENOENT && realpath(dirname(copy), ret->path) != NULL)
		return 0;
	return pq_err_set(
	    err, PQ_ECONFIG, "%s: %s: %s", noun, dir, strerror(errno));
}

int
roles_access(
    const struct supervisor *s, const struct role *roles, struct pq_err *err)
{
	static struct places p; /* static because it is large */
	int f = find_place(
	    &p.config, "configuration", R_OK | X_OK, s->config->dir, err);
	size_t i;

	if (f == 0)
		f = find_place(&p.run, "run directory", X_OK, s->run_dir, err);
	if (f == 0)
		f = find_place(
		    &p.state, "state directory", X_OK, s->state_dir, err);
	for (i = 0; i < SUPERVISOR_ROLES && f == 0; i++)
		f = ask_child(s, &p, &roles[i], err);
	return f;
}
