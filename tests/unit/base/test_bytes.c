/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include <pratique/bytes.h>
#include <pratique/err.h>

static void
test_buf__fault_at_the_ceiling_is_sticky(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(4);

	(void)state;
	pq_buf_str(&b, "abc");
	assert_int_equal(b.fault, 0);
	pq_buf_str(&b, "de");
	assert_int_equal(b.fault, -PQ_ELIMIT);
	pq_buf_str(&b, "f");
	assert_int_equal(b.n, 3);
	assert_null(pq_buf_cstr(&b));
	pq_buf_free(&b);
}

static void
test_buf__grows_and_terminates(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(100000);
	int i;

	(void)state;
	for (i = 0; i < 20000; i++)
		pq_buf_fmt(&b, "%d", i % 10);
	assert_int_equal(b.n, 20000);
	assert_int_equal(strlen(pq_buf_cstr(&b)), 20000);
	pq_buf_wipe(&b);
	assert_null(b.p);
}

static void
test_cur__refuses_a_length_past_the_end(void **state)
{
	const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 'a' };
	struct pq_cur c = pq_cur_start(pq_slice(huge, sizeof(huge)));

	(void)state;
	assert_int_equal(pq_cur_string(&c, UINT32_MAX).n, 0);
	assert_true(c.bad);
	assert_int_equal(pq_cur_u8(&c), 0);
	assert_false(pq_cur_done(&c));
}

static void
test_cur__refuses_more_than_the_maximum(void **state)
{
	const uint8_t three[] = { 0, 0, 0, 3, 'a', 'b', 'c' };
	struct pq_cur c = pq_cur_start(pq_slice(three, sizeof(three)));

	(void)state;
	(void)pq_cur_string(&c, 2);
	assert_true(c.bad);
}

static void
test_cur__is_done_only_at_the_end(void **state)
{
	const uint8_t two[] = { 1, 2 };
	struct pq_cur c = pq_cur_start(pq_slice(two, sizeof(two)));

	(void)state;
	assert_int_equal(pq_cur_u8(&c), 1);
	assert_false(pq_cur_done(&c));
	assert_int_equal(pq_cur_u8(&c), 2);
	assert_true(pq_cur_done(&c));
}

static void
test_hex__is_strict(void **state)
{
	uint8_t out[2] = { 0 };
	char text[5];

	(void)state;
	assert_int_equal(pq_hex_decode(out, 2, pq_slice_str("0aff")), 0);
	pq_hex_encode(text, pq_slice(out, 2));
	assert_string_equal(text, "0aff");
	assert_int_equal(
	    pq_hex_decode(out, 2, pq_slice_str("0AFF")), -PQ_EFORMAT);
	assert_int_equal(
	    pq_hex_decode(out, 2, pq_slice_str("0aff0")), -PQ_EFORMAT);
	assert_int_equal(
	    pq_hex_decode(out, 2, pq_slice_str("0af ")), -PQ_EFORMAT);
	assert_int_equal(
	    pq_hex_decode(out, 2, pq_slice_str("0aff00")), -PQ_EFORMAT);
}

static int
decode_text(const char *text, struct pq_buf *b)
{
	b->n = 0;
	return pq_b64_decode(b, pq_slice_str(text));
}

static void
test_base64__is_strict(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(64);

	(void)state;
	assert_int_equal(decode_text("YQ==", &b), 0);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.p[0], 'a');
	assert_int_equal(decode_text("YWI=", &b), 0);
	assert_int_equal(b.n, 2);
	assert_int_equal(decode_text("YWJj", &b), 0);
	assert_int_equal(b.n, 3);
	assert_int_equal(decode_text("", &b), 0);
	assert_int_equal(b.n, 0);
	assert_int_equal(
	    decode_text("YR==", &b), -PQ_EFORMAT); /* unused bits set */
	assert_int_equal(decode_text("YWK=", &b), -PQ_EFORMAT);
	assert_int_equal(decode_text("YQ=", &b), -PQ_EFORMAT);
	assert_int_equal(decode_text("YQ", &b), -PQ_EFORMAT);
	assert_int_equal(decode_text("YW\nI", &b), -PQ_EFORMAT);
	assert_int_equal(decode_text(" YWJ", &b), -PQ_EFORMAT);
	assert_int_equal(decode_text("YW-_", &b), -PQ_EFORMAT);
	assert_int_equal(decode_text("====", &b), -PQ_EFORMAT);
	assert_int_equal(decode_text("Y===", &b), -PQ_EFORMAT);
	assert_int_equal(decode_text("YQ==YQ==", &b), -PQ_EFORMAT);
	pq_buf_free(&b);
}

static void
test_base64__round_trip(void **state)
{
	struct pq_buf a = PQ_BUF_INIT(1024), b = PQ_BUF_INIT(1024);
	uint8_t raw[64];
	size_t n, i;

	(void)state;
	for (i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)(i * 37);
	for (n = 0; n < sizeof(raw); n++) {
		a.n = b.n = 0;
		assert_int_equal(pq_b64_encode(&a, pq_slice(raw, n)), 0);
		assert_int_equal(pq_b64_decode(&b, pq_buf_view(&a)), 0);
		assert_true(pq_slice_eq(pq_buf_view(&b), pq_slice(raw, n)));
	}
	pq_buf_free(&a);
	pq_buf_free(&b);
}

static void
test_slice__dup_refuses_nul(void **state)
{
	(void)state;
	assert_null(pq_slice_dup_str(pq_slice("a\0b", 3)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf__fault_at_the_ceiling_is_sticky),
		cmocka_unit_test(test_buf__grows_and_terminates),
		cmocka_unit_test(test_cur__refuses_a_length_past_the_end),
		cmocka_unit_test(test_cur__refuses_more_than_the_maximum),
		cmocka_unit_test(test_cur__is_done_only_at_the_end),
		cmocka_unit_test(test_hex__is_strict),
		cmocka_unit_test(test_base64__is_strict),
		cmocka_unit_test(test_base64__round_trip),
		cmocka_unit_test(test_slice__dup_refuses_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
