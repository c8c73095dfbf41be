/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between the broker and a child: four bytes of length, then the data.
 *
 * A child may block while it waits for the broker, its only peer. The broker
 * never blocks for a child: it reads the available bytes and returns to its
 * poll loop.
 *
 * This file both encodes and decodes the requests, so that the two ends have
 * the same limits for names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fetch/fetch.h"

#define HEAD 4

static size_t
read_length(const uint8_t head[HEAD])
{
	return (size_t)head[0] << 24 | (size_t)head[1] << 16 |
	    (size_t)head[2] << 8 | head[3];
}

int
pq_fetch_write(int fd, struct pq_slice s)
{
	uint8_t head[HEAD] = { (uint8_t)(s.n >> 24), (uint8_t)(s.n >> 16),
		(uint8_t)(s.n >> 8), (uint8_t)s.n };
	int r = pq_write_whole(fd, pq_slice(head, HEAD));

	return r != 0 ? r : pq_write_whole(fd, s);
}

static int
read_whole(int fd, uint8_t *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t k = read(fd, p + done, n - done);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -PQ_ESYS;
		if (k == 0)
			return done == 0 ? 1 : -PQ_EPROTO;
		done += (size_t)k;
	}
	return 0;
}

int
pq_fetch_read(int fd, struct pq_buf *ret)
{
	uint8_t head[HEAD], chunk[8192];
	size_t left, n;
	int r = read_whole(fd, head, HEAD);

	if (r != 0)
		return r;
	left = read_length(head);
	if (left > ret->max)
		return -PQ_ELIMIT;
	for (; left > 0; left -= n) {
		n = left < sizeof(chunk) ? left : sizeof(chunk);
		r = read_whole(fd, chunk, n);
		if (r != 0)
			return r < 0 ? r : -PQ_EPROTO;
		pq_buf_put(ret, chunk, n);
	}
	return ret->fault;
}

int
pq_fetch_read_some(int fd, struct pq_buf *in)
{
	uint8_t chunk[65536];
	size_t whole;
	ssize_t n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -PQ_ESYS;
	if (n == 0)
		return -PQ_EPROTO;
	if (in->max == 0)
		*in = PQ_BUF_INIT(HEAD + PQ_GATHER_WIRE);
	pq_buf_put(in, chunk, (size_t)n);
	if (in->fault != 0)
		return in->fault;
	if (in->n < HEAD)
		return 0;
	whole = HEAD + read_length(in->p);
	if (whole > in->max)
		return -PQ_ELIMIT;
	if (in->n > whole)
		return -PQ_EPROTO;
	return in->n == whole;
}

struct pq_slice
pq_fetch_message(const struct pq_buf *in)
{
	return pq_slice(in->p + HEAD, in->n - HEAD);
}

_Static_assert(PQ_URL_MAX >= PQ_REPOSITORY_MAX &&
	PQ_FETCH_TAG_MAX >= PQ_TAG_MAX && PQ_FETCH_TAG_MAX >= PQ_DIGEST_MAX,
    "a request must fit for both kinds of origins");

int
pq_fetch_request_put(
    struct pq_buf *dst, const char *place, const char *tag, unsigned artifacts)
{
	pq_buf_u32(dst, (uint32_t)strlen(place));
	pq_buf_str(dst, place);
	pq_buf_u32(dst, (uint32_t)strlen(tag));
	pq_buf_str(dst, tag);
	pq_buf_u32(dst, artifacts);
	return dst->fault;
}

int
pq_fetch_request_read(struct pq_slice request, char **ret_place, char **ret_tag,
    unsigned *ret_artifacts)
{
	struct pq_cur c = pq_cur_start(request);
	struct pq_slice a = pq_cur_string(&c, PQ_URL_MAX);
	struct pq_slice b = pq_cur_string(&c, PQ_FETCH_TAG_MAX);
	unsigned artifacts = pq_cur_u32(&c);
	char *place, *tag;

	if (!pq_cur_done(&c))
		return -PQ_EFORMAT;
	place = pq_slice_dup_str(a);
	tag = pq_slice_dup_str(b);
	if (place == NULL || tag == NULL) {
		free(place);
		free(tag);
		return -PQ_EFORMAT;
	}
	*ret_place = place;
	*ret_tag = tag;
	*ret_artifacts = artifacts;
	return 0;
}
