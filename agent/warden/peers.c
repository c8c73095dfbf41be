/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is connected. The door gives the role, the kernel gives the uid; a
 * message that the table does not permit, that cannot be decoded, or that
 * nobody waits for ends its peer, because a role that misbehaves once may
 * be somebody else's by now.
 *
 * Nothing leaves before the commit: messages are queued during a turn and
 * flushed after it, so no peer ever acts on what a crash could take back,
 * and no slow peer can stall the loop.
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
 * Whoever may connect can do so in a loop, and the audit log only grows: past
 * the bound peers are counted, not written down one by one.
 */
static bool
peer_row_due(struct warden *w, bool client)
{
	/* two budgets: clients must not hide what happens to the roles */
	struct pq_peer_rows *q = &w->rows[client];
	unsigned over = q->n > PEER_ROWS_MAX ? q->n - PEER_ROWS_MAX : 0;

	if (q->ms == 0 || w->now.boot_ms - q->ms >= PEER_ROWS_MS) {
		q->ms = w->now.boot_ms;
		q->n = 0;
		if (over)
			pq_warden_audit(w, "warden", "peer.suppressed", "", 0,
			    "%u more rows about %s", over,
			    client ? "clients" : "roles");
	}
	return q->n++ < PEER_ROWS_MAX;
}

static size_t
peer_index(const struct warden *w, const struct pq_peer *p)
{
	return (size_t)(p - w->peers);
}

/* the door that it came in by */
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
	    peer_row_due(w, peer_door(w, p) == PQ_DOOR_CONTROL)) {
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

/* The control socket: root, ourselves, or a configured operator. */
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

/* the client that has been silent longest, of @uid or of anybody but root */
static struct pq_peer *
silent_client(struct warden *w, const uid_t *uid)
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
 * Who holds connections and says nothing must not keep out somebody who wants
 * to hold or to reject: each uid has so many, and the newest counts. Root
 * always finds a place.
 */
static struct pq_peer *
client_slot(struct warden *w, uid_t uid)
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
		out = silent_client(w, &uid);
	else if (free_one == NULL && uid == 0)
		out = silent_client(w, NULL);
	if (out == NULL)
		return free_one;
	pq_peers_end(w, out, "another client needs its place");
	return out;
}

static struct pq_peer *
peer_slot(struct warden *w, enum pq_door door, uid_t uid)
{
	if (door == PQ_DOOR_CONTROL)
		return client_slot(w, uid);
	/* the newest connection wins: the old one's process is gone */
	pq_peers_end(w, &w->peers[door],
	    w->peers[door].used ? "replaced by a newer connection" : NULL);
	return &w->peers[door];
}

/*
 * Who waits at a door that cannot be opened (no descriptor is left, here or on
 * the host) makes it readable all the time: it is not asked for a moment.
 */
static void
door_watch(struct warden *w, enum pq_door door, bool watch)
{
	struct epoll_event ev = { .events = watch ? EPOLLIN : 0 };

	ev.data.u64 = WARDEN_DOOR_TAG + door;
	if (epoll_ctl(w->epfd, EPOLL_CTL_MOD, w->doors[door], &ev) < 0)
		pq_warden_log("door=%u epoll: %s", door, strerror(errno));
}

void
pq_peers_listen(struct warden *w)
{
	unsigned k;

	for (k = 0; w->deaf != 0 && k < PQ_DOORS; k++)
		if (w->deaf & 1u << k)
			door_watch(w, (enum pq_door)k, true);
	w->deaf = 0;
}

static void
accept_failed(struct warden *w, enum pq_door door)
{
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	if (w->now.boot_ms >= w->deaf_told_ms) {
		pq_warden_log("door=%u accept: %s", door, strerror(errno));
		w->deaf_told_ms = w->now.boot_ms + 1000;
	}
	door_watch(w, door, false);
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
		accept_failed(w, door);
		return;
	}
	if (pq_channel_open(&ch, fd, PQ_ROLE_WARDEN, pq_door_role(door), &err) <
	    0) {
		pq_warden_log("accept reason=\"%s\"", err.text);
		(void)close(fd);
		return;
	}
	if (door == PQ_DOOR_CONTROL && !client_permitted(w, ch.peer_uid)) {
		if (peer_row_due(w, true))
			pq_warden_audit(w, "warden", "control.refused", "", 0,
			    "uid %u is no operator", (unsigned)ch.peer_uid);
		pq_channel_close(&ch);
		return;
	}
	p = peer_slot(w, door, ch.peer_uid);
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
		pq_peers_end(w, p, "epoll");
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
		pq_warden_log("encode message=%s", pq_msg_name(m->type));
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
		pq_peers_end(w, p, "takes its messages too slowly");
	return r;
}

static void
peer_want_out(struct warden *w, struct pq_peer *p, bool want)
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
peer_flush(struct warden *w, struct pq_peer *p)
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
		peer_want_out(w, p, r == 1);
}

void
pq_peers_flush(struct warden *w)
{
	size_t i;

	for (i = 0; i < PQ_DOOR_CONTROL + WARDEN_CLIENTS; i++)
		if (w->peers[i].used && w->peers[i].head != NULL)
			peer_flush(w, &w->peers[i]);
}

static int
peer_message(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
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
		r = peer_message(w, p, &m);
		if (r < 0) {
			(void)snprintf(why, sizeof(why), "%s: %s",
			    pq_msg_name(m.type), pq_fault_text(r));
			pq_peers_end(w, p, why);
		}
	}
}
