/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_ERRANDS_H
#define AGENT_WARDEN_ERRANDS_H

#include "warden/warden.h"

/* pq_errands_pump() - send fetch for all that is due, and evidence to verify */
void pq_errands_pump(struct warden *w);
/* pq_on_evidence() - fetch is back, with evidence or with a reason */
int pq_on_evidence(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
/* pq_errands_expire() - end each job past its time, and the role that has it */
void pq_errands_expire(struct warden *w);
/* pq_errands_peer_lost() - each job of the role behind @door counts as a try */
void pq_errands_peer_lost(struct warden *w, enum pq_door door);

#endif
