/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the control socket, and the answers that are queued for it. */
#ifndef TESTS_UNIT_LEDGER_CLIENT_H
#define TESTS_UNIT_LEDGER_CLIENT_H

#include "releases.h"

#include "ipc/codes.h"
#include "ipc/verbs.h"
#include "warden/control.h"

#define CLIENT (PQ_DOOR_CONTROL + 3)
#define CLIENT_JOB 77

/* Return the newest message that is queued for a peer, or NULL. */
static inline const struct pq_msg *
last_queued(size_t peer)
{
	static struct pq_msg last;
	struct pq_peer *p = &w.peers[peer];
	struct pq_err err = PQ_ERR_INIT;

	if (!p->tail)
		return NULL;
	assert_int_equal(
	    pq_msg_decode(&last, pq_buf_view(&p->tail->bytes), &err), 0);
	return &last;
}

/* Let a user send a request. The result is that of the warden. */
static inline int
request_of(uid_t uid, const struct pq_msg *m)
{
	struct pq_peer *p = &w.peers[CLIENT];

	forget_messages((enum pq_door)CLIENT);
	p->used = true;
	p->ch.peer = PQ_ROLE_CLI;
	p->ch.fd = -1;
	p->ch.peer_uid = uid;
	return pq_on_request(&w, p, m);
}

/* Check that the answer ends with @code and contains @words; remove it. */
static inline void
expect_answer(enum pq_code code, const char *words)
{
	const struct pq_msg *m = last_queued(CLIENT);
	char text[PQ_REASON_TEXT];

	if (m == NULL)
		fail_msg("%s: no answer", words);
	assert_int_equal(m->type, PQ_MSG_DONE);
	assert_int_equal(m->job, CLIENT_JOB);
	pq_warden_text(text, sizeof(text), m->done.text);
	if (m->done.code != (uint32_t)code || strstr(text, words) == NULL)
		fail_msg("%s: %u %s", words, m->done.code, text);
	forget_messages((enum pq_door)CLIENT);
}

static inline int
tear_down_client(void **state)
{
	forget_messages((enum pq_door)CLIENT);
	return tear_down_warden(state);
}

#endif
