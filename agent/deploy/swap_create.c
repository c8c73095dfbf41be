/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pull the verified image, and create a container of it with the settings of
 * the old container.
 */
#include <stdio.h>
#include <string.h>

#include <pratique/names.h>

#include "deploy/recreate.h"
#include "deploy/running.h"
#include "deploy/swap_steps.h"

/* Return: 0 it is the verified image; 1 it is not; 2 no image; a fault. */
static int
check_image(struct pq_swap *s, const char *ref, struct pq_err *err)
{
	json_t *image = NULL;
	int r = pq_docker_json(s->docker, PQ_DOCKER_IMAGE, ref, &image, err);

	if (r == -PQ_EABSENT)
		return 2;
	if (r == 0 && !pq_swap_is_verified(s, pq_json_text(image, "Id")))
		r = pq_swap_give_up(s,
		    "the daemon's image is %s, not the verified image",
		    pq_json_text(image, "Id"));
	json_decref(image);
	return r;
}

static int
pull_image(struct pq_swap *s, const char *ref, struct pq_err *err)
{
	struct pq_docker_answer ans;
	char why[256];
	int r;

	pq_docker_watch(s->docker, pq_swap_stop_withdrawn_now, s);
	r = pq_docker_call(
	    s->docker, PQ_DOCKER_PULL, ref, NULL, NULL, &ans, err);
	pq_docker_watch(s->docker, NULL, NULL);
	/* no container was touched yet, so other services may go first */
	if (r == -PQ_ETIMEOUT)
		return pq_swap_give_up(s, "the pull did not finish in time");
	if (r != 0)
		return r;
	pq_swap_reason(why, pq_buf_view(&ans.body));
	pq_buf_free(&ans.body);
	/* status 200 precedes a failure of the pull: inspect the image */
	r = check_image(s, ref, err);
	if (r == 2)
		r = pq_swap_give_up(s,
		    "the daemon could not pull the image: %s",
		    why[0] != '\0' ? why : "it gave no reason");
	return r;
}

int
pq_step_pull(struct pq_swap *s, struct pq_err *err)
{
	char ref[PQ_SWAP_REF];
	int r;

	pq_swap_ref(s, ref);
	r = check_image(s, ref, err);
	if (r != 2)
		return r;
	/* record it before the pull: deploy may only remove its own images */
	pq_store_begin(s->store);
	pq_journal_pulled(s->store, &s->d);
	if (pq_store_commit(s->store) != 0)
		return -PQ_ESTORE;
	return pull_image(s, ref, err);
}

static bool
has_label(json_t *labels, const char *name, uint64_t value)
{
	char want[24];

	(void)snprintf(want, sizeof(want), "%llu", (unsigned long long)value);
	return strcmp(pq_json_text(labels, name), want) == 0;
}

/* Take over a container that this attempt created before a crash. */
static int
adopt_created(
    struct pq_swap *s, const char *name, bool *found, struct pq_err *err)
{
	json_t *c = NULL, *labels;
	int r = pq_swap_inspect(s, name, &c, err);

	*found = false;
	if (r == -PQ_EABSENT)
		return 0;
	if (r != 0)
		return r;
	labels = json_object_get(json_object_get(c, "Config"), "Labels");
	if (has_label(labels, PQ_LABEL_RELEASE, s->d.release) &&
	    has_label(labels, PQ_LABEL_ATTEMPT, s->d.attempt)) {
		(void)snprintf(s->d.new_ref, sizeof(s->d.new_ref), "%s",
		    pq_json_text(c, "Id"));
		*found = true;
	} else {
		r = pq_swap_give_up(s,
		    "a container named %s exists that this attempt did "
		    "not create: remove or rename it",
		    name);
	}
	json_decref(c);
	return r;
}

static int
create_container(
    struct pq_swap *s, json_t *old, const char *name, struct pq_err *err)
{
	struct pq_docker_answer ans;
	json_t *body = NULL, *made;
	char why[256];
	int r = pq_swap_body(s, old, &body, err);

	if (r == 0)
		r = pq_docker_call(
		    s->docker, PQ_DOCKER_CREATE, name, NULL, body, &ans, err);
	json_decref(body);
	if (r != 0)
		return r;
	made = json_loadb((const char *)ans.body.p, ans.body.n, 0, NULL);
	if (ans.status == 201 &&
	    pq_name_container_id(
		pq_slice_str(pq_json_text(made, "Id")), NULL) == 0) {
		(void)snprintf(s->d.new_ref, sizeof(s->d.new_ref), "%s",
		    pq_json_text(made, "Id"));
	} else {
		pq_swap_reason(why, pq_buf_view(&ans.body));
		r = pq_swap_give_up(
		    s, "the daemon did not create the container: %s", why);
	}
	json_decref(made);
	pq_buf_free(&ans.body);
	return r;
}

/* Connect the other networks, because create accepts only one. */
static int
connect_networks(struct pq_swap *s, json_t *old, struct pq_err *err)
{
	json_t *v,
	    *nets = json_object_get(
		json_object_get(old, "NetworkSettings"), "Networks");
	const char *name;
	int r = 0;

	json_object_foreach (nets, name, v) {
		json_t *body;

		if (r != 0 || pq_recreate_is_first(old, name))
			continue;
		body = json_pack("{s:s,s:o}", "Container", s->d.new_ref,
		    "EndpointConfig", pq_recreate_endpoint(old, name));
		/* 403: it is already connected */
		r = pq_swap_act(s, PQ_DOCKER_CONNECT, name, NULL, body,
		    PQ_DONE(200, 403), err);
		json_decref(body);
	}
	return r;
}

/* Check that the new container has the verified image. */
static int
check_created(struct pq_swap *s, struct pq_err *err)
{
	json_t *c = NULL;
	const char *id;
	int r = pq_swap_inspect(s, s->d.new_ref, &c, err);

	if (r != 0)
		return r;
	id = pq_json_text(c, "Image");
	if (!pq_swap_is_verified(s, id))
		r = pq_swap_give_up(s,
		    "the image of the new container is %s, not the "
		    "verified image",
		    id);
	json_decref(c);
	return r;
}

int
pq_step_create(struct pq_swap *s, struct pq_err *err)
{
	json_t *old = NULL;
	char name[PQ_CONTAINER_TEXT];
	bool found;
	int r;

	pq_swap_name(s, "new", name);
	r = adopt_created(s, name, &found, err);
	if (r == 0)
		r = pq_swap_inspect(s, s->d.old_ref, &old, err);
	if (r == 0 && !found)
		r = create_container(s, old, name, err);
	if (r == 0) {
		pq_store_begin(s->store);
		pq_journal_put(s->store, &s->d);
		r = pq_store_commit(s->store);
	}
	if (r == 0)
		r = connect_networks(s, old, err);
	if (r == 0)
		r = check_created(s, err);
	json_decref(old);
	return r;
}
