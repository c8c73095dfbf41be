/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether each role can reach its program, the configuration and the
 * directories of its sockets and its state.
 *
 * A child with the ids of the role asks the kernel, so that access lists and
 * mounts count as they will for the role. It asks before anything is made: a
 * directory that is shut ends the agent with one line that names it, where
 * each role would otherwise end again and again.
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

/* One directory that roles use, resolved by a process that sees every link. */
struct place {
	const char *noun;
	int rights; /* of access(2), to the directory itself */
	char path[PATH_MAX];
};

struct places {
	struct place config, run, state;
};

/* The one line: which role, which name on the way, and the next step. */
static int
refuse(struct pq_err *err, const struct role *r, const char *noun,
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
	return refuse(err, r, p->noun, (rights & R_OK) != 0 ? "read" : "enter",
	    step, &st);
}

/* From "/" downwards, so that the first name that is shut is the one told. */
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
	return pq_err_set(err, PQ_ELIMIT, "%s: too long", p->noun);
}

static int
check_program(
    const struct supervisor *s, const struct role *r, struct pq_err *err)
{
	char path[PATH_MAX];
	struct stat st;

	if (!role_path(path, s->bin_dir, "pratique-", pq_role_name(r->role)))
		return pq_err_set(err, PQ_ELIMIT, "%s: too long", s->bin_dir);
	if (fstat(r->program, &st) != 0)
		return pq_err_set(
		    err, PQ_ESYS, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return pq_err_set(
		    err, PQ_ECONFIG, "program: %s: not a regular file", path);
	if (faccessat(r->program, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) == 0)
		return 0;
	return refuse(err, r, "program", "execute", path, &st);
}

/* Its files, too: a role loads all of it before it does anything else. */
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
check(const struct supervisor *s, const struct places *p, const struct role *r,
    struct pq_err *err)
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

/* The answer of the child is the text of its refusal, and nothing if none. */
static void __attribute__((noreturn)) answer(const struct supervisor *s,
    const struct places *p, const struct role *r, int to)
{
	struct pq_err err = PQ_ERR_INIT;
	int f = role_become(r);

	if (f != 0)
		(void)pq_err_set(&err, PQ_ESYS, "%s: uid and groups: %s",
		    pq_role_name(r->role), strerror(errno));
	else
		f = check(s, p, r, &err);
	if (f != 0 && write(to, err.text, strlen(err.text)) < 0)
		_exit(1);
	_exit(f == 0 ? 0 : 1);
}

static int
hear(int from, pid_t child, struct pq_err *err)
{
	char text[PQ_ERR_TEXT] = "";
	int status = -1;
	ssize_t n;

	/* signals of this process are caught, and interrupt both calls */
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
ask(const struct supervisor *s, const struct places *p, const struct role *r,
    struct pq_err *err)
{
	int pair[2], f;
	pid_t child;

	if (pipe2(pair, O_CLOEXEC) != 0)
		return pq_err_set(err, PQ_ESYS, "pipe: %s", strerror(errno));
	child = fork();
	if (child == 0)
		answer(s, p, r, pair[1]);
	(void)close(pair[1]);
	f = child > 0 ? hear(pair[0], child, err)
		      : pq_err_set(err, PQ_ESYS, "fork: %s", strerror(errno));
	(void)close(pair[0]);
	return f;
}

/* The directory, or the one in which it will be made. */
static int
find(struct place *ret, const char *noun, int rights, const char *dir,
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
	static struct places p; /* large, and used once */
	int f =
	    find(&p.config, "configuration", R_OK | X_OK, s->config->dir, err);
	size_t i;

	if (f == 0)
		f = find(&p.run, "run directory", X_OK, s->run_dir, err);
	if (f == 0)
		f = find(&p.state, "state directory", X_OK, s->state_dir, err);
	for (i = 0; i < SUPERVISOR_ROLES && f == 0; i++)
		f = ask(s, &p, &roles[i], err);
	return f;
}
