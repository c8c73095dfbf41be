/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_ERRANDS_H
#define AGENT_WARDEN_ERRANDS_H

#include "warden/warden.h"

/*
 * pq_errands_pump() - send the due errands, and evidence that waits
 * The errands go to the role fetch, and the evidence to the role verify.
 */
void pq_errands_pump(struct warden *w);
/*
 * pq_on_evidence() - handle the answer of fetch to an errand
 * The answer is the evidence, or the reason why fetch has no evidence.
 * Return: 0; -PQ_EPROTO (no such errand, or a malformed answer)
 */
int pq_on_evidence(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
/*
 * pq_errands_expire() - fail each job that is overdue
 * Also closes the connection of the role that did not answer in time.
 */
void pq_errands_expire(struct warden *w);
/* pq_errands_peer_lost() - fail each job that waits for the role of @door */
void pq_errands_peer_lost(struct warden *w, enum pq_door door);

#endif
