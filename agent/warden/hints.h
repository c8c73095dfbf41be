/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_HINTS_H
#define AGENT_WARDEN_HINTS_H

#include "warden/warden.h"

/*
 * pq_on_hint() - apply a HINT: verify has read a callback
 * Return: 0; -PQ_EPROTO if verify was not asked to read this callback
 */
int pq_on_hint(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
