/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_GATE_CLOCK_H
#define AGENT_GATE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define PQ_BOOT_ID 37
/* a step: the difference between the advances of both clocks since a tick */
#define PQ_CLOCK_FLAG_MS 2000   /* a larger step is recorded */
#define PQ_CLOCK_HOLD_MS 300000 /* a larger step holds every service */

/* an agent that does not tick for longer was down */
#define PQ_CLOCK_DOWN_MS 60000
/* the time to object to a release whose quarantine ended meanwhile */
#define PQ_CLOCK_OBJECT_MS 900000

/* One reading of all clocks. */
struct pq_instant {
	int64_t wall_ms; /* CLOCK_REALTIME since 1970-01-01 UTC */
	int64_t boot_ms; /* CLOCK_BOOTTIME: counts suspend */
	int64_t mono_ms; /* CLOCK_MONOTONIC: stands still in suspend */
	char boot_id[PQ_BOOT_ID];
};

/* A quarantine clock, as the database keeps it. */
struct pq_clock {
	int64_t first_wall_ms; /* start of the quarantine; 0: not started */
	int64_t served_ms;     /* quarantine time that counts so far */
	int64_t last_wall_ms;  /* this and the next three: the last tick */
	int64_t last_boot_ms;
	int64_t last_mono_ms; /* negative: unknown, from an older version */
	char boot_id[PQ_BOOT_ID];
	/* the last time that the agent was down; see pq_clock_resume() */
	int64_t gone_ms; /* delay that was reached before it */
	int64_t back_ms; /* served_ms at its end; 0: it was not down */
	int64_t down_ms; /* how long it was down */
};

enum pq_tick {
	PQ_TICK_ALARM = 0, /* a large step, or a clock that ran backwards */
	PQ_TICK_STEPPED,   /* a step that the caller records */
	PQ_TICK_STEADY,
};

/* pq_clock_start() - start the quarantine at @now, with served_ms 0 */
void pq_clock_start(struct pq_clock *c, const struct pq_instant *now);
/*
 * pq_clock_tick() - add the time since the last tick to served_ms
 * Return: PQ_TICK_ALARM if the clock is not started, or if a clock of the host
 *         ran backwards or was stepped by more than PQ_CLOCK_HOLD_MS
 */
enum pq_tick pq_clock_tick(struct pq_clock *c, const struct pq_instant *now);
/*
 * pq_clock_down() - measure for how long the agent did not tick
 * @c:     the clock of the agent itself, which each of its ticks saves. The
 *         clock of a release does not suffice, because a tick may omit it.
 * Return: milliseconds of CLOCK_MONOTONIC within one boot; 0 if they are at
 *         most PQ_CLOCK_DOWN_MS, or unknown
 */
int64_t pq_clock_down(const struct pq_clock *c, const struct pq_instant *now);
/*
 * pq_clock_resume() - tick a clock after pq_clock_down() was not 0
 * The agent calls it for each running clock before it decides anything else. If
 * a delay ended meanwhile, or ends soon, pq_clock_left() then leaves time to
 * object: the delay, but at most PQ_CLOCK_OBJECT_MS.
 * Return: as pq_clock_tick()
 */
enum pq_tick pq_clock_resume(struct pq_clock *c, const struct pq_instant *now);
/*
 * pq_clock_left() - compute how long the quarantine still lasts
 * @delay_s: the delay of the policy in seconds
 * Return:   milliseconds; 0 only if served_ms and the wall clock have both
 *           reached the delay, and the time to object has passed
 */
int64_t pq_clock_left(
    const struct pq_clock *c, uint64_t delay_s, const struct pq_instant *now);
/* pq_clock_extended() - return true if pq_clock_resume() extends this delay */
bool pq_clock_extended(const struct pq_clock *c, uint64_t delay_s);
/*
 * pq_clock_uncounted() - compute the time since the start that does not count
 * Return: milliseconds of the wall clock, during which the host was suspended
 *         or off, or by which its clock was set forward; 0 if not started
 */
int64_t pq_clock_uncounted(
    const struct pq_clock *c, const struct pq_instant *now);
/* pq_clock_elapsed() - return true if pq_clock_left() is 0 */
bool pq_clock_elapsed(
    const struct pq_clock *c, uint64_t delay_s, const struct pq_instant *now);

#endif
