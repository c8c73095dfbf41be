/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_ADDRESS_H
#define AGENT_NET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "net/origin.h"

/* The kinds of addresses; an unknown one is never contacted. */
enum pq_address {
	PQ_ADDRESS_UNKNOWN = 0,
	PQ_ADDRESS_LOOPBACK,
	PQ_ADDRESS_LINK_LOCAL,
	PQ_ADDRESS_UNSPECIFIED,
	PQ_ADDRESS_MULTICAST, /* and broadcast */
	PQ_ADDRESS_ORDINARY,
	PQ_ADDRESSES
};

/* Return "loopback", "link-local" and so on, for messages. */
const char *pq_address_name(enum pq_address kind);
/*
 * pq_address_kind() - classify an address
 * An IPv6 address that contains an IPv4 address has the kind of the latter.
 */
enum pq_address pq_address_kind(const struct sockaddr *sa);
/*
 * pq_address_allowed() - may a client of @o connect to this address?
 * A host name may only have ordinary addresses. An operator who means another
 * one writes the address itself, or "localhost" for loopback. An origin without
 * TLS must be at a loopback address.
 */
bool pq_address_allowed(const struct pq_origin *o, const struct sockaddr *sa);
/*
 * pq_address_host() - split an origin
 * @ret_name: the host, without the brackets of an IPv6 address
 * Return:    the port
 */
unsigned pq_address_host(
    char ret_name[PQ_ORIGIN_TEXT], const struct pq_origin *o);
/* Is the host an address, which needs no name server? */
bool pq_address_literal(const char *name);

#endif
