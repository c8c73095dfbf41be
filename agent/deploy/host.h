/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_HOST_H
#define AGENT_DEPLOY_HOST_H

#include <jansson.h>

#include "deploy/replies.h"

/*
 * pq_host_examine() - judge an engine by what it says of itself
 * Adds a finding host.daemon for the engine and for each thing that keeps a
 * container in.
 * @info: the answer of GET /info
 * @api:  the version of the API that was negotiated
 */
void pq_host_examine(struct pq_findings *ret, json_t *info, const char *api);
/* pq_reply_host() - the same of our engine; the document is these findings */
void pq_reply_host(
    struct pq_reply *ret, struct deploy *d, const struct pq_msg_ask *m);

#endif
