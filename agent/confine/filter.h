/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFINE_FILTER_H
#define AGENT_CONFINE_FILTER_H

#include "confine/confine.h"

/* The seccomp filter of @jail; no way back. No-new-privileges is set before. */
int pq_filter_enter(enum pq_jail jail, struct pq_err *err);

#endif
