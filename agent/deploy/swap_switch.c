/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replace the old container: stop and rename it, start the new one, wait for
 * its health, and compare their settings.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "deploy/recreate.h"
#include "deploy/swap_steps.h"
#include "role/instant.h"

int
pq_step_stop_old(struct pq_swap *s, struct pq_err *err)
{
	return pq_swap_act(s, PQ_DOCKER_STOP, s->d.old_ref, NULL, NULL,
	    PQ_DONE(204, 304), err);
}

int
pq_step_rename_old(struct pq_swap *s, struct pq_err *err)
{
	char name[PQ_CONTAINER_TEXT];

	pq_swap_name(s, "prev", name);
	return pq_swap_rename(s, s->d.old_ref, name, err);
}

int
pq_step_rename_new(struct pq_swap *s, struct pq_err *err)
{
	return pq_swap_rename(s, s->d.new_ref, s->service->target_name, err);
}

/*
 * Stop the old container again: a daemon that restarted has started it if its
 * restart policy is "always".
 */
int
pq_step_start(struct pq_swap *s, struct pq_err *err)
{
	int r = s->service->order == PQ_ORDER_STOP_FIRST
	    ? pq_step_stop_old(s, err)
	    : 0;

	if (r == 0)
		r = pq_swap_act(s, PQ_DOCKER_START, s->d.new_ref, NULL, NULL,
		    PQ_DONE(204, 304), err);
	return r;
}

enum health { HEALTH_BAD = 0, HEALTH_WAIT, HEALTH_GOOD };

/*
 * Without a healthcheck, a container counts as healthy once it has run for some
 * seconds without a restart.
 */
static enum health
judge_health(struct pq_swap *s, json_t *c, int64_t since, bool is_new)
{
	json_t *state = json_object_get(c, "State");
	json_t *health = json_object_get(state, "Health");
	const char *h = pq_json_text(health, "Status");
	int64_t calm = (int64_t)s->service->health_s * 1000;

	if (calm > 5000)
		calm = 5000;
	/* earlier restarts of an old container do not matter */
	if ((is_new &&
		json_integer_value(json_object_get(c, "RestartCount")) > 0) ||
	    json_is_true(json_object_get(state, "Restarting"))) {
		(void)pq_swap_give_up(s, "the %s container keeps restarting",
		    is_new ? "new" : "running");
		return HEALTH_BAD;
	}
	if (!json_is_true(json_object_get(state, "Running"))) {
		(void)pq_swap_give_up(s, "the %s container is %s",
		    is_new ? "new" : "running", pq_json_text(state, "Status"));
		return HEALTH_BAD;
	}
	if (health == NULL || strcmp(h, "none") == 0)
		return pq_instant_boot_ms() - since >= calm ? HEALTH_GOOD
							    : HEALTH_WAIT;
	if (strcmp(h, "healthy") == 0)
		return HEALTH_GOOD;
	if (strcmp(h, "unhealthy") == 0) {
		(void)pq_swap_give_up(s, "its healthcheck reports unhealthy");
		return HEALTH_BAD;
	}
	return HEALTH_WAIT;
}

static int
wait_healthy(
    struct pq_swap *s, const char *id, int64_t since, struct pq_err *err)
{
	const struct timespec pause = { 0, 200000000 };
	int64_t end =
	    pq_instant_boot_ms() + (int64_t)s->service->health_s * 1000 + 5000;
	bool is_new = strcmp(id, s->d.old_ref) != 0;
	enum health h = HEALTH_WAIT;
	json_t *c;
	int r;

	while (h == HEALTH_WAIT && pq_instant_boot_ms() < end) {
		c = NULL;
		r = pq_swap_inspect(s, id, &c, err);
		if (r != 0)
			return r;
		h = judge_health(s, c, since, is_new);
		json_decref(c);
		if (h == HEALTH_WAIT)
			(void)nanosleep(&pause, NULL);
	}
	if (h == HEALTH_WAIT)
		return pq_swap_give_up(s,
		    "the %s container was not healthy in time (health: in the "
		    "service's file)",
		    is_new ? "new" : "running");
	return h == HEALTH_GOOD ? 0 : 1;
}

int
pq_step_health(struct pq_swap *s, struct pq_err *err)
{
	return wait_healthy(s, s->d.new_ref, pq_instant_boot_ms(), err);
}

/* Check the health again before the old container is removed. */
int
pq_step_confirm(struct pq_swap *s, struct pq_err *err)
{
	return wait_healthy(s, s->d.new_ref, 0, err);
}

int
pq_step_same(struct pq_swap *s, struct pq_err *err)
{
	json_t *c = NULL;
	int r = pq_swap_inspect(s, s->d.old_ref, &c, err);

	if (r == 0 && !pq_swap_is_verified(s, pq_json_text(c, "Image")))
		r = pq_swap_give_up(
		    s, "the container no longer runs this image");
	json_decref(c);
	if (r == 0)
		r = wait_healthy(s, s->d.old_ref, 0, err);
	/* nothing has to be undone, so a hold counts until the last moment */
	return r == 0 && pq_swap_stop_withdrawn(s) ? 1 : r;
}

/* Record the hash of the running configuration, to find drift later. */
static void
hash_config(struct pq_swap *s, json_t *inspect)
{
	struct pq_digest hash;
	char *dump = json_dumps(json_object_get(inspect, "HostConfig"),
	    JSON_COMPACT | JSON_SORT_KEYS);

	if (dump != NULL && pq_digest_of(&hash, pq_slice_str(dump)) == 0)
		pq_digest_format(s->config_hash, &hash);
	free(dump);
}

int
pq_step_compare(struct pq_swap *s, struct pq_err *err)
{
	json_t *old = NULL, *body = NULL, *new = NULL;
	const char *lost;
	int r = pq_swap_inspect(s, s->d.old_ref, &old, err);

	if (r == 0)
		r = pq_swap_body(s, old, &body, err);
	if (r == 0)
		r = pq_swap_inspect(s, s->d.new_ref, &new, err);
	if (r == 0) {
		lost = pq_recreate_compare(old, body, new);
		if (lost != NULL)
			r = pq_swap_give_up(
			    s, "the new container lost its %s", lost);
		hash_config(s, new);
	}
	json_decref(old);
	json_decref(body);
	json_decref(new);
	return r;
}
