/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_INTAKE_INTAKE_H
#define AGENT_INTAKE_INTAKE_H

#include <microhttpd.h>
#include <netinet/in.h>

#include <pratique/names.h>

#include "ipc/channel.h"

#define INTAKE_CONNECTIONS 512
#define INTAKE_PER_ADDRESS 64
#define INTAKE_DROP_MAX ((size_t)16 << 20) /* of a body that is not wanted */
#define INTAKE_ID_BYTES 16                 /* of a request id */

/*
 * Absolute deadlines in milliseconds: the library's own timeout counts
 * inactivity only, so a peer that sends a byte now and then would stay.
 */
#define INTAKE_HEAD_MS 5000
#define INTAKE_BODY_MS 15000
#define INTAKE_ANSWER_MS 10000
#define INTAKE_DRAIN_MS 10000

struct intake;

/* One TCP connection; its deadline is for the phase it is in. */
struct intake_connection {
	struct intake_connection *next, *prev;
	struct intake *in;
	int fd;
	struct in6_addr address; /* IPv4 as ::ffff:a.b.c.d */
	int64_t deadline_ms;
};

/* One request from its header to its answer. */
struct intake_request {
	struct intake_request *next, *prev; /* waiting for a receipt */
	struct intake_connection *conn;
	struct MHD_Connection *mhd;
	uint64_t job;
	char id[33];
	char service[PQ_SERVICE_TEXT];
	char peer[64];
	struct pq_callback cb; /* its headers are the library's */
	struct pq_buf body;
	size_t dropped; /* bytes that came after a refusal */
	bool sent;
	bool waiting;
	unsigned status; /* 0 until known */
	unsigned retry_after;
};

struct intake {
	struct pq_channel channel;
	bool up;    /* connected to where the warden is, or is to be */
	bool ready; /* and it has said something */
	char configured[PQ_HEADER_NAME_MAX + 1]; /* that it names; "": none */
	struct MHD_Daemon *daemon;
	struct intake_connection *connections;
	struct intake_request *waiting; /* oldest first, circular is not */
	struct intake_request *waiting_last;
	uint64_t last_job;
	unsigned n_open;                      /* connections */
	uint8_t random[16 * INTAKE_ID_BYTES]; /* for ids; at most 256 at once */
	size_t random_left;
};

/* request.c */
enum MHD_Result intake_on_request(void *cls, struct MHD_Connection *c,
    const char *url, const char *method, const char *version, const char *data,
    size_t *n, void **req_cls);
void intake_on_done(void *cls, struct MHD_Connection *c, void **req_cls,
    enum MHD_RequestTerminationCode why);
/* send what could not be sent yet; a fault when the warden is gone */
int intake_flush(struct intake *in, struct pq_err *err);
bool intake_unsent(const struct intake *in);
/* the warden's first word: requests may go, with this header besides */
void intake_greeted(struct intake *in, struct pq_slice header);
/* a receipt: the status of a waiting request */
void intake_receipt(
    struct intake *in, uint64_t job, unsigned status, unsigned retry_after);
/* every waiting request gets 503, or each whose time is over */
void intake_refuse_late(struct intake *in, int64_t now_ms);
void intake_refuse_all(struct intake *in);

/* path.c */
/* is it below /hooks/? */
bool intake_path_is_hook(const char *url);
/* the service of /hooks/SERVICE; false: none can have that name */
bool intake_path_service(char ret[PQ_SERVICE_TEXT], const char *url);

/* address.c */
void intake_address_keep(struct intake_connection *k, struct MHD_Connection *c);
/* may one more connection come from there? */
enum MHD_Result intake_address_has_room(
    void *cls, const struct sockaddr *addr, socklen_t addr_len);

/* server.c */
int intake_serve(struct intake *in, int listen_fd, struct pq_err *err);
int intake_loop(struct intake *in, struct pq_err *err);
extern volatile int intake_stop;

#endif
