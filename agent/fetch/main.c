/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique-fetch: fetch the evidence without judging it.
 *
 * At the start, before it reads untrusted bytes, the process forks one child
 * for each origin that a service uses. Each child reads its own credential and
 * confines itself. An origin that no service uses gets no child: it is only a
 * permitted target of a registry's redirects. The parent becomes the broker and
 * has no network access. Each child only has its own socket to the broker, so
 * it ends when the broker ends.
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

/* Run the child; close the broker's sockets to its siblings first. */
static void __attribute__((noreturn)) be_child(const struct pq_config *config,
    struct pq_fetch_child *all, size_t n, int fd)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_fetch_child *self = &all[n];
	size_t i;
	int r;

	for (i = 0; i < n; i++)
		(void)close(all[i].fd);
	self->fd = fd;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	r = pq_fetch_child_run(config, self, &err);
	if (r != 0)
		log_failure(&err);
	_exit(r == 0 ? 0 : 1);
}

static int
spawn_child(const struct pq_config *config, struct pq_fetch_child *all,
    size_t *n, const struct pq_config_registry *registry,
    const struct pq_config_git *git, struct pq_err *err)
{
	struct pq_fetch_child *c = &all[*n];
	int pair[2];

	if (*n >= PQ_FETCH_CHILDREN)
		return pq_err_set(
		    err, PQ_ELIMIT, "over %d origins", PQ_FETCH_CHILDREN);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return pq_err_set(
		    err, PQ_ESYS, "socketpair: %s", strerror(errno));
	*c = (struct pq_fetch_child){ registry, git, pair[0], -1, 0, 0, 0,
		PQ_BUF_INIT(0) };
	c->pid = fork();
	if (c->pid < 0)
		return pq_err_set(err, PQ_ESYS, "fork: %s", strerror(errno));
	if (c->pid == 0) {
		(void)close(pair[0]);
		be_child(config, all, *n, pair[1]);
	}
	(void)close(pair[1]);
	(*n)++;
	return 0;
}

static int
spawn_all(const struct pq_config *config, struct pq_fetch_child *all, size_t *n,
    struct pq_err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < config->n_registries; i++) {
		const struct pq_config_registry *g = &config->registries[i];

		if (pq_need_registry(config, g) != NULL)
			r = spawn_child(config, all, n, g, NULL, err);
	}
	for (i = 0; r == 0 && i < config->n_git; i++) {
		const struct pq_config_git *g = &config->git[i];

		if (pq_need_git(config, g) != NULL)
			r = spawn_child(config, all, n, NULL, g, err);
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
