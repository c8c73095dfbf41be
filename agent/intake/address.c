/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limit the connections of each network, and of all together. One host can have
 * all addresses of a /64, and one customer those of a /48 or /24. So each of
 * these networks has a share. This host's own addresses have none, because all
 * external clients connect through the TLS proxy on this host.
 *
 * A connection beyond the share of a network evicts the one of it that has been
 * longest without a whole request. A connection beyond the limit of all evicts
 * one of the largest network. So strangers who hold many connections evict
 * their own, also if they send requests all the time and an honest client is
 * slow.
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
 * Return true if the addresses count as one network when all places are taken.
 * This host's own addresses are one network here, because a local user can fill
 * all places.
 */
static bool
is_crowd(const struct in6_addr *a, const struct in6_addr *b)
{
	return is_neighbour(&shares[1], a, b) ||
	    is_neighbour(&shares[2], a, b) ||
	    (is_loopback(a) && is_loopback(b));
}

void
intake_address_join(struct intake *in, struct intake_connection *k)
{
	struct intake_connection *o;

	for (o = in->connections; o != NULL; o = o->next)
		if (is_crowd(&k->address, &o->address)) {
			o->neighbours++;
			k->neighbours++;
		}
}

void
intake_address_leave(struct intake *in, const struct intake_connection *k)
{
	struct intake_connection *o;

	for (o = in->connections; o != NULL; o = o->next)
		o->neighbours -= is_crowd(&k->address, &o->address);
}

/*
 * The proxy of this host may have most connections, without being an attacker.
 * So its size counts no more than that of a full network.
 */
static unsigned
crowd_size(const struct intake_connection *k)
{
	return is_loopback(&k->address) && k->neighbours >= INTAKE_PER_NETWORK
	    ? INTAKE_PER_NETWORK - 1
	    : k->neighbours;
}

/* Return true if @k goes before @o; @all: the limit of all is reached. */
static bool
goes_first(const struct intake_connection *k, const struct intake_connection *o,
    bool all)
{
	if (o == NULL)
		return true;
	if (all && crowd_size(k) != crowd_size(o))
		return crowd_size(k) > crowd_size(o);
	return k->idle_since < o->idle_since;
}

/*
 * Make room for one more connection among those that count for @s and @a, or
 * among all if @s is NULL. A connection that waits for the warden has sent its
 * whole request and stays.
 */
static bool
make_room(struct intake *in, const struct share *s, const struct in6_addr *a)
{
	struct intake_connection *k, *first = NULL;
	unsigned n = 0, max = s == NULL ? INTAKE_CONNECTIONS : s->max;

	for (k = in->connections; k != NULL; k = k->next) {
		if (k->evicted ||
		    (s != NULL && !is_neighbour(s, a, &k->address)))
			continue;
		n++;
		if ((k->request == NULL || !k->request->waiting) &&
		    goes_first(k, first, s == NULL))
			first = k;
	}
	if (n < max)
		return true;
	if (first == NULL)
		return false;
	first->evicted = true;
	(void)shutdown(first->fd, SHUT_RDWR);
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
