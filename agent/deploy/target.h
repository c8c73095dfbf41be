/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_TARGET_H
#define AGENT_DEPLOY_TARGET_H

/*
 * A deploy target: a kind of thing that runs the image of a service, as
 * operations. The judge, the swap and the journal know no engine: what they
 * keep of a thing is a reference in the words of its target. A target has a
 * file, its request shapes, and a row in target.c.
 */
#include <jansson.h>

#include <pratique/finding.h>

#include "deploy/swap.h"

enum pq_health {
	PQ_HEALTH_UNKNOWN = 0, /* nobody checks it, or it is starting */
	PQ_HEALTH_BAD,
	PQ_HEALTH_GOOD,
};

/* By which digest is it known? */
enum pq_known {
	PQ_KNOWN_NOT = 0,   /* the engine lost the image */
	PQ_KNOWN_BY_ID,     /* the engine's id of the image */
	PQ_KNOWN_BY_DIGEST, /* the registry's digest */
};

/* What runs; the zero value is "there is nothing". */
struct pq_observed {
	bool there;
	char ref[PQ_TARGET_REF];
	unsigned instances; /* of which it is made */
	unsigned running;   /* of these, now, whatever their health */
	enum pq_health health;
	/* the engine's id of the one image of all; one that is cut is longer
	 * than a digest, and equals none */
	char image[128];
	enum pq_known known;
	char digest[PQ_DIGEST_TEXT];
	char version[PQ_FLOOR_TEXT]; /* that deploy wrote on it, "" none */
	bool unproven; /* there is a version, and nothing tells who wrote it */
	char claim[PQ_FLOOR_TEXT]; /* version that the image says, "" none */
	json_t *settings;          /* for the target's preflight */
};

void pq_observed_free(struct pq_observed *o);
/* there is something, and all of it runs now */
bool pq_observed_runs(const struct pq_observed *o);

/*
 * A step finds out what is left to do by what the journal refers to, and may be
 * done twice.
 *
 * Return: 0 done; 1 it cannot go on (d.reason says why); 2 nor back: the
 *         operator is needed; or a fault
 */
typedef int (*pq_step_fn)(struct pq_swap *s, struct pq_err *err);

/* Tables of steps end with the name NULL. */
struct pq_step {
	const char *name; /* the phase in the journal */
	pq_step_fn run;
	const char *next; /* phase after it */
	const char *back; /* phase when it cannot go on */
	bool ask;         /* may still be withdrawn before this */
	bool stubborn;    /* tried again before it is given up */
};

struct pq_target {
	/*
	 * What runs now, asked of the engine. @ret: empty; pq_observed_free()
	 * it, also after a fault. Return: 0, also when there is nothing
	 */
	int (*observe)(struct pq_observed *ret, struct pq_docker *d,
	    const struct pq_config_service *s, struct pq_err *err);
	/* could it be replaced, and does it give away the host? @same: it runs
	 * the image already, and nothing is created */
	void (*preflight)(struct pq_findings *ret, const struct pq_observed *o,
	    const struct pq_config_service *s, bool same);
	/*
	 * From the first row to a verdict: "good" or "back"; "not-pulled" while
	 * nothing was touched. The verdicts are in swap.c.
	 */
	const struct pq_step *(*steps)(const struct pq_config_service *s);
	/* from "same" (it runs already), "kept" and "good" to "done" */
	const struct pq_step *afterwards;
	/* from "withdrawn" and "back" to "done", or to "stuck" */
	const struct pq_step *undo;
	/*
	 * An image that deploy pulled and nothing needs any more. Return: 0;
	 * 1 it stays; a fault
	 */
	int (*discard)(
	    struct pq_swap *s, const char *digest, struct pq_err *err);
};

#define PQ_PHASE_SAME "same"

/* NULL: none is configured, and nothing can be deployed */
const struct pq_target *pq_target_of(const struct pq_config_service *s);
/*
 * pq_target_observe() - what runs of a service, by its target
 * @ret:   initialised by the callee; pq_observed_free() it
 * Return: 0; -PQ_ECONFIG: there is no target; a fault of the engine
 */
int pq_target_observe(struct pq_observed *ret, struct pq_docker *d,
    const struct pq_config_service *s, struct pq_err *err);

#endif
