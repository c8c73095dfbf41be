/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFINE_FILTER_H
#define AGENT_CONFINE_FILTER_H

#include "confine/confine.h"

/*
 * Load the seccomp filter of @jail. The process cannot remove this filter. The
 * caller sets no-new-privileges first.
 */
int pq_filter_enter(enum pq_jail jail, struct pq_err *err);

#endif
