/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_DEPLOY_H
#define AGENT_DEPLOY_DEPLOY_H

#include <pratique/verdict.h>

#include "config/config.h"
#include "deploy/docker.h"
#include "deploy/inbox.h"
#include "deploy/journal.h"
#include "ipc/channel.h"

/* The process: what it read before it confined itself, and its memory. */
struct deploy {
	const struct pq_config *config;
	struct pq_auth { /* for the daemon's pulls, one per service */
		const struct pq_config_service *service;
		struct pq_buf header;
	} * auths;
	size_t n_auths;
	struct pq_store journal;
	struct pq_docker *docker;
	struct pq_channel warden;
	struct pq_inbox inbox;
	struct pq_instant now;
	struct pq_floor *told; /* [service]: the floors that the warden knows */
	size_t asked;          /* service that is asked about next */
};

/* What the warden asks, with the message's bytes borrowed. */
struct pq_case {
	uint64_t release;
	uint64_t attempt; /* 0: a notice */
	struct pq_slice service, policy_hash, tag, digest;
	struct pq_proof proof;
};

/*
 * What comes of it; the zero value refuses. A question takes an answer that is
 * zero or an earlier one, and frees the earlier findings; who asked frees the
 * last.
 */
struct pq_answer {
	enum pq_outcome kind;
	uint64_t left_s;
	char reason[512];
	struct pq_findings findings;
};

/* What deploy itself has proven of a case; only judge.c makes one. */
struct pq_clearance {
	const struct pq_config_service *service;
	struct pq_noticed noticed;
	char old_ref[PQ_TARGET_REF]; /* of what is to be replaced */
	bool same; /* it runs this very image: nothing is replaced */
};

/*
 * pq_judge_notice() - examine a release on its arrival, start its clock
 * @ret: always filled: NOTICED (left_s is set; the reason may say what the
 *       preflight found), WAITING or REFUSED
 */
void pq_judge_notice(
    struct deploy *d, const struct pq_case *c, struct pq_answer *ret);
/*
 * pq_judge_clearance() - may this be deployed now?
 * @ret_clearance: filled only when 0 is returned
 * Return:         0 yes; 1 no, and @ret says why (WAITING or REFUSED)
 */
int pq_judge_clearance(struct deploy *d, const struct pq_case *c,
    struct pq_clearance *ret_clearance, struct pq_answer *ret);

#endif
