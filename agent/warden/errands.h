/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_ERRANDS_H
#define AGENT_WARDEN_ERRANDS_H

#include "warden/warden.h"

/* pq_errands_pump() - send due errands to fetch, and evidence to verify */
void pq_errands_pump(struct warden *w);
/*
 * pq_on_evidence() - take the evidence of an errand, or the reason for none
 * Return: 0; -PQ_EPROTO if there is no such errand, or its digest is malformed
 */
int pq_on_evidence(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
/* pq_errands_expire() - fail each job that is overdue, and end its role */
void pq_errands_expire(struct warden *w);
/* pq_errands_peer_lost() - fail each job of the role behind @door */
void pq_errands_peer_lost(struct warden *w, enum pq_door door);

#endif
