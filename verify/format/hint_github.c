/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GitHub's events. An attacker who can push also chooses names, labels and
 * refs. GitHub adds members at any time, so only the fields in use are checked.
 *
 * Source: GitHub, "Webhook events and payloads".
 */
#include "format/hint.h"

#include <stdio.h>
#include <string.h>

#include <pratique/names.h>
#include <pratique/text.h>

#define GHCR "ghcr.io/"
#define REVISION "org.opencontainers.image.revision"

static bool
is_alnum(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* Report whether @s has GitHub's form "acme/web". */
static bool
is_full_name(struct pq_slice s)
{
	size_t i, slashes = 0;

	if (s.n == 0 || s.n > PQ_REPOSITORY_MAX)
		return false;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '/')
			slashes++;
		else if (!is_alnum(s.p[i]) && strchr("._-", s.p[i]) == NULL)
			return false;
	}
	return slashes == 1 && s.p[0] != '/' && s.p[s.n - 1] != '/';
}

static int
check_full_name(struct pq_slice s, struct pq_err *err)
{
	return is_full_name(s)
	    ? 0
	    : pq_err_set(err, PQ_EFORMAT, "expected owner/name");
}

static bool
all_zero(struct pq_slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] != '0')
			return false;
	return true;
}

static int
read_ping(struct pq_hint *h, json_t *root)
{
	(void)root;
	h->kind = PQ_HINT_PING;
	return 0;
}

static int
read_push(struct pq_hint *h, json_t *root)
{
	static const struct pq_hint_field name = { "full_name",
		PQ_HINT_FIELD(repository), true, check_full_name };
	static const struct pq_hint_field id = { "id", PQ_HINT_FIELD(commit),
		true, pq_hint_check_commit };
	const json_t *ref = json_object_get(root, "ref");
	const json_t *after = json_object_get(root, "after");
	const json_t *head = json_object_get(root, "head_commit");
	const json_t *repository = NULL;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_slice s;

	if (!json_is_string(ref))
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "/ref: expected a string, found %s", pq_hint_type(ref));
	if (!json_is_string(after))
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "/after: expected a string, found %s", pq_hint_type(after));
	if (pq_hint_check_commit(pq_hint_text(after), &err) != 0)
		return pq_hint_end(
		    h, PQ_HINT_UNREADABLE, "/after: %s", err.text);
	s = pq_hint_text(ref);
	if (!pq_slice_starts(s, PQ_GIT_TAGS))
		return pq_hint_end(
		    h, PQ_HINT_IGNORED, "a push, but not of a tag");
	if (all_zero(pq_hint_text(after)) ||
	    json_is_true(json_object_get(root, "deleted")))
		return pq_hint_end(h, PQ_HINT_IGNORED, "deletion of a tag");
	s = pq_slice(
	    s.p + sizeof(PQ_GIT_TAGS) - 1, s.n - sizeof(PQ_GIT_TAGS) + 1);
	if (pq_name_git_tag(s, &err) != 0)
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "/ref: after " PQ_GIT_TAGS ": %.300s", err.text);
	memcpy(h->git_tag, s.p, s.n);
	h->git_tag[s.n] = '\0';
	if (pq_hint_object(&repository, h, root, "", "repository") != 0 ||
	    pq_hint_take(h, repository, "/repository", &name) != 0)
		return 1;
	if (json_is_object(head) &&
	    pq_hint_take(h, head, "/head_commit", &id) != 0)
		return 1;
	h->kind = PQ_HINT_GIT_TAG;
	return 0;
}

/*
 * Make ghcr.io/<namespace>/<name> in lower case. GitHub keeps the case of a
 * name, but the names of images are in lower case.
 */
static int
take_package(struct pq_hint *h, const json_t *package, const char *at)
{
	const json_t *ns = json_object_get(package, "namespace");
	const json_t *name = json_object_get(package, "name");
	size_t i, skip = sizeof(GHCR) - 1;
	struct pq_err err = PQ_ERR_INIT;
	int n;

	if (!json_is_string(ns) || !json_is_string(name))
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "%s/%s: expected a string, found %s", at,
		    json_is_string(ns) ? "name" : "namespace",
		    pq_hint_type(json_is_string(ns) ? name : ns));
	n = snprintf(h->repository, sizeof(h->repository), GHCR "%s/%s",
	    json_string_value(ns), json_string_value(name));
	if (n < 0 || (size_t)n >= sizeof(h->repository))
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "%s/name: %d bytes with " GHCR
		    " and the namespace; the limit is %d",
		    at, n, PQ_REPOSITORY_MAX);
	for (i = skip; h->repository[i] != '\0'; i++)
		if (h->repository[i] >= 'A' && h->repository[i] <= 'Z')
			h->repository[i] = (char)(h->repository[i] - 'A' + 'a');
	if (pq_name_path(pq_slice_str(h->repository + skip), &err) != 0)
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "%s/name: in namespace/name: %.300s", at, err.text);
	return 0;
}

/* The image's author chooses the labels. Skip a label without a commit id. */
static void
take_revision(struct pq_hint *h, const json_t *metadata)
{
	const json_t *v = json_object_get(
	    json_object_get(json_object_get(metadata, "labels"), "all_labels"),
	    REVISION);
	struct pq_slice s;

	if (!json_is_string(v))
		return;
	s = pq_hint_text(v);
	if (s.n >= sizeof(h->commit) || pq_hint_check_commit(s, NULL) != 0)
		return;
	memcpy(h->commit, s.p, s.n);
	h->commit[s.n] = '\0';
}

/* Take tag.digest, else manifest.digest: GitHub leaves one of them empty. */
static int
take_digest(struct pq_hint *h, const json_t *metadata, const json_t *tag,
    const char *at)
{
	const json_t *v = json_object_get(tag, "digest");
	struct pq_err err = PQ_ERR_INIT;

	if (!json_is_string(v) || json_string_length(v) == 0)
		v = json_object_get(
		    json_object_get(metadata, "manifest"), "digest");
	if (!json_is_string(v) || json_string_length(v) == 0)
		return 0;
	if (pq_hint_check_digest(pq_hint_text(v), &err) != 0)
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "%s/package_version/container_metadata: digest: %s", at,
		    err.text);
	memcpy(h->digest, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

static int
read_package(struct pq_hint *h, json_t *root, const char *member)
{
	static const struct pq_hint_field name = { "name", PQ_HINT_FIELD(tag),
		true, pq_name_tag };
	const json_t *action = json_object_get(root, "action");
	const json_t *package = NULL, *version = NULL, *metadata, *tag, *v;
	char at[64], below[160];

	if (!json_is_string(action))
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "/action: expected a string, found %s",
		    pq_hint_type(action));
	if (!pq_slice_eq_str(pq_hint_text(action), "published"))
		return pq_hint_end(
		    h, PQ_HINT_IGNORED, "a package, but not published");
	if (pq_hint_object(&package, h, root, "", member) != 0)
		return 1;
	(void)snprintf(at, sizeof(at), "/%s", member);
	if (pq_hint_object(&version, h, package, at, "package_version") != 0)
		return 1;
	metadata = json_object_get(version, "container_metadata");
	if (!json_is_object(metadata)) /* package_type is unreliable */
		return pq_hint_end(h, PQ_HINT_IGNORED, "not a container image");
	tag = json_object_get(metadata, "tag");
	v = json_object_get(tag, "name");
	/* signatures, and the manifests of an index, have no tag */
	if (!json_is_object(tag) || v == NULL || json_is_null(v) ||
	    (json_is_string(v) && json_string_length(v) == 0))
		return pq_hint_end(
		    h, PQ_HINT_IGNORED, "an image without a tag");
	(void)snprintf(below, sizeof(below),
	    "%s/package_version/container_metadata/tag", at);
	if (pq_hint_take(h, tag, below, &name) != 0 ||
	    take_package(h, package, at) != 0 ||
	    take_digest(h, metadata, tag, at) != 0)
		return 1;
	take_revision(h, metadata);
	h->kind = PQ_HINT_IMAGE;
	return 0;
}

static int
read_registry_package(struct pq_hint *h, json_t *root)
{
	return read_package(h, root, "registry_package");
}

static int
read_plain_package(struct pq_hint *h, json_t *root)
{
	return read_package(h, root, "package");
}

static int
read_own(struct pq_hint *h, json_t *root)
{
	return pq_hint_own(h, pq_slice(NULL, 0), root);
}

static const struct {
	const char *name;
	int (*read)(struct pq_hint *, json_t *);
} events[] = {
	{ "ping", read_ping },
	{ "push", read_push },
	{ "registry_package", read_registry_package },
	{ "package", read_plain_package },
	{ "pratique", read_own },
	{ "", read_own },
};

int
pq_hint_github(struct pq_hint *h, struct pq_slice event, json_t *root)
{
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (pq_slice_eq_str(event, events[i].name))
			return events[i].read(h, root);
	pq_text_escape(text, sizeof(text), event);
	return pq_hint_end(h, PQ_HINT_IGNORED, "event \"%s\"", text);
}
