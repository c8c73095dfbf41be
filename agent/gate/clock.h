/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_GATE_CLOCK_H
#define AGENT_GATE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define PQ_BOOT_ID 37
/* a step: the difference between the advances of both clocks since a tick */
#define PQ_CLOCK_FLAG_MS 2000   /* a larger step is recorded */
#define PQ_CLOCK_HOLD_MS 300000 /* a larger step holds every service */

/* One reading of both clocks. */
struct pq_instant {
	int64_t wall_ms; /* CLOCK_REALTIME since 1970-01-01 UTC */
	int64_t boot_ms; /* CLOCK_BOOTTIME */
	char boot_id[PQ_BOOT_ID];
};

/* A quarantine clock, as the database keeps it. */
struct pq_clock {
	int64_t first_wall_ms; /* start of the quarantine; 0: not started */
	int64_t served_ms;     /* quarantine time that counts so far */
	int64_t last_wall_ms;  /* this and the next two: the last tick */
	int64_t last_boot_ms;
	char boot_id[PQ_BOOT_ID];
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
 * pq_clock_left() - compute how long the quarantine still lasts
 * @delay_s: the delay of the policy in seconds
 * Return:   milliseconds; 0 only if served_ms and the wall clock have both
 *           reached the delay
 */
int64_t pq_clock_left(
    const struct pq_clock *c, uint64_t delay_s, const struct pq_instant *now);
/* pq_clock_elapsed() - return true if pq_clock_left() is 0 */
bool pq_clock_elapsed(
    const struct pq_clock *c, uint64_t delay_s, const struct pq_instant *now);

#endif
