/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_RUNNING_H
#define AGENT_DEPLOY_RUNNING_H

#include <jansson.h>

#include <pratique/digest.h>

#include "deploy/docker.h"
#include "gate/floor.h"

/* The labels that deploy writes on each container that it creates. */
#define PQ_LABEL_PREFIX "pratique."
#define PQ_LABEL_SERVICE PQ_LABEL_PREFIX "service"
#define PQ_LABEL_RELEASE PQ_LABEL_PREFIX "release"
#define PQ_LABEL_ATTEMPT PQ_LABEL_PREFIX "attempt"
#define PQ_LABEL_VERSION PQ_LABEL_PREFIX "version"
#define PQ_LABEL_DIGEST PQ_LABEL_PREFIX "digest"

/* The container of a service and its image, as the engine shows them. */
struct pq_running {
	json_t *container; /* inspect of it */
	json_t *image;     /* inspect of its image; NULL: the engine lost it */
};

/*
 * pq_running_look() - ask the engine for a container and its image
 * @ret:   initialised by the callee; pq_running_free() it
 * Return: 0; -PQ_EABSENT: there is no container of that name; a fault
 */
int pq_running_look(struct pq_running *ret, struct pq_docker *d,
    const char *name, struct pq_err *err);
void pq_running_free(struct pq_running *r);

/*
 * pq_running_is() - is an image id of the engine's the image of a release?
 * In the classic store the id is the configuration's digest, in containerd's a
 * manifest's or an index's.
 */
bool pq_running_is(const char *id, const char *config, const char *manifest,
    const char *digest);
const char *pq_running_id(const struct pq_running *r); /* "" when unknown */
/* is it running now, whatever its health? */
bool pq_running_runs(const struct pq_running *r);

/*
 * pq_running_digest() - the registry's digest of the image that runs
 * @repository: whose digest is preferred, host[:port]/path
 * Return: 0; 1: @ret is the image's id, for the engine knows no digest, or
 *         several and none of @repository; -PQ_EABSENT: the engine lost it
 */
int pq_running_digest(const struct pq_running *r, const char *repository,
    char ret[PQ_DIGEST_TEXT]);
/* does the engine know the image that runs by this digest? */
bool pq_running_has(const struct pq_running *r, const char *digest);

/*
 * pq_running_floor() - raise @f to the version in the container's labels
 * A label counts when deploy wrote it: the image carries none of that name,
 * and the digest beside it is the digest of the image that runs.
 * Return: 0; -PQ_EABSENT: there are labels, but the engine lost the image, so
 *         nothing tells who wrote them
 */
int pq_running_floor(
    const struct pq_running *r, const char *instead_of, struct pq_floor *f);
/* the version that the image claims for itself, "" when it claims none */
const char *pq_running_claim(const struct pq_running *r);

#endif
