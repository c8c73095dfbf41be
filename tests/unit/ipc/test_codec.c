/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test every field of every message of the table. The test takes the fields
 * from the same table, but encodes them with its own writer. The writer ignores
 * the limits, so it produces bytes that an honest encoder never sends.
 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/fields.h"

#define WIRE_MAX (64u << 20)

/* the table as one flat list of fields */
struct field {
	enum pq_msg_type type;
	const char *name;
	enum pq_field_kind kind;
	size_t max, at;
};

static struct field fields[512];
static size_t n_fields;

static int
list_all(void **state)
{
	unsigned t;
	size_t i;

	(void)state;
	for (t = PQ_MSG_NONE + 1; t < PQ_MSG_COUNT; t++) {
		const struct pq_msg_row *row = pq_msg_row((enum pq_msg_type)t);

		for (i = 0; i < row->n; i++) {
			const struct pq_field *f = &row->fields[i];

			assert_true(
			    n_fields < sizeof(fields) / sizeof(fields[0]));
			fields[n_fields++] =
			    (struct field){ (enum pq_msg_type)t, f->name,
				    f->kind, f->max, f->at };
		}
	}
	return n_fields > 100 ? 0 : -1;
}

static bool
is_slice(const struct field *f)
{
	return f->kind == PQ_FIELD_TEXT || f->kind == PQ_FIELD_BYTES;
}

static void *
field_at(struct pq_msg *m, const struct field *f)
{
	return (uint8_t *)m + f->at;
}

static struct pq_slice
slice_of(const struct pq_msg *m, const struct field *f)
{
	struct pq_slice s;

	memcpy(&s, (const uint8_t *)m + f->at, sizeof(s));
	return s;
}

static void
set_slice(struct pq_msg *m, const struct field *f, struct pq_slice s)
{
	memcpy(field_at(m, f), &s, sizeof(s));
}

/*
 * Fill a message with short texts, and with numbers that differ between the
 * fields and between the byte orders.
 */
static void
fill_sample(struct pq_msg *m, enum pq_msg_type type)
{
	uint64_t n = UINT64_C(0x0102030405060708);
	size_t i;

	memset(m, 0, sizeof(*m));
	m->type = type;
	m->job = UINT64_C(0xf1f2f3f4f5f6f7f8);
	for (i = 0; i < n_fields; i++, n += 0x0101) {
		const struct field *f = &fields[i];
		uint32_t small = (uint32_t)n;

		if (f->type != type)
			continue;
		if (is_slice(f))
			set_slice(m, f, pq_slice_str(f->name));
		else if (f->kind == PQ_FIELD_U32)
			memcpy(field_at(m, f), &small, sizeof(small));
		else
			memcpy(field_at(m, f), &n, sizeof(n));
	}
}

/* Encode any values in the format that messages.h describes. */
static void
write_wire(struct pq_buf *b, const struct pq_msg *m)
{
	size_t i;

	*b = PQ_BUF_INIT(WIRE_MAX);
	pq_buf_u32(b, (uint32_t)m->type);
	pq_buf_u64(b, m->job);
	for (i = 0; i < n_fields; i++) {
		const struct field *f = &fields[i];
		const uint8_t *p = (const uint8_t *)m + f->at;
		uint32_t small;
		uint64_t large;

		if (f->type != m->type)
			continue;
		if (is_slice(f)) {
			pq_buf_u32(b, (uint32_t)slice_of(m, f).n);
			pq_buf_slice(b, slice_of(m, f));
		} else if (f->kind == PQ_FIELD_U32) {
			memcpy(&small, p, sizeof(small));
			pq_buf_u32(b, small);
		} else {
			memcpy(&large, p, sizeof(large));
			pq_buf_u64(b, large);
		}
	}
	assert_int_equal(b->fault, 0);
}

static void
assert_same(const struct pq_msg *a, const struct pq_msg *b)
{
	size_t i;

	assert_int_equal(a->type, b->type);
	assert_int_equal(a->job, b->job);
	for (i = 0; i < n_fields; i++) {
		const struct field *f = &fields[i];
		const uint8_t *p = (const uint8_t *)a + f->at;
		const uint8_t *q = (const uint8_t *)b + f->at;

		if (f->type != a->type)
			continue;
		if (!is_slice(f))
			assert_memory_equal(
			    p, q, f->kind == PQ_FIELD_U32 ? 4 : 8);
		else if (!pq_slice_eq(slice_of(a, f), slice_of(b, f)))
			fail_msg(
			    "%s of %s differs", f->name, pq_msg_name(a->type));
	}
}

static void
assert_refused(struct pq_slice wire, const char *name)
{
	struct pq_msg m = { .type = PQ_MSG_NONE, .job = 77 };
	struct pq_err err = PQ_ERR_INIT;

	if (pq_msg_decode(&m, wire, &err) != -PQ_EPROTO)
		fail_msg("%s was accepted", name);
	/* the output is untouched on failure */
	assert_int_equal(m.type, PQ_MSG_NONE);
	assert_int_equal(m.job, 77);
	assert_true(err.text[0] != '\0');
}

static void
test_codec__decodes_every_encoded_message(void **state)
{
	struct pq_buf wire, mine;
	struct pq_msg m, back;
	unsigned t;

	(void)state;
	for (t = PQ_MSG_NONE + 1; t < PQ_MSG_COUNT; t++) {
		fill_sample(&m, (enum pq_msg_type)t);
		write_wire(&mine, &m);
		wire = PQ_BUF_INIT(WIRE_MAX);
		assert_int_equal(pq_msg_encode(&wire, &m), 0);
		assert_true(
		    pq_slice_eq(pq_buf_view(&wire), pq_buf_view(&mine)));
		assert_int_equal(
		    pq_msg_decode(&back, pq_buf_view(&wire), NULL), 0);
		assert_same(&m, &back);
		pq_buf_free(&wire);
		pq_buf_free(&mine);
	}
}

/*
 * Bytes that earlier versions wrote. The ledger stores encoded verdicts, so a
 * later version must be able to read them. The other rows cover the kinds of
 * fields that a verdict does not have.
 */
static const struct {
	struct pq_msg m;
	const char *wire;
} kept[] = {
	{ { .type = PQ_MSG_EVIDENCE,
	      .job = UINT64_C(0x8000000000000001),
	      .evidence = { .result = 2,
		  .reason = PQ_SLICE_LIT("web"),
		  .digest = PQ_SLICE_LIT("sha256:00"),
		  .document = PQ_SLICE_LIT("{\n\0\xff}") } },
	    "00000006800000000000000100000002000000037765620000000973"
	    "68613235363a3030000000057b0a00ff7d" },
	{ { .type = PQ_MSG_RECEIPT,
	      .receipt = { .status = 503, .retry_after = UINT32_MAX } },
	    "000000020000000000000000000001f7ffffffff00000000" },
	{ { .type = PQ_MSG_EXAMINE,
	      .job = 7,
	      .examine = { .service = PQ_SLICE_LIT("web"),
		  .policy_hash = PQ_SLICE_LIT("sha256:5e"),
		  .now = -2,
		  .document = PQ_SLICE_LIT("{}") } },
	    "00000007000000000000000700000003776562000000097368613235"
	    "363a3565fffffffffffffffe000000027b7d" },
	{ { .type = PQ_MSG_VERDICT,
	      .job = 7,
	      .verdict = { .overall = 2,
		  .digest = PQ_SLICE_LIT("sha256:d1"),
		  .findings = PQ_SLICE_LIT("\0\0\0\0"),
		  .proof = PQ_SLICE_LIT("p") } },
	    "00000008000000000000000700000002000000097368613235363a64"
	    "31000000000000000000000000000000000000000000000000000000"
	    "04000000000000000170" },
	{ { .type = PQ_MSG_EVENT_ROW,
	      .job = 1,
	      .event_row = { .seq = 9,
		  .at = 1720000000,
		  .actor = PQ_SLICE_LIT("alice"),
		  .event = PQ_SLICE_LIT("hold"),
		  .release = UINT64_MAX } },
	    "00000018000000000000000100000000000000090000000066851e00"
	    "00000005616c69636500000004686f6c6400000000ffffffffffffff"
	    "ff0000000000000000" },
	{ { .type = PQ_MSG_DONE,
	      .job = 1,
	      .done = { .code = 1,
		  .id = 42,
		  .text = PQ_SLICE_LIT("r\xc3\xa9"
				       "fus\xc3\xa9") } },
	    "0000001b000000000000000100000001000000000000002a00000008"
	    "72c3a9667573c3a9" },
};

static void
test_codec__reads_the_encoding_of_earlier_versions(void **state)
{
	char hex[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		struct pq_buf wire = PQ_BUF_INIT(sizeof(hex) / 2 - 1);
		struct pq_msg back;

		assert_int_equal(pq_msg_encode(&wire, &kept[i].m), 0);
		pq_hex_encode(hex, pq_buf_view(&wire));
		assert_string_equal(hex, kept[i].wire);
		assert_int_equal(
		    pq_msg_decode(&back, pq_buf_view(&wire), NULL), 0);
		assert_same(&kept[i].m, &back);
		pq_buf_free(&wire);
	}
}

static void
test_codec__accepts_empty_and_maximum_fields(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < n_fields; i++) {
		const struct field *f = &fields[i];
		size_t sizes[2] = { 0, f->max };
		char *big = malloc(f->max + 1);
		struct pq_msg m, back;
		struct pq_buf wire;

		assert_non_null(big);
		memset(big, 'x', f->max + 1);
		for (k = 0; is_slice(f) && k < 2; k++) {
			fill_sample(&m, f->type);
			set_slice(&m, f, pq_slice(big, sizes[k]));
			wire = PQ_BUF_INIT(PQ_IPC_MAX);
			assert_int_equal(pq_msg_encode(&wire, &m), 0);
			assert_int_equal(
			    pq_msg_decode(&back, pq_buf_view(&wire), NULL), 0);
			assert_same(&m, &back);
			pq_buf_free(&wire);
		}
		free(big);
	}
}

/* Test 256 findings of maximum length. */
static void
test_codec__full_list_of_findings_fits(void **state)
{
	static char full[PQ_FINDINGS_BYTES];
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < n_fields; i++) {
		struct pq_buf wire = PQ_BUF_INIT(PQ_IPC_MAX);
		struct pq_msg m;

		if (strcmp(fields[i].name, "findings") != 0)
			continue;
		n++;
		fill_sample(&m, fields[i].type);
		set_slice(&m, &fields[i], pq_slice(full, sizeof(full)));
		assert_int_equal(pq_msg_encode(&wire, &m), 0);
		pq_buf_free(&wire);
	}
	assert_int_equal(n, 3);
}

static void
test_codec__refuses_fields_over_their_maximum(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < n_fields; i++) {
		const struct field *f = &fields[i];
		char *big = malloc(f->max + 1);
		struct pq_buf wire, out = PQ_BUF_INIT(WIRE_MAX);
		struct pq_msg m;

		assert_non_null(big);
		memset(big, 'x', f->max + 1);
		if (is_slice(f)) {
			fill_sample(&m, f->type);
			set_slice(&m, f, pq_slice(big, f->max + 1));
			assert_int_equal(pq_msg_encode(&out, &m), -PQ_ELIMIT);
			write_wire(&wire, &m);
			assert_refused(pq_buf_view(&wire), f->name);
			pq_buf_free(&wire);
		}
		pq_buf_free(&out);
		free(big);
	}
}

/* A field's length of 4 GiB must not cause an integer overflow. */
static void
test_codec__refuses_a_length_beyond_the_message(void **state)
{
	size_t i, k, at;

	(void)state;
	for (i = 0; i < n_fields; i++) {
		const struct field *f = &fields[i];
		struct pq_buf wire;
		struct pq_msg m;

		if (!is_slice(f))
			continue;
		fill_sample(&m, f->type);
		write_wire(&wire, &m);
		/* compute the position of this field's length */
		at = 12;
		for (k = 0; k < i; k++)
			if (fields[k].type == f->type)
				at += is_slice(&fields[k])
				    ? 4 + strlen(fields[k].name)
				    : fields[k].kind == PQ_FIELD_U32 ? 4
								     : 8;
		memset(wire.p + at, 0xff, 4);
		assert_refused(pq_buf_view(&wire), f->name);
		pq_buf_free(&wire);
	}
}

static void
test_codec__refuses_trailing_bytes(void **state)
{
	struct pq_buf wire;
	struct pq_msg m;
	unsigned t;

	(void)state;
	for (t = PQ_MSG_NONE + 1; t < PQ_MSG_COUNT; t++) {
		fill_sample(&m, (enum pq_msg_type)t);
		write_wire(&wire, &m);
		pq_buf_u8(&wire, 0);
		assert_refused(pq_buf_view(&wire), pq_msg_name(m.type));
		pq_buf_free(&wire);
	}
}

/*
 * Each incomplete message has a buffer of exactly its size, so that a
 * sanitizer detects a read past its end.
 */
static void
test_codec__refuses_incomplete_messages(void **state)
{
	struct pq_buf wire;
	struct pq_msg m;
	unsigned t;
	size_t n;

	(void)state;
	for (t = PQ_MSG_NONE + 1; t < PQ_MSG_COUNT; t++) {
		fill_sample(&m, (enum pq_msg_type)t);
		write_wire(&wire, &m);
		for (n = 0; n < wire.n; n++) {
			uint8_t *cut = malloc(n + (n == 0));

			assert_non_null(cut);
			memcpy(cut, wire.p, n);
			assert_refused(pq_slice(cut, n), pq_msg_name(m.type));
			free(cut);
		}
		pq_buf_free(&wire);
	}
}

static void
test_codec__refuses_text_that_is_not_clean(void **state)
{
	static const struct {
		const char *p;
		size_t n;
	} bad[] = {
		{ "a\0b", 3 }, /* NUL */
		{ "a\nb", 3 }, /* a second line in a log */
		{ "\r", 1 },
		{ "\t", 1 },
		{ "\x1b[2J", 4 }, /* an escape sequence of a terminal */
		{ "\x7f", 1 },
		{ "\xc2\x9b", 2 }, /* CSI as a C1 character */
		{ "\x80", 1 },     /* a continuation byte alone */
		{ "\xc3", 1 },     /* incomplete */
		{ "\xc3(", 2 },
		{ "\xc0\xaf", 2 }, /* overlong '/' */
		{ "\xc1\xbf", 2 },
		{ "\xe0\x80\xaf", 3 },
		{ "\xe2\x82", 2 },
		{ "\xed\xa0\x80", 3 }, /* surrogate */
		{ "\xf0\x80\x80\xaf", 4 },
		{ "\xf0\x9f\x98", 3 },
		{ "\xf4\x90\x80\x80", 4 }, /* beyond U+10FFFF */
		{ "\xf5\x80\x80\x80", 4 },
		{ "\xff", 1 },
		{ "\xfe", 1 },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < n_fields; i++) {
		for (k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
			const struct field *f = &fields[i];
			struct pq_buf wire, out = PQ_BUF_INIT(WIRE_MAX);
			struct pq_msg m;

			if (f->kind != PQ_FIELD_TEXT || bad[k].n > f->max)
				continue;
			fill_sample(&m, f->type);
			set_slice(&m, f, pq_slice(bad[k].p, bad[k].n));
			assert_int_equal(pq_msg_encode(&out, &m), -PQ_EFORMAT);
			write_wire(&wire, &m);
			assert_refused(pq_buf_view(&wire), f->name);
			pq_buf_free(&wire);
			pq_buf_free(&out);
		}
	}
}

static void
test_codec__accepts_text_of_any_language(void **state)
{
	static const char good[] =
	    "~ \xc2\xa0 \xc3\xa9 \xe2\x82\xac \xed\x9f\xbf "
	    "\xee\x80\x80 \xf0\x9f\x9a\xa2 "
	    "\xf4\x8f\xbf\xbf";
	struct pq_buf wire = PQ_BUF_INIT(4096);
	struct pq_msg m, back;

	(void)state;
	fill_sample(&m, PQ_MSG_ORDER);
	m.order.reason = pq_slice_str(good);
	assert_int_equal(pq_msg_encode(&wire, &m), 0);
	assert_int_equal(pq_msg_decode(&back, pq_buf_view(&wire), NULL), 0);
	assert_true(pq_slice_eq_str(back.order.reason, good));
	pq_buf_free(&wire);
}

static void
test_codec__refuses_unknown_types(void **state)
{
	static const uint32_t types[] = { 0, PQ_MSG_COUNT, PQ_MSG_COUNT + 1,
		0x01000000, 0x80000000u, UINT32_MAX };
	struct pq_msg m = { .type = PQ_MSG_NONE };
	size_t i, pad;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct pq_buf out = PQ_BUF_INIT(128);

		for (pad = 0; pad < 64; pad++) {
			struct pq_buf b = PQ_BUF_INIT(128);
			size_t k;

			pq_buf_u32(&b, types[i]);
			pq_buf_u64(&b, 1);
			for (k = 0; k < pad; k++)
				pq_buf_u8(&b, 0);
			assert_refused(pq_buf_view(&b), "an unknown type");
			pq_buf_free(&b);
		}
		m.type = (enum pq_msg_type)types[i];
		assert_int_equal(pq_msg_encode(&out, &m), -PQ_EINTERNAL);
		pq_buf_free(&out);
	}
}

/* ---- permitted senders and receivers ---------------------------------- */

static bool
in_table(unsigned t, unsigned from, unsigned to)
{
	const struct pq_msg_row *row = pq_msg_row((enum pq_msg_type)t);

	return row != NULL && row->from == from && row->to == to;
}

static void
test_codec__permits_only_rows_of_the_table(void **state)
{
	unsigned t, from, to, n = 0;

	(void)state;
	for (t = 0; t < PQ_MSG_COUNT + 8; t++) {
		for (from = 0; from < 16; from++) {
			for (to = 0; to < 16; to++) {
				bool may = pq_msg_permitted((enum pq_msg_type)t,
					       (enum pq_role)from,
					       (enum pq_role)to) != 0;

				assert_int_equal(may, in_table(t, from, to));
				n += may;
			}
		}
	}
	/* one sender and one receiver for each message */
	assert_int_equal(n, PQ_MSG_COUNT - 1);
}

/* No change of the table may break these rules. */
static void
test_codec__every_message_involves_the_warden(void **state)
{
	unsigned t, from, to;

	(void)state;
	for (t = 1; t < PQ_MSG_COUNT; t++) {
		for (from = 0; from < 16; from++) {
			for (to = 0; to < 16; to++) {
				if (!pq_msg_permitted((enum pq_msg_type)t,
					(enum pq_role)from, (enum pq_role)to))
					continue;
				/* either the sender or the receiver is the
				 * warden */
				assert_true((from == PQ_ROLE_WARDEN) !=
				    (to == PQ_ROLE_WARDEN));
				/* both are known roles */
				assert_true(
				    from != PQ_ROLE_NONE && to != PQ_ROLE_NONE);
			}
		}
	}
	assert_true(
	    pq_msg_permitted(PQ_MSG_CLEARANCE, PQ_ROLE_WARDEN, PQ_ROLE_DEPLOY));
	assert_true(
	    pq_msg_permitted(PQ_MSG_VERDICT, PQ_ROLE_VERIFY, PQ_ROLE_WARDEN));
	assert_false(
	    pq_msg_permitted(PQ_MSG_VERDICT, PQ_ROLE_FETCH, PQ_ROLE_WARDEN));
	assert_false(
	    pq_msg_permitted(PQ_MSG_EVIDENCE, PQ_ROLE_VERIFY, PQ_ROLE_WARDEN));
	assert_false(
	    pq_msg_permitted(PQ_MSG_ORDER, PQ_ROLE_INTAKE, PQ_ROLE_WARDEN));
}

static void
test_codec__names_are_one_to_one(void **state)
{
	unsigned i, k;

	(void)state;
	assert_string_equal(pq_msg_name((enum pq_msg_type)9999), "none");
	for (i = 0; i < PQ_MSG_COUNT; i++)
		for (k = 0; k < i; k++)
			assert_string_not_equal(
			    pq_msg_name((enum pq_msg_type)i),
			    pq_msg_name((enum pq_msg_type)k));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codec__decodes_every_encoded_message),
		cmocka_unit_test(
		    test_codec__reads_the_encoding_of_earlier_versions),
		cmocka_unit_test(test_codec__accepts_empty_and_maximum_fields),
		cmocka_unit_test(test_codec__refuses_fields_over_their_maximum),
		cmocka_unit_test(
		    test_codec__refuses_a_length_beyond_the_message),
		cmocka_unit_test(test_codec__full_list_of_findings_fits),
		cmocka_unit_test(test_codec__refuses_trailing_bytes),
		cmocka_unit_test(test_codec__refuses_incomplete_messages),
		cmocka_unit_test(test_codec__refuses_text_that_is_not_clean),
		cmocka_unit_test(test_codec__accepts_text_of_any_language),
		cmocka_unit_test(test_codec__refuses_unknown_types),
		cmocka_unit_test(test_codec__permits_only_rows_of_the_table),
		cmocka_unit_test(test_codec__every_message_involves_the_warden),
		cmocka_unit_test(test_codec__names_are_one_to_one),
	};

	return cmocka_run_group_tests(tests, list_all, NULL);
}
