/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetch one tag of a git repository: the ref, the tag object and the commit.
 *
 * The answer "the tag does not exist" goes into the evidence. An unreachable
 * server is not an answer: the errand stays pending. The client requests the
 * object to which the ref points, and finds tag and commit in the pack by
 * their hashes.
 */
#include <stdio.h>
#include <string.h>

#include "net/gather.h"
#include "net/gitclient.h"

static int
note_oid(struct pq_gather *g, const struct pq_oid *o)
{
	char hex[PQ_OID_TEXT];

	pq_oid_format(hex, o);
	return pq_gather_note(g, PQ_LOOKUP_GIT_OBJECT, hex, 200, NULL);
}

static void
move_data(struct pq_buf *dst, struct pq_git_want *w)
{
	*dst = w->data;
	w->data = PQ_BUF_INIT(0);
}

static int
fetch_objects(struct pq_gather *g, struct pq_git_client *c,
    const struct pq_git_ref *ref, struct pq_err *err)
{
	bool annotated = ref->peeled.len != 0;
	struct pq_git_want wants[2] = {
		{ PQ_GITOBJ_COMMIT, annotated ? ref->peeled : ref->oid,
		    PQ_BUF_INIT(PQ_GIT_OBJECT_MAX), false },
		{ PQ_GITOBJ_TAG, ref->oid, PQ_BUF_INIT(PQ_GIT_OBJECT_MAX),
		    false },
	};
	int r = pq_git_fetch(c, &ref->oid, wants, annotated ? 2 : 1, err);

	if (r == 0) {
		g->commit_oid = wants[0].oid;
		move_data(&g->commit_object, &wants[0]);
		r = note_oid(g, &g->commit_oid);
	}
	if (r == 0 && annotated) {
		g->tag_oid = wants[1].oid;
		move_data(&g->tag_object, &wants[1]);
		r = note_oid(g, &g->tag_oid);
	}
	pq_buf_free(&wants[0].data);
	pq_buf_free(&wants[1].data);
	return r;
}

static int
gather_tag(struct pq_gather *g, struct pq_git_client *c, const char *tag,
    struct pq_err *err)
{
	char name[PQ_GIT_REF_TEXT], hex[PQ_OID_TEXT];
	struct pq_git_ref ref;
	int r = pq_name_git_tag(pq_slice_str(tag), err);

	if (r != 0)
		return pq_err_wrap(err, r, "%s", tag);
	(void)snprintf(name, sizeof(name), PQ_GIT_TAGS "%s", tag);
	r = pq_git_connect(c, err);
	if (r == 0)
		r = pq_git_ls_ref(c, name, &ref, err);
	if (r == 1)
		return pq_gather_note(g, PQ_LOOKUP_GIT_REF, name, 404, NULL);
	if (r != 0)
		return r;
	pq_oid_format(hex, &ref.oid);
	(void)snprintf(g->ref, sizeof(g->ref), "%s %s", hex, name);
	if (ref.peeled.len != 0) {
		pq_oid_format(hex, &ref.peeled);
		(void)snprintf(
		    g->peeled, sizeof(g->peeled), "%s %s^{}", hex, name);
	}
	r = pq_gather_note(g, PQ_LOOKUP_GIT_REF, name, 200, NULL);
	return r != 0 ? r : fetch_objects(g, c, &ref, err);
}

void
pq_gather_git(struct pq_gather *g, struct pq_git_client *c, const char *tag)
{
	struct pq_err err = PQ_ERR_INIT;
	int r = gather_tag(g, c, tag, &err);

	if (r == 0)
		g->result = PQ_GATHER_FETCHED;
	else
		pq_gather_fault(g, r, &err);
}
