/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_STANDING_H
#define AGENT_DEPLOY_STANDING_H

#include "deploy/deploy.h"
#include "deploy/target.h"

/*
 * pq_standing_look() - what runs of a service, or nothing
 * @ret:   initialised by the callee; pq_observed_free() it
 * Return: 0; 1: it cannot be examined now, and @why says why: the engine does
 *         not answer, or a deployment is under way, whose work may go
 */
int pq_standing_look(struct pq_observed *ret, struct deploy *d,
    const struct pq_config_service *s, char why[PQ_REASON_MAX]);
/*
 * pq_standing_floor() - the highest of journal, labels and policy
 * @r:     from pq_standing_look()
 * @ret:   filled when 0 is returned; without any of the three its version is
 *         empty, and its words name `pratique adopt`
 * Return: 0; 1: a part cannot be examined, and @ret->from says which. Then
 *         @ret->version is empty, for it could be too low.
 */
int pq_standing_floor(struct pq_floor *ret, struct deploy *d,
    const struct pq_config_service *s, const struct pq_observed *r);
/*
 * pq_standing_news() - the floor of a service, if the warden has not heard it
 * @ret_away: the engine did not answer; asking about others would take as long
 * Return:    true: @ret is new, and counts as told from now on
 */
bool pq_standing_news(struct pq_floor *ret, bool *ret_away, struct deploy *d,
    const struct pq_config_service *s);

/* The outcome of an order to adopt; the zero value refuses. */
struct pq_adoption {
	enum pq_answered code;
	char digest[PQ_DIGEST_TEXT]; /* of the running image, when adopted */
	char container[PQ_CONTAINER_ID_TEXT];
	char reason[PQ_REASON_MAX];
};

/*
 * pq_standing_adopt() - record the running container as the live one
 * It counts only while nothing else gives a floor, and lowers none. The caller
 * commits the journal.
 */
void pq_standing_adopt(
    struct pq_adoption *ret, struct deploy *d, const struct pq_msg_adopt *m);

#endif
