/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_DEPLOYMENTS_H
#define AGENT_WARDEN_DEPLOYMENTS_H

#include "warden/warden.h"

/*
 * pq_deployments_greet() - tell deploy, which has just come up, all that stands
 * First the restraints, so that a clearance never overtakes a hold.
 */
void pq_deployments_greet(struct warden *w);
/* pq_deployments_pump() - give notices and clearances, while deploy is there */
void pq_deployments_pump(struct warden *w);
/* pq_on_outcome() - deploy answers a notice or a clearance, or tells a step */
int pq_on_outcome(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
