/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The poll loop: one thread, the library's epoll descriptor and the channel to
 * the warden. The supervisor owns the listening socket, which outlives this
 * process. Without quiescing first, stopping the library would shut the socket
 * down for every later instance.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "intake/intake.h"
#include "role/instant.h"

#define TICK_MS 250

volatile int intake_stop;

static void
connection_open(struct intake *in, struct MHD_Connection *c, void **ctx)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct intake_connection *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return;
	k->in = in;
	k->fd = i == NULL ? -1 : i->connect_fd;
	intake_address_store(k, c);
	k->deadline_ms = pq_instant_monotonic_ms() + INTAKE_HEAD_MS;
	k->idle_since = ++in->last_event;
	intake_address_join(in, k);
	k->next = in->connections;
	if (k->next != NULL)
		k->next->prev = k;
	in->connections = k;
	in->n_open++;
	*ctx = k;
}

static void
connection_shut(struct intake *in, struct intake_connection *k)
{
	if (k == NULL)
		return;
	if (k->prev != NULL)
		k->prev->next = k->next;
	else
		in->connections = k->next;
	if (k->next != NULL)
		k->next->prev = k->prev;
	in->n_open--;
	intake_address_leave(in, k);
	free(k);
}

static void
on_connection(void *cls, struct MHD_Connection *c, void **ctx,
    enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		connection_open(cls, c, ctx);
	} else {
		connection_shut(cls, *ctx);
		*ctx = NULL;
	}
}

int
intake_serve(struct intake *in, int listen_fd, struct pq_err *err)
{
	in->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME,
	    0, intake_address_has_room, in, intake_on_request, in,
	    MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_NOTIFY_CONNECTION,
	    on_connection, in, MHD_OPTION_NOTIFY_COMPLETED, intake_on_done, in,
	    MHD_OPTION_URI_LOG_CALLBACK, intake_on_line, NULL,
	    MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)(INTAKE_CONNECTIONS + INTAKE_EVICTED),
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)INTAKE_POOL,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (in->daemon == NULL)
		return pq_err_set(err, PQ_ESYS,
		    "cannot start the HTTP server: %s", strerror(errno));
	return 0;
}

/*
 * End the overdue connections. A request that waits for the warden gets 503;
 * any other connection is shut down.
 */
static void
end_expired(struct intake *in)
{
	struct intake_connection *k;
	int64_t now = pq_instant_monotonic_ms();

	intake_refuse_late(in, now);
	for (k = in->connections; k != NULL; k = k->next)
		if (now > k->deadline_ms && k->fd >= 0)
			(void)shutdown(k->fd, SHUT_RDWR);
}

static int
read_receipts(struct intake *in, struct pq_err *err)
{
	struct pq_msg m;
	int r;

	for (;;) {
		r = pq_channel_recv(&in->channel, &m, err);
		if (r == 1)
			return 0;
		if (r == 2)
			return pq_err_set(
			    err, PQ_EPROTO, "the warden closed the connection");
		if (r != 0)
			return r;
		if (m.job == 0)
			intake_on_greeting(in, m.receipt.header);
		else
			intake_on_receipt(
			    in, m.job, m.receipt.status, m.receipt.retry_after);
	}
}

static int
run_once(struct intake *in, int epfd, struct pq_err *err)
{
	struct pollfd p[2] = { { .fd = epfd, .events = POLLIN },
		{ .fd = in->up ? in->channel.fd : -1, .events = POLLIN } };
	MHD_UNSIGNED_LONG_LONG wait;
	int timeout = TICK_MS, r = 0;

	if (MHD_get_timeout(in->daemon, &wait) == MHD_YES && wait < TICK_MS)
		timeout = (int)wait;
	if (intake_has_unsent(in))
		p[1].events |= POLLOUT;
	if (poll(p, 2, timeout) < 0 && errno != EINTR)
		return pq_err_set(err, PQ_ESYS, "poll: %s", strerror(errno));
	if (in->up && p[1].revents != 0)
		r = read_receipts(in, err);
	if (MHD_run(in->daemon) != MHD_YES && r == 0)
		r = pq_err_set(err, PQ_ESYS, "the HTTP server failed");
	if (r == 0 && in->up)
		r = intake_flush(in, err);
	return r;
}

/*
 * Accept no new connections, and answer the requests of the open ones. The
 * process closes the listening socket first, so that the next agent can use
 * its address during this time.
 */
static void
drain_connections(struct intake *in, int epfd)
{
	int64_t end = pq_instant_monotonic_ms() + INTAKE_DRAIN_MS;
	struct pq_err ignored = PQ_ERR_INIT;
	struct intake_connection *k;

	/* there is one thread, so the library no longer uses the socket */
	(void)close(MHD_quiesce_daemon(in->daemon));
	for (k = in->connections; k != NULL; k = k->next)
		if (k->deadline_ms > end)
			k->deadline_ms = end;
	while (in->n_open != 0 && pq_instant_monotonic_ms() < end) {
		if (run_once(in, epfd, &ignored) != 0) {
			in->up = false;
			intake_refuse_all(in);
		}
		end_expired(in);
	}
	MHD_stop_daemon(in->daemon);
}

int
intake_loop(struct intake *in, struct pq_err *err)
{
	const union MHD_DaemonInfo *i =
	    MHD_get_daemon_info(in->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	int64_t next = pq_instant_monotonic_ms();
	int r = 0;

	if (i == NULL)
		return pq_err_set(err, PQ_EINTERNAL, "no epoll descriptor");
	while (r == 0 && !intake_stop) {
		r = run_once(in, i->epoll_fd, err);
		if (pq_instant_monotonic_ms() >= next) {
			end_expired(in);
			next = pq_instant_monotonic_ms() + TICK_MS;
		}
	}
	if (r != 0) {
		in->up = false;
		intake_refuse_all(in);
	}
	drain_connections(in, i->epoll_fd);
	return r;
}
