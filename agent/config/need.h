/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_NEED_H
#define AGENT_CONFIG_NEED_H

#include "config/config.h"
#include "ipc/roles.h"

/* A secret without which a role cannot do its work; all is borrowed. */
struct pq_need {
	enum pq_role role;
	const char *name;    /* of the secret */
	const char *service; /* the first that needs it */
	const char *file;    /* where the secret is named */
	unsigned line;
	/* whose callbacks it authenticates; NULL: it is "user:password" */
	const struct pq_config_endpoint *endpoint;
};

/* the first service that is there; NULL: nobody needs it */
const char *pq_need_registry(
    const struct pq_config *c, const struct pq_config_registry *r);
const char *pq_need_git(
    const struct pq_config *c, const struct pq_config_git *g);
/*
 * pq_need_each() - every secret of the configuration, role by role
 * Return: 0, or what @each returned when that was not 0; it ends there
 */
int pq_need_each(const struct pq_config *c,
    int (*each)(void *ctx, const struct pq_need *n), void *ctx);

#endif
