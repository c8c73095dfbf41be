/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quarantine clock.
 *
 * An attacker may be able to set the wall clock (a forged NTP server, a VM
 * host) or to reboot the machine. Neither may shorten a quarantine. So only the
 * time counts by which CLOCK_BOOTTIME advances within one boot. The kernel also
 * advances it while the agent is down. The time of a reboot does not count.
 *
 * The wall clock must reach the end of the delay as well. So a forward jump
 * gains nothing, and a backward jump only lengthens the quarantine. If
 * CLOCK_BOOTTIME runs backwards within one boot (a reverted snapshot), the tick
 * raises an alarm and counts no time.
 */
#include "gate/clock.h"

#include <stdio.h>
#include <string.h>

#define CLOCK_MAX_S ((uint64_t)10 * 366 * 86400) /* ten years */

void
pq_clock_start(struct pq_clock *c, const struct pq_instant *now)
{
	memset(c, 0, sizeof(*c));
	c->first_wall_ms = now->wall_ms > 0 ? now->wall_ms : 1;
	c->last_wall_ms = now->wall_ms;
	c->last_boot_ms = now->boot_ms;
	(void)snprintf(c->boot_id, sizeof(c->boot_id), "%s", now->boot_id);
}

static void
clock_rebase(struct pq_clock *c, const struct pq_instant *now)
{
	c->last_wall_ms = now->wall_ms;
	c->last_boot_ms = now->boot_ms;
	(void)snprintf(c->boot_id, sizeof(c->boot_id), "%s", now->boot_id);
}

enum pq_tick
pq_clock_tick(struct pq_clock *c, const struct pq_instant *now)
{
	bool same = c->boot_id[0] && strcmp(c->boot_id, now->boot_id) == 0;
	int64_t boot = now->boot_ms - c->last_boot_ms;
	int64_t wall = now->wall_ms - c->last_wall_ms;
	int64_t step = wall > boot ? wall - boot : boot - wall;

	if (c->first_wall_ms == 0)
		return PQ_TICK_ALARM;
	clock_rebase(c, now);
	if (!same) /* readings of two boots cannot be compared */
		return PQ_TICK_STEADY;
	if (boot < 0)
		return PQ_TICK_ALARM;
	c->served_ms += boot;
	if (step > PQ_CLOCK_HOLD_MS)
		return PQ_TICK_ALARM;
	return step > PQ_CLOCK_FLAG_MS ? PQ_TICK_STEPPED : PQ_TICK_STEADY;
}

int64_t
pq_clock_left(
    const struct pq_clock *c, uint64_t delay_s, const struct pq_instant *now)
{
	uint64_t bounded = delay_s < CLOCK_MAX_S ? delay_s : CLOCK_MAX_S;
	int64_t delay = (int64_t)bounded * 1000;
	int64_t served, wall;

	if (c->first_wall_ms == 0)
		return delay > 0 ? delay : 1;
	served = delay - c->served_ms;
	wall = c->first_wall_ms + delay - now->wall_ms;
	if (served <= 0 && wall <= 0)
		return 0;
	return served > wall ? served : wall;
}

bool
pq_clock_elapsed(
    const struct pq_clock *c, uint64_t delay_s, const struct pq_instant *now)
{
	return pq_clock_left(c, delay_s, now) == 0;
}
