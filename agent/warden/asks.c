/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that another role answers.
 *
 * A client waits for a time; the question itself stands until the role has
 * answered or is gone. So there are never more of them with a role than this
 * table has places, and an answer that no place waits for is out of turn.
 *
 * The document of an answer goes from hand to hand in parts. It is foreign: the
 * warden counts its bytes, and reads none of them.
 */
#include "warden/asks.h"

#include <stdio.h>
#include <string.h>

#include <pratique/text.h>

#include "warden/core.h"
#include "warden/peers.h"

/* two questions to an engine that hangs; the command line waits longer */
#define ANSWER_MS 70000

/* Whoever only asks, in a loop, must not keep out an order. */
static struct pq_asked *
free_place(struct warden *w, bool lasting)
{
	size_t n = lasting ? WARDEN_ASKED : WARDEN_ASKED - WARDEN_ORDERED;
	size_t i;

	for (i = 0; i < n; i++)
		if (w->asked[i].id == 0)
			return &w->asked[i];
	return NULL;
}

bool
pq_ask(struct pq_request *q, enum pq_door door, struct pq_msg *m, bool lasting)
{
	struct warden *w = q->w;
	struct pq_asked *a = free_place(w, lasting);
	int r;

	if (a == NULL) {
		pq_reply(q, PQ_CODE_NOT_EXAMINED, 0,
		    "too many questions wait for %s: try again in a minute",
		    pq_door_name(door));
		return false;
	}
	m->job = ++w->asked_id;
	r = pq_peers_send(pq_peers_role(w, door), m);
	if (r != 0) {
		pq_reply(q, PQ_CODE_NOT_EXAMINED, 0,
		    "%s %s: see the agent's log, and try again",
		    pq_door_name(door),
		    r == -PQ_EABSENT ? "is away" : "takes no more questions");
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
pq_asked(struct warden *w, const struct pq_peer *p, enum pq_msg_type asked,
    uint64_t job)
{
	size_t i;

	for (i = 0; i < WARDEN_ASKED; i++) {
		struct pq_asked *a = &w->asked[i];

		if (a->id != 0 && a->id == job && a->type == asked &&
		    p == &w->peers[a->door])
			return a;
	}
	return NULL;
}

/* the client hears no more of it */
static void
dismiss(struct pq_asked *a, enum pq_code code, int64_t id, const char *text)
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
pq_asked_end(
    struct pq_asked *a, enum pq_answered code, int64_t id, const char *text)
{
	dismiss(a, code_of(code), id, text);
	memset(a, 0, sizeof(*a));
}

/* ---- answers ------------------------------------------------------- */

/* A client that cannot be given one part must not take the rest for all. */
static void
hand_on(struct warden *w, struct pq_asked *a, struct pq_slice bytes)
{
	struct pq_msg m = { .type = PQ_MSG_PART_ROW, .job = a->job };

	m.part_row.part = a->parts++;
	m.part_row.bytes = bytes;
	if (a->client == NULL)
		return;
	if (pq_peers_send(a->client, &m) != 0)
		pq_peers_end(w, a->client, "takes its answer too slowly");
}

int
pq_on_answer(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	const struct pq_msg_answer *part = &m->answer;
	struct pq_asked *a = pq_asked(w, p, PQ_MSG_ASK, m->job);

	if (a == NULL || part->part != a->parts || part->bytes.n == 0 ||
	    part->bytes.n > PQ_ANSWER_MAX - a->bytes)
		return -PQ_EPROTO;
	a->bytes += part->bytes.n;
	hand_on(w, a, part->bytes);
	return 0;
}

int
pq_on_answered(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	struct pq_asked *a = pq_asked(w, p, PQ_MSG_ASK, m->job);
	char text[PQ_REASON_TEXT];

	if (a == NULL)
		return -PQ_EPROTO;
	pq_text_utf8(text, sizeof(text), m->answered.text);
	pq_asked_end(a, (enum pq_answered)m->answered.code, 0, text);
	return 0;
}

/* The complete answer in one message. */
int
pq_on_reply(struct warden *w, struct pq_peer *p, const struct pq_msg *m)
{
	struct pq_asked *a = pq_asked(w, p, PQ_MSG_QUESTION, m->job);
	struct pq_slice doc = m->reply.document;
	char text[PQ_REASON_TEXT];
	size_t at, left;

	if (a == NULL)
		return -PQ_EPROTO;
	for (at = 0; at < doc.n; at += PQ_PART_MAX) {
		left = doc.n - at;
		hand_on(w, a,
		    pq_slice(
			doc.p + at, left < PQ_PART_MAX ? left : PQ_PART_MAX));
	}
	pq_text_utf8(text, sizeof(text), m->reply.text);
	pq_asked_end(a, (enum pq_answered)m->reply.code, 0, text);
	return 0;
}

/* ---- no answer ----------------------------------------------------- */

/* It is not asked again: what changes something may have been done. */
static void
role_lost(struct pq_asked *a)
{
	char text[PQ_REASON_TEXT];

	(void)snprintf(text, sizeof(text), "%s ended before it answered: %s",
	    pq_door_name(a->door),
	    a->lasting ? "pratique status shows the outcome; else try again"
		       : "try again");
	pq_asked_end(a, PQ_ANSWERED_NOT_EXAMINED, 0, text);
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
			role_lost(a);
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
		    "%s has not answered: %s may be under way%s",
		    pq_door_name(a->door),
		    a->door == PQ_DOOR_FETCH ? "errands" : "a deployment",
		    a->lasting ? "; pratique status shows the outcome" : "");
		dismiss(a, PQ_CODE_NOT_EXAMINED, 0, text);
	}
}
