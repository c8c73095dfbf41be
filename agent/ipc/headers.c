/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A callback as a part of a message. Three roles hand its headers on, and one
 * that they forgot would be one that was never sent: so nobody copies them one
 * by one, and the list says which there are.
 */
#include "ipc/headers.h"

#define HEADER(WITH, NAME, member, http, max) to->member = from->member;

static void
take_callback(struct pq_callback *to, const struct pq_msg_callback *from)
{
	to->body = from->body;
	PQ_CALLBACK_HEADERS(HEADER, )
}

static void
take_delivery(struct pq_callback *to, const struct pq_msg_delivery *from)
{
	to->body = from->body;
	PQ_CALLBACK_HEADERS(HEADER, )
}

void
pq_callback_put(struct pq_msg_callback *to, const struct pq_callback *from)
{
	to->body = from->body;
	PQ_CALLBACK_HEADERS(HEADER, )
}

void
pq_delivery_put(struct pq_msg_delivery *to, const struct pq_callback *from)
{
	to->body = from->body;
	PQ_CALLBACK_HEADERS(HEADER, )
}

struct pq_callback
pq_callback_get(const struct pq_msg_callback *m)
{
	struct pq_callback cb = { .body = { NULL, 0 } };

	take_callback(&cb, m);
	return cb;
}

struct pq_callback
pq_delivery_get(const struct pq_msg_delivery *m)
{
	struct pq_callback cb = { .body = { NULL, 0 } };

	take_delivery(&cb, m);
	return cb;
}
