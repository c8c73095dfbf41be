/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limit the connections of each address. This host's own addresses are exempt,
 * because all external clients connect through the TLS proxy on this host.
 */
#include <string.h>

#include "intake/intake.h"

static struct in6_addr
address_of(const struct sockaddr *a)
{
	struct in6_addr r = IN6ADDR_ANY_INIT;

	if (a != NULL && a->sa_family == AF_INET6) {
		r = ((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	} else if (a != NULL && a->sa_family == AF_INET) {
		r.s6_addr[10] = r.s6_addr[11] = 0xff;
		memcpy(&r.s6_addr[12],
		    &((const struct sockaddr_in *)(const void *)a)->sin_addr,
		    4);
	}
	return r;
}

static bool
is_loopback(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LOOPBACK(a) ||
	    (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

void
intake_address_store(struct intake_connection *k, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	k->address = address_of(i == NULL ? NULL : i->client_addr);
}

enum MHD_Result
intake_address_has_room(
    void *cls, const struct sockaddr *addr, socklen_t addr_len)
{
	const struct intake *in = cls;
	const struct intake_connection *k;
	struct in6_addr a = address_of(addr);
	unsigned n = 0;

	(void)addr_len;
	if (is_loopback(&a))
		return MHD_YES;
	for (k = in->connections; k != NULL; k = k->next)
		if (IN6_ARE_ADDR_EQUAL(&k->address, &a))
			n++;
	return n < INTAKE_PER_ADDRESS ? MHD_YES : MHD_NO;
}
