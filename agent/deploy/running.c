/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The labels of the running container, as a second record of the live version.
 *
 * Deploy labels each container that it creates with its version and its digest.
 * These labels remain if the state directory is lost. An attacker who builds an
 * image can also set labels, and the engine lists them among the labels of the
 * container. So this code ignores each label whose name the image also has. An
 * operator may copy the labels of one container to another. So the digest label
 * must name the running image.
 */
#include "deploy/running.h"

#include <stdio.h>
#include <string.h>

#include <pratique/oci.h>
#include <pratique/version.h>

#include "deploy/json.h"

int
pq_running_inspect(struct pq_running *ret, struct pq_docker *d,
    const char *name, struct pq_err *err)
{
	int r;

	*ret = (struct pq_running){ NULL, NULL };
	r = pq_docker_json(d, PQ_DOCKER_INSPECT, name, &ret->container, err);
	if (r != 0)
		return r;
	r = pq_docker_json(d, PQ_DOCKER_IMAGE_ID,
	    pq_json_text(ret->container, "Image"), &ret->image, err);
	/* the engine lost the image; the container can still be examined */
	if (r == -PQ_EABSENT || r == -PQ_EFORMAT)
		return 0;
	if (r != 0)
		pq_running_free(ret);
	return r;
}

void
pq_running_free(struct pq_running *r)
{
	json_decref(r->container);
	json_decref(r->image);
	*r = (struct pq_running){ NULL, NULL };
}

bool
pq_running_is(const char *id, const char *config, const char *manifest,
    const char *digest)
{
	return strcmp(id, config) == 0 || strcmp(id, manifest) == 0 ||
	    strcmp(id, digest) == 0;
}

const char *
pq_running_id(const struct pq_running *r)
{
	return pq_json_text(r->container, "Id");
}

bool
pq_running_runs(const struct pq_running *r)
{
	json_t *state = json_object_get(r->container, "State");

	return json_is_true(json_object_get(state, "Running")) &&
	    !json_is_true(json_object_get(state, "Restarting")) &&
	    !json_is_true(json_object_get(state, "Paused"));
}

static json_t *
labels_of(json_t *inspect)
{
	return json_object_get(json_object_get(inspect, "Config"), "Labels");
}

/* Split "repository@digest". Return the digest, or NULL if malformed. */
static const char *
digest_in(const char *ref, struct pq_slice *ret_repository)
{
	const char *at = strchr(ref, '@');
	struct pq_digest d;

	if (at == NULL || pq_digest_parse(&d, pq_slice_str(at + 1)) != 0)
		return NULL;
	*ret_repository = pq_slice(ref, (size_t)(at - ref));
	return at + 1;
}

int
pq_running_digest(const struct pq_running *r, const char *repository,
    char ret[PQ_DIGEST_TEXT])
{
	json_t *refs = json_object_get(r->image, "RepoDigests"), *v;
	const char *only = NULL;
	bool several = false;
	size_t i;

	if (r->image == NULL)
		return -PQ_EABSENT;
	json_array_foreach (refs, i, v) {
		const char *ref = json_string_value(v), *digest;
		struct pq_slice repo;

		digest = ref == NULL ? NULL : digest_in(ref, &repo);
		if (digest == NULL)
			continue;
		if (pq_slice_eq_str(repo, repository)) {
			(void)snprintf(ret, PQ_DIGEST_TEXT, "%s", digest);
			return 0;
		}
		several |= only != NULL && strcmp(only, digest) != 0;
		only = digest;
	}
	(void)snprintf(ret, PQ_DIGEST_TEXT, "%s",
	    only != NULL && !several ? only : pq_json_text(r->image, "Id"));
	return only != NULL && !several ? 0 : 1;
}

bool
pq_running_has(const struct pq_running *r, const char *digest)
{
	json_t *refs = json_object_get(r->image, "RepoDigests"), *v;
	size_t i;

	if (strcmp(pq_json_text(r->image, "Id"), digest) == 0)
		return true;
	json_array_foreach (refs, i, v) {
		const char *ref = json_string_value(v), *one;
		struct pq_slice repo;

		one = ref == NULL ? NULL : digest_in(ref, &repo);
		if (one != NULL && strcmp(one, digest) == 0)
			return true;
	}
	return false;
}

/* Return a label of the container; "" if the image has a label of that name. */
static const char *
own_label(const struct pq_running *r, const char *name)
{
	return json_object_get(labels_of(r->image), name) != NULL
	    ? ""
	    : pq_json_text(labels_of(r->container), name);
}

int
pq_running_floor(
    const struct pq_running *r, const char *instead_of, struct pq_floor *f)
{
	const char *version = own_label(r, PQ_LABEL_VERSION);
	const char *digest = own_label(r, PQ_LABEL_DIGEST);

	if (version[0] == '\0' || digest[0] == '\0')
		return 0;
	if (r->image == NULL)
		return -PQ_EABSENT;
	if (pq_running_has(r, digest) &&
	    pq_version_valid(pq_slice_str(version)))
		pq_floor_raise(f, version, PQ_FLOOR_LABEL, instead_of);
	return 0;
}

const char *
pq_running_claim(const struct pq_running *r)
{
	const char *v = pq_json_text(labels_of(r->image), PQ_OCI_VERSION);

	return pq_version_valid(pq_slice_str(v)) ? v : "";
}
