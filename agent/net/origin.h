/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_ORIGIN_H
#define AGENT_NET_ORIGIN_H

#include <pratique/bytes.h>
#include <pratique/err.h>

#define PQ_ORIGIN_MAX 255 /* bytes of host[:port] */
#define PQ_URL_MAX 2048   /* bytes of any URL that we ask for */
#define PQ_ORIGINS_MAX 33

/* A place that may be talked to; nothing else ever is. */
struct pq_origin {
	char name[PQ_ORIGIN_MAX + 1]; /* lower-case, default port left out */
	bool plain_http;              /* loopback addresses only */
	struct pq_slice ca;           /* PEM; borrowed; empty: the system's */
};

struct pq_origins {
	struct pq_origin v[PQ_ORIGINS_MAX];
	size_t n;
};

/* The parts of an absolute URL, after strict checks. */
struct pq_url {
	bool plain_http;
	char origin[PQ_ORIGIN_MAX + 1];
	const char *path; /* borrowed from the text, begins with '/' */
};

/*
 * pq_url_split() - take an absolute http(s) URL apart
 * Refused: other schemes, user names, fragments, backslashes, blanks,
 * control and non-ASCII bytes, empty hosts, ports that are not 1..65535.
 * Return: 0; -PQ_EFORMAT; -PQ_ELIMIT
 * Source: RFC 3986 section 3, narrowed
 */
int pq_url_split(struct pq_url *ret, const char *url);
/* "host[:port]" in canonical form; 0 or -PQ_EFORMAT */
int pq_origin_canonical(
    char ret[PQ_ORIGIN_MAX + 1], const char *origin, bool plain_http);
/* append; 0, -PQ_EFORMAT, -PQ_ELIMIT */
int pq_origins_add(struct pq_origins *o, const char *origin, bool plain_http,
    struct pq_slice ca);
/* The configured origin of an URL, scheme included; NULL: not to be asked. */
const struct pq_origin *pq_origins_find(
    const struct pq_origins *o, const char *url);

#endif
