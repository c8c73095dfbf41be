/* SPDX-License-Identifier: Apache-2.0 */
/* No header of the list gets lost between a message and a callback. */
#include "../cmocka_all.h"

#include "ipc/fields.h"
#include "ipc/headers.h"

/* Return a callback in which each header has a different value. */
static struct pq_callback
full_callback(void)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz";
	struct pq_callback cb = { .body = PQ_SLICE_LIT("{}") };
	size_t h;

	assert_true(PQ_HEADER_COUNT < sizeof(text));
	for (h = PQ_HEADER_NONE + 1; h < PQ_HEADER_COUNT; h++)
		cb.headers[h] = pq_slice(text, h);
	return cb;
}

static void
assert_same(const struct pq_callback *a, const struct pq_callback *b)
{
	size_t h;

	assert_true(pq_slice_eq(a->body, b->body));
	for (h = 0; h < PQ_HEADER_COUNT; h++)
		assert_true(pq_slice_eq(a->headers[h], b->headers[h]));
}

static void
test_headers__survive_put_and_get(void **state)
{
	struct pq_msg d = { .type = PQ_MSG_DELIVERY };
	struct pq_msg c = { .type = PQ_MSG_CALLBACK };
	struct pq_callback cb = full_callback(), got;

	(void)state;
	pq_delivery_put(&d.delivery, &cb);
	got = pq_delivery_get(&d.delivery);
	assert_same(&got, &cb);
	pq_callback_put(&c.callback, &cb);
	got = pq_callback_get(&c.callback);
	assert_same(&got, &cb);
}

static enum pq_header
header_with(const struct pq_callback *cb, struct pq_slice value)
{
	unsigned h;

	for (h = PQ_HEADER_NONE + 1; h < PQ_HEADER_COUNT; h++)
		if (pq_slice_eq(cb->headers[h], value))
			return (enum pq_header)h;
	return PQ_HEADER_NONE;
}

/* Count the headers of @m, and check the maximum length of each field. */
static size_t
count_headers(const struct pq_msg *m, const struct pq_callback *cb)
{
	const struct pq_msg_row *row = pq_msg_row(m->type);
	enum pq_header h;
	size_t i, n = 0;

	for (i = 0; i < row->n; i++) {
		h = header_with(cb, pq_field_slice(m, &row->fields[i]));
		if (h == PQ_HEADER_NONE)
			continue;
		assert_int_equal(row->fields[i].max, pq_header_max(h));
		n++;
	}
	return n;
}

static void
test_headers__match_their_fields(void **state)
{
	struct pq_msg d = { .type = PQ_MSG_DELIVERY };
	struct pq_msg c = { .type = PQ_MSG_CALLBACK };
	struct pq_callback cb = full_callback();

	(void)state;
	pq_delivery_put(&d.delivery, &cb);
	pq_callback_put(&c.callback, &cb);
	assert_int_equal(count_headers(&d, &cb), PQ_HEADER_COUNT - 1);
	assert_int_equal(count_headers(&c, &cb), PQ_HEADER_COUNT - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers__survive_put_and_get),
		cmocka_unit_test(test_headers__match_their_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
