/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encode and decode every message by the table of fields.
 *
 * The process that receives a message may be the only one that is not
 * compromised. So the decoder succeeds only if each field is within its
 * maximum, each text is clean, and the message has no trailing bytes. It never
 * copies a raw struct.
 */
#include "ipc/fields.h"

#include <string.h>

/* Return true if the text is clean: UTF-8 without control characters. */
static bool
is_clean(struct pq_slice s)
{
	size_t i = 0, n;

	while (i < s.n) {
		n = pq_utf8_char(pq_slice(s.p + i, s.n - i));
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

static void
put_slice(struct pq_buf *b, struct pq_slice s, const struct pq_field *f)
{
	if (b->fault != 0)
		return;
	if (s.n > f->max) {
		b->fault = -PQ_ELIMIT;
		return;
	}
	if (f->kind == PQ_FIELD_TEXT && !is_clean(s)) {
		b->fault = -PQ_EFORMAT;
		return;
	}
	pq_buf_u32(b, (uint32_t)s.n);
	pq_buf_slice(b, s);
}

static void
put_field(struct pq_buf *b, const struct pq_msg *m, const struct pq_field *f)
{
	switch (f->kind) {
	case PQ_FIELD_U32:
		pq_buf_u32(b, (uint32_t)pq_field_number(m, f));
		break;
	case PQ_FIELD_U64:
	case PQ_FIELD_TIME:
		pq_buf_u64(b, pq_field_number(m, f));
		break;
	case PQ_FIELD_TEXT:
	case PQ_FIELD_BYTES:
		put_slice(b, pq_field_slice(m, f), f);
		break;
	default:
		b->fault = -PQ_EINTERNAL;
	}
}

static struct pq_slice
take_slice(struct pq_cur *c, const struct pq_field *f)
{
	struct pq_slice s = pq_cur_string(c, f->max);

	if (f->kind == PQ_FIELD_TEXT && !is_clean(s))
		c->bad = true;
	return s;
}

static void
take_field(struct pq_cur *c, struct pq_msg *m, const struct pq_field *f)
{
	switch (f->kind) {
	case PQ_FIELD_U32:
		pq_field_set_number(m, f, pq_cur_u32(c));
		break;
	case PQ_FIELD_U64:
	case PQ_FIELD_TIME:
		pq_field_set_number(m, f, pq_cur_u64(c));
		break;
	case PQ_FIELD_TEXT:
	case PQ_FIELD_BYTES:
		pq_field_set_slice(m, f, take_slice(c, f));
		break;
	default:
		c->bad = true;
	}
}

int
pq_msg_encode(struct pq_buf *dst, const struct pq_msg *m)
{
	const struct pq_msg_row *row = pq_msg_row(m->type);
	size_t i;

	if (row == NULL)
		return -PQ_EINTERNAL;
	pq_buf_u32(dst, (uint32_t)m->type);
	pq_buf_u64(dst, m->job);
	for (i = 0; i < row->n; i++)
		put_field(dst, m, &row->fields[i]);
	return dst->fault;
}

int
pq_msg_decode(struct pq_msg *ret, struct pq_slice s, struct pq_err *err)
{
	struct pq_cur c = pq_cur_start(s);
	enum pq_msg_type type = (enum pq_msg_type)pq_cur_u32(&c);
	const struct pq_msg_row *row = pq_msg_row(type);
	struct pq_msg m;
	size_t i;

	if (row == NULL)
		return pq_err_set(
		    err, PQ_EPROTO, "message of unknown type %u", type);
	memset(&m, 0, sizeof(m));
	m.type = type;
	m.job = pq_cur_u64(&c);
	for (i = 0; i < row->n; i++)
		take_field(&c, &m, &row->fields[i]);
	if (!pq_cur_done(&c))
		return pq_err_set(err, PQ_EPROTO, "%s message: %s", row->name,
		    c.bad ? "a field is incomplete, too long or not clean"
			  : "trailing bytes");
	*ret = m;
	return 0;
}
