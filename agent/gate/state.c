/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of a release. One table lists the transitions, and a transition
 * that is not in it does not exist.
 *
 * The table never leads to "cleared". An attacker who can send events to this
 * code can refuse, delay and reject a release, but cannot clear one. Only
 * pq_gate_clear() clears a release, after it has run every check of the gate.
 */
#include "gate/state.h"

#include <string.h>

#include <pratique/text.h>

#define S(x) PQ_STATE_##x
#define E(x) PQ_EVENT_##x

static const char *const state_names[PQ_STATE_COUNT] = {
#define X(id, name) [PQ_STATE_##id] = name,
	PQ_STATES(X)
#undef X
};

static const char *const event_names[PQ_EVENT_COUNT] = {
#define X(id, name) [PQ_EVENT_##id] = name,
	PQ_EVENTS(X)
#undef X
};

static const uint8_t next[PQ_STATE_COUNT][PQ_EVENT_COUNT] = {
	[S(FETCHING)] = {
		[E(FETCHED)] = S(EXAMINING),
		[E(PENDING)] = S(FETCHING),
		[E(EXPIRED)] = S(REFUSED),
		[E(REFUSE)] = S(REFUSED),
		[E(MOVED)] = S(REFUSED),
		[E(REJECT)] = S(REJECTED),
		[E(SUPERSEDE)] = S(SUPERSEDED),
		[E(RETRY)] = S(FETCHING),
	},
	[S(EXAMINING)] = {
		[E(PENDING)] = S(FETCHING),
		[E(EXPIRED)] = S(REFUSED),
		[E(PASSED)] = S(QUARANTINED),
		[E(REFUSE)] = S(REFUSED),
		[E(MOVED)] = S(REFUSED),
		[E(REJECT)] = S(REJECTED),
		[E(SUPERSEDE)] = S(SUPERSEDED),
	},
	[S(QUARANTINED)] = {
		[E(ELAPSED)] = S(REFETCHING),
		[E(REFUSE)] = S(REFUSED),
		[E(MOVED)] = S(REFUSED),
		[E(REJECT)] = S(REJECTED),
		[E(SUPERSEDE)] = S(SUPERSEDED),
		[E(WAIT)] = S(QUARANTINED),
	},
	[S(REFETCHING)] = {
		[E(PENDING)] = S(REFETCHING),
		[E(EXPIRED)] = S(REFUSED),
		[E(REFUSE)] = S(REFUSED),
		[E(MOVED)] = S(REFUSED),
		[E(WAIT)] = S(QUARANTINED),
		[E(REJECT)] = S(REJECTED),
		[E(SUPERSEDE)] = S(SUPERSEDED),
	},
	[S(CLEARED)] = {
		[E(SENT)] = S(DEPLOYING),
		[E(WAIT)] = S(QUARANTINED),
		[E(REFUSE)] = S(REFUSED),
		[E(REJECT)] = S(REJECTED),
		[E(SUPERSEDE)] = S(SUPERSEDED),
	},
	[S(DEPLOYING)] = {
		[E(WAIT)] = S(QUARANTINED),
		[E(REFUSE)] = S(REFUSED),
		[E(LIVE)] = S(LIVE),
		[E(FAILED)] = S(FAILED),
	},
	[S(LIVE)] = { [E(RETIRE)] = S(RETIRED) },
	[S(REFUSED)] = { [E(RETRY)] = S(FETCHING) },
	[S(REJECTED)] = { [E(RETRY)] = S(FETCHING) },
	[S(SUPERSEDED)] = { [E(RETRY)] = S(FETCHING) },
	[S(FAILED)] = { [E(RETRY)] = S(FETCHING) },
};

const char *
pq_state_name(enum pq_state s)
{
	if (s <= PQ_STATE_NONE || s >= PQ_STATE_COUNT)
		return "?";
	return state_names[s];
}

enum pq_state
pq_state_by_name(const char *s)
{
	unsigned i;

	for (i = 1; s != NULL && i < PQ_STATE_COUNT; i++)
		if (strcmp(s, state_names[i]) == 0)
			return (enum pq_state)i;
	return PQ_STATE_NONE;
}

const char *
pq_event_name(enum pq_event e)
{
	if (e <= PQ_EVENT_NONE || e >= PQ_EVENT_COUNT)
		return "?";
	return event_names[e];
}

enum pq_state
pq_state_next(enum pq_state s, enum pq_event e)
{
	if ((unsigned)s >= PQ_STATE_COUNT || (unsigned)e >= PQ_EVENT_COUNT)
		return PQ_STATE_NONE;
	return (enum pq_state)next[s][e];
}

bool
pq_state_open(enum pq_state s)
{
	return s >= PQ_STATE_FETCHING && s <= PQ_STATE_DEPLOYING;
}

static void
judge_quarantine(struct pq_findings *ret, const struct pq_gate_facts *f)
{
	int64_t left = pq_clock_left(f->clock, f->delay_s, f->now);
	int64_t delay =
	    f->delay_s < INT64_MAX ? (int64_t)f->delay_s : INT64_MAX;
	char left_text[PQ_DURATION_MAX], delay_text[PQ_DURATION_MAX];

	pq_text_duration(left_text, (left + 999) / 1000);
	pq_text_duration(delay_text, delay);
	pq_findings_add(ret, PQ_CHECK_QUARANTINE_ELAPSED,
	    left == 0 ? PQ_PASS : PQ_PENDING, f->tag, "", "%s of %s left",
	    left_text, delay_text);
}

void
pq_gate_judge(struct pq_findings *ret, const struct pq_gate_facts *f)
{
	static const struct pq_floor none;

	pq_floor_judge(ret, f->tag, f->floor != NULL ? f->floor : &none);
	judge_quarantine(ret, f);
	pq_findings_add(ret, PQ_CHECK_APPROVALS_QUORUM,
	    f->approvals >= f->needed ? PQ_PASS : PQ_PENDING, f->tag, "",
	    "%u of %u approvals", f->approvals, f->needed);
	pq_findings_add(ret, PQ_CHECK_HOLD_NONE,
	    f->hold != NULL ? PQ_PENDING : PQ_PASS, f->tag, "", "%s",
	    f->hold != NULL ? f->hold : "no hold");
}

enum pq_state
pq_gate_clear(
    enum pq_state s, const struct pq_gate_facts *f, struct pq_findings *ret)
{
	pq_gate_judge(ret, f);
	if (s == PQ_STATE_REFETCHING && f->evidence == PQ_PASS &&
	    pq_findings_overall(ret) == PQ_PASS)
		return PQ_STATE_CLEARED;
	return s;
}
