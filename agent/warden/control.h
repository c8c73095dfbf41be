/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_CONTROL_H
#define AGENT_WARDEN_CONTROL_H

#include "warden/warden.h"

/* pq_on_request() - answer one request of the command line; never a fault */
int pq_on_request(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
