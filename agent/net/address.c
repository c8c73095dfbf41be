/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses that a configured host may have.
 *
 * The holder of a domain, or of its name server, chooses the addresses of its
 * names. Such a name could make the agent contact a service of this host that
 * only listens on loopback, or the metadata service of a cloud at
 * 169.254.0.0/16. So a name never leads to these addresses, and an address in
 * the configuration only leads to itself. Private networks stay reachable,
 * because registries are often there.
 */
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static enum pq_address
ipv4_kind(uint32_t a)
{
	if (a >> 24 == 127)
		return PQ_ADDRESS_LOOPBACK;
	if (a >> 24 == 0)
		return PQ_ADDRESS_UNSPECIFIED;
	if (a >> 16 == 0xa9fe) /* 169.254.0.0/16 */
		return PQ_ADDRESS_LINK_LOCAL;
	if (a >> 28 == 14 || a == 0xffffffff)
		return PQ_ADDRESS_MULTICAST;
	return PQ_ADDRESS_ORDINARY;
}

static uint32_t
read_ipv4(const uint8_t p[4])
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Does the address contain an IPv4 address, which the packets may reach? */
static bool
has_ipv4(const struct in6_addr *a, uint32_t *ret)
{
	static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };
	const uint8_t *p = a->s6_addr;

	if (IN6_IS_ADDR_V4MAPPED(a) || IN6_IS_ADDR_V4COMPAT(a) ||
	    memcmp(p, nat64, sizeof(nat64)) == 0)
		*ret = read_ipv4(p + 12);
	else if (p[0] == 0x20 && p[1] == 0x02) /* 6to4 */
		*ret = read_ipv4(p + 2);
	else
		return false;
	return true;
}

static enum pq_address
ipv6_kind(const struct in6_addr *a)
{
	uint32_t inner;

	if (IN6_IS_ADDR_LOOPBACK(a))
		return PQ_ADDRESS_LOOPBACK;
	if (IN6_IS_ADDR_UNSPECIFIED(a))
		return PQ_ADDRESS_UNSPECIFIED;
	if (IN6_IS_ADDR_LINKLOCAL(a))
		return PQ_ADDRESS_LINK_LOCAL;
	if (IN6_IS_ADDR_MULTICAST(a))
		return PQ_ADDRESS_MULTICAST;
	return has_ipv4(a, &inner) ? ipv4_kind(inner) : PQ_ADDRESS_ORDINARY;
}

const char *
pq_address_name(enum pq_address kind)
{
	static const char *const names[PQ_ADDRESSES] = {
		[PQ_ADDRESS_UNKNOWN] = "unknown",
		[PQ_ADDRESS_LOOPBACK] = "loopback",
		[PQ_ADDRESS_LINK_LOCAL] = "link-local",
		[PQ_ADDRESS_UNSPECIFIED] = "unspecified",
		[PQ_ADDRESS_MULTICAST] = "multicast",
		[PQ_ADDRESS_ORDINARY] = "ordinary",
	};

	return names[kind < PQ_ADDRESSES ? kind : PQ_ADDRESS_UNKNOWN];
}

enum pq_address
pq_address_kind(const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		return ipv4_kind(ntohl(in.sin_addr.s_addr));
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		return ipv6_kind(&in6.sin6_addr);
	}
	return PQ_ADDRESS_UNKNOWN;
}

/* Is @sa the address that the text @name writes? */
static bool
is_written(const struct sockaddr *sa, const char *name)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct in6_addr a;

	if (inet_pton(sa->sa_family, name, &a) != 1)
		return false;
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		return memcmp(&in.sin_addr, &a, sizeof(in.sin_addr)) == 0;
	}
	memcpy(&in6, sa, sizeof(in6));
	return memcmp(&in6.sin6_addr, &a, sizeof(a)) == 0;
}

bool
pq_address_literal(const char *name)
{
	struct in6_addr a;

	return inet_pton(AF_INET, name, &a) == 1 ||
	    inet_pton(AF_INET6, name, &a) == 1;
}

unsigned
pq_address_host(char ret_name[PQ_ORIGIN_TEXT], const struct pq_origin *o)
{
	struct pq_host h = { pq_slice_str(o->name), 0 };

	(void)pq_name_host(&h, pq_slice_str(o->name), NULL);
	if (h.name.n > 1 && h.name.p[0] == '[')
		h.name = pq_slice(h.name.p + 1, h.name.n - 2);
	memcpy(ret_name, h.name.p, h.name.n);
	ret_name[h.name.n] = '\0';
	if (h.port != 0)
		return h.port;
	return o->plain_http ? 80 : 443;
}

bool
pq_address_allowed(const struct pq_origin *o, const struct sockaddr *sa)
{
	enum pq_address kind = pq_address_kind(sa);
	char name[PQ_ORIGIN_TEXT];

	(void)pq_address_host(name, o);
	if (kind == PQ_ADDRESS_UNKNOWN ||
	    (o->plain_http && kind != PQ_ADDRESS_LOOPBACK))
		return false;
	if (pq_address_literal(name))
		return is_written(sa, name);
	return kind == PQ_ADDRESS_ORDINARY ||
	    (kind == PQ_ADDRESS_LOOPBACK && strcmp(name, "localhost") == 0);
}
