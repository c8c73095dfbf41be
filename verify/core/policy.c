/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy says about names. The image tag comes from whoever pushes to
 * the registry, and the git tag that it is turned into ends up in a ref that
 * is asked for and in a name that is compared; so it is held to the grammar
 * of both worlds before it is put into the template.
 */
#include <pratique/policy.h>

#include <stdlib.h>
#include <string.h>

#include <pratique/repository.h>

#define PLACE "{version}"
#define GIT_TAG_MAX 128 /* as the message table has it */

void
pq_policy_free(struct pq_policy *p)
{
	size_t i;

	if (p == NULL)
		return;
	free(p->service);
	free(p->image);
	free(p->signed_as);
	free(p->track);
	free(p->git_url);
	free(p->git_tag);
	free(p->signers);
	free(p->signers_name);
	free(p->signers_party);
	for (i = 0; i < PQ_POLICY_KEYS; i++) {
		free(p->keys[i].name);
		free(p->keys[i].party);
		free(p->keys[i].pem);
	}
	memset(p, 0, sizeof(*p));
}

/* git check-ref-format(1), as far as an OCI tag can still offend it */
static bool
is_git_name(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > GIT_TAG_MAX || s[0] == '-' || s[0] == '.' ||
	    s[n - 1] == '.' || strstr(s, "..") != NULL ||
	    strstr(s, "/.") != NULL || strstr(s, "//") != NULL || s[0] == '/' ||
	    s[n - 1] == '/')
		return false;
	if (n >= 5 && strcmp(s + n - 5, ".lock") == 0)
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("~^:?*[\\", *s) != NULL)
			return false;
	return true;
}

int
pq_policy_git_tag(
    char **ret, const struct pq_policy *p, struct pq_slice image_tag)
{
	struct pq_buf name = PQ_BUF_INIT(512);
	const char *place, *rest;
	char *s;
	int r;

	if (p->git_tag == NULL || !pq_repository_tag_ok(image_tag))
		return -PQ_EFORMAT;
	place = strstr(p->git_tag, PLACE);
	/* without the place every image tag would mean the same git tag */
	if (place == NULL)
		return -PQ_EFORMAT;
	rest = place + strlen(PLACE);
	if (strstr(rest, PLACE) != NULL)
		return -PQ_EFORMAT;
	pq_buf_put(&name, p->git_tag, (size_t)(place - p->git_tag));
	pq_buf_slice(&name, image_tag);
	pq_buf_str(&name, rest);
	r = name.fault == -PQ_ELIMIT ? -PQ_EFORMAT : name.fault;
	s = r == 0 ? pq_slice_dup_str(pq_buf_view(&name)) : NULL;
	pq_buf_free(&name);
	if (r != 0)
		return r;
	if (s == NULL)
		return -PQ_ENOMEM;
	if (!is_git_name(s)) {
		free(s);
		return -PQ_EFORMAT;
	}
	*ret = s;
	return 0;
}
