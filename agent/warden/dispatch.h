/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_DISPATCH_H
#define AGENT_WARDEN_DISPATCH_H

#include "warden/warden.h"

/*
 * pq_dispatch_errand() - send an errand to fetch, and record its job
 * @job:   kind and id, and for a look its turn; copied
 * Return: false: no place is free, fetch is away, or the service is not
 *         configured
 */
bool pq_dispatch_errand(struct warden *w, const struct pq_job *job,
    const char *service, const char *tag);

#endif
