/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbox: a swap takes as long as its pull and its container's health, and
 * a hold that is said meanwhile must count before the next step.
 *
 * A restraint overtakes what was sent before it. That does no harm: judged
 * later, a notice or a clearance meets the restraints of that moment.
 */
#include "deploy/inbox.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "role/instant.h"

#define READ_MAX 1024 /* at a time: the swap goes on, whatever is sent */

struct pq_letter {
	struct pq_letter *next;
	struct pq_buf bytes;
};

/* Text of a message that was checked by the codec; cut, never over. */
static void
text(char *dst, size_t size, struct pq_slice s)
{
	size_t n = s.n < size - 1 ? s.n : size - 1;

	if (n != 0)
		memcpy(dst, s.p, n);
	dst[n] = '\0';
}

static int
restrain(struct pq_inbox *b, const struct pq_msg_restrain *m)
{
	char service[PQ_SERVICE_TEXT], digest[PQ_DIGEST_TEXT], reason[512];
	struct pq_store *s = b->journal;

	text(service, sizeof(service), m->service);
	text(digest, sizeof(digest), m->digest);
	text(reason, sizeof(reason), m->reason);
	pq_store_begin(s);
	switch (m->kind) {
	case PQ_RESTRAIN_HOLD:
		pq_journal_hold(s, service, reason);
		break;
	case PQ_RESTRAIN_UNHOLD:
		if (service[0] == '\0')
			pq_journal_holds_doubt(s);
		else
			pq_journal_unhold(s, service);
		break;
	case PQ_RESTRAIN_REJECT:
		pq_journal_reject(s, service, digest);
		break;
	case PQ_RESTRAIN_LIFT:
		pq_journal_lift(s, service, digest);
		break;
	case PQ_RESTRAIN_TOLD:
		pq_journal_holds_told(s);
		b->told = true;
		break;
	default:
		return pq_err_set(&b->err, PQ_EPROTO,
		    "restrain: there is no kind %u", (unsigned)m->kind);
	}
	b->restraints++;
	return 0;
}

static bool
is_full(const struct pq_inbox *b)
{
	return b->n >= PQ_INBOX_MAX || b->bytes >= PQ_INBOX_BYTES;
}

/* The warden gives a notice anew until it is answered. */
static bool
is_superfluous(const struct pq_inbox *b, const struct pq_msg *m)
{
	struct pq_slice s = pq_buf_view(&b->warden->in);
	const struct pq_letter *l;

	if (m->type != PQ_MSG_NOTICE)
		return false;
	for (l = b->head; l != NULL; l = l->next)
		if (pq_slice_eq(pq_buf_view(&l->bytes), s))
			return true;
	/* what is not given anew must always have room */
	return b->n >= PQ_INBOX_MAX / 2 || b->bytes >= PQ_INBOX_BYTES / 2;
}

static int
keep(struct pq_inbox *b)
{
	struct pq_letter *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -PQ_ENOMEM;
	l->bytes = b->warden->in;
	b->warden->in = PQ_BUF_INIT(PQ_IPC_MAX);
	if (b->tail != NULL)
		b->tail->next = l;
	else
		b->head = l;
	b->tail = l;
	b->n++;
	b->bytes += l->bytes.n;
	return 0;
}

/* 0 one was read; 1 there is none; 2 closed; a fault */
static int
read_one(struct pq_inbox *b)
{
	struct pollfd p = { .fd = b->warden->fd, .events = POLLIN };
	struct pq_msg m;
	int r;

	if (poll(&p, 1, 0) <= 0)
		return 1;
	r = pq_channel_recv(b->warden, &m, &b->err);
	if (r == 0 && m.type == PQ_MSG_RESTRAIN)
		r = restrain(b, &m.restrain);
	else if (r == 0 && !is_superfluous(b, &m))
		r = keep(b);
	if (r < 0)
		b->fault = r;
	return r;
}

int
pq_inbox_read(struct pq_inbox *b)
{
	int i, r = b->fault;

	for (i = 0; i < READ_MAX && r == 0 && !is_full(b); i++)
		r = read_one(b);
	if (pq_store_commit(b->journal) != 0)
		return -PQ_ESTORE;
	return r == 1 ? 0 : r;
}

void
pq_inbox_greeting(struct pq_inbox *b, int64_t ms)
{
	struct pollfd p = { .fd = b->warden->fd, .events = POLLIN };
	int64_t end = pq_instant_boot_ms() + ms, left;

	while (pq_inbox_read(b) == 0 && !b->told && !is_full(b) &&
	    (left = end - pq_instant_boot_ms()) > 0)
		(void)poll(&p, 1, (int)left);
}

bool
pq_inbox_next(struct pq_inbox *b, struct pq_buf *ret)
{
	struct pq_letter *l = b->head;

	if (l == NULL)
		return false;
	b->head = l->next;
	if (b->head == NULL)
		b->tail = NULL;
	b->n--;
	b->bytes -= l->bytes.n;
	*ret = l->bytes;
	free(l);
	return true;
}

void
pq_inbox_free(struct pq_inbox *b)
{
	struct pq_buf one;

	while (pq_inbox_next(b, &one))
		pq_buf_free(&one);
}
