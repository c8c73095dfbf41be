/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quarantine clock.
 *
 * An attacker may be able to set the wall clock (a forged NTP server, a VM
 * host), to reboot the machine or to suspend it. None of these may shorten a
 * quarantine. So the quarantine counts only the advance of CLOCK_MONOTONIC
 * within one boot. An operator cannot object while the host is suspended or
 * off.
 *
 * The wall clock must reach the end of the delay as well. So a forward jump
 * gains nothing, and a backward jump only lengthens the quarantine. A step is a
 * difference between the wall clock and CLOCK_BOOTTIME, which both continue in
 * suspend. If a clock of the kernel runs backwards within one boot (a reverted
 * snapshot), the tick raises an alarm and counts no time.
 *
 * The kernel also advances CLOCK_MONOTONIC while the agent is down. That time
 * counts, but an operator could not object during it. So a release whose delay
 * ended meanwhile waits a little longer. The same holds for a delay that ends
 * soon after: else an attacker would let the agent start one second too early.
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
	c->last_mono_ms = now->mono_ms;
	(void)snprintf(c->boot_id, sizeof(c->boot_id), "%s", now->boot_id);
}

static void
clock_rebase(struct pq_clock *c, const struct pq_instant *now)
{
	c->last_wall_ms = now->wall_ms;
	c->last_boot_ms = now->boot_ms;
	c->last_mono_ms = now->mono_ms;
	(void)snprintf(c->boot_id, sizeof(c->boot_id), "%s", now->boot_id);
}

/* Readings of two boots cannot be compared. */
static bool
is_same_boot(const struct pq_clock *c, const struct pq_instant *now)
{
	return c->boot_id[0] != '\0' && strcmp(c->boot_id, now->boot_id) == 0;
}

/* Return how far CLOCK_MONOTONIC advanced since the last tick. */
static int64_t
clock_advance(const struct pq_clock *c, const struct pq_instant *now)
{
	return c->last_mono_ms < 0 ? 0 : now->mono_ms - c->last_mono_ms;
}

enum pq_tick
pq_clock_tick(struct pq_clock *c, const struct pq_instant *now)
{
	bool same = is_same_boot(c, now);
	int64_t mono = clock_advance(c, now);
	int64_t boot = now->boot_ms - c->last_boot_ms;
	int64_t wall = now->wall_ms - c->last_wall_ms;
	int64_t step = wall > boot ? wall - boot : boot - wall;

	if (c->first_wall_ms == 0)
		return PQ_TICK_ALARM;
	clock_rebase(c, now);
	if (!same)
		return PQ_TICK_STEADY;
	if (boot < 0 || mono < 0)
		return PQ_TICK_ALARM;
	c->served_ms += mono;
	if (step > PQ_CLOCK_HOLD_MS)
		return PQ_TICK_ALARM;
	return step > PQ_CLOCK_FLAG_MS ? PQ_TICK_STEPPED : PQ_TICK_STEADY;
}

int64_t
pq_clock_down(const struct pq_clock *c, const struct pq_instant *now)
{
	int64_t mono = clock_advance(c, now);

	return is_same_boot(c, now) && mono > PQ_CLOCK_DOWN_MS ? mono : 0;
}

/* Return the longest delay that had ended at the last tick. */
static int64_t
clock_reached(const struct pq_clock *c)
{
	int64_t wall = c->last_wall_ms - c->first_wall_ms;

	return c->served_ms < wall ? c->served_ms : wall;
}

/*
 * If the agent was down before, and the time to object was still running, then
 * nothing ended between the two. So both are one time that it was down.
 */
enum pq_tick
pq_clock_resume(struct pq_clock *c, const struct pq_instant *now)
{
	int64_t reached = clock_reached(c), served = c->served_ms;
	enum pq_tick t = pq_clock_tick(c, now);

	if (c->served_ms == served)
		return t;
	if (c->back_ms == 0 || served - c->back_ms >= PQ_CLOCK_OBJECT_MS) {
		c->gone_ms = reached;
		c->down_ms = 0;
	}
	c->back_ms = c->served_ms;
	c->down_ms += c->served_ms - served;
	return t;
}

static int64_t
bounded_ms(uint64_t delay_s)
{
	return (int64_t)(delay_s < CLOCK_MAX_S ? delay_s : CLOCK_MAX_S) * 1000;
}

/* Return the value of served_ms at which the quarantine of @delay ends. */
static int64_t
clock_due(const struct pq_clock *c, int64_t delay)
{
	int64_t objected = c->back_ms +
	    (delay < PQ_CLOCK_OBJECT_MS ? delay : PQ_CLOCK_OBJECT_MS);

	return c->gone_ms < delay && objected > delay ? objected : delay;
}

bool
pq_clock_extended(const struct pq_clock *c, uint64_t delay_s)
{
	int64_t delay = bounded_ms(delay_s);

	return clock_due(c, delay) > delay;
}

int64_t
pq_clock_uncounted(const struct pq_clock *c, const struct pq_instant *now)
{
	int64_t ms = now->wall_ms - c->first_wall_ms - c->served_ms;

	return c->first_wall_ms != 0 && ms > 0 ? ms : 0;
}

int64_t
pq_clock_left(
    const struct pq_clock *c, uint64_t delay_s, const struct pq_instant *now)
{
	int64_t delay = bounded_ms(delay_s);
	int64_t served, wall;

	if (c->first_wall_ms == 0)
		return delay > 0 ? delay : 1;
	served = clock_due(c, delay) - c->served_ms;
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
