/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names, the permission matrix and the codecs, all generated from the one
 * table in messages.h.
 *
 * The reader of a message may be the last honest process, so a decoder
 * succeeds only if each field is below its maximum, each text is clean, and
 * it ended exactly. No struct is copied raw.
 */
#include "ipc/channel.h"

#include <string.h>

static const char *const roles[] = { "none", "warden", "intake", "fetch",
	"verify", "deploy", "control", "supervisor" };

#define N_ROLES (sizeof(roles) / sizeof(roles[0]))

struct row {
	const char *name;
	enum pq_role from;
	enum pq_role to;
};

#define NOTHING(...)
#define MESSAGE(NAME, name, FROM, TO, FIELDS) \
	{ #name, PQ_ROLE_##FROM, PQ_ROLE_##TO },
static const struct row rows[PQ_MSG_COUNT] = { { "none", PQ_ROLE_NONE,
						   PQ_ROLE_NONE },
	PQ_MESSAGES(MESSAGE, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING) };
#undef MESSAGE
#undef NOTHING

const char *
pq_role_name(enum pq_role r)
{
	return (unsigned)r < N_ROLES ? roles[r] : "none";
}

enum pq_role
pq_role_by_name(const char *s)
{
	unsigned i;

	for (i = 1; i < N_ROLES; i++)
		if (strcmp(s, roles[i]) == 0)
			return (enum pq_role)i;
	return PQ_ROLE_NONE;
}

const char *
pq_msg_name(enum pq_msg_type t)
{
	return (unsigned)t < PQ_MSG_COUNT ? rows[t].name : "none";
}

int
pq_msg_permitted(enum pq_msg_type t, enum pq_role from, enum pq_role to)
{
	if (t == PQ_MSG_NONE || (unsigned)t >= PQ_MSG_COUNT)
		return 0;
	return rows[t].from == from && rows[t].to == to;
}

/* Clean text: valid UTF-8 without control characters. */
static bool
clean(struct pq_slice s)
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
put_field(struct pq_buf *b, struct pq_slice s, size_t max, bool text)
{
	if (b->fault != 0)
		return;
	if (s.n > max) {
		b->fault = -PQ_ELIMIT;
		return;
	}
	if (text && !clean(s)) {
		b->fault = -PQ_EFORMAT;
		return;
	}
	pq_buf_u32(b, (uint32_t)s.n);
	pq_buf_slice(b, s);
}

static struct pq_slice
take_field(struct pq_cur *c, size_t max, bool text)
{
	struct pq_slice s = pq_cur_string(c, max);

	if (text && !clean(s))
		c->bad = true;
	return s;
}

#define U32(f) pq_buf_u32(b, m->f);
#define U64(f) pq_buf_u64(b, m->f);
#define I64(f) pq_buf_u64(b, (uint64_t)m->f);
#define TEXT(f, max) put_field(b, m->f, (max), true);
#define BYTES(f, max) put_field(b, m->f, (max), false);
#define MESSAGE(NAME, name, FROM, TO, FIELDS)                \
	static void put_##name(                              \
	    struct pq_buf *b, const struct pq_msg_##name *m) \
	{                                                    \
		FIELDS                                       \
	}
PQ_MESSAGES(MESSAGE, U32, U64, I64, TEXT, BYTES)
#undef MESSAGE
#undef U32
#undef U64
#undef I64
#undef TEXT
#undef BYTES

#define U32(f) m->f = pq_cur_u32(c);
#define U64(f) m->f = pq_cur_u64(c);
#define I64(f) m->f = (int64_t)pq_cur_u64(c);
#define TEXT(f, max) m->f = take_field(c, (max), true);
#define BYTES(f, max) m->f = take_field(c, (max), false);
#define MESSAGE(NAME, name, FROM, TO, FIELDS)                              \
	static void take_##name(struct pq_cur *c, struct pq_msg_##name *m) \
	{                                                                  \
		FIELDS                                                     \
	}
PQ_MESSAGES(MESSAGE, U32, U64, I64, TEXT, BYTES)
#undef MESSAGE
#undef U32
#undef U64
#undef I64
#undef TEXT
#undef BYTES

#define NOTHING(...)

int
pq_msg_encode(struct pq_buf *dst, const struct pq_msg *m)
{
	pq_buf_u32(dst, (uint32_t)m->type);
	pq_buf_u64(dst, m->job);
	switch (m->type) {
#define MESSAGE(NAME, name, FROM, TO, FIELDS) \
	case PQ_MSG_##NAME:                   \
		put_##name(dst, &m->name);    \
		break;
		PQ_MESSAGES(
		    MESSAGE, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
#undef MESSAGE
	default:
		return -PQ_EINTERNAL;
	}
	return dst->fault;
}

int
pq_msg_decode(struct pq_msg *ret, struct pq_slice s, struct pq_err *err)
{
	struct pq_cur c = pq_cur(s);
	uint32_t type = pq_cur_u32(&c);
	struct pq_msg m;

	memset(&m, 0, sizeof(m));
	m.job = pq_cur_u64(&c);
	switch (type) {
#define MESSAGE(NAME, name, FROM, TO, FIELDS) \
	case PQ_MSG_##NAME:                   \
		take_##name(&c, &m.name);     \
		break;
		PQ_MESSAGES(
		    MESSAGE, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
#undef MESSAGE
	default:
		return pq_err_set(
		    err, PQ_EPROTO, "message of unknown type %u", type);
	}
	if (!pq_cur_done(&c))
		return pq_err_set(err, PQ_EPROTO, "%s message: %s",
		    rows[type].name,
		    c.bad ? "a field is cut, too long or not clean"
			  : "bytes are left over");
	m.type = (enum pq_msg_type)type;
	*ret = m;
	return 0;
}
