/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_ASKS_H
#define AGENT_WARDEN_ASKS_H

#include "warden/replies.h"

/*
 * pq_ask_role() - send a question to a role; the answer will end the request
 * @m:       question; this function sets its job number
 * @lasting: it is an order: it has an effect even if the client disconnects
 * Return:   false if the question cannot be sent; the client got a reply
 */
bool pq_ask_role(
    struct pq_request *q, enum pq_door door, struct pq_msg *m, bool lasting);
/*
 * pq_find_question() - find the question that @p answers
 * @type:  message type of the question
 * @job:   job number of the answer
 * Return: NULL if there is no such question: the answer is a protocol error
 */
struct pq_asked *pq_find_question(struct warden *w, const struct pq_peer *p,
    enum pq_msg_type type, uint64_t job);
/* pq_end_question() - reply to the client, if it still waits; free the place */
void pq_end_question(
    struct pq_asked *a, enum pq_answered code, int64_t id, const char *text);

/*
 * pq_on_answer() - pass one part of a document to the client
 * pq_on_answered() - take the end of an answer
 * Return: 0; -PQ_EPROTO if it does not match a question
 */
int pq_on_answer(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
int pq_on_answered(struct warden *w, struct pq_peer *p, const struct pq_msg *m);
/* pq_on_reply() - take a complete answer; returns as pq_on_answer() does */
int pq_on_reply(struct warden *w, struct pq_peer *p, const struct pq_msg *m);

/*
 * pq_asks_peer_lost() - forget the client @p, or end the questions to its role
 */
void pq_asks_peer_lost(
    struct warden *w, const struct pq_peer *p, enum pq_door door);
/* pq_asks_pump() - reply to clients whose time to wait is over */
void pq_asks_pump(struct warden *w);

#endif
