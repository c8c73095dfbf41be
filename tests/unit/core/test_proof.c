/* SPDX-License-Identifier: Apache-2.0 */
/* The encoding of a proof: written, read back, and strict. */
#include "fixture.h"

#include <pratique/proof.h>

static struct pq_proof
make_sample(size_t n)
{
	struct pq_proof p = { .index = PQ_SLICE_LIT("index"),
		.manifest = PQ_SLICE_LIT("manifest"),
		.config = PQ_SLICE_LIT("config"),
		.n = n };
	size_t i;

	for (i = 0; i < n && i < PQ_PROOF_PIECES; i++)
		p.v[i] = (struct pq_piece){ .requirement = (uint32_t)i,
			.material = UINT32_MAX - (uint32_t)i,
			.form = (uint32_t)i % 5,
			.payload = PQ_SLICE_LIT("payload\0"),
			.signature = PQ_SLICE_LIT("\xff") };
	return p;
}

static void
is_same(const struct pq_proof *a, const struct pq_proof *b)
{
	size_t i;

	assert_true(pq_slice_eq(a->index, b->index));
	assert_true(pq_slice_eq(a->manifest, b->manifest));
	assert_true(pq_slice_eq(a->config, b->config));
	assert_int_equal(a->n, b->n);
	for (i = 0; i < a->n; i++) {
		assert_int_equal(a->v[i].requirement, b->v[i].requirement);
		assert_int_equal(a->v[i].material, b->v[i].material);
		assert_int_equal(a->v[i].form, b->v[i].form);
		assert_true(pq_slice_eq(a->v[i].payload, b->v[i].payload));
		assert_true(pq_slice_eq(a->v[i].signature, b->v[i].signature));
	}
}

static void
test_proof__round_trip(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n <= PQ_PROOF_PIECES; n++) {
		struct pq_buf b = PQ_BUF_INIT(PQ_PROOF_MAX);
		struct pq_buf again = PQ_BUF_INIT(PQ_PROOF_MAX);
		struct pq_proof p = make_sample(n), got = { 0 };

		assert_int_equal(pq_proof_encode(&b, &p), 0);
		assert_int_equal(pq_proof_decode(&got, pq_buf_view(&b)), 0);
		is_same(&got, &p);
		assert_int_equal(pq_proof_encode(&again, &got), 0);
		assert_true(pq_slice_eq(pq_buf_view(&again), pq_buf_view(&b)));
		pq_buf_free(&again);
		pq_buf_free(&b);
	}
}

/* Ledgers hold these bytes for years: the encoding must not change. */
static void
test_proof__encoding_is_stable(void **state)
{
	static const char wire[] = "PQPR\0\0\0\2\0\0\0\1i\0\0\0\1m\0\0\0\1c"
				   "\0\0\0\1\0\0\0\3\0\0\0\4\0\0\0\1"
				   "\0\0\0\1p\0\0\0\1s";
	struct pq_proof p = { .index = PQ_SLICE_LIT("i"),
		.manifest = PQ_SLICE_LIT("m"),
		.config = PQ_SLICE_LIT("c"),
		.n = 1 };
	struct pq_buf b = PQ_BUF_INIT(PQ_PROOF_MAX);

	(void)state;
	p.v[0] = (struct pq_piece){ .requirement = 3,
		.material = 4,
		.form = PQ_FORM_SIMPLE,
		.payload = PQ_SLICE_LIT("p"),
		.signature = PQ_SLICE_LIT("s") };
	assert_int_equal(pq_proof_encode(&b, &p), 0);
	assert_int_equal(b.n, sizeof(wire) - 1);
	assert_memory_equal(b.p, wire, sizeof(wire) - 1);
	assert_int_equal(PQ_FORM_DSSE, 2);
	assert_int_equal(PQ_FORM_TAG, 3);
	pq_buf_free(&b);
}

/* Truncated at any byte, or with a trailing byte. */
static void
test_proof__refuses_every_other_length(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(PQ_PROOF_MAX);
	struct pq_proof p = make_sample(3), got;
	size_t i;

	(void)state;
	assert_int_equal(pq_proof_encode(&b, &p), 0);
	memset(&got, 0xa5, sizeof(got));
	for (i = 0; i < b.n; i++)
		assert_int_equal(
		    pq_proof_decode(&got, pq_slice(b.p, i)), -PQ_EFORMAT);
	pq_buf_u8(&b, 0);
	assert_int_equal(pq_proof_decode(&got, pq_buf_view(&b)), -PQ_EFORMAT);
	assert_int_equal(((uint8_t *)&got)[0], 0xa5);
	pq_buf_free(&b);
}

/* @at: offset of a u32 in the encoding of an empty proof */
static void
check_refused(size_t at, uint32_t value)
{
	struct pq_buf b = PQ_BUF_INIT(PQ_PROOF_MAX);
	struct pq_proof p = { 0 }, got;

	assert_int_equal(pq_proof_encode(&b, &p), 0);
	assert_int_equal(pq_proof_decode(&got, pq_buf_view(&b)), 0);
	b.p[at] = (uint8_t)(value >> 24);
	b.p[at + 1] = (uint8_t)(value >> 16);
	b.p[at + 2] = (uint8_t)(value >> 8);
	b.p[at + 3] = (uint8_t)value;
	assert_int_equal(pq_proof_decode(&got, pq_buf_view(&b)), -PQ_EFORMAT);
	pq_buf_free(&b);
}

static void
test_proof__refuses_invalid_numbers(void **state)
{
	(void)state;
	check_refused(0, PQ_PROOF_MAGIC + 1);
	check_refused(4, PQ_PROOF_VERSION - 1);
	check_refused(4, PQ_PROOF_VERSION + 1);
	check_refused(8, UINT32_MAX);
	check_refused(20, 1);
	check_refused(20, PQ_PROOF_PIECES + 1);
	check_refused(20, UINT32_MAX);
}

/* A proof that no decoder accepts must not reach the ledger. */
static void
test_proof__encoder_refuses_over_the_limits(void **state)
{
	uint8_t *large = calloc(1, (1u << 22) + 1);
	struct pq_slice at = pq_slice(large, 1u << 20);
	struct pq_slice over = pq_slice(large, (1u << 20) + 1);
	struct pq_proof p = make_sample(1);
	struct pq_buf b = PQ_BUF_INIT(PQ_PROOF_MAX);

	(void)state;
	assert_non_null(large);
	p.config = p.v[0].payload = at;
	assert_int_equal(pq_proof_encode(&b, &p), 0);
	p.config = over;
	b.n = 0;
	assert_int_equal(pq_proof_encode(&b, &p), -PQ_ELIMIT);
	pq_buf_free(&b);
	p = make_sample(1);
	p.v[0].payload = over;
	b = PQ_BUF_INIT(PQ_PROOF_MAX);
	assert_int_equal(pq_proof_encode(&b, &p), -PQ_ELIMIT);
	pq_buf_free(&b);
	p = make_sample(1);
	p.v[0].signature = pq_slice(large, 4097);
	b = PQ_BUF_INIT(PQ_PROOF_MAX);
	assert_int_equal(pq_proof_encode(&b, &p), -PQ_ELIMIT);
	pq_buf_free(&b);
	p = make_sample(PQ_PROOF_PIECES + 1);
	b = PQ_BUF_INIT(PQ_PROOF_MAX);
	assert_int_equal(pq_proof_encode(&b, &p), -PQ_ELIMIT);
	pq_buf_free(&b);
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proof__round_trip),
		cmocka_unit_test(test_proof__encoding_is_stable),
		cmocka_unit_test(test_proof__refuses_every_other_length),
		cmocka_unit_test(test_proof__refuses_invalid_numbers),
		cmocka_unit_test(test_proof__encoder_refuses_over_the_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
