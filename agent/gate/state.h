/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_GATE_STATE_H
#define AGENT_GATE_STATE_H

#include <pratique/finding.h>

#include "gate/clock.h"
#include "gate/floor.h"

#define PQ_STATES(X)                  \
	X(FETCHING, "fetching")       \
	X(EXAMINING, "examining")     \
	X(QUARANTINED, "quarantined") \
	X(REFETCHING, "re-fetching")  \
	X(CLEARED, "cleared")         \
	X(DEPLOYING, "deploying")     \
	X(LIVE, "live")               \
	X(RETIRED, "retired")         \
	X(REFUSED, "refused")         \
	X(REJECTED, "rejected")       \
	X(SUPERSEDED, "superseded")   \
	X(FAILED, "failed")

/* NONE is no state: a transition that is not in the table. */
enum pq_state {
	PQ_STATE_NONE = 0,
#define X(id, name) PQ_STATE_##id,
	PQ_STATES(X)
#undef X
	    PQ_STATE_COUNT
};

#define PQ_EVENTS(X)                                                   \
	X(FETCHED, "fetched")      /* evidence is here */              \
	X(PENDING, "pending")      /* could not examine yet */         \
	X(EXPIRED, "expired")      /* pending past its deadline */     \
	X(PASSED, "passed")        /* every evidence check passed */   \
	X(REFUSE, "refused")       /* a check failed */                \
	X(MOVED, "moved")          /* tag, digest or object moved */   \
	X(ELAPSED, "elapsed")      /* quarantine served: look again */ \
	X(SENT, "sent")            /* the clearance is with deploy */  \
	X(WAIT, "wait")            /* not yet: back to waiting */      \
	X(LIVE, "live")            /* observed running and healthy */  \
	X(FAILED, "failed")        /* rolled back, or worse */         \
	X(RETIRE, "retired")       /* another one went live */         \
	X(REJECT, "rejected")      /* an operator said no */           \
	X(SUPERSEDE, "superseded") /* a newer one was cleared */       \
	X(RETRY, "retry")          /* an operator wants a new look */

enum pq_event {
	PQ_EVENT_NONE = 0,
#define X(id, name) PQ_EVENT_##id,
	PQ_EVENTS(X)
#undef X
	    PQ_EVENT_COUNT
};

const char *pq_state_name(enum pq_state s); /* "?" when unknown */
enum pq_state pq_state_by_name(const char *s);
const char *pq_event_name(enum pq_event e);
/* NONE when not permitted. Never gives CLEARED: only pq_gate_clear() does. */
enum pq_state pq_state_next(enum pq_state s, enum pq_event e);
/* does it still wait for something? */
bool pq_state_open(enum pq_state s);

/* Everything that the gate decides on. */
struct pq_gate_facts {
	const char *tag;              /* image tag of the release */
	const struct pq_floor *floor; /* NULL: none is known */
	const struct pq_clock *clock;
	const struct pq_instant *now;
	uint64_t delay_s;
	unsigned approvals, needed;
	const char *hold;        /* reason, or NULL when there is none */
	enum pq_status evidence; /* overall of the second examination */
};

/* every check that the gate owns */
void pq_gate_judge(struct pq_findings *ret, const struct pq_gate_facts *f);
/*
 * pq_gate_clear() - the one function that can make "cleared"
 * @ret: findings of the gate
 * Return: PQ_STATE_CLEARED, or @s unchanged
 */
enum pq_state pq_gate_clear(
    enum pq_state s, const struct pq_gate_facts *f, struct pq_findings *ret);

#endif
