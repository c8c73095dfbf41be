/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pratique-warden: keeps the ledger and the webhook secrets, and decides.
 *
 * It reads the configuration and the secrets, enters its jail and then opens
 * the ledger. It accepts connections only on the sockets that it inherited. It
 * ends a peer that sends anything except a permitted message. It hashes
 * untrusted bodies and passes them on, but never parses them.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confine/confine.h"
#include "role/instant.h"
#include "role/load.h"
#include "warden/backlog.h"
#include "warden/callbacks.h"
#include "warden/core.h"
#include "warden/floors.h"
#include "warden/loop.h"

/* LISTEN_FDNAMES may have any order; each name must be in it. */
static int
take_doors(struct warden *w, struct pq_err *err)
{
	const char *n = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
	char copy[256], want[12], *at = copy, *name;
	int fd = 3;
	size_t k;

	(void)snprintf(want, sizeof(want), "%d", PQ_DOORS);
	if (n == NULL || names == NULL || strcmp(n, want) != 0)
		return pq_err_set(err, PQ_ECONFIG,
		    "LISTEN_FDS must be %s and LISTEN_FDNAMES set: "
		    "let pratiqued or systemd start this program",
		    want);
	(void)snprintf(copy, sizeof(copy), "%s", names);
	while ((name = strsep(&at, ":")) != NULL && fd < 3 + PQ_DOORS) {
		for (k = 0; k < PQ_DOORS; k++)
			if (strcmp(name, pq_door_name((enum pq_door)k)) == 0)
				w->doors[k] = fd;
		fd++;
	}
	for (k = 0; k < PQ_DOORS; k++)
		if (w->doors[k] < 0)
			return pq_err_set(err, PQ_ECONFIG,
			    "LISTEN_FDNAMES has no socket named %s",
			    pq_door_name((enum pq_door)k));
	return 0;
}

static int
enter_jail(const struct pq_role_options *o, struct pq_err *err)
{
	struct pq_jail_paths paths = { .state_dir = o->state };
	char report[128] = "";
	int r = pq_confine_enter(PQ_JAIL_WARDEN, &paths, report, err);

	if (r == 0)
		pq_warden_log("confined %s", report);
	return r;
}

static int
start_warden(
    struct warden *w, const struct pq_role_options *o, struct pq_err *err)
{
	char path[4096 + 16];
	int r;

	(void)umask(077);
	(void)snprintf(w->state_dir, sizeof(w->state_dir), "%s", o->state);
	(void)snprintf(path, sizeof(path), "%s/ledger.db", w->state_dir);
	r = take_doors(w, err);
	if (r == 0)
		r = pq_instant_open(&w->now, err);
	if (r == 0)
		r = pq_role_config(&w->cfg, o->config, err);
	if (r == 0)
		r = pq_callbacks_read_keys(w, err);
	w->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (r == 0 && w->epfd < 0)
		r = pq_err_set(err, PQ_ESYS, "epoll: %s", strerror(errno));
	/* first the jail, because the ledger file is untrusted too */
	if (r == 0)
		r = enter_jail(o, err);
	if (r == 0)
		r = pq_ledger_open(&w->store, path, err);
	return r;
}

int
main(int argc, char **argv)
{
	static struct warden w;
	struct pq_role_options o;
	struct pq_err err = PQ_ERR_INIT;
	int r;
	size_t k;

	w.epfd = -1;
	for (k = 0; k < PQ_DOORS; k++)
		w.doors[k] = -1;
	(void)signal(SIGPIPE, SIG_IGN);
	if (pq_role_options(&o, PQ_ROLE_WARDEN, argc, argv) != 0)
		return 2;
	r = start_warden(&w, &o, &err);
	if (r == 0)
		r = pq_warden_loop(&w);
	else
		pq_warden_log("start-failed reason=\"%s\"", err.text);
	if (w.store.db != NULL)
		pq_store_close(&w.store);
	pq_callbacks_free_keys(&w);
	pq_backlog_free(&w);
	pq_floors_free(&w);
	pq_config_free(w.cfg);
	return r == 0 ? 0 : 1;
}
