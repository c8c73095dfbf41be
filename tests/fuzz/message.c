/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a message between roles. Encoding the decoded message must give the
 * same bytes, and decoding the encoded fields must give the same fields.
 */
#include "fuzz.h"

#include "ipc/fields.h"

/* Read a message of the table without checking any limit. */
static struct pq_msg
read_freely(struct pq_cur c)
{
	struct pq_msg m = { .type = PQ_MSG_NONE };
	const struct pq_msg_row *row;
	const struct pq_field *f;

	m.type = (enum pq_msg_type)(1 + pq_cur_u32(&c) % (PQ_MSG_COUNT - 1));
	m.job = pq_cur_u64(&c);
	row = pq_msg_row(m.type);
	for (f = row->fields; f < row->fields + row->n; f++)
		if (f->kind == PQ_FIELD_U32)
			pq_field_set_number(&m, f, pq_cur_u32(&c));
		else if (f->max == 0)
			pq_field_set_number(&m, f, pq_cur_u64(&c));
		else
			pq_field_set_slice(&m, f, pq_cur_string(&c, SIZE_MAX));
	return m;
}

static void
require_same(const struct pq_msg *a, const struct pq_msg *b)
{
	const struct pq_msg_row *row = pq_msg_row(a->type);
	const struct pq_field *f;

	FUZZ_REQUIRE(a->type == b->type && a->job == b->job);
	for (f = row->fields; f < row->fields + row->n; f++)
		FUZZ_REQUIRE(pq_field_number(a, f) == pq_field_number(b, f) &&
		    pq_slice_eq(pq_field_slice(a, f), pq_field_slice(b, f)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_slice in = pq_slice(data, size);
	struct pq_buf out = PQ_BUF_INIT(PQ_IPC_MAX);
	struct pq_msg m, sent = read_freely(pq_cur_start(in));
	struct pq_err err = PQ_ERR_INIT;

	if (pq_msg_encode(&out, &sent) == 0) {
		FUZZ_REQUIRE(pq_msg_decode(&m, pq_buf_view(&out), NULL) == 0);
		require_same(&m, &sent);
	}
	pq_buf_free(&out);
	out = PQ_BUF_INIT(PQ_IPC_MAX);
	if (pq_msg_decode(&m, in, &err) < 0) {
		FUZZ_REQUIRE(err.text[0] != '\0');
		return 0;
	}
	FUZZ_REQUIRE(pq_msg_encode(&out, &m) == 0);
	FUZZ_REQUIRE(pq_slice_eq(in, pq_buf_view(&out)));
	pq_buf_free(&out);
	return 0;
}
