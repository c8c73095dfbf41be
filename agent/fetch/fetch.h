/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_FETCH_FETCH_H
#define AGENT_FETCH_FETCH_H

#include "ipc/channel.h"
#include "net/connector.h"
#include "net/session.h"

#define PQ_FETCH_CHILDREN PQ_CONFIG_ORIGINS
#define PQ_FETCH_ERRANDS 64             /* waiting and running errands */
#define PQ_FETCH_DEADLINE_S 60          /* limit of one request of a child */
#define PQ_FETCH_PACK_S 8               /* limit of one pack in it */
#define PQ_FETCH_PROBE_S 30             /* limit of one probe of a child */
#define PQ_FETCH_TAG_MAX PQ_GIT_TAG_MAX /* a tag or a digest */
#define PQ_FETCH_REQUEST_MAX (4 + PQ_URL_MAX + 4 + PQ_FETCH_TAG_MAX)

/*
 * The process of one origin, and the broker's socket to it. Two more processes
 * help it: one connects, and for a git host one reads packs.
 */
struct pq_fetch_child {
	const struct pq_config_registry *registry; /* one of the two is set */
	const struct pq_config_git *git;
	int fd;
	pid_t pid;
	size_t errand;    /* 1-based index of its errand; 0: none */
	size_t probe;     /* 1-based index of its probe; 0: none */
	int64_t since;    /* start of its request, CLOCK_MONOTONIC seconds */
	struct pq_buf in; /* the received part of its answer */
};

/*
 * pq_fetch_write() - write a u32 length and the bytes to a stream socket
 * pq_fetch_read()  - read such a message; @ret->max is its limit
 * Return: 0; a fault; pq_fetch_read(): 1 the peer closed the connection
 */
int pq_fetch_write(int fd, struct pq_slice s);
int pq_fetch_read(int fd, struct pq_buf *ret);
/*
 * pq_fetch_read_some() - append the available bytes to @in, without blocking
 * @in:    zero at first; the caller frees it after a whole message or a fault
 * Return: 1 the message is complete, see pq_fetch_message(); 0 incomplete; a
 *         fault: the peer closed the connection, or sent too many bytes
 */
int pq_fetch_read_some(int fd, struct pq_buf *in);
struct pq_slice pq_fetch_message(const struct pq_buf *in); /* borrowed */

/*
 * pq_fetch_request_put()  - encode a request to a child
 * pq_fetch_request_read() - decode it; the caller frees @ret_place and @ret_tag
 * @place:     an image, or the URL of a git repository
 * @tag:       a tag of it, or a digest; "": a probe, see pq_session_probe()
 * @artifacts: for an image: pq_policy_artifacts()
 * Return: 0; a fault
 */
int pq_fetch_request_put(
    struct pq_buf *dst, const char *place, const char *tag, unsigned artifacts);
int pq_fetch_request_read(struct pq_slice request, char **ret_place,
    char **ret_tag, unsigned *ret_artifacts);

/*
 * pq_fetch_child_run() - serve one origin until the broker closes the socket
 * @of:        the origin
 * @fd:        the socket to the broker
 * @connector: connects to pq_session_origins()
 * @packs_fd:  the socket to pq_fetch_packs_run(); -1 for a registry
 * Return: 0 the broker has closed it; a fault
 */
int pq_fetch_child_run(const struct pq_session_of *of, int fd,
    struct pq_connector *connector, int packs_fd, struct pq_err *err);
/*
 * pq_fetch_connector_run() - confine this process, and connect for a child
 * pq_fetch_packs_run()     - confine this process, and read packs for a child
 * @fd: the socket to the child
 * Return: 0 the child has closed it; a fault
 */
int pq_fetch_connector_run(
    const struct pq_session_of *of, int fd, struct pq_err *err);
int pq_fetch_packs_run(int fd, struct pq_err *err);

/* The child's end of the socket to pq_fetch_packs_run(). */
struct pq_fetch_packs {
	int fd; /* -1: the process has ended or broke the protocol */
};

/* Send a pack to be read; struct pq_git_packs has the contract. */
int pq_fetch_packs_find(
    void *packs, struct pq_git_want *wants, size_t n, struct pq_slice pack);
/*
 * pq_fetch_packs_serve() - fork a process for each pack
 * @read_pack: the work of that process: decode the request @in, find the
 *             objects, encode the answer
 */
int pq_fetch_packs_serve(int fd,
    int (*read_pack)(struct pq_buf *out, struct pq_slice in),
    struct pq_err *err);
int pq_fetch_pack_read(struct pq_buf *out, struct pq_slice in);

/*
 * pq_fetch_broker_run() - serve the warden
 * Return: 2 the warden closed the connection; a fault
 */
int pq_fetch_broker_run(const struct pq_config *config,
    struct pq_channel *warden, struct pq_fetch_child *children, size_t n,
    struct pq_err *err);

#endif
