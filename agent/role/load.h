/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ROLE_LOAD_H
#define AGENT_ROLE_LOAD_H

/* For the roles that read the configuration; intake does not. */
#include "config/config.h"
#include "role/role.h"

/*
 * pq_role_config() - load the configuration, and log each error with its line
 * Return: 0; a fault of pq_config_load()
 */
int pq_role_config(struct pq_config **ret, const char *dir, struct pq_err *err);

#endif
