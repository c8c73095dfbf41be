/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that another role answers.
 *
 * A client waits for a limited time. Its question keeps a place in this table
 * until the role answers or disconnects. So a role never has more open
 * questions than the table has places. An answer without a question is a
 * protocol error.
 *
 * The document of an answer is untrusted, and it is passed on in parts. The
 * warden counts its bytes and never parses them.
 */
#include "warden/asks.h"

#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

#include "warden/core.h"
#include "warden/peers.h"

/* enough for two questions to a hanging engine; the client waits longer */
#define ANSWER_MS 70000

/*
 * A client that sends queries in a loop must not block the orders. A role that
 * leaves its queries open must not block the queries to another role.
 */
static struct pq_asked *
free_place(struct warden *w, enum pq_door door, bool lasting)
{
	struct pq_asked *place = NULL;
	size_t i, queries = 0;

	for (i = 0; i < WARDEN_ASKED; i++) {
		struct pq_asked *a = &w->asked[i];

		if (a->id == 0 && place == NULL)
			place = a;
		else if (a->id != 0 && !a->lasting && a->door == door)
			queries++;
	}
	return lasting || queries < WARDEN_QUERIED ? place : NULL;
}

bool
pq_ask_role(
    struct pq_request *q, enum pq_door door, struct pq_msg *m, bool lasting)
{
	struct warden *w = q->w;
	struct pq_asked *a = free_place(w, door, lasting);
	int r;

	if (a == NULL) {
		pq_reply(q, PQ_CODE_NOT_EXAMINED, 0,
		    "too many requests wait for pratique-%s: try again in a "
		    "minute",
		    pq_door_name(door));
		return false;
	}
	m->job = ++w->asked_id;
	r = pq_peers_send(pq_peers_role(w, door), m);
	if (r != 0) {
		pq_reply(q, PQ_CODE_NOT_EXAMINED, 0,
		    "pratique-%s %s: see the agent's log, and try again",
		    pq_door_name(door),
		    r == -PQ_EABSENT ? "is not connected"
				     : "does not read its messages");
		return false;
	}
	*a = (struct pq_asked){ .id = m->job,
		.type = m->type,
		.door = door,
		.lasting = lasting,
		.client = q->p,
		.job = q->job,
		.due_ms = w->now.boot_ms + ANSWER_MS };
	(void)snprintf(a->actor, sizeof(a->actor), "%s", q->actor);
	memcpy(a->service, q->service, sizeof(a->service));
	memcpy(a->version, q->version, sizeof(a->version));
	return true;
}

struct pq_asked *
pq_find_question(struct warden *w, const struct pq_peer *p,
    enum pq_msg_type type, uint64_t job)
{
	size_t i;

	for (i = 0; i < WARDEN_ASKED; i++) {
		struct pq_asked *a = &w->asked[i];

		if (a->id != 0 && a->id == job && a->type == type &&
		    p == &w->peers[a->door])
			return a;
	}
	return NULL;
}

/* Reply to the client, which gets no more messages about its question. */
static void
reply_to_client(
    struct pq_asked *a, enum pq_code code, int64_t id, const char *text)
{
	if (a->client != NULL)
		pq_reply_done(a->client, a->job, code, id, text);
	a->client = NULL;
}

static enum pq_code
code_of(enum pq_answered code)
{
	return code == PQ_ANSWERED_DONE   ? PQ_CODE_DONE
	    : code == PQ_ANSWERED_REFUSED ? PQ_CODE_REFUSED
					  : PQ_CODE_NOT_EXAMINED;
}

void
pq_end_question(
    struct pq_asked *a, enum pq_answered code, int64_t id, const char *text)
{
	reply_to_client(a, code_of(code), id, text);
	memset(a, 0, sizeof(*a));
}

/* ---- answers ------------------------------------------------------- */

/*
 * If a part cannot be queued the client is ended: it must not take an
 * incomplete document for a complete one.
 */
static void
pass_part(struct warden *w, struct pq_asked *a, struct pq_slice bytes)
{
	struct pq_msg m = { .type = PQ_MSG_PART_ROW, .job = a->job };

	m.part_row.part = a->parts++;
	m.part_row.bytes = bytes;
	if (a->client == NULL)
		return;
	if (pq_peers_send(a->client, &m) != 0)
		pq_peers_end(w, a->client, "reads its answer too slowly");
}

int
pq_on_answer(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	const struct pq_msg_answer *part = &m->answer;
	struct pq_asked *a = pq_find_question(w, p, PQ_MSG_ASK, m->job);

	if (a == NULL || part->part != a->parts || part->bytes.n == 0 ||
	    part->bytes.n > PQ_ANSWER_MAX - a->bytes)
		return -PQ_EPROTO;
	a->bytes += part->bytes.n;
	pass_part(w, a, part->bytes);
	return 0;
}

int
pq_on_answered(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	struct pq_asked *a = pq_find_question(w, p, PQ_MSG_ASK, m->job);
	char text[PQ_REASON_TEXT];

	if (a == NULL)
		return -PQ_EPROTO;
	pq_text_utf8(text, sizeof(text), m->answered.text);
	pq_end_question(a, (enum pq_answered)m->answered.code, 0, text);
	return 0;
}

int
pq_on_reply(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	struct pq_asked *a = pq_find_question(w, p, PQ_MSG_QUESTION, m->job);
	struct pq_slice doc = m->reply.document;
	char text[PQ_REASON_TEXT];
	size_t at, left;

	if (a == NULL)
		return -PQ_EPROTO;
	for (at = 0; at < doc.n; at += PQ_PART_MAX) {
		left = doc.n - at;
		pass_part(w, a,
		    pq_slice(
			doc.p + at, left < PQ_PART_MAX ? left : PQ_PART_MAX));
	}
	pq_text_utf8(text, sizeof(text), m->reply.text);
	pq_end_question(a, (enum pq_answered)m->reply.code, 0, text);
	return 0;
}

/* ---- no answer ----------------------------------------------------- */

/* The question is not sent again: the role may have carried out an order. */
static void
end_lost_question(struct pq_asked *a)
{
	char text[PQ_REASON_TEXT];

	(void)snprintf(text, sizeof(text),
	    "pratique-%s ended before it answered: %s", pq_door_name(a->door),
	    a->lasting ? "pratique status shows whether the order was done"
		       : "try again");
	pq_end_question(a, PQ_ANSWERED_NOT_EXAMINED, 0, text);
}

void
pq_asks_peer_lost(struct warden *w, const struct pq_peer *p, enum pq_door door)
{
	size_t i;

	for (i = 0; i < WARDEN_ASKED; i++) {
		struct pq_asked *a = &w->asked[i];

		if (a->client == p)
			a->client = NULL;
		if (a->id != 0 && a->door == door)
			end_lost_question(a);
	}
}

void
pq_asks_pump(struct warden *w)
{
	char text[PQ_REASON_TEXT];
	size_t i;

	for (i = 0; i < WARDEN_ASKED; i++) {
		struct pq_asked *a = &w->asked[i];

		if (a->client == NULL || a->due_ms > w->now.boot_ms)
			continue;
		(void)snprintf(text, sizeof(text),
		    "pratique-%s has not answered: %s may be under way%s",
		    pq_door_name(a->door),
		    a->door == PQ_DOOR_FETCH ? "errands" : "a deployment",
		    a->lasting ? "; pratique status shows the outcome" : "");
		reply_to_client(a, PQ_CODE_NOT_EXAMINED, 0, text);
	}
}
