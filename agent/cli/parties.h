/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_PARTIES_H
#define AGENT_CLI_PARTIES_H

#include <jansson.h>

#include "config/config.h"

/* the parties of one service, and the smallest sets of them; 0 or a fault */
int cli_print_parties(
    const struct pq_config_service *s, const struct pq_config *c);
/* NULL: no memory */
json_t *cli_parties_json(
    const struct pq_config_service *s, const struct pq_config *c);

#endif
