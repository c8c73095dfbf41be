/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_FLOORS_H
#define AGENT_WARDEN_FLOORS_H

#include "gate/floor.h"
#include "warden/replies.h"
#include "warden/warden.h"

/* pq_floor_of() - the highest of the ledger, the policy and deploy's word */
void pq_floor_of(struct warden *w, const struct pq_config_service *svc,
    struct pq_floor *ret);
void pq_floors_free(struct warden *w);
/* pq_on_floor() - deploy tells the floor of a service, or why it knows none */
int pq_on_floor(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

/* pq_adopt_ask() - let deploy adopt what runs as q->version; it replies later
 */
void pq_adopt_ask(struct pq_request *q);
/* pq_on_adopted() - deploy's answer; one without a question ends it */
int pq_on_adopted(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
