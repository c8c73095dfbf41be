/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_CONTROL_H
#define AGENT_WARDEN_CONTROL_H

#include "warden/warden.h"

/*
 * pq_on_request() - answer one request of the command line
 * Return: 0; -PQ_EPROTO: an order in a QUERY, or a query in an ORDER, and
 *         nothing was done
 */
int pq_on_request(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
