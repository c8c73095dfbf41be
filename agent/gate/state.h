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

/* NONE means that the table has no such transition. */
enum pq_state {
	PQ_STATE_NONE = 0,
#define X(id, name) PQ_STATE_##id,
	PQ_STATES(X)
#undef X
	    PQ_STATE_COUNT
};

#define PQ_EVENTS(X)                                                        \
	X(FETCHED, "fetched")      /* the evidence arrived */               \
	X(PENDING, "pending")      /* could not examine it yet */           \
	X(EXPIRED, "expired")      /* pending past its deadline */          \
	X(PASSED, "passed")        /* every evidence check passed */        \
	X(REFUSE, "refused")       /* a check failed */                     \
	X(MOVED, "moved")          /* tag, digest or object moved */        \
	X(ELAPSED, "elapsed")      /* end of the quarantine: fetch again */ \
	X(SENT, "sent")            /* deploy received the clearance */      \
	X(WAIT, "wait")            /* not yet: wait again */                \
	X(LIVE, "live")            /* observed running and healthy */       \
	X(FAILED, "failed")        /* rolled back, or worse */              \
	X(RETIRE, "retired")       /* another release went live */          \
	X(REJECT, "rejected")      /* an operator rejected it */            \
	X(SUPERSEDE, "superseded") /* a newer release was cleared */        \
	X(RETRY, "retry")          /* an operator retries it */

enum pq_event {
	PQ_EVENT_NONE = 0,
#define X(id, name) PQ_EVENT_##id,
	PQ_EVENTS(X)
#undef X
	    PQ_EVENT_COUNT
};

/* Return the name, or "?" for a value outside the list. */
const char *pq_state_name(enum pq_state s);
const char *pq_event_name(enum pq_event e);
/* Return the state, or NONE if no state has this name; @s may be NULL. */
enum pq_state pq_state_by_name(const char *s);
/*
 * pq_state_next() - look up the transition of state @s on event @e
 * Return: the next state, or NONE if the table does not permit it; never
 *         CLEARED, which only pq_gate_clear() returns
 */
enum pq_state pq_state_next(enum pq_state s, enum pq_event e);
/* Return true if a release in this state has no outcome yet. */
bool pq_state_open(enum pq_state s);

/* The facts from which the gate decides. */
struct pq_gate_facts {
	const char *tag;              /* image tag of the release */
	const struct pq_floor *floor; /* NULL: no floor is known */
	const struct pq_clock *clock;
	const struct pq_instant *now;
	uint64_t delay_s;
	unsigned approvals, needed;
	const char *hold;        /* reason of the hold; NULL: no hold */
	enum pq_status evidence; /* result of the second examination */
};

/* pq_gate_judge() - add one finding for each check of the gate */
void pq_gate_judge(struct pq_findings *ret, const struct pq_gate_facts *f);
/*
 * pq_gate_clear() - clear a release if every check of the gate passes
 * The release must also be in state REFETCHING, and its evidence must pass. No
 * other function returns PQ_STATE_CLEARED.
 * @ret:   receives the findings of the gate
 * Return: PQ_STATE_CLEARED, or @s if the release is not cleared
 */
enum pq_state pq_gate_clear(
    enum pq_state s, const struct pq_gate_facts *f, struct pq_findings *ret);

#endif
