/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_CONNECTOR_H
#define AGENT_NET_CONNECTOR_H

#include <sys/types.h>

#include "net/dial.h"

/*
 * A connector is a process that connects for its client. It knows a fixed list
 * of origins. A request is one byte: an index into this list. The answer is one
 * packet or two, and the last one carries the connected socket. So a client
 * without socket(2) and connect(2) can only reach these origins.
 */

/* The client's end. */
struct pq_connector {
	int fd;        /* -1: the connector has ended or broke the protocol */
	pid_t pid;     /* 0: not a child of this process */
	bool waiting;  /* for the answer to an earlier request */
	uint8_t asked; /* the index of that request */
};

/*
 * pq_connector_serve() - connect for a client until it closes its end
 * @fd:    the end of the connector; closed by the end of its process
 * Return: 0 the client has closed its end; -PQ_EPROTO it sent anything except
 *         one valid index; another fault
 */
int pq_connector_serve(int fd, const struct pq_origins *o, struct pq_err *err);
/*
 * pq_connector_pair() - make the two ends
 * @ret_fd: the end of the connector
 */
int pq_connector_pair(
    struct pq_connector *ret, int *ret_fd, struct pq_err *err);
/*
 * pq_connector_fork() - start a connector that has the privileges of its client
 * For programs that run for one user's command. The roles confine theirs.
 */
int pq_connector_fork(
    struct pq_connector *ret, const struct pq_origins *o, struct pq_err *err);
void pq_connector_close(struct pq_connector *c);

/*
 * pq_connector_ask() - get a socket that is connected to an origin
 * @until_ms: end of the wait, see pq_dial_clock_ms(); at most PQ_DIAL_S count
 * @ret:      the last received result, also after a fault
 * @ret_fd:   the socket, if the result is PQ_DIALED_CONNECTED
 * Return:    0 an answer; -PQ_ETIMEOUT; -PQ_EPROTO and -PQ_ESYS: the connector
 *            cannot be used any more, and c->fd is -1
 */
int pq_connector_ask(struct pq_connector *c, size_t index, int64_t until_ms,
    struct pq_dial *ret, int *ret_fd);

#endif
