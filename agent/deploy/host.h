/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_HOST_H
#define AGENT_DEPLOY_HOST_H

#include <jansson.h>

#include "deploy/replies.h"

/*
 * pq_host_examine() - judge the Docker engine by its answer to GET /info
 * Adds one finding host.daemon for the engine and one for each mechanism that
 * confines containers.
 * @info: the parsed answer
 * @api:  the negotiated version of the API
 */
void pq_host_examine(struct pq_findings *ret, json_t *info, const char *api);
/* pq_reply_host() - answer the query "host": pq_host_examine() the engine */
void pq_reply_host(
    struct pq_reply *ret, struct deploy *d, const struct pq_msg_ask *m);

#endif
