/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connected peers. The door of a connection determines the role, and the
 * kernel reports the uid. The warden ends a peer after a message that the table
 * does not permit, that cannot be decoded or that no question expects: an
 * attacker may control a role that breaks the protocol once.
 *
 * Messages are queued during a turn and sent after its commit. So a peer never
 * acts on a decision that a crash could undo, and a slow peer cannot stop the
 * loop.
 */
#include "warden/peers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "warden/core.h"

#define PEER_ROWS_MAX 60
#define PEER_ROWS_MS 60000

/*
 * Count an audit row about a peer. Return true if the row may be written. A
 * client can connect in a loop, and the audit log only grows. So rows beyond
 * the limit are only counted.
 */
static bool
count_peer_row(struct warden *w, bool client)
{
	/* two limits, so that clients cannot hide the rows about roles */
	struct pq_peer_rows *q = &w->rows[client];
	unsigned over = q->n > PEER_ROWS_MAX ? q->n - PEER_ROWS_MAX : 0;

	if (q->ms == 0 || w->now.boot_ms - q->ms >= PEER_ROWS_MS) {
		q->ms = w->now.boot_ms;
		q->n = 0;
		if (over)
			pq_warden_audit(w, "warden", "peer.suppressed", "", 0,
			    "%u more events of %s were not recorded", over,
			    client ? "clients" : "roles");
	}
	return q->n++ < PEER_ROWS_MAX;
}

static size_t
peer_index(const struct warden *w, const struct pq_peer *p)
{
	return (size_t)(p - w->peers);
}

static enum pq_door
peer_door(const struct warden *w, const struct pq_peer *p)
{
	size_t i = peer_index(w, p);

	return i < PQ_DOOR_CONTROL ? (enum pq_door)i : PQ_DOOR_CONTROL;
}

struct pq_peer *
pq_peers_role(struct warden *w, enum pq_door door)
{
	struct pq_peer *p = &w->peers[door];

	return p->used ? p : NULL;
}

void
pq_peers_end(struct warden *w, struct pq_peer *p, const char *why)
{
	if (!p->used)
		return;
	if (why != NULL &&
	    count_peer_row(w, peer_door(w, p) == PQ_DOOR_CONTROL)) {
		pq_warden_log("peer-ended role=%s reason=\"%s\"",
		    pq_role_name(p->ch.peer), why);
		pq_warden_audit(w, "warden", "peer.ended", "", 0, "%s: %s",
		    pq_role_name(p->ch.peer), why);
	}
	(void)epoll_ctl(w->epfd, EPOLL_CTL_DEL, p->ch.fd, NULL);
	pq_channel_close(&p->ch);
	while (p->head != NULL) {
		struct pq_out *o = p->head;

		p->head = o->next;
		pq_buf_free(&o->bytes);
		free(o);
	}
	memset(p, 0, sizeof(*p));
	p->ch.fd = -1;
	w->ops->lost(w, p, peer_door(w, p));
}

/* Clients of the control socket: root, our own uid, and the operators. */
static bool
client_permitted(const struct warden *w, uid_t uid)
{
	size_t i;

	if (uid == 0 || uid == geteuid())
		return true;
	for (i = 0; i < w->cfg->n_operators; i++)
		if (w->cfg->operators[i].uid == uid)
			return true;
	return false;
}

/*
 * Return the client that has been silent longest. It is a client of @uid; if
 * @uid is NULL, a client of any uid except root.
 */
static struct pq_peer *
find_silent_client(struct warden *w, const uid_t *uid)
{
	struct pq_peer *found = NULL;
	size_t i;

	for (i = PQ_DOOR_CONTROL; i < PQ_DOOR_CONTROL + WARDEN_CLIENTS; i++) {
		struct pq_peer *p = &w->peers[i];

		if (p->used &&
		    (uid != NULL ? p->ch.peer_uid == *uid
				 : p->ch.peer_uid != 0) &&
		    (found == NULL || p->heard_ms < found->heard_ms))
			found = p;
	}
	return found;
}

/*
 * Silent connections must not prevent an operator from setting a hold. So each
 * uid has a limited number of connections, and a new one replaces the one that
 * has been silent longest. Root always gets a place.
 */
static struct pq_peer *
take_client_slot(struct warden *w, uid_t uid)
{
	struct pq_peer *free_one = NULL, *out = NULL;
	size_t same = 0;
	size_t i;

	for (i = PQ_DOOR_CONTROL; i < PQ_DOOR_CONTROL + WARDEN_CLIENTS; i++) {
		struct pq_peer *p = &w->peers[i];

		if (!p->used)
			free_one = p;
		else
			same += p->ch.peer_uid == uid;
	}
	if (same >= WARDEN_CLIENTS_UID)
		out = find_silent_client(w, &uid);
	else if (free_one == NULL && uid == 0)
		out = find_silent_client(w, NULL);
	if (out == NULL)
		return free_one;
	pq_peers_end(w, out, "closed to make room for another client");
	return out;
}

static struct pq_peer *
take_peer_slot(struct warden *w, enum pq_door door, uid_t uid)
{
	if (door == PQ_DOOR_CONTROL)
		return take_client_slot(w, uid);
	/* the newest connection wins: the old process has exited */
	pq_peers_end(w, &w->peers[door],
	    w->peers[door].used ? "replaced by a newer connection" : NULL);
	return &w->peers[door];
}

/*
 * If accept() fails for lack of file descriptors, a waiting client keeps the
 * door readable, and the loop would spin. So the door is not polled for a
 * moment.
 */
static void
poll_door(struct warden *w, enum pq_door door, bool watch)
{
	struct epoll_event ev = { .events = watch ? EPOLLIN : 0 };

	ev.data.u64 = WARDEN_DOOR_TAG + door;
	if (epoll_ctl(w->epfd, EPOLL_CTL_MOD, w->doors[door], &ev) < 0)
		pq_warden_log("epoll-failed socket=%s reason=\"%s\"",
		    pq_door_name(door), strerror(errno));
}

void
pq_peers_listen(struct warden *w)
{
	unsigned k;

	for (k = 0; w->deaf != 0 && k < PQ_DOORS; k++)
		if (w->deaf & 1u << k)
			poll_door(w, (enum pq_door)k, true);
	w->deaf = 0;
}

static void
pause_door(struct warden *w, enum pq_door door)
{
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	if (w->now.boot_ms >= w->deaf_told_ms) {
		pq_warden_log("accept-failed socket=%s reason=\"%s\"",
		    pq_door_name(door), strerror(errno));
		w->deaf_told_ms = w->now.boot_ms + 1000;
	}
	poll_door(w, door, false);
	w->deaf |= 1u << door;
}

void
pq_peers_accept(struct warden *w, enum pq_door door)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_channel ch;
	struct pq_peer *p;
	int fd =
	    accept4(w->doors[door], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		pause_door(w, door);
		return;
	}
	if (pq_channel_open(&ch, fd, PQ_ROLE_WARDEN, pq_door_role(door), &err) <
	    0) {
		pq_warden_log("accept-failed socket=%s reason=\"%s\"",
		    pq_door_name(door), err.text);
		(void)close(fd);
		return;
	}
	if (door == PQ_DOOR_CONTROL && !client_permitted(w, ch.peer_uid)) {
		if (count_peer_row(w, true))
			pq_warden_audit(w, "warden", "control.refused", "", 0,
			    "uid %u is not an operator in pratique.yaml",
			    (unsigned)ch.peer_uid);
		pq_channel_close(&ch);
		return;
	}
	p = take_peer_slot(w, door, ch.peer_uid);
	if (p == NULL) {
		pq_channel_close(&ch);
		return;
	}
	memset(p, 0, sizeof(*p));
	p->ch = ch;
	p->used = true;
	p->heard_ms = w->now.boot_ms;
	ev.data.u64 = peer_index(w, p);
	if (epoll_ctl(w->epfd, EPOLL_CTL_ADD, ch.fd, &ev) < 0) {
		pq_peers_end(w, p, "epoll cannot watch the connection");
		return;
	}
	if (door != PQ_DOOR_CONTROL)
		pq_warden_log("connected role=%s uid=%u", pq_role_name(ch.peer),
		    (unsigned)ch.peer_uid);
	w->ops->joined(w, p, door);
}

int
pq_peers_send(struct pq_peer *p, const struct pq_msg *m)
{
	struct pq_out *o;

	if (p == NULL || !p->used)
		return -PQ_EABSENT;
	if (!pq_msg_permitted(m->type, PQ_ROLE_WARDEN, p->ch.peer))
		return -PQ_EPROTO;
	if (p->queued > WARDEN_OUT)
		return -PQ_ELIMIT;
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return -PQ_ENOMEM;
	o->bytes = PQ_BUF_INIT(PQ_IPC_MAX);
	if (pq_msg_encode(&o->bytes, m) < 0 || o->bytes.fault) {
		pq_warden_log("encode-failed message=%s", pq_msg_name(m->type));
		pq_buf_free(&o->bytes);
		free(o);
		return -PQ_ELIMIT;
	}
	p->queued += o->bytes.n;
	if (p->tail != NULL)
		p->tail->next = o;
	else
		p->head = o;
	p->tail = o;
	return 0;
}

int
pq_peers_offer(struct warden *w, enum pq_door door, const struct pq_msg *m)
{
	struct pq_peer *p = pq_peers_role(w, door);
	int r = pq_peers_send(p, m);

	return r == 0 || p == NULL || r == -PQ_ENOMEM || p->queued > WARDEN_OUT
	    ? r
	    : 1;
}

int
pq_peers_give(struct warden *w, enum pq_door door, const struct pq_msg *m)
{
	struct pq_peer *p = pq_peers_role(w, door);
	int r = pq_peers_offer(w, door, m);

	if (r < 0 && p != NULL)
		pq_peers_end(w, p, "reads its messages too slowly");
	return r;
}

static void
poll_for_writing(struct warden *w, struct pq_peer *p, bool want)
{
	struct epoll_event ev = { .events =
				      want ? EPOLLIN | EPOLLOUT : EPOLLIN };

	if (p->polling_out == want)
		return;
	ev.data.u64 = peer_index(w, p);
	(void)epoll_ctl(w->epfd, EPOLL_CTL_MOD, p->ch.fd, &ev);
	p->polling_out = want;
}

static void
flush_peer(struct warden *w, struct pq_peer *p)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_msg m;
	int r = 0;

	while (p->head != NULL) {
		struct pq_out *o = p->head;

		r = pq_msg_decode(&m, pq_buf_view(&o->bytes), &err);
		if (r == 0)
			r = pq_channel_send(&p->ch, &m, &err);
		if (r != 0)
			break;
		p->head = o->next;
		if (p->head == NULL)
			p->tail = NULL;
		p->queued -= o->bytes.n;
		pq_buf_free(&o->bytes);
		free(o);
	}
	if (r < 0)
		pq_peers_end(w, p, err.text);
	else
		poll_for_writing(w, p, r == 1);
}

void
pq_peers_flush(struct warden *w)
{
	size_t i;

	for (i = 0; i < PQ_DOOR_CONTROL + WARDEN_CLIENTS; i++)
		if (w->peers[i].used && w->peers[i].head != NULL)
			flush_peer(w, &w->peers[i]);
}

static int
handle_message(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	if (!pq_msg_permitted(m->type, p->ch.peer, PQ_ROLE_WARDEN))
		return -PQ_EPERM;
	return w->ops->message(w, p, m);
}

void
pq_peers_read(struct warden *w, struct pq_peer *p)
{
	unsigned n;

	for (n = 0; p->used && n < WARDEN_BATCH; n++) {
		struct pq_err err = PQ_ERR_INIT;
		struct pq_msg m;
		char why[PQ_ERR_TEXT];
		int r = pq_channel_recv(&p->ch, &m, &err);

		if (r == 1 || w->store.fault)
			return;
		if (r != 0) {
			bool quiet = r == 2 && p->ch.peer == PQ_ROLE_CLI;

			pq_peers_end(w, p,
			    r == 2 ? (quiet ? NULL : "closed") : err.text);
			return;
		}
		p->heard_ms = w->now.boot_ms;
		r = handle_message(w, p, &m);
		if (r < 0) {
			(void)snprintf(why, sizeof(why), "%s: %s",
			    pq_msg_name(m.type), pq_fault_text(r));
			pq_peers_end(w, p, why);
		}
	}
}
