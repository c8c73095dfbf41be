/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_GATE_CLOCK_H
#define AGENT_GATE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define PQ_BOOT_ID 37
#define PQ_CLOCK_FLAG_MS 2000   /* a step that is recorded */
#define PQ_CLOCK_HOLD_MS 300000 /* a step that holds everything */

/* One reading of both clocks. */
struct pq_instant {
	int64_t wall_ms; /* CLOCK_REALTIME since 1970-01-01 UTC */
	int64_t boot_ms; /* CLOCK_BOOTTIME */
	char boot_id[PQ_BOOT_ID];
};

/* A persisted quarantine clock. All-zero has not started. */
struct pq_clock {
	int64_t first_wall_ms; /* 0: not started */
	int64_t served_ms;
	int64_t last_wall_ms;
	int64_t last_boot_ms;
	char boot_id[PQ_BOOT_ID];
};

enum pq_tick {
	PQ_TICK_ALARM = 0, /* a large step, or a clock that ran backwards */
	PQ_TICK_STEPPED,   /* a step to be recorded */
	PQ_TICK_STEADY,
};

void pq_clock_start(struct pq_clock *c, const struct pq_instant *now);
/* pq_clock_tick() - credit the time served since the last tick */
enum pq_tick pq_clock_tick(struct pq_clock *c, const struct pq_instant *now);
/* milliseconds still to serve; never 0 unless both rules are met */
int64_t pq_clock_left(
    const struct pq_clock *c, uint64_t delay_s, const struct pq_instant *now);
bool pq_clock_elapsed(
    const struct pq_clock *c, uint64_t delay_s, const struct pq_instant *now);

#endif
