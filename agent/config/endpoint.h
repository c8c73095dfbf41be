/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_ENDPOINT_H
#define AGENT_CONFIG_ENDPOINT_H

#include "config/config.h"

/* The header that an endpoint names, for intake; NULL: none does. */
const char *pq_endpoint_header(const struct pq_config *c);
/* Of one service: do its endpoints and those before them name one header? */
void pq_endpoint_twin(const struct pq_config *c,
    const struct pq_config_service *s, struct pq_config_notes *notes);

#endif
