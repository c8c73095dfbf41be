/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pratique's own payload, which any sender can make. This reader is strict: the
 * senders follow pratique's documentation, so an unknown member is a mistake.
 */
#include "format/hint.h"

#include <string.h>

#include <pratique/names.h>
#include <pratique/text.h>

static const struct pq_hint_field own_fields[] = {
	{ "digest", PQ_HINT_FIELD(digest), false, pq_hint_check_digest },
	{ "commit", PQ_HINT_FIELD(commit), false, pq_hint_check_commit },
	{ "git_tag", PQ_HINT_FIELD(git_tag), false, pq_name_git_tag },
	/* different ids make two bodies different that are otherwise equal */
	{ "id", PQ_HINT_NOT_KEPT, PQ_DELIVERY_TEXT, false, pq_name_delivery },
};

#define N_OWN (sizeof(own_fields) / sizeof(own_fields[0]))

static int
check_members(struct pq_hint *h, json_t *root)
{
	const char *name;
	json_t *v;
	char text[64];
	size_t i;

	json_object_foreach (root, name, v) {
		if (strcmp(name, "image") == 0)
			continue;
		for (i = 0; i < N_OWN; i++)
			if (strcmp(name, own_fields[i].name) == 0)
				break;
		if (i < N_OWN)
			continue;
		pq_text_escape(text, sizeof(text), pq_slice_str(name));
		return pq_hint_end(
		    h, PQ_HINT_UNREADABLE, "/%s: unknown member", text);
	}
	return 0;
}

/*
 * Read "host[:port]/repository:tag". A colon before the last slash belongs to
 * the port.
 */
static int
take_image(struct pq_hint *h, struct pq_slice s)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_slice repository, tag;
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] != ':' && s.p[i - 1] != '/')
		i--;
	if (i == 0 || s.p[i - 1] != ':')
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "/image: expected host/repository:tag");
	repository = pq_slice(s.p, i - 1);
	tag = pq_slice(s.p + i, s.n - i);
	if (pq_name_repository(repository, &err) != 0)
		return pq_hint_end(
		    h, PQ_HINT_UNREADABLE, "/image: %.300s", err.text);
	if (pq_name_tag(tag, &err) != 0)
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "/image: after the last colon: %.300s", err.text);
	memcpy(h->repository, repository.p, repository.n);
	h->repository[repository.n] = '\0';
	memcpy(h->tag, tag.p, tag.n);
	h->tag[tag.n] = '\0';
	return 0;
}

/* Read {"image": "host/repo:tag", "digest"?, "commit"?, "git_tag"?, "id"?}. */
int
pq_hint_own(struct pq_hint *h, struct pq_slice event, json_t *root)
{
	const json_t *image = json_object_get(root, "image");
	size_t i;

	(void)event;
	if (check_members(h, root) != 0)
		return 1;
	if (!json_is_string(image))
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "/image: expected a string, found %s", pq_hint_type(image));
	if (take_image(h, pq_hint_text(image)) != 0)
		return 1;
	for (i = 0; i < N_OWN; i++)
		if (pq_hint_take(h, root, "", &own_fields[i]) != 0)
			return 1;
	h->kind = PQ_HINT_IMAGE;
	return 0;
}
