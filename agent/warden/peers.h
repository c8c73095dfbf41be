/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_PEERS_H
#define AGENT_WARDEN_PEERS_H

#include "warden/warden.h"

/* epoll data of a door: this plus its number; smaller values are peers */
#define WARDEN_DOOR_TAG 1000u

/*
 * The handlers of peers. peers.c calls no other function of a layer above it.
 * w->ops is set before the first turn.
 */
struct pq_peer_ops {
	/*
	 * @m:     permitted for its sender; borrows from the channel of @p, so
	 *         a handler ends @p only through its return value
	 * Return: 0; a fault ends @p
	 */
	int (*message)(
	    struct warden *w, struct pq_peer *p, const struct pq_msg *m);
	/* @p has connected through @door and can receive messages */
	void (*joined)(struct warden *w, struct pq_peer *p, enum pq_door door);
	/*
	 * @p has ended. Its place is empty: use only its address. It may have
	 * ended before it joined. Each function that ends a peer calls this
	 * before it returns, also while it handles a message of another peer.
	 */
	void (*lost)(
	    struct warden *w, const struct pq_peer *p, enum pq_door door);
};

/*
 * pq_peers_accept() - accept one connection at @door
 * A new connection of a role replaces the old one, which ends first. The
 * control door accepts root, the operators and our own uid.
 */
void pq_peers_accept(struct warden *w, enum pq_door door);
/* pq_peers_listen() - poll the doors again at which accept() failed */
void pq_peers_listen(struct warden *w);
/* pq_peers_role() - return the role behind @door, or NULL if it is away */
struct pq_peer *pq_peers_role(struct warden *w, enum pq_door door);

/*
 * pq_peers_end() - close the connection, free the queue, call ops->lost
 * It does nothing if the peer has already ended.
 * @why: reason for the log and the audit log; NULL writes neither
 */
void pq_peers_end(struct warden *w, struct pq_peer *p, const char *why);

/*
 * pq_peers_send() - queue a copy of @m, which is sent after the commit
 * Return: 0; -PQ_EABSENT (no such peer); -PQ_EPROTO (the peer must not get
 *         @m); -PQ_ELIMIT (the queue is full, or @m is too long); -PQ_ENOMEM
 */
int pq_peers_send(struct pq_peer *p, const struct pq_msg *m);
/*
 * pq_peers_offer() - queue @m for a role that can work without it
 * Return: 0; 1 if @m can never be sent; or a fault of the peer, which may
 *         accept @m later
 */
int pq_peers_offer(struct warden *w, enum pq_door door, const struct pq_msg *m);
/*
 * pq_peers_give() - queue @m for a role that must not miss it
 * If @m cannot be queued the role is ended. It connects again, and its greeting
 * repeats everything.
 * Return: as pq_peers_offer()
 */
int pq_peers_give(struct warden *w, enum pq_door door, const struct pq_msg *m);
/* pq_peers_flush() - send the queued messages; only after the commit */
void pq_peers_flush(struct warden *w);
/*
 * pq_peers_read() - handle the arrived messages of a peer, at most WARDEN_BATCH
 * The peer is ended after a message that it must not send, that cannot be
 * decoded or that its handler refuses.
 */
void pq_peers_read(struct warden *w, struct pq_peer *p);

#endif
