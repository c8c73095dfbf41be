/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique-fetch: fetch the evidence without judging it.
 *
 * At the start, before it reads a credential or untrusted bytes, the process
 * forks for each origin that a service uses:
 *   - a connector, which has the network and nothing else;
 *   - for a git host, a parent of processes that read packs;
 *   - the child, which reads the credential of the origin and speaks to it.
 * Each confines itself. An origin that no service uses gets no process: it is
 * only a permitted target of a registry's redirects. The main process becomes
 * the broker and has no network access. Each child has one socket to the
 * broker and one to each of its helpers, so that all end with the broker.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/need.h"
#include "confine/confine.h"
#include "fetch/fetch.h"
#include "role/libraries.h"
#include "role/load.h"

static void
log_failure(const struct pq_err *err)
{
	pq_role_log("failed reason=\"%s\"", err->text);
}

/* The sockets of one origin. A process closes those that it does not use. */
struct ends {
	int broker, child; /* between broker and child */
	struct pq_connector connector;
	int connector_fd;
	int packs, packs_fd; /* -1 for a registry */
};

static int
make_pair(int *ret_a, int *ret_b, struct pq_err *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return pq_err_set(
		    err, PQ_ESYS, "socketpair: %s", strerror(errno));
	*ret_a = pair[0];
	*ret_b = pair[1];
	return 0;
}

static int
make_ends(struct ends *e, const struct pq_session_of *of, struct pq_err *err)
{
	int r = make_pair(&e->broker, &e->child, err);

	if (r == 0)
		r = pq_connector_pair(&e->connector, &e->connector_fd, err);
	e->packs = e->packs_fd = -1;
	if (r == 0 && of->git != NULL)
		r = make_pair(&e->packs, &e->packs_fd, err);
	return r;
}

static void
close_end(int fd, int keep)
{
	if (fd >= 0 && fd != keep)
		(void)close(fd);
}

enum part { CONNECTOR, PACKS, CHILD };

static int
run_part(enum part part, const struct pq_session_of *of, struct ends *e,
    struct pq_err *err)
{
	int keep = part == CONNECTOR ? e->connector_fd
	    : part == PACKS          ? e->packs_fd
				     : -1;

	close_end(e->broker, -1);
	close_end(e->connector_fd, keep);
	close_end(e->packs_fd, keep);
	if (part == CHILD)
		return pq_fetch_child_run(
		    of, e->child, &e->connector, e->packs, err);
	close_end(e->child, -1);
	close_end(e->connector.fd, -1);
	close_end(e->packs, -1);
	return part == CONNECTOR ? pq_fetch_connector_run(of, keep, err)
				 : pq_fetch_packs_run(keep, err);
}

/* Fork one process of an origin; it has no socket of another origin. */
static int
fork_part(enum part part, const struct pq_session_of *of, struct ends *e,
    const struct pq_fetch_child *others, size_t n, pid_t *ret_pid,
    struct pq_err *err)
{
	pid_t pid = fork();
	size_t i;
	int r;

	if (pid < 0)
		return pq_err_set(err, PQ_ESYS, "fork: %s", strerror(errno));
	*ret_pid = pid;
	if (pid > 0)
		return 0;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < n; i++)
		(void)close(others[i].fd);
	r = run_part(part, of, e, err);
	if (r != 0)
		log_failure(err);
	_exit(r == 0 ? 0 : 1);
}

static int
spawn_origin(const struct pq_session_of *of, struct pq_fetch_child *all,
    size_t *n, struct pq_err *err)
{
	struct pq_fetch_child *c = &all[*n];
	struct ends e;
	pid_t helper;
	int r;

	if (*n >= PQ_FETCH_CHILDREN)
		return pq_err_set(
		    err, PQ_ELIMIT, "over %d origins", PQ_FETCH_CHILDREN);
	r = make_ends(&e, of, err);
	if (r != 0)
		return r;
	*c = (struct pq_fetch_child){ .registry = of->registry,
		.git = of->git,
		.fd = e.broker,
		.pid = -1 };
	r = fork_part(CONNECTOR, of, &e, all, *n, &helper, err);
	if (r == 0 && of->git != NULL)
		r = fork_part(PACKS, of, &e, all, *n, &helper, err);
	if (r == 0)
		r = fork_part(CHILD, of, &e, all, *n, &c->pid, err);
	close_end(e.child, -1);
	close_end(e.connector.fd, -1);
	close_end(e.connector_fd, -1);
	close_end(e.packs, -1);
	close_end(e.packs_fd, -1);
	(*n)++;
	return r;
}

static int
spawn_all(const struct pq_config *config, struct pq_fetch_child *all, size_t *n,
    struct pq_err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < config->n_registries; i++) {
		struct pq_session_of of = { config, &config->registries[i],
			NULL };

		if (pq_need_registry(config, of.registry) != NULL)
			r = spawn_origin(&of, all, n, err);
	}
	for (i = 0; r == 0 && i < config->n_git; i++) {
		struct pq_session_of of = { config, NULL, &config->git[i] };

		if (pq_need_git(config, of.git) != NULL)
			r = spawn_origin(&of, all, n, err);
	}
	return r;
}

int
main(int argc, char **argv)
{
	struct pq_fetch_child children[PQ_FETCH_CHILDREN];
	struct pq_role_options o;
	struct pq_config *config = NULL;
	struct pq_channel warden;
	struct pq_err err = PQ_ERR_INIT;
	char report[128] = "";
	size_t n = 0;
	int r;

	pq_libraries_begin();
	if (pq_role_options(&o, PQ_ROLE_FETCH, argc, argv) != 0)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	r = pq_role_config(&config, o.config, &err);
	if (r == 0)
		r = spawn_all(config, children, &n, &err);
	if (r == 0)
		r = pq_role_connect(&warden, PQ_ROLE_FETCH, o.run, &err);
	if (r == 0)
		r = pq_confine_enter(PQ_JAIL_FETCH, NULL, report, &err);
	if (r == 0) {
		pq_role_log("ready origins=%zu %s", n, report);
		r = pq_fetch_broker_run(config, &warden, children, n, &err);
	}
	if (r != 2)
		log_failure(&err);
	else
		pq_role_log(
		    "stopped reason=\"the warden closed the connection\"");
	return 1;
}
