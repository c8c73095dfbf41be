/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_SWAP_STEPS_H
#define AGENT_DEPLOY_SWAP_STEPS_H

/*
 * The steps of a swap of containers, for the tables in target_container.c; what
 * they return is in target.h. Each looks at containers by id.
 */
#include "deploy/json.h"
#include "deploy/swap.h"

/* swap_create.c: the verified image, and a container of it */
int pq_step_pull(struct pq_swap *s, struct pq_err *err);
int pq_step_create(struct pq_swap *s, struct pq_err *err);

/* swap_switch.c: from the old container to the new */
int pq_step_stop_old(struct pq_swap *s, struct pq_err *err);
int pq_step_rename_old(struct pq_swap *s, struct pq_err *err);
int pq_step_rename_new(struct pq_swap *s, struct pq_err *err);
int pq_step_start(struct pq_swap *s, struct pq_err *err);
int pq_step_health(struct pq_swap *s, struct pq_err *err);
int pq_step_compare(struct pq_swap *s, struct pq_err *err);
int pq_step_confirm(struct pq_swap *s, struct pq_err *err);
/* the old container runs this image already: seen healthy, never touched */
int pq_step_same(struct pq_swap *s, struct pq_err *err);

/* swap_end.c: after the verdict, good or back */
int pq_step_retire(struct pq_swap *s, struct pq_err *err);
int pq_step_kept(struct pq_swap *s, struct pq_err *err);
int pq_step_keep_log(struct pq_swap *s, struct pq_err *err);
int pq_step_away_new(struct pq_swap *s, struct pq_err *err);
int pq_step_restore_old(struct pq_swap *s, struct pq_err *err);

/* swap_daemon.c: requests that steps share */

/* "repository@digest", with the terminator */
#define PQ_SWAP_REF (PQ_REPOSITORY_MAX + 1 + PQ_DIGEST_TEXT)

/*
 * By the attempt, which is never used twice: what an earlier attempt may have
 * left behind does not stand in the way of the next.
 */
void pq_swap_name(
    const struct pq_swap *s, const char *what, char dst[PQ_CONTAINER_TEXT]);
/* "repository@digest" of the policy's image: never the warden's words. */
void pq_swap_ref(const struct pq_swap *s, char dst[PQ_SWAP_REF]);
/* Is this id of the daemon's the verified image? */
bool pq_swap_is_verified(const struct pq_swap *s, const char *id);
/* The words of the daemon: {"message": ...}, or the last line of a pull. */
void pq_swap_words(char dst[256], struct pq_slice body);
/* A request whose answer is only its status; @done ends with 0. */
int pq_swap_act(struct pq_swap *s, enum pq_docker_shape shape, const char *a,
    const char *b, json_t *body, const long *done, struct pq_err *err);
/* The statuses that count as done, for pq_swap_act(). */
#define PQ_DONE(...) ((const long[]){ __VA_ARGS__, 0 })
int pq_swap_inspect(
    struct pq_swap *s, const char *id, json_t **ret, struct pq_err *err);
/* Rename by id, unless it has that name already. */
int pq_swap_rename(
    struct pq_swap *s, const char *id, const char *name, struct pq_err *err);
/* What to ask for, so that the new container is as @old; owned by the caller */
int pq_swap_body(
    struct pq_swap *s, json_t *old, json_t **ret, struct pq_err *err);

#endif
