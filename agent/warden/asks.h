/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_ASKS_H
#define AGENT_WARDEN_ASKS_H

#include "warden/replies.h"

/*
 * pq_ask() - put a question to a role, whose answer will end the request
 * @m:       the question; its job is set here
 * @lasting: it changes something, also when nobody waits for the answer
 * Return:   false: replied, the role cannot be asked now and was not
 */
bool pq_ask(
    struct pq_request *q, enum pq_door door, struct pq_msg *m, bool lasting);
/*
 * pq_asked() - the question that @p answers
 * @asked: as what it was sent
 * Return: NULL: @p was not asked that, so its answer is out of turn
 */
struct pq_asked *pq_asked(struct warden *w, const struct pq_peer *p,
    enum pq_msg_type asked, uint64_t job);
/* pq_asked_end() - reply to the client, if it still waits; @a is over then */
void pq_asked_end(
    struct pq_asked *a, enum pq_answered code, int64_t id, const char *text);

/* pq_on_answer() - one part of a document, handed on unread */
int pq_on_answer(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
/* pq_on_answered() - the end of an answer */
int pq_on_answered(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
/* pq_on_reply() - a whole answer, its document handed on unread */
int pq_on_reply(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

/* pq_asks_peer_lost() - a client that waits no more; a role that answers none
 */
void pq_asks_peer_lost(
    struct warden *w, const struct pq_peer *p, enum pq_door door);
/* pq_asks_pump() - tell clients that they have waited for long enough */
void pq_asks_pump(struct warden *w);

#endif
