/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of the warden, and the types of its members.
 *
 * main() owns the one struct warden. It starts as all zero, without file
 * descriptors. Each file of this folder changes the members of its own noun. A
 * file includes only headers of the layers below it, so each include points one
 * step down.
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
	int64_t heard_ms; /* arrival of its last message */
};

enum pq_job_kind {
	PQ_JOB_NONE = 0,
	PQ_JOB_CALLBACK,
	PQ_JOB_LOOK,
	PQ_JOB_RELEASE,
};

enum pq_job_phase {
	PQ_PHASE_NONE = 0,
	PQ_PHASE_READ,    /* verify has the CALLBACK */
	PQ_PHASE_FETCH,   /* fetch has the ERRAND */
	PQ_PHASE_WAIT,    /* evidence has arrived, but verify is away */
	PQ_PHASE_EXAMINE, /* verify has the EXAMINE */
};

/* A job in flight. Its id is that of its callback, look or release. */
struct pq_job {
	enum pq_job_kind kind;
	enum pq_job_phase phase;
	int64_t id;
	int64_t due_ms;                          /* CLOCK_BOOTTIME */
	const struct pq_config_service *service; /* only for an errand */
	/* only for a look: its turn when the errand was sent, 0: it was asked
	 * before; its place is one of those for the newest */
	int64_t turn;
	bool newest;
	char digest[PQ_DIGEST_TEXT];
	struct pq_buf document;
};

/* A question that a role has not answered yet. */
struct pq_asked {
	uint64_t id;            /* job number of the question; 0: free place */
	enum pq_msg_type type;  /* type of the question's message */
	enum pq_door door;      /* door of the role that must answer */
	bool lasting;           /* it is an order, which changes something */
	struct pq_peer *client; /* NULL: the client no longer waits */
	uint64_t job;           /* job number of the client's request */
	int64_t due_ms;         /* the client gets an error at this time */
	uint64_t parts;         /* parts of the answer passed on so far */
	size_t bytes;           /* sum of their lengths */
	char actor[PQ_OPERATOR_TEXT];
	/* copied from the request: the answer to an order must name them */
	char service[PQ_SERVICE_TEXT], version[PQ_TAG_TEXT];
};

/*
 * The secrets of one endpoint, read once at the start. A mark names a secret in
 * the ledger, also after a restart and under another file name.
 */
struct pq_keys {
	struct pq_buf *v;
	struct pq_slice *s;
	size_t n;
	int64_t *marks;
};

/* The waiting work of one service, and the state of its repeated questions. */
struct pq_share {
	int64_t n, bytes;    /* callbacks without a final state */
	int64_t open, first; /* open looks; those without an answer yet */
	int64_t retry_ms;    /* time of the last repeated question */
	bool retry_newest;   /* it was the newest look, not the oldest */
};

struct warden {
	struct pq_config *cfg;
	struct pq_store store;
	struct pq_audit_head audit;
	struct pq_keys **keys; /* [service][endpoint] */
	int epfd;
	int doors[PQ_DOORS];
	unsigned deaf;        /* bit mask: doors that are not polled now */
	int64_t deaf_told_ms; /* next time that this may be logged */
	const struct pq_peer_ops *ops;
	/* a role has the index of its door; the clients follow */
	struct pq_peer peers[PQ_DOOR_CONTROL + WARDEN_CLIENTS];
	struct pq_job jobs[WARDEN_JOBS];
	int64_t last_id;
	int64_t backlog;         /* callbacks without a final state */
	struct pq_share *shares; /* [service] */
	int64_t read_ms;         /* start of the last round for verify */
	bool read_newest;        /* it began with the newest callback */
	size_t next_service;     /* it gets the next place for a look */
	struct pq_floor
	    *floors; /* [service], reported by deploy; may be NULL */
	struct pq_asked asked[WARDEN_ASKED];
	uint64_t asked_id;
	struct pq_instant now;
	int64_t tick_due_ms;
	int64_t pumped_ms;
	int64_t told_seq; /* last checkpoint in the system log */
	int64_t told_ms;
	char state_dir[4096];
	int64_t space_ms;
	uint64_t space;   /* free bytes on the disk at space_ms */
	int64_t fetch_ms; /* last time that fetch was connected */
	int64_t log_s;    /* second in which log_n refusals were logged */
	unsigned log_n;
	struct pq_peer_rows {
		int64_t ms;
		unsigned n;
	} rows[2]; /* audit rows about roles and clients since ms */
};

#endif
