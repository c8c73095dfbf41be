/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_RUNNING_H
#define AGENT_DEPLOY_RUNNING_H

#include <jansson.h>

#include <pratique/digest.h>

#include "deploy/docker.h"
#include "gate/floor.h"

/* The labels that deploy sets on each container that it creates. */
#define PQ_LABEL_PREFIX "pratique."
#define PQ_LABEL_SERVICE PQ_LABEL_PREFIX "service"
#define PQ_LABEL_RELEASE PQ_LABEL_PREFIX "release"
#define PQ_LABEL_ATTEMPT PQ_LABEL_PREFIX "attempt"
#define PQ_LABEL_VERSION PQ_LABEL_PREFIX "version"
#define PQ_LABEL_DIGEST PQ_LABEL_PREFIX "digest"

/* The container of a service and its image, as the engine describes them. */
struct pq_running {
	json_t *container; /* inspect document of the container */
	json_t *image;     /* the same of its image, or NULL if lost */
};

/*
 * pq_running_inspect() - ask the engine for a container and its image
 * @ret:   initialised by the callee; pq_running_free() it
 * Return: 0; -PQ_EABSENT (no container has that name); a fault
 */
int pq_running_inspect(struct pq_running *ret, struct pq_docker *d,
    const char *name, struct pq_err *err);
void pq_running_free(struct pq_running *r);

/*
 * pq_running_is() - return true if an image id belongs to a release
 * In the classic image store the id is the digest of the configuration.
 * In the containerd store it is the digest of a manifest or of an index.
 */
bool pq_running_is(const char *id, const char *config, const char *manifest,
    const char *digest);
const char *pq_running_id(const struct pq_running *r); /* "" when unknown */
/* Return true if the container runs now; its health does not matter. */
bool pq_running_runs(const struct pq_running *r);

/*
 * pq_running_digest() - find the digest of the running image in the registry
 * @repository: host[:port]/path; its digest is preferred
 * @ret:        a digest, or the id of the image
 * Return:      0 a digest; 1 the id: the engine knows no digest, or several
 *              digests of other repositories; -PQ_EABSENT (the engine lost the
 *              image)
 */
int pq_running_digest(const struct pq_running *r, const char *repository,
    char ret[PQ_DIGEST_TEXT]);
/* Return true if the engine knows the running image by this digest or id. */
bool pq_running_has(const struct pq_running *r, const char *digest);

/*
 * pq_running_floor() - raise @f to the version in the labels of the container
 * A label counts only if deploy wrote it: the image has no label of that name,
 * and the digest label names the running image.
 * Return: 0; -PQ_EABSENT (the engine lost the image, so the author of the
 *         labels is unknown)
 */
int pq_running_floor(
    const struct pq_running *r, const char *instead_of, struct pq_floor *f);
/* Return the version in the label of the image, not the container, or "". */
const char *pq_running_claim(const struct pq_running *r);

#endif
