/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_SCHEMA_POLICY_H
#define AGENT_CONFIG_SCHEMA_POLICY_H

#include "config/rules.h"

/* Read the value of "source" or "require" into the policy of c->service. */
void pq_schema_source(struct pq_rules *c, const struct pq_yaml *v);
void pq_schema_require(struct pq_rules *c, const struct pq_yaml *v);
/*
 * pq_schema_requirements() - sort the requirements, and refuse impossible ones
 * @line: line of the document, for an error that has no line of its own
 */
void pq_schema_requirements(
    struct pq_rules *c, struct pq_policy *p, unsigned line);

#endif
