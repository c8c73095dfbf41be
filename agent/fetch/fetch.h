/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_FETCH_FETCH_H
#define AGENT_FETCH_FETCH_H

#include "ipc/channel.h"
#include "net/session.h"

#define PQ_FETCH_CHILDREN 32
#define PQ_FETCH_ERRANDS 64    /* waiting and under way */
#define PQ_FETCH_DEADLINE_S 60 /* of one errand at one origin */
#define PQ_FETCH_REQUEST_MAX 4096

/* One process that may talk to one origin, and the broker's end of it. */
struct pq_fetch_child {
	const struct pq_config_registry *registry; /* one of the two is set */
	const struct pq_config_git *git;
	int fd;
	pid_t pid;
	size_t errand; /* 1-based index of what it works on; 0: idle */
	int64_t since; /* CLOCK_MONOTONIC seconds */
};

/* u32 length, then the bytes, over a stream socket */
int pq_fetch_write(int fd, struct pq_slice s);
/* 0; 1 the other end is closed; a fault */
int pq_fetch_read(int fd, struct pq_buf *ret);

/* Serve one origin until the broker closes; never returns success early. */
int pq_fetch_child_run(const struct pq_config *config,
    const struct pq_fetch_child *self, struct pq_err *err);

int pq_fetch_broker_run(const struct pq_config *config,
    struct pq_channel *warden, struct pq_fetch_child *children, size_t n,
    struct pq_err *err);

#endif
