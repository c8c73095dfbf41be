/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that several steps of a swap send. If the daemon refuses one, the
 * deployment gives up.
 */
#include <stdio.h>
#include <string.h>

#include "deploy/recreate.h"
#include "deploy/running.h"
#include "deploy/swap_steps.h"

void
pq_swap_name(
    const struct pq_swap *s, const char *mark, char dst[PQ_CONTAINER_TEXT])
{
	(void)snprintf(dst, PQ_CONTAINER_TEXT, "%s" PQ_CONTAINER_MARK "%s-%llu",
	    s->service->target_name, mark, (unsigned long long)s->d.attempt);
}

void
pq_swap_ref(const struct pq_swap *s, char dst[PQ_SWAP_REF])
{
	(void)snprintf(
	    dst, PQ_SWAP_REF, "%s@%s", s->service->policy->image, s->d.digest);
}

bool
pq_swap_is_verified(const struct pq_swap *s, const char *id)
{
	return pq_running_is(id, s->d.config, s->d.manifest, s->d.digest);
}

static bool
is_done(const long *done, long status)
{
	for (; *done != 0; done++)
		if (*done == status)
			return true;
	return false;
}

void
pq_swap_reason(char dst[256], struct pq_slice body)
{
	const char *p = (const char *)body.p, *words;
	size_t n = body.n, line;
	json_t *o;

	while (n != 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	for (line = n; line != 0 && p[line - 1] != '\n'; line--)
		;
	o = n == 0 ? NULL : json_loadb(p + line, n - line, 0, NULL);
	words = json_string_value(json_object_get(o, "message"));
	if (words == NULL)
		words = json_string_value(json_object_get(o, "error"));
	(void)snprintf(dst, 256, "%s", words == NULL ? "" : words);
	json_decref(o);
}

int
pq_swap_act(struct pq_swap *s, enum pq_docker_shape shape, const char *a,
    const char *b, json_t *body, const long *done, struct pq_err *err)
{
	struct pq_docker_answer ans;
	char why[256];
	int r = pq_docker_call(s->docker, shape, a, b, body, &ans, err);

	if (r != 0)
		return r;
	if (!is_done(done, ans.status)) {
		pq_swap_reason(why, pq_buf_view(&ans.body));
		r = pq_swap_give_up(s,
		    "the daemon refused the request (%ld): %s", ans.status,
		    why);
	}
	pq_buf_free(&ans.body);
	return r;
}

int
pq_swap_inspect(
    struct pq_swap *s, const char *id, json_t **ret, struct pq_err *err)
{
	return pq_docker_json(s->docker, PQ_DOCKER_INSPECT, id, ret, err);
}

int
pq_swap_rename(
    struct pq_swap *s, const char *id, const char *name, struct pq_err *err)
{
	json_t *c = NULL;
	const char *now;
	int r = pq_swap_inspect(s, id, &c, err);

	if (r != 0)
		return r;
	now = pq_json_text(c, "Name");
	if (strcmp(now[0] == '/' ? now + 1 : now, name) != 0)
		r = pq_swap_act(
		    s, PQ_DOCKER_RENAME, id, name, NULL, PQ_DONE(204), err);
	json_decref(c);
	return r;
}

int
pq_swap_body(struct pq_swap *s, json_t *old, json_t **ret, struct pq_err *err)
{
	char release[24], attempt[24], ref[PQ_SWAP_REF], image_id[80];
	struct pq_recreate_labels labels = { s->d.service, release, attempt,
		s->d.tag, s->d.digest };
	json_t *image = NULL;
	int r;

	(void)snprintf(
	    release, sizeof(release), "%llu", (unsigned long long)s->d.release);
	(void)snprintf(
	    attempt, sizeof(attempt), "%llu", (unsigned long long)s->d.attempt);
	pq_swap_ref(s, ref);
	(void)snprintf(
	    image_id, sizeof(image_id), "%s", pq_json_text(old, "Image"));
	r = pq_docker_json(
	    s->docker, PQ_DOCKER_IMAGE_ID, image_id, &image, err);
	if (r == -PQ_EABSENT)
		return pq_swap_give_up(s,
		    "the engine has lost the image of the old container, so "
		    "the settings of its operator are unknown: pull that "
		    "image again");
	if (r == 0)
		r = pq_recreate_body(ret, old, image, ref, &labels);
	json_decref(image);
	return r;
}
