/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_NEED_H
#define AGENT_CONFIG_NEED_H

#include "config/config.h"
#include "ipc/roles.h"

/* A secret that a role needs for its work. The configuration owns all texts. */
struct pq_need {
	enum pq_role role;
	const char *name;    /* name of the secret */
	const char *service; /* the first service that needs it */
	const char *file; /* configuration file that names it, and the line */
	unsigned line;
	/* endpoint that uses the secret; NULL: the secret is "user:password" */
	const struct pq_config_endpoint *endpoint;
};

/* Return the first service that uses the registry or git host, or NULL. */
const char *pq_need_registry(
    const struct pq_config *c, const struct pq_config_registry *r);
const char *pq_need_git(
    const struct pq_config *c, const struct pq_config_git *g);
/*
 * pq_need_each() - call @each for each secret, as long as it returns 0
 * Return: the last value of @each; 0 if there is no secret
 */
int pq_need_each(const struct pq_config *c,
    int (*each)(void *ctx, const struct pq_need *n), void *ctx);

#endif
