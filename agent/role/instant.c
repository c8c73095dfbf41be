/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clocks of this machine. Every role reads them here, and the name of the
 * function says which clock a timeout uses. The waits for the Docker engine
 * count the time while the machine is suspended. The quarantine and the
 * timeouts of connections and children do not.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "role/instant.h"

int
pq_instant_open(struct pq_instant *ret, struct pq_err *err)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	bool whole = f != NULL && fgets(ret->boot_id, PQ_BOOT_ID, f) != NULL &&
	    strlen(ret->boot_id) == PQ_BOOT_ID - 1;

	if (f != NULL)
		(void)fclose(f);
	return whole ? 0
		     : pq_err_set(err, PQ_ESYS,
			   "cannot read the boot id from /proc/sys/kernel/"
			   "random/boot_id");
}

static int64_t
clock_ms(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
pq_instant_read(struct pq_instant *now)
{
	now->wall_ms = clock_ms(CLOCK_REALTIME);
	now->boot_ms = clock_ms(CLOCK_BOOTTIME);
	now->mono_ms = clock_ms(CLOCK_MONOTONIC);
}

int64_t
pq_instant_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t
pq_instant_boot_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}
