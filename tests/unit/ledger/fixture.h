/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A warden without other processes. Its ledger is real and its clock stands
 * still. The roles are fake peers: their messages are queued and never sent.
 */
#ifndef TESTS_UNIT_LEDGER_FIXTURE_H
#define TESTS_UNIT_LEDGER_FIXTURE_H

#include "temporary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "warden/backlog.h"
#include "warden/callbacks.h"
#include "warden/core.h"
#include "warden/floors.h"
#include "warden/jobs.h"
#include "warden/ledger.h"
#include "warden/loop.h"
#include "warden/warden.h"

#define SERVICES 2
#define NOW_S 1700000000

static struct pq_policy policies[SERVICES];
static struct pq_config_service services[SERVICES];
static struct pq_config config;
static struct warden w;

static void
connect_role(enum pq_door door, enum pq_role role)
{
	w.peers[door].used = true;
	w.peers[door].ch.peer = role;
	w.peers[door].ch.fd = -1;
}

static void
connect_verify(void)
{
	connect_role(PQ_DOOR_VERIFY, PQ_ROLE_VERIFY);
}

static int
set_up_warden(void **state)
{
	static char web[] = "web", shop[] = "shop";
	static char image[] = "r.example/acme/web", lowest[] = "0.0.1";
	static char *const names[SERVICES] = { web, shop };
	struct pq_err err = PQ_ERR_INIT;
	size_t i;

	(void)state;
	(void)unlink(path);
	for (i = 0; i < SERVICES; i++) {
		policies[i] =
		    (struct pq_policy){ .service = names[i], .image = image };
		services[i] = (struct pq_config_service){
			.policy = &policies[i], .pending_s = 60, .floor = lowest
		};
	}
	config =
	    (struct pq_config){ .services = services, .n_services = SERVICES };
	memset(&w, 0, sizeof(w));
	w.cfg = &config;
	w.ops = &pq_loop_peer_ops;
	w.epfd = -1;
	w.now.boot_ms = 5000;
	w.now.mono_ms = 5000;
	w.now.wall_ms = (int64_t)NOW_S * 1000;
	w.space = UINT64_MAX;
	w.space_ms = INT64_MAX; /* the real disk is not measured */
	connect_verify();
	return pq_ledger_open(&w.store, path, &err) != 0 ? -1
							 : pq_backlog_load(&w);
}

/* Drop the messages that are queued for a role. */
static void
forget_messages(enum pq_door door)
{
	struct pq_peer *p = &w.peers[door];

	while (p->head) {
		struct pq_out *o = p->head;

		p->head = o->next;
		pq_buf_free(&o->bytes);
		free(o);
	}
	p->tail = NULL;
	p->queued = 0;
}

static void
forget_errands_and_reads(void)
{
	forget_messages(PQ_DOOR_VERIFY);
	forget_messages(PQ_DOOR_FETCH);
}

static int
tear_down_warden(void **state)
{
	size_t i;

	(void)state;
	forget_errands_and_reads();
	assert_int_equal(pq_store_commit(&w.store), 0);
	for (i = 0; i < WARDEN_JOBS; i++)
		pq_jobs_end(&w.jobs[i]);
	pq_store_close(&w.store);
	pq_callbacks_free_keys(&w);
	pq_backlog_free(&w);
	pq_floors_free(&w);
	return 0;
}

static inline int64_t
count_rows(const char *sql)
{
	return pq_store_int(&w.store, -1, sql, "");
}

#endif
