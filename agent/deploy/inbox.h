/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_INBOX_H
#define AGENT_DEPLOY_INBOX_H

#include "deploy/journal.h"
#include "ipc/channel.h"

/*
 * The messages of the warden. A restraint enters the journal as soon as it is
 * read, even in the middle of a swap. Every other message waits in the queue,
 * in the order of arrival.
 */
struct pq_inbox {
	struct pq_channel *warden; /* borrowed */
	struct pq_store *journal;  /* borrowed */
	struct pq_letter *head, *tail;
	size_t n, bytes;     /* waiting messages, and the sum of their sizes */
	unsigned restraints; /* number of restraints read so far */
	bool greeted;        /* the warden has sent all holds */
	int fault;           /* of the channel; after it no message is read */
	struct pq_err err;
};

#define PQ_INBOX_MAX 256u          /* waiting messages */
#define PQ_INBOX_BYTES (64u << 20) /* sum of the sizes of waiting messages */

/*
 * pq_inbox_read() - read the messages that have arrived, without waiting
 * The journal must not be in a transaction. If the inbox is full, unread
 * messages stay in the socket.
 * Return: 0; 2 the peer closed the channel; a fault of the peer or of the
 *         journal
 */
int pq_inbox_read(struct pq_inbox *b);
/*
 * pq_inbox_await_greeting() - read until the warden has sent all holds
 * @ms: the longest wait in milliseconds
 */
void pq_inbox_await_greeting(struct pq_inbox *b, int64_t ms);
/*
 * pq_inbox_next() - remove the oldest message from the queue
 * @ret:   owned by the caller; untouched if the queue is empty
 * Return: false if the queue is empty
 */
bool pq_inbox_next(struct pq_inbox *b, struct pq_buf *ret);
/* pq_inbox_free() - free all waiting messages */
void pq_inbox_free(struct pq_inbox *b);

#endif
