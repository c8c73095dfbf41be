/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_INBOX_H
#define AGENT_DEPLOY_INBOX_H

#include "deploy/journal.h"
#include "ipc/channel.h"

/*
 * What the warden sent. A restraint is in the journal as soon as it was read,
 * also in the middle of a swap; everything else waits for its turn, in order.
 */
struct pq_inbox {
	struct pq_channel *warden; /* borrowed, like the journal */
	struct pq_store *journal;
	struct pq_letter *head, *tail;
	size_t n, bytes;
	unsigned restraints; /* read so far */
	bool told;           /* the greeting has come to its end */
	int fault;           /* of the peer: nothing is read any more */
	struct pq_err err;
};

#define PQ_INBOX_MAX 256u          /* messages that wait */
#define PQ_INBOX_BYTES (64u << 20) /* and all of their bytes */

/*
 * pq_inbox_read() - take in what is there, without waiting for more
 * The journal must be outside of a transaction. Nothing more is read while
 * the inbox is full; what then waits in the socket is not lost.
 * Return: 0; 2 the peer closed; a fault of the peer or of the journal
 */
int pq_inbox_read(struct pq_inbox *b);
/* read until the greeting has come, for @ms at most */
void pq_inbox_greeting(struct pq_inbox *b, int64_t ms);
/* the oldest that waits: owned by the caller; false: none */
bool pq_inbox_next(struct pq_inbox *b, struct pq_buf *ret);
void pq_inbox_free(struct pq_inbox *b);

#endif
