/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_TARGET_H
#define AGENT_DEPLOY_TARGET_H

/*
 * A deploy target: the operations on one kind of workload that runs the image
 * of a service. The judge, the swap and the journal do not depend on an engine:
 * only the target knows the format of the references that they keep. A target
 * consists of a file, its requests in docker.h, and a row in target.c.
 */
#include <jansson.h>

#include <pratique/finding.h>

#include "deploy/swap.h"

enum pq_health {
	PQ_HEALTH_UNKNOWN = 0, /* no healthcheck, or still starting */
	PQ_HEALTH_BAD,
	PQ_HEALTH_GOOD,
};

/* Deploy knows an image by a digest of this kind. */
enum pq_known {
	PQ_KNOWN_NOT = 0,   /* the engine lost the image */
	PQ_KNOWN_BY_ID,     /* the id of the image in the engine */
	PQ_KNOWN_BY_DIGEST, /* the digest in the registry */
};

/* The workload of a service. The zero value is a missing workload. */
struct pq_observed {
	bool there;
	char ref[PQ_TARGET_REF];
	unsigned instances; /* number of containers */
	unsigned running;   /* containers that run now, healthy or not */
	enum pq_health health;
	/* image id in the engine, the same for all instances. A longer id is
	 * cut, and then equals no digest. */
	char image[128];
	enum pq_known known;
	char digest[PQ_DIGEST_TEXT];
	char version[PQ_FLOOR_TEXT]; /* from deploy's own label; may be "" */
	bool unproven; /* the author of the version label is unknown */
	char claim[PQ_FLOOR_TEXT]; /* from the label of the image; may be "" */
	json_t *settings;          /* for the preflight of the target */
};

void pq_observed_free(struct pq_observed *o);
/* Return true if the workload exists and all its instances run now. */
bool pq_observed_runs(const struct pq_observed *o);

/*
 * A step is idempotent: it inspects the containers that the journal names, and
 * does only the work that is missing.
 *
 * Return: 0 done; 1 failed, d.reason says why; 2 failed, and an operator must
 *         repair it; or a fault
 */
typedef int (*pq_step_fn)(struct pq_swap *s, struct pq_err *err);

/* A row in a table of steps; the last row has the name NULL. */
struct pq_step {
	const char *name; /* the phase in the journal */
	pq_step_fn run;
	const char *next; /* phase after success */
	const char *back; /* phase after a failure */
	bool ask;         /* check the clearance again before this step */
	bool stubborn;    /* retry the step several times */
};

struct pq_target {
	/*
	 * Ask the engine what runs now. @ret: zero at the call;
	 * pq_observed_free() it, also after a fault. Return: 0, also if there
	 * is no workload; a fault
	 */
	int (*observe)(struct pq_observed *ret, struct pq_docker *d,
	    const struct pq_config_service *s, struct pq_err *err);
	/*
	 * Add findings about the settings of the workload: the target must be
	 * able to recreate them, and they must not give control of the host.
	 * @same: the workload already runs the image, so it is not recreated.
	 */
	void (*preflight)(struct pq_findings *ret, const struct pq_observed *o,
	    const struct pq_config_service *s, bool same);
	/*
	 * Return the table of steps up to a verdict: "good", "back", or
	 * "not-pulled" if no container was touched. See swap.c.
	 */
	const struct pq_step *(*steps)(const struct pq_config_service *s);
	/* steps from "same" (already running), "kept" or "good" to "done" */
	const struct pq_step *afterwards;
	/* steps from "withdrawn" or "back" to "done" or "stuck" */
	const struct pq_step *undo;
	/*
	 * Delete an image that deploy pulled and no longer needs. Return: 0;
	 * 1 the engine refused; a fault
	 */
	int (*discard)(
	    struct pq_swap *s, const char *digest, struct pq_err *err);
};

#define PQ_PHASE_SAME "same"

/* Return the target of a service, or NULL if none is configured. */
const struct pq_target *pq_target_of(const struct pq_config_service *s);
/*
 * pq_target_observe() - ask the target of a service what runs now
 * @ret:   initialised by the callee; pq_observed_free() it
 * Return: 0; -PQ_ECONFIG (the service has no target); a fault of the engine
 */
int pq_target_observe(struct pq_observed *ret, struct pq_docker *d,
    const struct pq_config_service *s, struct pq_err *err);

#endif
