/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room on the disk. A ledger that meets the end of the disk ends the warden,
 * and with it every hold and every rejection; so what others can make us write
 * stops before that: first evidence, which is large, then callbacks.
 */
#include "warden/space.h"

#include <sys/statvfs.h>

bool
pq_space_left(struct warden *w, uint64_t bytes)
{
	struct statvfs v;

	if (w->now.boot_ms - w->space_ms >= 1000 || w->space_ms == 0) {
		w->space_ms = w->now.boot_ms;
		/* where the jail hides the answer, the commit will tell */
		w->space = statvfs(w->state_dir, &v) != 0
		    ? UINT64_MAX
		    : (uint64_t)v.f_bavail * v.f_frsize;
	}
	return w->space >= bytes;
}
