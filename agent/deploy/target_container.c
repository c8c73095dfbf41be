/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The target "container": one container of the local engine, replaced by one
 * with the same settings. Its references are container ids, because a rename
 * does not change them.
 *
 * The old container is stopped and renamed. It is removed only after the new
 * container was observed running, healthy, and with all settings.
 */
#include "deploy/target_container.h"

#include <stdio.h>
#include <string.h>

#include "deploy/posture.h"
#include "deploy/recreate.h"
#include "deploy/running.h"
#include "deploy/swap_steps.h"

static const struct pq_step stop_first[] = {
	{ "pull", pq_step_pull, "space", "not-pulled", true, false },
	{ "space", pq_step_space, "create", "not-pulled", true, false },
	{ "create", pq_step_create, "space-stop", "back", true, false },
	{ "space-stop", pq_step_space, "stop-old", "withdrawn", true, false },
	{ "stop-old", pq_step_stop_old, "rename-old", "back", true, false },
	{ "rename-old", pq_step_rename_old, "rename-new", "back", false,
	    false },
	{ "rename-new", pq_step_rename_new, "start", "back", false, false },
	{ "start", pq_step_start, "health", "back", false, false },
	{ "health", pq_step_health, "compare", "back", false, false },
	{ "compare", pq_step_compare, "confirm", "back", false, false },
	{ "confirm", pq_step_confirm, "good", "back", false, false },
	{ .name = NULL },
};
static const struct pq_step start_first[] = {
	{ "pull", pq_step_pull, "space", "not-pulled", true, false },
	{ "space", pq_step_space, "create", "not-pulled", true, false },
	{ "create", pq_step_create, "start", "back", true, false },
	{ "start", pq_step_start, "health", "back", true, false },
	{ "health", pq_step_health, "compare", "back", false, false },
	{ "compare", pq_step_compare, "space-stop", "back", false, false },
	{ "space-stop", pq_step_space, "stop-old", "withdrawn", true, false },
	{ "stop-old", pq_step_stop_old, "rename-old", "back", true, false },
	{ "rename-old", pq_step_rename_old, "rename-new", "back", false,
	    false },
	{ "rename-new", pq_step_rename_new, "confirm", "back", false, false },
	{ "confirm", pq_step_confirm, "good", "back", false, false },
	{ .name = NULL },
};

/*
 * Steps after the verdict, for both orders.
 *
 * "same" only inspects the running container, so there is nothing to undo. No
 * step after "same" stops or removes a container.
 */
static const struct pq_step afterwards[] = {
	{ "same", pq_step_same, "kept", "not-kept", false, false },
	{ "kept", pq_step_kept, "done", "done", false, false },
	{ "good", pq_step_retire, "done", "done", false, false },
	{ .name = NULL },
};
/*
 * The steps that undo a swap are repeated: if the daemon refuses once, the host
 * must not stay without a running container.
 */
static const struct pq_step undo[] = {
	{ "withdrawn", pq_step_keep_log, "back-new", "stuck", false, false },
	{ "back", pq_step_keep_log, "back-new", "stuck", false, false },
	{ "back-new", pq_step_away_new, "back-old", "back-old", false, true },
	{ "back-old", pq_step_restore_old, "done", "stuck", false, true },
	{ .name = NULL },
};

static const struct pq_step *
choose_steps(const struct pq_config_service *s)
{
	return s->order == PQ_ORDER_START_FIRST ? start_first : stop_first;
}

static enum pq_health
health_of(json_t *container)
{
	json_t *state = json_object_get(container, "State");
	const char *h =
	    pq_json_text(json_object_get(state, "Health"), "Status");

	return strcmp(h, "healthy") == 0  ? PQ_HEALTH_GOOD
	    : strcmp(h, "unhealthy") == 0 ? PQ_HEALTH_BAD
					  : PQ_HEALTH_UNKNOWN;
}

static void
fill_observed(struct pq_observed *ret, const struct pq_running *r,
    const struct pq_config_service *s)
{
	struct pq_floor label = { "", "" };
	int k = pq_running_digest(r, s->policy->image, ret->digest);

	ret->there = true;
	(void)snprintf(ret->ref, sizeof(ret->ref), "%s", pq_running_id(r));
	ret->instances = 1;
	ret->running = pq_running_runs(r);
	ret->health = health_of(r->container);
	(void)snprintf(ret->image, sizeof(ret->image), "%s",
	    pq_json_text(r->container, "Image"));
	ret->known = k == 0 ? PQ_KNOWN_BY_DIGEST
	    : k == 1        ? PQ_KNOWN_BY_ID
			    : PQ_KNOWN_NOT;
	ret->unproven = pq_running_floor(r, NULL, &label) != 0;
	memcpy(ret->version, label.version, sizeof(ret->version));
	(void)snprintf(
	    ret->claim, sizeof(ret->claim), "%s", pq_running_claim(r));
	ret->settings = json_incref(r->container);
}

static int
observe_container(struct pq_observed *ret, struct pq_docker *d,
    const struct pq_config_service *s, struct pq_err *err)
{
	struct pq_running r;
	int k = pq_running_inspect(&r, d, s->target_name, err);

	if (k == 0)
		fill_observed(ret, &r, s);
	pq_running_free(&r);
	return k == -PQ_EABSENT ? 0 : k;
}

static void
examine_container(struct pq_findings *ret, const struct pq_observed *o,
    const struct pq_config_service *s, bool same)
{
	pq_posture_examine(ret, o->settings, s);
	if (!same)
		pq_recreate_examine(ret, o->settings);
}

static int
discard_image(struct pq_swap *s, const char *digest, struct pq_err *err)
{
	char ref[PQ_SWAP_REF];

	(void)snprintf(
	    ref, sizeof(ref), "%s@%s", s->service->policy->image, digest);
	return pq_swap_act(
	    s, PQ_DOCKER_FORGET, ref, NULL, NULL, PQ_DONE(200, 404, 409), err);
}

const struct pq_target pq_target_container = {
	.observe = observe_container,
	.preflight = examine_container,
	.steps = choose_steps,
	.afterwards = afterwards,
	.undo = undo,
	.discard = discard_image,
};
