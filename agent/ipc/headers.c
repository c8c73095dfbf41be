/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A callback as a part of a message. Three roles pass its headers on. If one of
 * them forgot a header, the receiver would believe that the client never sent
 * it. So the code does not name the headers one by one, but copies all headers
 * of the list PQ_CALLBACK_HEADERS.
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
