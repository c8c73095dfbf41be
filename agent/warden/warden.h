/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of the warden, and the types that it is made of.
 *
 * main() owns the one struct warden; it starts as all zero, without
 * descriptors. Each file of this folder changes the members of its own noun. A
 * file includes the headers of those that lie below it and of no other, so each
 * of its includes names a step down.
 */
#ifndef AGENT_WARDEN_WARDEN_H
#define AGENT_WARDEN_WARDEN_H

#include <pratique/digest.h>
#include <pratique/names.h>

#include "config/config.h"
#include "gate/clock.h"
#include "ipc/channel.h"
#include "ipc/doors.h"
#include "store/store.h"
#include "warden/audit.h"
#include "warden/limits.h"

struct pq_floor;
struct pq_peer_ops;

struct pq_out {
	struct pq_out *next;
	struct pq_buf bytes;
};

struct pq_peer {
	bool used;
	struct pq_channel ch;
	struct pq_out *head, *tail;
	size_t queued;
	bool polling_out;
	int64_t heard_ms; /* when it said something last */
};

enum pq_job_kind {
	PQ_JOB_NONE = 0,
	PQ_JOB_CALLBACK,
	PQ_JOB_LOOK,
	PQ_JOB_RELEASE,
};

enum pq_job_phase {
	PQ_PHASE_NONE = 0,
	PQ_PHASE_READ,    /* CALLBACK is with verify */
	PQ_PHASE_FETCH,   /* ERRAND is with fetch */
	PQ_PHASE_WAIT,    /* evidence here, verify is not */
	PQ_PHASE_EXAMINE, /* EXAMINE is with verify */
};

/* One piece of work in flight; its id is the callback's, look's, release's. */
struct pq_job {
	enum pq_job_kind kind;
	enum pq_job_phase phase;
	int64_t id;
	int64_t due_ms;                          /* CLOCK_BOOTTIME */
	const struct pq_config_service *service; /* of an errand */
	char digest[PQ_DIGEST_TEXT];
	struct pq_buf document;
};

/* A question that a role has not answered; id 0: none. */
struct pq_asked {
	uint64_t id;           /* its job there */
	enum pq_msg_type type; /* as what it was asked */
	enum pq_door door;
	bool lasting;           /* it changes something */
	struct pq_peer *client; /* NULL: it waits no more */
	uint64_t job;           /* of its request */
	int64_t due_ms;         /* it is told then that it waits in vain */
	uint64_t parts;         /* of the answer, handed on */
	size_t bytes;           /* in all of them */
	char actor[PQ_OPERATOR_TEXT];
	/* of the request; the answer to an order names them, too */
	char service[PQ_SERVICE_TEXT], version[PQ_TAG_TEXT];
};

/* The secrets of one endpoint, read once at start. */
struct pq_keys {
	struct pq_buf *v;
	struct pq_slice *s;
	size_t n;
};

struct warden {
	struct pq_config *cfg;
	struct pq_store store;
	struct pq_audit_head audit;
	struct pq_keys **keys; /* [service][endpoint] */
	int epfd;
	int doors[PQ_DOORS];
	unsigned deaf; /* doors, as bits, that are not asked for a moment */
	int64_t deaf_told_ms;
	const struct pq_peer_ops *ops; /* who hears of peers */
	/* roles sit at their door's number, clients after them */
	struct pq_peer peers[PQ_DOOR_CONTROL + WARDEN_CLIENTS];
	struct pq_job jobs[WARDEN_JOBS];
	int64_t last_id;
	int64_t backlog; /* callbacks to be read */
	int64_t parked;  /* those that wait for the end of a look first */
	struct pq_share {
		int64_t n, bytes; /* callbacks not done with */
	} * shares;               /* [service] */
	int64_t read_ms;          /* when callbacks were handed out last */
	struct pq_floor *floors;  /* [service], as deploy told; NULL: not yet */
	struct pq_asked asked[WARDEN_ASKED];
	uint64_t asked_id;
	struct pq_instant now;
	int64_t tick_due_ms;
	int64_t pumped_ms;
	int64_t told_seq; /* checkpoint that the journal has */
	int64_t told_ms;
	char state_dir[4096];
	int64_t space_ms;
	uint64_t space;   /* bytes free, when it was asked last */
	int64_t fetch_ms; /* when fetch was there last */
	int64_t log_s;    /* refusals are logged at a bounded rate */
	unsigned log_n;
	struct pq_peer_rows {
		int64_t ms;
		unsigned n;
	} rows[2]; /* so are rows about peers: of roles, of clients */
};

#endif
