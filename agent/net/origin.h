/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_ORIGIN_H
#define AGENT_NET_ORIGIN_H

#include <pratique/names.h>

#define PQ_ORIGIN_TEXT PQ_HOST_TEXT /* host[:port] */
#define PQ_ORIGINS_MAX 33

/* A place that may be talked to; nothing else ever is. */
struct pq_origin {
	char name[PQ_ORIGIN_TEXT]; /* lower-case, default port left out */
	bool plain_http;           /* loopback addresses only */
	struct pq_slice ca;        /* PEM; borrowed; empty: the system's */
};

struct pq_origins {
	struct pq_origin v[PQ_ORIGINS_MAX];
	size_t n;
};

/* The parts of an absolute URL, after strict checks. */
struct pq_url {
	bool plain_http;
	char origin[PQ_ORIGIN_TEXT];
	const char *path; /* borrowed from the text, begins with '/' */
};

/*
 * pq_url_split() - take an absolute http(s) URL apart, by <pratique/names.h>
 * Return: 0; -PQ_EFORMAT
 */
int pq_url_split(struct pq_url *ret, const char *url);
/* "host[:port]" of either case in canonical form; 0 or -PQ_EFORMAT */
int pq_origin_canonical(
    char ret[PQ_ORIGIN_TEXT], const char *origin, bool plain_http);
/* append; 0, -PQ_EFORMAT, -PQ_ELIMIT */
int pq_origins_add(struct pq_origins *o, const char *origin, bool plain_http,
    struct pq_slice ca);
/* The configured origin of an URL, scheme included; NULL: not to be asked. */
const struct pq_origin *pq_origins_find(
    const struct pq_origins *o, const char *url);

#endif
