/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_STANDING_H
#define AGENT_DEPLOY_STANDING_H

#include "deploy/deploy.h"
#include "deploy/target.h"

/*
 * pq_standing_observe() - find out which container of a service runs, if any
 * @ret:   initialised by the callee; pq_observed_free() it
 * @why:   filled when 1 is returned
 * Return: 0; 1 if this is unknown now: the engine does not answer, or a
 *         deployment that may still be undone is in progress
 */
int pq_standing_observe(struct pq_observed *ret, struct deploy *d,
    const struct pq_config_service *s, char why[PQ_REASON_MAX]);
/*
 * pq_standing_floor() - find the highest version in journal, labels and policy
 * @ret:   always filled. If none of the three has a version, the version is
 *         empty and @ret->from suggests `pratique adopt`.
 * @r:     from pq_standing_observe()
 * Return: 0; 1 if one of the three cannot be read: @ret->from names it, and the
 *         version is empty, because the others could be too low
 */
int pq_standing_floor(struct pq_floor *ret, struct deploy *d,
    const struct pq_config_service *s, const struct pq_observed *r);
/*
 * pq_standing_changed_floor() - compute the floor, and compare it with the one
 *                               that the warden has
 * @ret:      filled when true is returned; the caller must send it
 * @ret_away: true if the engine did not answer: a request for another service
 *            would take as long
 * Return:    true if the floor differs from the last one that was returned;
 *            false also while a deployment of the service is unfinished
 */
bool pq_standing_changed_floor(struct pq_floor *ret, bool *ret_away,
    struct deploy *d, const struct pq_config_service *s);

/* The result of pratique adopt; the zero value refuses. */
struct pq_adoption {
	enum pq_answered code;
	char digest[PQ_DIGEST_TEXT]; /* of the adopted image */
	char container[PQ_CONTAINER_ID_TEXT];
	char reason[PQ_REASON_MAX];
};

/*
 * pq_standing_adopt() - record the running container as the live version
 * Refuses if the service has a floor, unless the journal has the same adoption.
 * The caller commits the journal.
 */
void pq_standing_adopt(
    struct pq_adoption *ret, struct deploy *d, const struct pq_msg_adopt *m);

#endif
