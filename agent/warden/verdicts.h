/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_VERDICTS_H
#define AGENT_WARDEN_VERDICTS_H

#include "warden/warden.h"

/*
 * pq_on_verdict() - apply a verdict to the look or release that waits for it
 * Return: 0; -PQ_EPROTO: nobody waits, or the findings say otherwise
 */
int pq_on_verdict(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

#endif
