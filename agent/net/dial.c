/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Make a TCP connection to a configured origin. If a name has several
 * addresses, an attempt that does not finish soon gets a competitor, so that an
 * unreachable address costs a fraction of a second (RFC 8305).
 */
#include "net/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ADDRESSES 8       /* of one name; the others are ignored */
#define NEXT_AFTER_MS 250 /* then the next address gets its attempt */

struct race {
	struct pollfd v[ADDRESSES]; /* running attempts */
	nfds_t n;
	int error; /* of the last failed attempt */
};

int64_t
pq_dial_clock_ms(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct pq_dial
pq_dial_resolve(struct addrinfo **ret_list, const struct pq_origin *o)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	char name[PQ_ORIGIN_TEXT], port[16];
	struct pq_dial d = { .result = PQ_DIALED_UNRESOLVED };

	(void)snprintf(port, sizeof(port), "%u", pq_address_host(name, o));
	if (pq_address_literal(name))
		hints.ai_flags |= AI_NUMERICHOST;
	if (getaddrinfo(name, port, &hints, ret_list) == 0)
		d.result = PQ_DIALED_RESOLVED;
	return d;
}

/* Start an attempt. Return: true if it is already connected. */
static bool
start_attempt(struct race *r, const struct addrinfo *a)
{
	int fd = socket(a->ai_family,
	    a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);

	if (fd < 0) {
		r->error = errno;
		return false;
	}
	r->v[r->n] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
		r->n++;
		return true;
	}
	if (errno == EINPROGRESS) {
		r->n++;
		return false;
	}
	r->error = errno;
	(void)close(fd);
	return false;
}

/* Remove the attempts that failed. Return: a connected socket, or -1. */
static int
take_finished(struct race *r)
{
	nfds_t i = 0;

	while (i < r->n) {
		int e = 0;
		socklen_t n = sizeof(e);

		if (r->v[i].revents == 0) {
			i++;
			continue;
		}
		if (getsockopt(r->v[i].fd, SOL_SOCKET, SO_ERROR, &e, &n) != 0)
			e = errno;
		if (e == 0)
			return r->v[i].fd;
		r->error = e;
		(void)close(r->v[i].fd);
		r->v[i] = r->v[--r->n];
	}
	return -1;
}

static const struct addrinfo *
next_allowed(const struct pq_origin *o, const struct addrinfo *a)
{
	while (a != NULL && !pq_address_allowed(o, a->ai_addr))
		a = a->ai_next;
	return a;
}

static int
run_race(struct race *r, const struct pq_origin *o, const struct addrinfo *a)
{
	int64_t now = pq_dial_clock_ms(), next = now, wait;
	int64_t end = now + (int64_t)PQ_DIAL_S * 1000;
	unsigned started = 0;
	int fd = -1;

	while (fd < 0 && now < end && (a != NULL || r->n > 0)) {
		if (a != NULL && (now >= next || r->n == 0)) {
			if (start_attempt(r, a))
				return r->v[r->n - 1].fd;
			next = now + NEXT_AFTER_MS;
			a = ++started < ADDRESSES ? next_allowed(o, a->ai_next)
						  : NULL;
			continue;
		}
		wait = (a != NULL ? next : end) - now;
		if (poll(r->v, r->n, (int)wait) > 0)
			fd = take_finished(r);
		now = pq_dial_clock_ms();
	}
	if (fd < 0 && r->n > 0)
		r->error = ETIMEDOUT;
	return fd;
}

struct pq_dial
pq_dial_connect(
    int *ret_fd, const struct pq_origin *o, const struct addrinfo *list)
{
	const struct addrinfo *a = next_allowed(o, list);
	struct pq_dial d = { .result = PQ_DIALED_FORBIDDEN };
	struct race r = { .n = 0 };
	const int on = 1;
	nfds_t i;
	int fd;

	if (a == NULL) {
		if (list != NULL)
			d.kind = pq_address_kind(list->ai_addr);
		return d;
	}
	fd = run_race(&r, o, a);
	for (i = 0; i < r.n; i++)
		if (r.v[i].fd != fd)
			(void)close(r.v[i].fd);
	d.result = fd < 0 ? PQ_DIALED_FAILED : PQ_DIALED_CONNECTED;
	d.error = fd < 0 ? r.error : 0;
	if (fd >= 0) {
		/* the receiver of the socket may not set options */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		*ret_fd = fd;
	}
	return d;
}
