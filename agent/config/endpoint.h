/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_ENDPOINT_H
#define AGENT_CONFIG_ENDPOINT_H

#include "config/config.h"

/* Return the header that the endpoints name, for intake, or NULL. */
const char *pq_endpoint_header(const struct pq_config *c);
/* Note each endpoint of @s with another header than the earlier services. */
void pq_endpoint_twin(const struct pq_config *c,
    const struct pq_config_service *s, struct pq_config_notes *notes);

#endif
