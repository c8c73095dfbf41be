/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_FLOORS_H
#define AGENT_WARDEN_FLOORS_H

#include "gate/floor.h"
#include "warden/replies.h"
#include "warden/warden.h"

/* pq_floor_of() - find the highest floor of ledger, policy and deploy */
void pq_floor_of(struct warden *w, const struct pq_config_service *svc,
    struct pq_floor *ret);
/* pq_floors_free() - free the floors that deploy reported */
void pq_floors_free(struct warden *w);
/* pq_on_floor() - store the floor that deploy reports, or why there is none */
int pq_on_floor(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

/*
 * pq_adopt_ask() - let deploy adopt the running container as q->version
 * The reply follows when deploy has answered.
 */
void pq_adopt_ask(struct pq_request *q);
/*
 * pq_on_adopted() - take deploy's answer to pq_adopt_ask()
 * Return: 0; -PQ_EPROTO if the answer does not match a question
 */
int pq_on_adopted(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
