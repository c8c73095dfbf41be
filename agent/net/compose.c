/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build the evidence document from the answers of the origins. The document
 * contains the policy, in the exact bytes that the policy hash covers. So
 * anyone can verify the document again later.
 */
#include <stdlib.h>
#include <string.h>

#include "net/gather.h"

static int
fill_files(struct pq_evidence *e, const struct pq_config_service *s)
{
	size_t i;

	if (s->n_files > PQ_EVIDENCE_FILES)
		return -PQ_ELIMIT;
	for (i = 0; i < s->n_files; i++) {
		e->files[i].name = s->files[i].name;
		e->files[i].data = pq_slice(s->files[i].data, s->files[i].n);
	}
	e->n_files = s->n_files;
	return 0;
}

static void
fill_lookups(struct pq_evidence *e, const struct pq_gather *g)
{
	size_t i;

	for (i = 0; i < g->n_lookups && e->n_lookups < PQ_EVIDENCE_LOOKUPS;
	     i++) {
		struct pq_evidence_lookup *l = &e->lookups[e->n_lookups++];

		l->what = g->lookups[i].what;
		l->ref = g->lookups[i].ref;
		l->status = g->lookups[i].status;
		l->digest = g->lookups[i].digest;
	}
}

static void
fill_blobs(struct pq_evidence *e, const struct pq_gather *g)
{
	size_t i;

	for (i = 0; i < g->n_blobs; i++) {
		e->blobs[i].digest = g->blobs[i].digest;
		e->blobs[i].media_type = g->blobs[i].media_type;
		e->blobs[i].data = pq_buf_view(&g->blobs[i].data);
	}
	e->n_blobs = g->n_blobs;
}

/* Remove const: pq_evidence_write() does not change the texts. */
static char *
borrow_text(const char *s)
{
	return (char *)(uintptr_t)s;
}

static void
fill_git(struct pq_evidence *e, const struct pq_gather *g, const char *url,
    const char *git_tag)
{
	e->git_repository = borrow_text(url);
	e->git_tag = borrow_text(git_tag);
	e->git_ref = g->ref[0] != '\0' ? borrow_text(g->ref) : NULL;
	e->git_peeled = g->peeled[0] != '\0' ? borrow_text(g->peeled) : NULL;
	e->tag_oid = g->tag_oid;
	e->commit_oid = g->commit_oid;
	e->tag_object = pq_buf_view(&g->tag_object);
	e->commit_object = pq_buf_view(&g->commit_object);
	fill_lookups(e, g);
}

int
pq_gather_compose(struct pq_buf *dst, const struct pq_config_service *s,
    const char *tag, int64_t now, const struct pq_gather *image,
    const struct pq_gather *git)
{
	struct pq_evidence *e = calloc(1, sizeof(*e));
	pq_auto(pq_autofree) char *git_tag = NULL;
	int r = -PQ_ENOMEM;

	if (e == NULL)
		return r;
	e->blobs = calloc(PQ_EVIDENCE_BLOBS, sizeof(*e->blobs));
	e->lookups = calloc(PQ_EVIDENCE_LOOKUPS, sizeof(*e->lookups));
	if (e->blobs == NULL || e->lookups == NULL)
		goto out;
	e->service = s->policy->service;
	e->seen = now;
	e->policy_hash = s->policy->hash;
	e->repository = s->policy->image;
	e->tag = borrow_text(tag);
	e->digest = image->digest;
	e->os = borrow_text(image->os);
	e->architecture = borrow_text(image->architecture);
	fill_blobs(e, image);
	fill_lookups(e, image);
	r = fill_files(e, s);
	/* name the repository and the tag even if the tag does not exist */
	if (r == 0 && git != NULL)
		r = pq_policy_git_tag(&git_tag, s->policy, pq_slice_str(tag));
	if (r == 0 && git_tag != NULL)
		fill_git(e, git, s->policy->git_url, git_tag);
	if (r == 0)
		r = pq_evidence_write(dst, e);
out:
	free(e->blobs);
	free(e->lookups);
	free(e);
	return r;
}
