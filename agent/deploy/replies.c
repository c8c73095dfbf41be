/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies to queries of the command line. A query does not change the journal
 * or the host, so deploy need not trust its sender. Deploy does not pass text
 * of a query to Docker.
 *
 * A query waits in the inbox like any other message. It may wait until a
 * deployment ends.
 */
#include "deploy/replies.h"

#include "deploy/host.h"
#include "ipc/verbs.h"

typedef void (*reply_fn)(
    struct pq_reply *ret, struct deploy *d, const struct pq_msg_ask *m);

#define BY_WARDEN(name) NULL
#define BY_FETCH(name) NULL
#define BY_DEPLOY(name) pq_reply_##name
#define VERB(NAME, name, MESSAGE, BY) BY_##BY(name),
static const reply_fn replies[PQ_VERB_COUNT] = { NULL, PQ_VERBS(VERB) };
#undef VERB

void
pq_reply_find(
    struct pq_reply *ret, struct deploy *d, const struct pq_msg_ask *m)
{
	*ret = (struct pq_reply){ .code = PQ_ANSWERED_REFUSED,
		.text = "pratique-deploy does not know this query: it and "
			"pratique-warden have different versions",
		.document = PQ_BUF_INIT(PQ_ANSWER_MAX) };
	if (m->verb < PQ_VERB_COUNT && replies[m->verb] != NULL)
		replies[m->verb](ret, d, m);
}

static void
send_document(
    struct deploy *d, uint64_t job, struct pq_slice doc, pq_send_fn send)
{
	struct pq_msg m = { .type = PQ_MSG_ANSWER, .job = job };
	size_t at, left;

	for (at = 0; at < doc.n; at += PQ_PART_MAX) {
		left = doc.n - at;
		m.answer.part = at / PQ_PART_MAX;
		m.answer.bytes = pq_slice(
		    doc.p + at, left < PQ_PART_MAX ? left : PQ_PART_MAX);
		send(d, &m);
	}
}

/* Do not send an incomplete document: it would look complete. */
void
pq_reply_send(
    struct deploy *d, uint64_t job, const struct pq_reply *r, pq_send_fn send)
{
	struct pq_msg m = { .type = PQ_MSG_ANSWERED, .job = job };
	bool whole = r->document.fault == 0;

	if (whole)
		send_document(d, job, pq_buf_view(&r->document), send);
	m.answered.code =
	    (uint32_t)(whole ? r->code : PQ_ANSWERED_NOT_EXAMINED);
	m.answered.text =
	    pq_slice_str(whole ? r->text : "the answer is too long to send");
	send(d, &m);
}
