/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callbacks that wait for verify. A fake peer plays verify: its messages are
 * counted and never sent.
 */
#ifndef TESTS_UNIT_LEDGER_CALLBACKS_H
#define TESTS_UNIT_LEDGER_CALLBACKS_H

#include "fixture.h"

#include "warden/hints.h"
#include "warden/ledger_callbacks.h"

#define BODY ((size_t)64 << 10)

static inline void
add_callbacks(size_t n, size_t bytes)
{
	static uint8_t body[BODY];
	struct pq_callback cb = { .body = pq_slice(body, bytes) };
	char id[32];
	size_t i;

	pq_store_begin(&w.store);
	for (i = 0; i < n; i++) {
		(void)snprintf(id, sizeof(id), "d-%d", (int)++w.last_id);
		/* each body must differ, or it counts as a repetition */
		memcpy(body, id, strlen(id));
		assert_int_equal(
		    pq_ledger_callback_add(&w.store, w.last_id, "web",
			PQ_SCHEME_STANDARD, id, &cb, "r", 1, pq_warden_s(&w)),
		    PQ_INSERT_NEW);
		w.backlog++;
		w.shares[0].n++;
		w.shares[0].bytes += (int64_t)bytes;
	}
}

/* Send the due callbacks, and return how many verify has now. */
static inline size_t
count_sent(void)
{
	pq_callbacks_pump(&w);
	return pq_jobs_reading(&w);
}

/* Verify answers all callbacks that it has. */
static inline void
answer_all(enum pq_hint_kind kind, const char *reason)
{
	struct pq_msg m = { .type = PQ_MSG_HINT };
	size_t i;

	m.hint.kind = kind;
	m.hint.reason = pq_slice_str(reason);
	for (i = 0; i < WARDEN_JOBS; i++) {
		if (!w.jobs[i].kind)
			continue;
		m.job = (uint64_t)w.jobs[i].id;
		assert_int_equal(pq_on_hint(&w, NULL, &m), 0);
	}
	forget_errands_and_reads();
}

static inline void
answer_all_with_ping(void)
{
	answer_all(PQ_HINT_PING, "");
}

/* The same after a pause, so that a new round may begin. */
static inline size_t
count_sent_later(void)
{
	w.now.boot_ms += WARDEN_READ_PACE_MS;
	return count_sent();
}

#endif
