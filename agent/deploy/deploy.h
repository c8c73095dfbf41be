/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_DEPLOY_H
#define AGENT_DEPLOY_DEPLOY_H

#include <pratique/verdict.h>

#include "config/config.h"
#include "deploy/docker.h"
#include "deploy/inbox.h"
#include "deploy/journal.h"
#include "ipc/channel.h"

/*
 * The state of the process. The process reads config and auths before it
 * confines itself.
 */
struct deploy {
	const struct pq_config *config;
	struct pq_auth { /* registry credential of a service, for its pulls */
		const struct pq_config_service *service;
		struct pq_buf header;
	} * auths;
	size_t n_auths;
	const char *state_dir;
	struct pq_store journal;
	struct pq_docker *docker;
	struct pq_channel warden;
	struct pq_inbox inbox;
	struct pq_instant now;
	int64_t tick_due_ms;   /* CLOCK_BOOTTIME */
	struct pq_floor *told; /* floors last sent to the warden, by service */
	size_t next_floor;     /* index of the service to examine next */
};

/*
 * The release that a notice or a clearance names. The slices point into the
 * message and are valid until the message is freed.
 */
struct pq_case {
	uint64_t release;
	uint64_t attempt; /* 0: a notice */
	struct pq_slice service, policy_hash, tag, digest;
	struct pq_proof proof;
};

/*
 * The answer to a notice or a clearance; the zero value refuses. The caller
 * sets it to zero before the first call of a function below. Each call frees
 * the findings of the answer before it. The caller frees the last findings.
 */
struct pq_answer {
	enum pq_outcome kind;
	uint64_t left_s;
	char reason[512];
	struct pq_findings findings;
};

/* A case that deploy itself has verified; only judge.c makes one. */
struct pq_clearance {
	const struct pq_config_service *service;
	struct pq_noticed noticed;
	char old_ref[PQ_TARGET_REF]; /* reference of the container to replace */
	bool same; /* the container already runs this image: keep it */
};

/*
 * pq_judge_notice() - examine a new release and start its quarantine clock
 * @ret: always filled; the kind is NOTICED, WAITING or REFUSED. For NOTICED,
 *       left_s is the rest of the quarantine, and the reason is empty or names
 *       a fault that an operator can remove during the quarantine.
 */
void pq_judge_notice(
    struct deploy *d, const struct pq_case *c, struct pq_answer *ret);
/*
 * pq_judge_clearance() - decide whether a release may be deployed now
 * @ret_clearance: filled only when 0 is returned
 * Return:         0 deploy the release; 1 do not deploy it: @ret is WAITING or
 *                 REFUSED, with the reason
 */
int pq_judge_clearance(struct deploy *d, const struct pq_case *c,
    struct pq_clearance *ret_clearance, struct pq_answer *ret);

#endif
