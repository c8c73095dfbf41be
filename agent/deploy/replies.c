/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies to what the command line asks of deploy. A question changes nothing,
 * here or on the host, so whoever may ask need not be believed; each takes a
 * service or a release of our own by its name, and no text goes on to Docker.
 *
 * It waits for its turn like all else, and a deployment may come first.
 */
#include "deploy/replies.h"

#include "deploy/host.h"
#include "ipc/verbs.h"

typedef void (*reply_fn)(
    struct pq_reply *ret, struct deploy *d, const struct pq_msg_ask *m);

#define BY_WARDEN(name) NULL
#define BY_DEPLOY(name) pq_reply_##name
#define VERB(NAME, name, MESSAGE, BY) BY_##BY(name),
static const reply_fn replies[PQ_VERB_COUNT] = { NULL, PQ_VERBS(VERB) };
#undef VERB

void
pq_reply_find(
    struct pq_reply *ret, struct deploy *d, const struct pq_msg_ask *m)
{
	*ret = (struct pq_reply){ .code = PQ_ANSWERED_REFUSED,
		.text = "deploy does not answer this: its program is another "
			"version than the warden's",
		.document = PQ_BUF_INIT(PQ_ANSWER_MAX) };
	if (m->verb < PQ_VERB_COUNT && replies[m->verb] != NULL)
		replies[m->verb](ret, d, m);
}

static void
tell_document(
    struct deploy *d, uint64_t job, struct pq_slice doc, pq_tell_fn tell)
{
	struct pq_msg m = { .type = PQ_MSG_ANSWER, .job = job };
	size_t at, left;

	for (at = 0; at < doc.n; at += PQ_PART_MAX) {
		left = doc.n - at;
		m.answer.part = at / PQ_PART_MAX;
		m.answer.bytes = pq_slice(
		    doc.p + at, left < PQ_PART_MAX ? left : PQ_PART_MAX);
		tell(d, &m);
	}
}

/* A document without room is none: half of one would look like all of it. */
void
pq_reply_tell(
    struct deploy *d, uint64_t job, const struct pq_reply *r, pq_tell_fn tell)
{
	struct pq_msg m = { .type = PQ_MSG_ANSWERED, .job = job };
	bool whole = r->document.fault == 0;

	if (whole)
		tell_document(d, job, pq_buf_view(&r->document), tell);
	m.answered.code =
	    (uint32_t)(whole ? r->code : PQ_ANSWERED_NOT_EXAMINED);
	m.answered.text =
	    pq_slice_str(whole ? r->text : "the answer has no room");
	tell(d, &m);
}
