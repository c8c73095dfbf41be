/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_CONTROL_H
#define AGENT_WARDEN_CONTROL_H

#include "warden/warden.h"

/*
 * pq_on_request() - answer one request of the command line
 * Return: 0; -PQ_EPROTO if a QUERY contains an order or an ORDER a query: then
 *         the request was not carried out
 */
int pq_on_request(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
