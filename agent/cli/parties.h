/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_PARTIES_H
#define AGENT_CLI_PARTIES_H

#include <jansson.h>

#include "config/config.h"

/*
 * cli_print_parties() - print the parties of a service and their smallest sets
 * cli_parties_json() - make the same report as JSON
 * @s, @c: borrowed
 * Return: 0 or -PQ_ENOMEM; the JSON, owned, or NULL (out of memory)
 */
int cli_print_parties(
    const struct pq_config_service *s, const struct pq_config *c);
json_t *cli_parties_json(
    const struct pq_config_service *s, const struct pq_config *c);

#endif
