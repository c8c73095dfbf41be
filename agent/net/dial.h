/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_DIAL_H
#define AGENT_NET_DIAL_H

#include "net/address.h"

#define PQ_DIAL_S 10 /* limit of all attempts for one connection */

/* The result of an attempt to connect; zero: no answer. */
enum pq_dialed {
	PQ_DIALED_NOTHING = 0,
	PQ_DIALED_RESOLVED,   /* the name has an address; more will follow */
	PQ_DIALED_UNRESOLVED, /* the name has no address */
	PQ_DIALED_FORBIDDEN,  /* its addresses may not be contacted */
	PQ_DIALED_FAILED,     /* no address accepts the connection */
	PQ_DIALED_CONNECTED,
	PQ_DIALED_RESULTS
};

struct pq_dial {
	enum pq_dialed result;
	int error;            /* PQ_DIALED_FAILED: errno of the last attempt */
	enum pq_address kind; /* PQ_DIALED_FORBIDDEN: the first address */
};

struct addrinfo; /* <netdb.h> */

/*
 * pq_dial_resolve() - look up the addresses of an origin
 * The resolver of the C library has its own time limit, which can be minutes.
 * @ret_list: the addresses, after PQ_DIALED_RESOLVED only: freeaddrinfo() it
 */
struct pq_dial pq_dial_resolve(
    struct addrinfo **ret_list, const struct pq_origin *o);
/*
 * pq_dial_connect() - connect to the first permitted address that accepts
 * @ret_fd: the connected socket, after PQ_DIALED_CONNECTED only
 * Returns within PQ_DIAL_S.
 */
struct pq_dial pq_dial_connect(
    int *ret_fd, const struct pq_origin *o, const struct addrinfo *list);

int64_t pq_dial_clock_ms(void); /* CLOCK_MONOTONIC */

#endif
