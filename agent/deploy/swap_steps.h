/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_SWAP_STEPS_H
#define AGENT_DEPLOY_SWAP_STEPS_H

/*
 * The steps of a swap of containers, for the tables in target_container.c.
 * Their return values are described in target.h. Each step addresses containers
 * by id.
 */
#include "deploy/json.h"
#include "deploy/swap.h"

/* swap_create.c: pull the verified image and create a container of it */
int pq_step_pull(struct pq_swap *s, struct pq_err *err);
int pq_step_create(struct pq_swap *s, struct pq_err *err);

/*
 * swap_space.c: check that the disks have room for the way back
 * The step runs before the new container is created, and again before the old
 * one is stopped.
 */
int pq_step_space(struct pq_swap *s, struct pq_err *err);

/* swap_switch.c: replace the old container by the new one */
int pq_step_stop_old(struct pq_swap *s, struct pq_err *err);
int pq_step_rename_old(struct pq_swap *s, struct pq_err *err);
int pq_step_rename_new(struct pq_swap *s, struct pq_err *err);
int pq_step_start(struct pq_swap *s, struct pq_err *err);
int pq_step_health(struct pq_swap *s, struct pq_err *err);
int pq_step_compare(struct pq_swap *s, struct pq_err *err);
int pq_step_confirm(struct pq_swap *s, struct pq_err *err);
/* the old container already runs this image: check it, do not touch it */
int pq_step_same(struct pq_swap *s, struct pq_err *err);

/* swap_end.c: after the verdict "good" or "back" */
int pq_step_retire(struct pq_swap *s, struct pq_err *err);
int pq_step_kept(struct pq_swap *s, struct pq_err *err);
int pq_step_keep_log(struct pq_swap *s, struct pq_err *err);
int pq_step_away_new(struct pq_swap *s, struct pq_err *err);
int pq_step_restore_old(struct pq_swap *s, struct pq_err *err);

/* swap_daemon.c: requests that several steps send */

/* bytes of "repository@digest" with its terminator */
#define PQ_SWAP_REF (PQ_REPOSITORY_MAX + 1 + PQ_DIGEST_TEXT)

/*
 * pq_swap_name() - make the temporary name of a container
 * The name contains the number of the attempt. Each attempt has its own number,
 * so the name differs from the names that earlier attempts left behind.
 * @mark: at most as long as PQ_CONTAINER_LONGEST_MARK
 */
void pq_swap_name(
    const struct pq_swap *s, const char *mark, char dst[PQ_CONTAINER_TEXT]);
/* Write "repository@digest". The repository comes from the policy. */
void pq_swap_ref(const struct pq_swap *s, char dst[PQ_SWAP_REF]);
/* Return true if an image id of the daemon belongs to the verified image. */
bool pq_swap_is_verified(const struct pq_swap *s, const char *id);
/* Write the reason in an answer: its "message", or the last line of a pull. */
void pq_swap_reason(char dst[256], struct pq_slice body);
/*
 * pq_swap_act() - send a request whose answer is only a status
 * @done:  statuses that mean success, ended by 0; see PQ_DONE()
 * Return: 0; 1 the daemon refused it, and d.reason says why; a fault
 */
int pq_swap_act(struct pq_swap *s, enum pq_docker_shape shape, const char *a,
    const char *b, json_t *body, const long *done, struct pq_err *err);
#define PQ_DONE(...) ((const long[]){ __VA_ARGS__, 0 })
/* pq_swap_inspect() - read the document of a container; as pq_docker_json() */
int pq_swap_inspect(
    struct pq_swap *s, const char *id, json_t **ret, struct pq_err *err);
/* Rename a container by its id, unless it already has that name. */
int pq_swap_rename(
    struct pq_swap *s, const char *id, const char *name, struct pq_err *err);
/* Make the body of the create request that copies @old; json_decref() it. */
int pq_swap_body(
    struct pq_swap *s, json_t *old, json_t **ret, struct pq_err *err);

#endif
