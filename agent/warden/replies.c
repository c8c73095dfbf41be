/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies to the command line. Each request ends with exactly one DONE message.
 * Its code becomes the exit code of the command. If another role carries out an
 * order, the DONE message follows later.
 */
#include "warden/replies.h"

#include <stdarg.h>
#include <stdio.h>

#include <pratique/text.h>

#include "warden/ledger_releases.h"
#include "warden/peers.h"

void
pq_reply_done(struct pq_peer *p, uint64_t job, enum pq_code code, int64_t id,
    const char *text)
{
	struct pq_msg m = { .type = PQ_MSG_DONE, .job = job };
	char clean[PQ_REASON_TEXT];

	pq_text_utf8(clean, sizeof(clean), pq_slice_str(text)); /* may be cut */
	m.done.code = (uint32_t)code;
	m.done.id = (uint64_t)id;
	m.done.text = pq_slice_str(clean);
	(void)pq_peers_send(p, &m);
}

void
pq_reply(
    struct pq_request *q, enum pq_code code, int64_t id, const char *fmt, ...)
{
	char text[PQ_REASON_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pq_reply_done(q->p, q->job, code, id, text);
}

bool
pq_request_require_release(struct pq_request *q, struct pq_release *r)
{
	if (pq_ledger_release_read(&q->w->store, (int64_t)q->id, r) == 1)
		return true;
	pq_reply(q, PQ_CODE_ABSENT, (int64_t)q->id,
	    "no release has the id %lld; pratique list shows the ids",
	    (long long)q->id);
	return false;
}

bool
pq_request_require_service(struct pq_request *q)
{
	if (pq_config_service(q->w->cfg, pq_slice_str(q->service)) != NULL)
		return true;
	pq_reply(q, PQ_CODE_ABSENT, 0,
	    "%s: no such service; pratique status lists the services",
	    q->service);
	return false;
}
