/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_PEERS_H
#define AGENT_WARDEN_PEERS_H

#include "warden/warden.h"

/* of epoll's data: a door's number and this; below it lie those of peers */
#define WARDEN_DOOR_TAG 1000u

/*
 * Who hears of peers. peers.c calls these three and nothing else that lies
 * above it; w->ops is set before the first turn.
 */
struct pq_peer_ops {
	/*
	 * @m:     its sender may send it to us; borrows from @p's channel, so
	 *         no handler ends @p but by its return value
	 * Return: 0; a fault ends @p
	 */
	int (*message)(
	    struct warden *w, struct pq_peer *p, const struct pq_msg *m);
	/* @p has come in by @door and can be sent to */
	void (*joined)(struct warden *w, struct pq_peer *p, enum pq_door door);
	/*
	 * @p is gone: its place is empty, and only its address says which one
	 * it was. It may never have joined. Each function that ends a peer
	 * calls this before it returns, also while a message of another peer
	 * is being handled.
	 */
	void (*lost)(
	    struct warden *w, const struct pq_peer *p, enum pq_door door);
};

/*
 * pq_peers_accept() - let in one that waits at @door
 * The newest connection of a role replaces the one before, which is lost first.
 * At the control door root, the operators and our own uid are let in.
 */
void pq_peers_accept(struct warden *w, enum pq_door door);
/* pq_peers_listen() - ask the doors again that could not be opened */
void pq_peers_listen(struct warden *w);
/* pq_peers_role() - the role behind @door; NULL: it is away */
struct pq_peer *pq_peers_role(struct warden *w, enum pq_door door);

/*
 * pq_peers_end() - close, drop the queue, tell ops->lost
 * A peer that has ended already stays as it is.
 * @why: for log and audit log; NULL: this is no news
 */
void pq_peers_end(struct warden *w, struct pq_peer *p, const char *why);

/*
 * pq_peers_send() - queue a copy of @m; it leaves after the commit
 * Return: 0; -PQ_EABSENT no such peer; -PQ_EPROTO it may not be sent this;
 *         -PQ_ELIMIT its queue is full, or @m too long; -PQ_ENOMEM
 */
int pq_peers_send(struct pq_peer *p, const struct pq_msg *m);
/*
 * pq_peers_offer() - queue for a role that may do without @m
 * Return: 0; 1 @m can be written to no peer and at no time; or a fault of the
 *         peer, which may take it later
 */
int pq_peers_offer(struct warden *w, enum pq_door door, const struct pq_msg *m);
/*
 * pq_peers_give() - queue for a role that must not miss @m
 * When it cannot even be queued the role is ended: it comes again, and the
 * greeting says all of it once more.
 * Return: as pq_peers_offer()
 */
int pq_peers_give(struct warden *w, enum pq_door door, const struct pq_msg *m);
/* pq_peers_flush() - after the commit: all decisions of the turn may leave */
void pq_peers_flush(struct warden *w);
/*
 * pq_peers_read() - hand on the messages that have arrived, up to WARDEN_BATCH
 * A message that its sender may not send, that cannot be decoded or that its
 * handler refuses ends the peer.
 */
void pq_peers_read(struct warden *w, struct pq_peer *p);

#endif
