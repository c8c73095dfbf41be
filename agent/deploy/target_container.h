/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_TARGET_CONTAINER_H
#define AGENT_DEPLOY_TARGET_CONTAINER_H

#include "deploy/target.h"

/* one container of the local engine, replaced by one with the same settings */
extern const struct pq_target pq_target_container;

#endif
