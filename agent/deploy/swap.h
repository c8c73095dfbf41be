/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_SWAP_H
#define AGENT_DEPLOY_SWAP_H

#include "config/config.h"
#include "deploy/docker.h"
#include "deploy/journal.h"
#include "ipc/messages.h"

#define PQ_SWAP_LOG_MAX (15u << 10)

struct pq_target;

/* One deployment being done. */
struct pq_swap {
	/* NULL, as without a service: nothing is deployed any more */
	const struct pq_target *target;
	struct pq_store *store;
	struct pq_docker *docker;
	const struct pq_config_service *service; /* NULL: not configured */
	struct pq_deployment d;
	struct pq_buf log;                /* last lines of what failed */
	char config_hash[PQ_DIGEST_TEXT]; /* of the running configuration */
	/* told of each step; may be NULL */
	void (*tell)(void *ctx, const struct pq_swap *s, const char *step);
	/* takes in what was said meanwhile; true: something new holds back or
	 * no longer does. May be NULL. */
	bool (*listen)(void *ctx);
	void *ctx;
};

/*
 * pq_swap_run() - bring a deployment from its phase to its end
 *
 * Each step is in the journal before it is done and may be done twice. On
 * return 0 d.phase is "done", and d.outcome is LIVE, ROLLED_BACK or FAILED,
 * with d.reason; a fault means that the daemon cannot be reached or the
 * journal failed: run it again later, the phase stands. What another target
 * began, or one that is not configured any more, ends as FAILED and untouched.
 */
int pq_swap_run(struct pq_swap *s, struct pq_err *err);

/* swap_record.c: for the steps */

/* Return 1. The first reason is the cause and stays in front. */
int pq_swap_give_up(struct pq_swap *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * pq_swap_stop_withdrawn() - give up (true) if the clearance was withdrawn
 * What was clearance when the attempt began may be none by now: the policy
 * may deny the digest, an operator may have rejected or held it.
 */
bool pq_swap_stop_withdrawn(struct pq_swap *s);
/* the same for pq_docker_watch(): asks only after something new was said */
bool pq_swap_stop_withdrawn_now(void *ctx);
/*
 * pq_swap_live() - the deployment is live: say so in the journal
 * Images of ours beyond the last few that were live are discarded. One that the
 * engine keeps stays for good, and its reason is added to d.reason. Return: 0,
 * also then; a fault
 */
int pq_swap_live(struct pq_swap *s, struct pq_err *err);

#endif
