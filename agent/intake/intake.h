/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_INTAKE_INTAKE_H
#define AGENT_INTAKE_INTAKE_H

#include <microhttpd.h>
#include <netinet/in.h>

#include <pratique/names.h>

#include "ipc/channel.h"

#define INTAKE_CONNECTIONS 512
#define INTAKE_EVICTED 64 /* connections that the library still closes */
#define INTAKE_PER_NETWORK 64
#define INTAKE_DROP_MAX ((size_t)16 << 20) /* bytes of a discarded body */
#define INTAKE_ID_BYTES 16                 /* random bytes of a request id */
#define INTAKE_HEAD_MAX 8192               /* bytes of a request's head */
#define INTAKE_POOL 16384 /* bytes of a connection: head and answer */
#define INTAKE_HELD_MAX ((size_t)32 << 20) /* bytes of all bodies */

/*
 * Absolute timeouts in milliseconds. The library's own timeout only counts
 * inactivity, so a client that sends a byte now and then would never time out.
 */
#define INTAKE_HEAD_MS 5000
#define INTAKE_BODY_MS 5000  /* and the time of its bytes at this rate: */
#define INTAKE_BODY_RATE 4   /* bytes for each ms: 4 KiB/s */
#define INTAKE_DROP_MS 15000 /* for a body that has been refused */
#define INTAKE_ANSWER_MS 10000
#define INTAKE_DRAIN_MS 10000

struct intake;

/* The first line of a request, where the library has left it. */
struct intake_line {
	const char *method, *version;
	const char *uri; /* decoded */
	size_t uri_n;    /* length as received */
	bool plain;      /* as received: see intake_path_is_plain() */
};

/* One TCP connection; the deadline belongs to its current phase. */
struct intake_connection {
	struct intake_connection *next, *prev;
	struct intake *in;
	int fd;
	struct in6_addr address; /* IPv4 as ::ffff:a.b.c.d */
	int64_t deadline_ms;
	uint64_t idle_since; /* the number of the last event: it was opened,
			      * received a whole request, or got the warden's
			      * answer; lower is older */
	bool evicted;        /* shut down; the library closes it soon */
	unsigned neighbours; /* open connections of the same network */
	struct intake_line line;
	struct intake_request *request; /* NULL between requests */
};

/* One request from its header to its answer. */
struct intake_request {
	struct intake_request *next, *prev; /* in the queue of the waiting */
	struct intake_connection *conn;
	struct MHD_Connection *mhd;
	uint64_t job;
	char id[33];
	char service[PQ_SERVICE_TEXT];
	char peer[64];
	struct pq_callback cb; /* its headers borrow from the library */
	struct pq_buf body;
	int64_t begun_ms; /* when its head was read */
	size_t dropped;   /* bytes received after a refusal */
	bool close;       /* its framing is uncertain: no second request */
	bool sent;        /* passed to the warden */
	bool waiting;     /* for the warden's receipt */
	unsigned status;  /* 0 until it is known */
	unsigned retry_after;
};

struct intake {
	struct pq_channel channel;
	bool up;    /* connected to the warden's socket */
	bool ready; /* the warden has sent its first message */
	char configured[PQ_HEADER_NAME_MAX + 1]; /* configured header, or "" */
	struct MHD_Daemon *daemon;
	struct intake_connection *connections;
	struct intake_request *waiting; /* oldest first; not circular */
	struct intake_request *waiting_last;
	uint64_t last_job;
	uint64_t last_event; /* of any connection: see idle_since */
	unsigned n_open;     /* number of connections */
	size_t held;         /* bytes of all bodies */
	uint8_t random[16 * INTAKE_ID_BYTES]; /* getrandom(2) fills at most 256
					       * bytes without interruption */
	size_t random_left;
};

/* request.c */
/* Note the first line of a request before the library decodes the URI. */
void *intake_on_line(void *cls, const char *uri, struct MHD_Connection *c);
enum MHD_Result intake_on_request(void *cls, struct MHD_Connection *c,
    const char *url, const char *method, const char *version, const char *data,
    size_t *n, void **req_cls);
void intake_on_done(void *cls, struct MHD_Connection *c, void **req_cls,
    enum MHD_RequestTerminationCode why);
/* Send the waiting requests. Return a fault if the warden is gone. */
int intake_flush(struct intake *in, struct pq_err *err);
bool intake_has_unsent(const struct intake *in);
/* Handle the warden's first message, which names the configured header. */
void intake_on_greeting(struct intake *in, struct pq_slice header);
/* Handle a receipt, which has the status of a waiting request. */
void intake_on_receipt(
    struct intake *in, uint64_t job, unsigned status, unsigned retry_after);
/* Answer 503 to the waiting requests past their deadline, or to all. */
void intake_refuse_late(struct intake *in, int64_t now_ms);
void intake_refuse_all(struct intake *in);

/* budget.c */
/* Append bytes to the body of a request. */
void intake_budget_put(struct intake_request *r, const char *data, size_t n);
/*
 * Return the request with the largest body while the bodies of all requests
 * exceed INTAKE_HELD_MAX; otherwise NULL.
 */
struct intake_request *intake_budget_excess(const struct intake *in);
/* Drop the body of a request. */
void intake_budget_free(struct intake_request *r);

/* head.c */
enum intake_framing {
	INTAKE_HOST,
	INTAKE_LENGTH,
	INTAKE_ENCODING,
	INTAKE_FRAMING /* number of headers that frame a request */
};

struct intake_head {
	const char *next; /* the next line, if all lines before are strict */
	const char *end;
	unsigned seen[INTAKE_FRAMING];
	bool old; /* HTTP/1.0 */
	bool bad;
};

/*
 * Read a head strictly: begin with the first line, then add each header in the
 * order of its arrival. The head ends at @end, behind its empty line; NULL if
 * that is unknown, and then the head is not strict. After that, a strict head
 * is one that a proxy can read in only one way. It has at most one of
 * Content-Length and "Transfer-Encoding: chunked".
 */
void intake_head_begin(
    struct intake_head *ret, const struct intake_line *l, const char *end);
void intake_head_add(struct intake_head *h, const char *key, const char *value);
bool intake_head_is_strict(const struct intake_head *h);

/* path.c */
/*
 * Return true if the received URI is a path with an optional query, in
 * printable ASCII, and the path has no "%". Valid paths need no escape, and a
 * decoder can turn an escape into a NUL or a slash.
 */
bool intake_path_is_plain(const char *uri);
/* Return true for a path below /hooks/. */
bool intake_path_is_hook(const char *url);
/* Copy the service of /hooks/SERVICE; false if that is not a valid name. */
bool intake_path_service(char ret[PQ_SERVICE_TEXT], const char *url);

/* address.c */
void intake_address_store(
    struct intake_connection *k, struct MHD_Connection *c);
/* Count @k for its neighbours, before it joins the list of connections. */
void intake_address_join(struct intake *in, struct intake_connection *k);
/* Count it no longer, after it has left the list. */
void intake_address_leave(struct intake *in, const struct intake_connection *k);
/*
 * Return MHD_YES if this address may open one more connection. This may evict
 * another connection.
 */
enum MHD_Result intake_address_has_room(
    void *cls, const struct sockaddr *addr, socklen_t addr_len);

/* server.c */
int intake_serve(struct intake *in, int listen_fd, struct pq_err *err);
int intake_loop(struct intake *in, struct pq_err *err);
extern volatile int intake_stop;

#endif
