/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_RECREATE_H
#define AGENT_DEPLOY_RECREATE_H

#include <jansson.h>

#include <pratique/finding.h>

/*
 * pq_recreate_examine() - check that the API can reproduce this container
 * Adds one finding "recreate" for each setting that would be lost; such a
 * finding refuses the release. Without one, adds a finding that passes.
 * @inspect: the answer of GET /containers/ID/json
 */
void pq_recreate_examine(struct pq_findings *ret, json_t *inspect);

/* Deploy recognises its own containers by these labels. */
struct pq_recreate_labels {
	const char *service;
	const char *release;
	const char *attempt;
	const char *version;
	const char *digest; /* digest of the release; see running.h */
};

/*
 * pq_recreate_body() - make the body of POST /containers/create
 * @ret:       untouched unless 0 is returned; json_decref() it. Its
 *             "NetworkingConfig" has one network, because create takes one.
 * @old:       inspect document of the running container
 * @old_image: inspect document of the image of @old. The body omits the values
 *             of this image, so that the values of the new image apply.
 * @ref:       repository@digest of the new image
 * Return:     0; -PQ_ENOMEM
 */
int pq_recreate_body(json_t **ret, json_t *old, json_t *old_image,
    const char *ref, const struct pq_recreate_labels *labels);

/* Return the endpoint settings of @old in @network; json_decref() them. */
json_t *pq_recreate_endpoint(json_t *old, const char *network);
/* Return true if pq_recreate_body() includes this network. */
bool pq_recreate_is_first(json_t *old, const char *network);

/*
 * pq_recreate_compare() - find a setting that the new container lost
 * @body:  the result of pq_recreate_body() for @old
 * Return: the name of the first setting that differs, or NULL
 */
const char *pq_recreate_compare(json_t *old, json_t *body, json_t *new);

#endif
