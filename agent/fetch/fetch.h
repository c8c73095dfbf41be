/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_FETCH_FETCH_H
#define AGENT_FETCH_FETCH_H

#include "ipc/channel.h"
#include "net/session.h"

#define PQ_FETCH_CHILDREN PQ_CONFIG_ORIGINS
#define PQ_FETCH_ERRANDS 64             /* waiting and under way */
#define PQ_FETCH_DEADLINE_S 60          /* of one errand at one origin */
#define PQ_FETCH_TAG_MAX PQ_GIT_TAG_MAX /* of either kind, or a digest */
#define PQ_FETCH_REQUEST_MAX (4 + PQ_URL_MAX + 4 + PQ_FETCH_TAG_MAX)

/* One process that may talk to one origin, and the broker's end of it. */
struct pq_fetch_child {
	const struct pq_config_registry *registry; /* one of the two is set */
	const struct pq_config_git *git;
	int fd;
	pid_t pid;
	size_t errand;    /* 1-based index of what it works on; 0: idle */
	int64_t since;    /* CLOCK_MONOTONIC seconds */
	struct pq_buf in; /* of its answer, as far as it has come */
};

/* u32 length, then the bytes, over a stream socket */
int pq_fetch_write(int fd, struct pq_slice s);
/* 0; 1 the other end is closed; a fault */
int pq_fetch_read(int fd, struct pq_buf *ret);
/*
 * pq_fetch_read_some() - add to @in what is there, and wait for nothing
 * @in: zero at first; to be freed by the caller when it is whole, or bad
 * Return: 1 one whole message is there, see pq_fetch_message(); 0 not yet; a
 *         fault: the other end is gone, or sent too much
 */
int pq_fetch_read_some(int fd, struct pq_buf *in);
struct pq_slice pq_fetch_message(const struct pq_buf *in); /* borrowed */

/*
 * A request: @place is an image or the URL of a git repository, @tag one of it,
 * @artifacts is of an image: pq_policy_artifacts()
 * pq_fetch_request_read() gives owned copies; 0, -PQ_EFORMAT or -PQ_ENOMEM
 */
int pq_fetch_request_put(
    struct pq_buf *dst, const char *place, const char *tag, unsigned artifacts);
int pq_fetch_request_read(struct pq_slice request, char **ret_place,
    char **ret_tag, unsigned *ret_artifacts);

/* Serve one origin until the broker closes; never returns success early. */
int pq_fetch_child_run(const struct pq_config *config,
    const struct pq_fetch_child *self, struct pq_err *err);

int pq_fetch_broker_run(const struct pq_config *config,
    struct pq_channel *warden, struct pq_fetch_child *children, size_t n,
    struct pq_err *err);

#endif
