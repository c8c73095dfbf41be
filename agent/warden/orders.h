/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_ORDERS_H
#define AGENT_WARDEN_ORDERS_H

#include "warden/replies.h"

/* One order each: check that q->actor may give it, carry it out, reply. */

void pq_order_approve(struct pq_request *q);
void pq_order_reject(struct pq_request *q);
void pq_order_retry(struct pq_request *q);
void pq_order_hold(struct pq_request *q);
void pq_order_unhold(struct pq_request *q);
void pq_order_look(struct pq_request *q);
void pq_order_drop(struct pq_request *q);
/* the reply follows when deploy has answered */
void pq_order_adopt(struct pq_request *q);

#endif
