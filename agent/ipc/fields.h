/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_FIELDS_H
#define AGENT_IPC_FIELDS_H

#include "ipc/channel.h"

/*
 * The table of messages.h as data. The encoder, the decoder, the JSON output,
 * the tests and the fuzz targets loop over this table. So a new message or
 * field needs only one change.
 */

enum pq_field_kind {
	PQ_FIELD_NONE = 0, /* invalid */
	PQ_FIELD_U32,
	PQ_FIELD_U64,
	PQ_FIELD_TIME,
	PQ_FIELD_TEXT,
	PQ_FIELD_BYTES,
};

struct pq_field {
	const char *name;
	enum pq_field_kind kind;
	size_t max; /* bytes of TEXT and BYTES; 0 for numbers */
	size_t at;  /* offset in struct pq_msg */
};

struct pq_msg_row {
	const char *name;
	enum pq_role from, to;
	const struct pq_field *fields; /* in the order of the encoding */
	size_t n;
};

/* Return the row of a message, or a field by its name, or NULL. */
const struct pq_msg_row *pq_msg_row(enum pq_msg_type t);
const struct pq_field *pq_field_find(enum pq_msg_type t, const char *name);

/*
 * pq_field_number()     - return the value of a U32, U64 or TIME as encoded: a
 *                         TIME before 1970 is its two's complement
 * pq_field_slice()      - return the value of a TEXT or BYTES, as in @m
 * pq_field_set_number() - set the value of a U32, U64 or TIME
 * pq_field_set_slice()  - set the value of a TEXT or BYTES
 * @f: a field of the row of m->type. If it has another kind, the value is 0 or
 *     empty, and the setters have no effect.
 */
uint64_t pq_field_number(const struct pq_msg *m, const struct pq_field *f);
struct pq_slice pq_field_slice(
    const struct pq_msg *m, const struct pq_field *f);
void pq_field_set_number(
    struct pq_msg *m, const struct pq_field *f, uint64_t n);
void pq_field_set_slice(
    struct pq_msg *m, const struct pq_field *f, struct pq_slice s);

#endif
