/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_VERDICTS_H
#define AGENT_WARDEN_VERDICTS_H

#include "warden/warden.h"

/*
 * pq_on_verdict() - apply a verdict to the look or release that waits for it
 * Return: 0; -PQ_EPROTO if no job waits for it, if the findings contradict it,
 *         or if a pass has no proof that can be decoded
 */
int pq_on_verdict(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
