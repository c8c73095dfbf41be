/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_WARDEN_H
#define AGENT_WARDEN_WARDEN_H

#include "config/config.h"
#include "ipc/channel.h"
#include "role/instant.h"
#include "role/role.h"
#include "warden/audit.h"
#include "warden/ledger.h"

#define WARDEN_DOOR_TAG 1000u /* of epoll's data: above every peer's number */
#define WARDEN_CLIENTS 32
#define WARDEN_CLIENTS_UID 8 /* of one uid */
/* In flight at once; the rest waits in SQL, so a flood starves no release. */
#define WARDEN_READS 256 /* callbacks: small, and verify takes several */
#define WARDEN_ERRANDS 4
#define WARDEN_JOBS (WARDEN_READS + WARDEN_ERRANDS)
#define WARDEN_PICK 32         /* rows looked at in one turn */
#define WARDEN_BATCH 256       /* deliveries in one transaction */
#define WARDEN_OUT (64u << 20) /* bytes queued for one peer */
/* callbacks not yet done with, shared among the services: then 503 */
#define WARDEN_BACKLOG 100000
#define WARDEN_BACKLOG_BYTES ((int64_t)256 << 20) /* of their bodies */
/* bytes of the disk that must be free for what others make us write */
#define WARDEN_SPACE_CALLBACK ((uint64_t)64 << 20)
#define WARDEN_SPACE_EVIDENCE ((uint64_t)256 << 20)
#define WARDEN_LOOKS 16 /* of a service, that callbacks open at once */
#define WARDEN_ASKED 8  /* orders to adopt that wait for deploy */

#define WARDEN_READ_MS 30000
#define WARDEN_READ_PACE_MS 50 /* between rounds that are not full */
#define WARDEN_READ_BYTES ((size_t)256 << 10) /* when reached, it is full */
/* as many errands as there can be at one origin, one after the other, a minute
 * each; who is slower is hung */
#define WARDEN_FETCH_MS 270000
/* a role that is away longer is not restarting */
#define WARDEN_AWAY_MS 10000
#define WARDEN_EXAMINE_MS 60000
#define WARDEN_BACKOFF_S 60 /* at most, between tries */
#define WARDEN_WAIT_S 3600  /* and between rounds that deploy lets wait */
#define WARDEN_TICK_MS 30000

/* The listening sockets, in the order of LISTEN_FDNAMES. */
enum pq_door {
	PQ_DOOR_INTAKE = 0,
	PQ_DOOR_FETCH,
	PQ_DOOR_VERIFY,
	PQ_DOOR_DEPLOY,
	PQ_DOOR_CONTROL,
	PQ_DOORS
};

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

/* An order to adopt that deploy has not answered; id 0: none. */
struct pq_asked {
	uint64_t id, job;
	struct pq_peer *client; /* NULL: it is gone */
	int64_t due_ms;
	char actor[PQ_OPERATOR_TEXT];
};

/* What an answer to the command line comes to: its exit code. */
enum pq_code {
	PQ_CODE_DONE = 0,
	PQ_CODE_REFUSED = 1,
	PQ_CODE_USAGE = 2,
	PQ_CODE_FAULT = 4,
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
	bool stop;
};

/* loop.c */
int pq_warden_loop(struct warden *w);
void pq_warden_now(struct warden *w);
int64_t pq_warden_s(const struct warden *w); /* wall clock, seconds */
int64_t pq_warden_id(struct warden *w);      /* the next id */
#define pq_warden_log(...) pq_role_log(PQ_ROLE_WARDEN, __VA_ARGS__)
/* audit row in the current transaction */
void pq_warden_audit(struct warden *w, const char *actor, const char *event,
    const char *service, int64_t id, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
int64_t pq_warden_backoff(int64_t tries); /* seconds */
const struct pq_config_service *pq_warden_service(
    const struct warden *w, const char *name);
void pq_warden_text(char *dst, size_t size, struct pq_slice s);

/* peers.c */
void pq_peers_accept(struct warden *w, enum pq_door door);
/* asks the doors again that could not be opened */
void pq_peers_listen(struct warden *w);
struct pq_peer *pq_peers_role(struct warden *w, enum pq_door door);
void pq_peers_end(struct warden *w, struct pq_peer *p, const char *why);
int pq_peers_send(struct pq_peer *p, const struct pq_msg *m);
/* after the commit: what was decided may leave */
void pq_peers_flush(struct warden *w);
void pq_peers_read(struct warden *w, struct pq_peer *p);

/* jobs.c */
struct pq_job *pq_jobs_find(
    struct warden *w, int64_t id, enum pq_job_phase phase);
struct pq_job *pq_jobs_new(struct warden *w, enum pq_job_kind kind, int64_t id);
bool pq_jobs_busy(const struct warden *w, int64_t id);
/* is an errand of this kind under way for @service? */
bool pq_jobs_serve(const struct warden *w, enum pq_job_kind kind,
    const struct pq_config_service *service);
size_t pq_jobs_reading(const struct warden *w); /* callbacks with verify */
void pq_jobs_end(struct pq_job *j);
void pq_jobs_peer_lost(struct warden *w, enum pq_door door);
void pq_jobs_pump(struct warden *w);

/* space.c */
bool pq_space_left(struct warden *w, uint64_t bytes);

/* callbacks.c */
int pq_callbacks_keys(struct warden *w, struct pq_err *err);
/* at the start: what the ledger holds that is not done with */
int pq_callbacks_load(struct warden *w);
void pq_callbacks_keys_free(struct warden *w);
void pq_callbacks_greet(struct pq_peer *intake);
int pq_on_delivery(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
int pq_on_hint(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
void pq_callbacks_pump(struct warden *w);
bool pq_callbacks_wait(struct warden *w); /* some are there to be read */
/* a look of @service has ended: one that waits for that may go on */
void pq_callbacks_wake(struct warden *w, const char *service);

/* callback_claims.c */
/* add a pending finding when callbacks claim another digest or commit */
void pq_callback_claims_judge(struct warden *w, const char *service,
    const char *tag, const struct pq_msg_verdict *v, struct pq_findings *f);

/* looks.c */
/* opens a look or joins the open one; its id, 0 on a fault */
int64_t pq_look_open(
    struct warden *w, const char *service, const char *tag, const char *actor);
void pq_look_end(struct warden *w, struct pq_look *l, const char *state,
    int64_t release, const char *reason);
/* tried again after a while, until its deadline refuses it */
void pq_look_later(struct warden *w, struct pq_look *l, const char *reason);
/* true: @r needs no further verdict, and the look has been ended */
bool pq_look_settled(
    struct warden *w, struct pq_look *l, const struct pq_release *r);
/* the wall clock was set back: what was put off by the old one comes due */
void pq_looks_rebase(struct warden *w);
void pq_look_verdict(struct warden *w, struct pq_look *l,
    const struct pq_msg *m, struct pq_findings *f, const struct pq_job *j);

/* releases.c */
void pq_release_move(struct warden *w, struct pq_release *r, enum pq_event e,
    const char *actor, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* as it went before: neither the audit log nor the journal says it again */
void pq_release_repeat(struct warden *w, struct pq_release *r, enum pq_event e,
    const char *reason);
/* bounds what is kept of a release that waits for long */
void pq_release_prune(struct warden *w, int64_t id);
void pq_release_open(struct warden *w, struct pq_release *ret,
    const struct pq_look *l, const char *digest);
/* the release goes on under the name that was examined */
void pq_release_adopt(
    struct warden *w, struct pq_release *r, const struct pq_look *l);
/* examined by another policy than the one in force? */
bool pq_release_outdated(
    const struct pq_release *r, const struct pq_config_service *svc);
void pq_release_later(
    struct warden *w, struct pq_release *r, const char *reason);
/* may a look under @tag examine it once more? */
bool pq_release_reopens(const struct pq_release *r, const char *tag);
/* true: its service is gone from the configuration, and it has been ended */
bool pq_release_orphaned(struct warden *w, struct pq_release *r);
/* the ids that @sql, of one number, finds; how many */
size_t pq_releases_pick(
    struct warden *w, int64_t *ids, size_t max, const char *sql, int64_t arg);
/* what was opened before @by and is not newer goes no further */
void pq_releases_supersede(struct warden *w, const struct pq_release *by);
void pq_hold_alarm(struct warden *w, const char *service, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* verdicts.c */
int pq_on_verdict(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
void pq_release_verdict(struct warden *w, struct pq_release *r,
    const struct pq_msg *m, struct pq_findings *f, struct pq_slice document);
/* of the first finding with this status */
void pq_first_reason(char dst[PQ_REASON_TEXT], const struct pq_findings *f,
    enum pq_status status);

/* errands.c */
int pq_on_evidence(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
void pq_errands_pump(struct warden *w);
void pq_errands_lost(struct warden *w, const struct pq_job *j, const char *why);

/* quarantine.c */
void pq_quarantine_pump(struct warden *w);
void pq_quarantine_tick(struct warden *w);
/* fresh evidence, now; @why is what the release says meanwhile */
void pq_quarantine_again(
    struct warden *w, struct pq_release *r, const char *why);
/* why a release is not live yet, in words */
void pq_quarantine_waiting(
    struct warden *w, const struct pq_release *r, char dst[PQ_REASON_TEXT]);

/* deployments.c */
int pq_on_outcome(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
void pq_deployments_pump(struct warden *w);
void pq_deployments_greet(struct warden *w);
void pq_deploy_restrain(struct warden *w, enum pq_restrain kind,
    int64_t release, const char *service, const char *digest,
    const char *reason);

/* floors.c */
/* the highest of the ledger, the policy and the floor that deploy told */
void pq_floor_of(struct warden *w, const struct pq_config_service *svc,
    struct pq_floor *ret);
void pq_floors_free(struct warden *w);
int pq_on_floor(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
/* ask deploy; NULL, or why it cannot be asked: @p is answered later */
const char *pq_adopt_ask(struct warden *w, struct pq_peer *p, uint64_t job,
    const char *service, const char *version, const char *actor);
void pq_adopt_peer_lost(struct warden *w, const struct pq_peer *p);
void pq_adopt_pump(struct warden *w); /* orders that deploy left unanswered */
int pq_on_adopted(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

/* control.c */
void pq_control_done(struct pq_peer *p, uint64_t job, enum pq_code code,
    int64_t id, const char *text);
int pq_on_request(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
