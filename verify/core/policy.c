/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions on policies that several processes need. The image tag is
 * untrusted, because the account that pushes to the registry chooses it. Only
 * the policy's template turns the image tag into a git tag. Data in the image
 * cannot change the git tag.
 */
#include <pratique/policy.h>

#include <stdlib.h>
#include <string.h>

static void
free_requirement(struct pq_requirement *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		free(r->v[i].name);
		free(r->v[i].party);
		free(r->v[i].p);
	}
	free(r->v);
}

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
	for (i = 0; i < p->n_requirements; i++)
		free_requirement(&p->requirements[i]);
	free(p->requirements);
	memset(p, 0, sizeof(*p));
}

int
pq_policy_git_tag(
    char **ret, const struct pq_policy *p, struct pq_slice image_tag)
{
	char git_tag[PQ_GIT_TAG_TEXT];
	char *copy;
	int r = pq_template_expand(
	    git_tag, pq_slice_str(p->git_tag), image_tag, NULL);

	if (r != 0)
		return r;
	copy = strdup(git_tag);
	if (copy == NULL)
		return -PQ_ENOMEM;
	*ret = copy;
	return 0;
}
