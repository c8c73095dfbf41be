/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_POSTURE_H
#define AGENT_DEPLOY_POSTURE_H

#include <jansson.h>

#include <pratique/finding.h>

#include "config/config.h"

/*
 * pq_posture_examine() - find settings that expose the host
 * Adds one finding posture.container for each fault. Without a fault, adds one
 * that passes.
 * @inspect: the answer of GET /containers/ID/json
 * @service: service->posture decides whether a fault refuses or warns;
 *           service->posture_allow has the faults to ignore
 */
void pq_posture_examine(struct pq_findings *ret, json_t *inspect,
    const struct pq_config_service *service);

#endif
