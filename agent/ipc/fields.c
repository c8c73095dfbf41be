/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that turns the list of messages.h into a table.
 *
 * The code finds a field by its offset and reads it by its kind, so both must
 * match the member of the struct. The compiler checks this: AT() compiles only
 * if the member has the type that belongs to the kind.
 */
#include "ipc/fields.h"

#include <stddef.h>
#include <string.h>

/* The number 0; it compiles only if @cond is true. */
#define ONLY_IF(cond) (sizeof(char[(cond) ? 1 : -1]) - 1)
#define LIMIT(max) ((max) + ONLY_IF((max) > 0 && (max) <= PQ_IPC_MAX))
#define AT(f, type) _Generic(((M *)0)->f, type : BEGIN + offsetof(M, f))

/* clang-format off */
#define U32(f) { #f, PQ_FIELD_U32, 0, AT(f, uint32_t) },
#define U64(f) { #f, PQ_FIELD_U64, 0, AT(f, uint64_t) },
#define TIME(f) { #f, PQ_FIELD_TIME, 0, AT(f, int64_t) },
#define TEXT(f, max) \
	{ #f, PQ_FIELD_TEXT, LIMIT(max), AT(f, struct pq_slice) },
#define BYTES(f, max) \
	{ #f, PQ_FIELD_BYTES, LIMIT(max), AT(f, struct pq_slice) },
#define MESSAGE(NAME, name, FROM, TO, FIELDS)                         \
	case PQ_MSG_##NAME: {                                         \
		typedef struct pq_msg_##name M;                       \
		enum { BEGIN = offsetof(struct pq_msg, name) };       \
		static const struct pq_field fields[] = { FIELDS };   \
		static const struct pq_msg_row row = { #name,         \
			PQ_ROLE_##FROM, PQ_ROLE_##TO, fields,         \
			sizeof(fields) / sizeof(fields[0]) };         \
		return &row;                                          \
	}
/* clang-format on */

const struct pq_msg_row *
pq_msg_row(enum pq_msg_type t)
{
	switch (t) {
		PQ_MESSAGES(MESSAGE, U32, U64, TIME, TEXT, BYTES)
	default:
		return NULL;
	}
}

const struct pq_field *
pq_field_find(enum pq_msg_type t, const char *name)
{
	const struct pq_msg_row *row = pq_msg_row(t);
	size_t i;

	for (i = 0; row != NULL && i < row->n; i++)
		if (strcmp(row->fields[i].name, name) == 0)
			return &row->fields[i];
	return NULL;
}

const char *
pq_msg_name(enum pq_msg_type t)
{
	const struct pq_msg_row *row = pq_msg_row(t);

	return row == NULL ? "none" : row->name;
}

int
pq_msg_permitted(enum pq_msg_type t, enum pq_role from, enum pq_role to)
{
	const struct pq_msg_row *row = pq_msg_row(t);

	return row != NULL && row->from == from && row->to == to;
}

uint64_t
pq_field_number(const struct pq_msg *m, const struct pq_field *f)
{
	const uint8_t *at = (const uint8_t *)m + f->at;
	uint64_t n = 0;
	uint32_t small;

	if (f->kind == PQ_FIELD_U64 || f->kind == PQ_FIELD_TIME)
		memcpy(&n, at, sizeof(n));
	if (f->kind != PQ_FIELD_U32)
		return n;
	memcpy(&small, at, sizeof(small));
	return small;
}

void
pq_field_set_number(struct pq_msg *m, const struct pq_field *f, uint64_t n)
{
	uint8_t *at = (uint8_t *)m + f->at;
	uint32_t small = (uint32_t)n;

	if (f->kind == PQ_FIELD_U64 || f->kind == PQ_FIELD_TIME)
		memcpy(at, &n, sizeof(n));
	if (f->kind == PQ_FIELD_U32)
		memcpy(at, &small, sizeof(small));
}

struct pq_slice
pq_field_slice(const struct pq_msg *m, const struct pq_field *f)
{
	struct pq_slice s = { NULL, 0 };

	if (f->kind == PQ_FIELD_TEXT || f->kind == PQ_FIELD_BYTES)
		memcpy(&s, (const uint8_t *)m + f->at, sizeof(s));
	return s;
}

void
pq_field_set_slice(
    struct pq_msg *m, const struct pq_field *f, struct pq_slice s)
{
	if (f->kind == PQ_FIELD_TEXT || f->kind == PQ_FIELD_BYTES)
		memcpy((uint8_t *)m + f->at, &s, sizeof(s));
}
