/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_HINTS_H
#define AGENT_WARDEN_HINTS_H

#include "warden/warden.h"

/*
 * pq_on_hint() - verify has read a callback
 * Return: 0; -PQ_EPROTO: it was not given this one
 */
int pq_on_hint(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
