/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_TURNS_H
#define AGENT_WARDEN_TURNS_H

#include "warden/warden.h"

/*
 * pq_turns_pump() - send the errands of the looks whose turn it is
 * @why: reason why no errand can be sent now: the looks wait; or NULL
 */
void pq_turns_pump(struct warden *w, const char *why);

#endif
