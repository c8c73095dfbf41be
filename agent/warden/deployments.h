/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_DEPLOYMENTS_H
#define AGENT_WARDEN_DEPLOYMENTS_H

#include "warden/warden.h"

/*
 * pq_deployments_greet() - send deploy its state after it has connected
 * The restraints come first, so that no clearance arrives before a hold.
 */
void pq_deployments_greet(struct warden *w);
/* pq_deployments_pump() - send due notices and clearances to deploy */
void pq_deployments_pump(struct warden *w);
/*
 * pq_on_outcome() - apply deploy's answer to a notice or a clearance, or record
 *                   a step of a deployment
 * Return: 0; -PQ_EPROTO if no release has this id, service and digest
 */
int pq_on_outcome(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
