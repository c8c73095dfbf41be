/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Free space on the disk. If the ledger cannot be written the warden exits, and
 * nobody can set a hold or reject a release. So the warden stops accepting data
 * from outside earlier: first evidence, which is large, then callbacks.
 */
#include "warden/space.h"

#include <sys/statvfs.h>

bool
pq_space_left(struct warden *w, uint64_t bytes)
{
	struct statvfs v;

	if (w->now.boot_ms - w->space_ms >= 1000 || w->space_ms == 0) {
		w->space_ms = w->now.boot_ms;
		/* the jail may forbid statvfs(): then a commit fails */
		w->space = statvfs(w->state_dir, &v) != 0
		    ? UINT64_MAX
		    : (uint64_t)v.f_bavail * v.f_frsize;
	}
	return w->space >= bytes;
}
