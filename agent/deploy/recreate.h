/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_RECREATE_H
#define AGENT_DEPLOY_RECREATE_H

#include <jansson.h>

#include <pratique/finding.h>

/*
 * pq_recreate_examine() - can the API reproduce this container?
 * Adds findings "recreate": what cannot be reproduced is refused rather than
 * lost.
 */
void pq_recreate_examine(struct pq_findings *ret, json_t *inspect);

/* The labels by which our containers are known again. */
struct pq_recreate_labels {
	const char *service;
	const char *release;
	const char *attempt;
	const char *version;
	const char *digest; /* of the release; see running.h */
};

/*
 * pq_recreate_body() - the body of POST /containers/create
 * @old:       inspect of the running container
 * @old_image: inspect of its image; what came from there is left out, so that
 *             the new image's own values apply
 * @ref:       repository@digest of the new image
 * @ret:       owned; its "NetworkingConfig" has the one network that create
 *             takes
 */
int pq_recreate_body(json_t **ret, json_t *old, json_t *old_image,
    const char *ref, const struct pq_recreate_labels *labels);

/* The endpoint settings of a further network; NULL when it is the first. */
json_t *pq_recreate_endpoint(json_t *old, const char *network);
bool pq_recreate_is_first(json_t *old, const char *network);

/*
 * pq_recreate_compare() - is anything of the old container lost in the new?
 * @body:  what pq_recreate_body() gives for @old
 * Return: NULL, or the name of the first setting that differs
 */
const char *pq_recreate_compare(json_t *old, json_t *body, json_t *new);

#endif
