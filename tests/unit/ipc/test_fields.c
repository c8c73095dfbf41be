/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "ipc/fields.h"

static size_t
size_of(const struct pq_field *f)
{
	switch (f->kind) {
	case PQ_FIELD_U32:
		return sizeof(uint32_t);
	case PQ_FIELD_U64:
	case PQ_FIELD_TIME:
		return sizeof(uint64_t);
	case PQ_FIELD_TEXT:
	case PQ_FIELD_BYTES:
		return sizeof(struct pq_slice);
	default:
		return 0;
	}
}

static void
test_fields__each_message_has_a_row(void **state)
{
	unsigned t;

	(void)state;
	for (t = PQ_MSG_NONE + 1; t < PQ_MSG_COUNT; t++) {
		const struct pq_msg_row *row = pq_msg_row((enum pq_msg_type)t);

		assert_non_null(row);
		assert_true(row->name[0] != '\0' && row->n > 0);
	}
	assert_null(pq_msg_row(PQ_MSG_NONE));
	assert_null(pq_msg_row(PQ_MSG_COUNT));
	assert_null(pq_msg_row((enum pq_msg_type)UINT32_MAX));
}

/* With overlapping fields, the decoder would overwrite a checked value. */
static void
test_fields__do_not_overlap(void **state)
{
	const struct pq_msg_row *row;
	unsigned t;
	size_t i, end;

	(void)state;
	for (t = PQ_MSG_NONE + 1; t < PQ_MSG_COUNT; t++) {
		row = pq_msg_row((enum pq_msg_type)t);
		end = offsetof(struct pq_msg, job) + sizeof(uint64_t);
		for (i = 0; i < row->n; i++) {
			assert_true(row->fields[i].at >= end);
			assert_true(size_of(&row->fields[i]) > 0);
			end = row->fields[i].at + size_of(&row->fields[i]);
		}
		assert_true(end <= sizeof(struct pq_msg));
	}
}

static void
test_fields__are_found_by_name(void **state)
{
	const struct pq_field *f = pq_field_find(PQ_MSG_RELEASE_ROW, "changed");

	(void)state;
	assert_non_null(f);
	assert_string_equal(f->name, "changed");
	assert_int_equal(f->kind, PQ_FIELD_TIME);
	assert_null(pq_field_find(PQ_MSG_RELEASE_ROW, "chang"));
	assert_null(pq_field_find(PQ_MSG_RECEIPT, "changed"));
	assert_null(pq_field_find(PQ_MSG_NONE, "changed"));
}

static void
test_fields__return_the_members_of_the_struct(void **state)
{
	const struct pq_msg m = { .type = PQ_MSG_OUTCOME,
		.outcome = { .kind = 3,
		    .release = UINT64_MAX,
		    .step = PQ_SLICE_LIT("pull"),
		    .log = PQ_SLICE_LIT("\0") } };
	const struct pq_msg e = { .type = PQ_MSG_EXAMINE,
		.examine = { .now = -1 } };

	(void)state;
#define FIND(name) pq_field_find(PQ_MSG_OUTCOME, name)
	assert_int_equal(pq_field_number(&m, FIND("kind")), 3);
	assert_true(pq_field_number(&m, FIND("release")) == UINT64_MAX);
	assert_true(pq_slice_eq_str(pq_field_slice(&m, FIND("step")), "pull"));
	assert_int_equal(pq_field_slice(&m, FIND("log")).n, 1);
	assert_true((int64_t)pq_field_number(
			&e, pq_field_find(PQ_MSG_EXAMINE, "now")) == -1);
}

/* A wrong kind must not return the bytes of a pointer. */
static void
test_fields__of_another_kind_are_empty(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_OUTCOME,
		.outcome = { .kind = 3, .step = PQ_SLICE_LIT("pull") } };
	struct pq_field none = *FIND("kind");

	(void)state;
	none.kind = PQ_FIELD_NONE;
	assert_int_equal(pq_field_number(&m, FIND("step")), 0);
	assert_int_equal(pq_field_slice(&m, FIND("kind")).n, 0);
	assert_int_equal(pq_field_number(&m, &none), 0);
	pq_field_set_number(&m, FIND("step"), 7);
	pq_field_set_slice(&m, FIND("kind"), pq_slice_str("x"));
	pq_field_set_number(&m, &none, 7);
	pq_field_set_slice(&m, &none, pq_slice_str("x"));
	assert_int_equal(m.outcome.kind, 3);
	assert_true(pq_slice_eq_str(m.outcome.step, "pull"));
	assert_int_equal(m.outcome.release, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields__each_message_has_a_row),
		cmocka_unit_test(test_fields__do_not_overlap),
		cmocka_unit_test(test_fields__are_found_by_name),
		cmocka_unit_test(test_fields__return_the_members_of_the_struct),
		cmocka_unit_test(test_fields__of_another_kind_are_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
