/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbox. A swap waits for a pull and for the health of a container. A hold
 * that arrives during this wait must take effect before the next step.
 *
 * So deploy applies a restraint, such as a hold, before the messages that
 * arrived earlier. This is safe: deploy judges a notice or a clearance when it
 * takes the message from the queue, by the restraints in force at that time.
 */
#include "deploy/inbox.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "role/instant.h"

#define READ_MAX \
	1024 /* messages per call, so that a flood cannot stop a swap */

struct pq_letter {
	struct pq_letter *next;
	struct pq_buf bytes;
};

/* Copy text that the codec has checked; cut it to @size - 1 bytes. */
static void
copy_text(char *dst, size_t size, struct pq_slice s)
{
	size_t n = s.n < size - 1 ? s.n : size - 1;

	if (n != 0)
		memcpy(dst, s.p, n);
	dst[n] = '\0';
}

static int
apply_restraint(struct pq_inbox *b, const struct pq_msg_restrain *m)
{
	char service[PQ_SERVICE_TEXT], digest[PQ_DIGEST_TEXT], reason[512];
	struct pq_store *s = b->journal;

	copy_text(service, sizeof(service), m->service);
	copy_text(digest, sizeof(digest), m->digest);
	copy_text(reason, sizeof(reason), m->reason);
	pq_store_begin(s);
	switch (m->kind) {
	case PQ_RESTRAIN_HOLD:
		pq_journal_hold(s, service, reason);
		break;
	case PQ_RESTRAIN_UNHOLD:
		if (service[0] == '\0')
			pq_journal_begin_holds(s);
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
		pq_journal_end_holds(s);
		b->greeted = true;
		break;
	default:
		return pq_err_set(&b->err, PQ_EPROTO,
		    "restrain: unknown kind %u", (unsigned)m->kind);
	}
	b->restraints++;
	return 0;
}

static bool
is_full(const struct pq_inbox *b)
{
	return b->n >= PQ_INBOX_MAX || b->bytes >= PQ_INBOX_BYTES;
}

/*
 * Return true for a notice that already waits, or that finds the inbox half
 * full. Such a notice may be dropped, because the warden repeats each notice
 * until deploy answers it. The second half is for the messages that the warden
 * does not repeat.
 */
static bool
is_droppable(const struct pq_inbox *b, const struct pq_msg *m)
{
	struct pq_slice s = pq_buf_view(&b->warden->in);
	const struct pq_letter *l;

	if (m->type != PQ_MSG_NOTICE)
		return false;
	for (l = b->head; l != NULL; l = l->next)
		if (pq_slice_eq(pq_buf_view(&l->bytes), s))
			return true;
	return b->n >= PQ_INBOX_MAX / 2 || b->bytes >= PQ_INBOX_BYTES / 2;
}

static int
keep_message(struct pq_inbox *b)
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

/* Return: 0 one message read; 1 no message; 2 the peer closed; a fault. */
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
		r = apply_restraint(b, &m.restrain);
	else if (r == 0 && !is_droppable(b, &m))
		r = keep_message(b);
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
pq_inbox_await_greeting(struct pq_inbox *b, int64_t ms)
{
	struct pollfd p = { .fd = b->warden->fd, .events = POLLIN };
	int64_t end = pq_instant_boot_ms() + ms, left;

	while (pq_inbox_read(b) == 0 && !b->greeted && !is_full(b) &&
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
