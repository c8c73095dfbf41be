/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limit the connections of each network, and of all together. One host can have
 * all addresses of a /64, and one customer those of a /48 or /24. So each of
 * these networks has a share. This host's own addresses have none, because all
 * external clients connect through the TLS proxy on this host.
 *
 * A connection beyond a limit evicts the one that has been longest without a
 * whole request. So strangers who hold many connections evict their own: an
 * honest client sends its request at once.
 */
#include <string.h>
#include <sys/socket.h>

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

static const struct share {
	unsigned bits; /* the network is these first bits */
	unsigned max;  /* connections at once */
	bool v4;
} shares[] = {
	{ 64, INTAKE_PER_NETWORK, false },
	{ 48, 2 * INTAKE_PER_NETWORK, false },
	{ 96 + 24, INTAKE_PER_NETWORK, true },
};

static bool
is_neighbour(
    const struct share *s, const struct in6_addr *a, const struct in6_addr *b)
{
	return (IN6_IS_ADDR_V4MAPPED(a) != 0) == s->v4 && !is_loopback(a) &&
	    !is_loopback(b) && memcmp(a->s6_addr, b->s6_addr, s->bits / 8) == 0;
}

/*
 * Make room for one more connection among those that count for @s and @a, or
 * among all if @s is NULL. A connection that waits for the warden has sent its
 * whole request and stays.
 */
static bool
make_room(struct intake *in, const struct share *s, const struct in6_addr *a)
{
	struct intake_connection *k, *oldest = NULL;
	unsigned n = 0, max = s == NULL ? INTAKE_CONNECTIONS : s->max;

	for (k = in->connections; k != NULL; k = k->next) {
		if (k->evicted ||
		    (s != NULL && !is_neighbour(s, a, &k->address)))
			continue;
		n++;
		if ((k->request == NULL || !k->request->waiting) &&
		    (oldest == NULL || k->idle_since < oldest->idle_since))
			oldest = k;
	}
	if (n < max)
		return true;
	if (oldest == NULL)
		return false;
	oldest->evicted = true;
	(void)shutdown(oldest->fd, SHUT_RDWR);
	return true;
}

enum MHD_Result
intake_address_has_room(
    void *cls, const struct sockaddr *addr, socklen_t addr_len)
{
	struct in6_addr a = address_of(addr);
	size_t i;

	(void)addr_len;
	for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		if (!make_room(cls, &shares[i], &a))
			return MHD_NO;
	return make_room(cls, NULL, &a) ? MHD_YES : MHD_NO;
}
