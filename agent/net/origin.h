/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NET_ORIGIN_H
#define AGENT_NET_ORIGIN_H

#include <pratique/names.h>

#define PQ_ORIGIN_TEXT PQ_HOST_TEXT /* host[:port] */
#define PQ_ORIGINS_MAX 33

/* An origin that the agent may contact. It contacts no others. */
struct pq_origin {
	char name[PQ_ORIGIN_TEXT]; /* lower-case, without a default port */
	bool plain_http;           /* for loopback addresses only */
	struct pq_slice ca;        /* PEM; borrowed; empty: the system's CAs */
};

struct pq_origins {
	struct pq_origin v[PQ_ORIGINS_MAX];
	size_t n;
};

/* The parts of a valid absolute URL. */
struct pq_url {
	bool plain_http;
	char origin[PQ_ORIGIN_TEXT];
	const char *path; /* points into the URL; starts with '/' */
};

/*
 * pq_url_split() - split an absolute http(s) URL, see <pratique/names.h>
 * Return: 0; -PQ_EFORMAT
 */
int pq_url_split(struct pq_url *ret, const char *url);
/*
 * pq_origin_canonical() - write "host[:port]" in canonical form
 * Return: 0; -PQ_EFORMAT
 */
int pq_origin_canonical(
    char ret[PQ_ORIGIN_TEXT], const char *origin, bool plain_http);
/*
 * pq_origins_add() - append an origin
 * Return: 0; -PQ_EFORMAT; -PQ_ELIMIT
 */
int pq_origins_add(struct pq_origins *o, const char *origin, bool plain_http,
    struct pq_slice ca);
/*
 * Return the configured origin with the URL's host, port and scheme, or NULL
 * if the agent must not contact it.
 */
const struct pq_origin *pq_origins_find(
    const struct pq_origins *o, const char *url);

#endif
