/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_SWAP_H
#define AGENT_DEPLOY_SWAP_H

#include "config/config.h"
#include "deploy/docker.h"
#include "deploy/journal.h"
#include "ipc/messages.h"

#define PQ_SWAP_LOG_MAX (15u << 10)

struct pq_target;

/* A deployment in progress. */
struct pq_swap {
	const struct pq_target *target; /* NULL: not configured */
	struct pq_store *store;
	struct pq_docker *docker;
	const struct pq_config_service *service; /* NULL: not configured */
	const char *state_dir; /* of the journal and its ballast */
	struct pq_deployment d;
	struct pq_buf log;                /* last lines of a failed container */
	char config_hash[PQ_DIGEST_TEXT]; /* of the running configuration */
	/* called before each step; may be NULL */
	void (*report)(void *ctx, const struct pq_swap *s, const char *step);
	/* reads new restraints, and returns true if there were any; may be
	 * NULL */
	bool (*listen)(void *ctx);
	void *ctx;
};

/*
 * pq_swap_run() - run a deployment from its current phase to its end
 *
 * Each step is written to the journal before it is done, and each step is
 * idempotent. If the service is no longer configured, or has another target
 * now, the deployment ends as FAILED, and the containers stay as they are.
 *
 * Return: 0: d.phase is "done", d.outcome is LIVE, ROLLED_BACK, FAILED or
 *         WAITING, and d.reason says why; a fault: the daemon is unreachable or
 *         the journal failed. A later call continues with the same phase.
 */
int pq_swap_run(struct pq_swap *s, struct pq_err *err);

/* swap_record.c: shared by the steps of all targets */

/*
 * pq_swap_give_up() - append a reason to d.reason
 * Return: 1
 */
int pq_swap_give_up(struct pq_swap *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * pq_swap_stop_withdrawn() - read new restraints, and give up if the clearance
 *                            was withdrawn
 * A clearance can end after the attempt began: the policy denies the digest, or
 * an operator rejects or holds the release.
 * Return: true if it was withdrawn; d.reason says why
 */
bool pq_swap_stop_withdrawn(struct pq_swap *s);
/*
 * pq_swap_stop_withdrawn_now() - read new restraints; if there are any, do as
 *                                pq_swap_stop_withdrawn()
 * This is the callback for pq_docker_watch() that ends a pull.
 */
bool pq_swap_stop_withdrawn_now(void *ctx);
/*
 * pq_swap_live() - record in the journal that the deployment is live
 * Deletes the pulled images, except the images that were live last. If the
 * engine refuses to delete an image, its reason is added to d.reason, and
 * deploy does not try again.
 * Return: 0, also if the engine refused; a fault
 */
int pq_swap_live(struct pq_swap *s, struct pq_err *err);

#endif
