/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_SPACE_H
#define AGENT_WARDEN_SPACE_H

#include "warden/warden.h"

/* pq_space_left() - are @bytes free on the disk? Measured once a second. */
bool pq_space_left(struct warden *w, uint64_t bytes);

#endif
