/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include <pratique/err.h>
#include <pratique/finding.h>

static void
test_findings__none_is_a_refusal(void **state)
{
	struct pq_findings f = { 0 };

	(void)state;
	assert_int_equal(pq_findings_overall(&f), PQ_FAIL);
}

static void
test_findings__the_worst_decides(void **state)
{
	struct pq_findings f = { 0 };

	(void)state;
	pq_findings_add(&f, PQ_CHECK_IMAGE_DIGEST, PQ_PASS, "", "", "ok");
	assert_int_equal(pq_findings_overall(&f), PQ_PASS);
	pq_findings_add(
	    &f, PQ_CHECK_IMAGE_SIGNATURE, PQ_PENDING, "", "", "later");
	assert_int_equal(pq_findings_overall(&f), PQ_PENDING);
	pq_findings_add(&f, PQ_CHECK_SOURCE_VERSION, PQ_FAIL, "", "", "bad");
	assert_int_equal(pq_findings_overall(&f), PQ_FAIL);
}

static void
test_findings__one_too_many_fails(void **state)
{
	struct pq_findings f = { 0 };
	int i;

	(void)state;
	for (i = 0; i < PQ_FINDINGS_MAX; i++)
		pq_findings_add(
		    &f, PQ_CHECK_IMAGE_DIGEST, PQ_PASS, "", "", "%d", i);
	assert_int_equal(pq_findings_overall(&f), PQ_PASS);
	pq_findings_add(&f, PQ_CHECK_IMAGE_DIGEST, PQ_PASS, "", "", "more");
	assert_int_equal(pq_findings_overall(&f), PQ_FAIL);
}

static void
test_findings__round_trip_and_no_byte_left(void **state)
{
	struct pq_findings f = { 0 }, g = { 0 };
	struct pq_buf b = PQ_BUF_INIT(1u << 16);

	(void)state;
	pq_findings_add(
	    &f, PQ_CHECK_IMAGE_DIGEST, PQ_PASS, "sha256:00", "OCI", "fine");
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), 0);
	assert_memory_equal(&f, &g, sizeof(f));
	pq_buf_u8(&b, 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), -PQ_EFORMAT);
	pq_buf_free(&b);
}

static void
test_findings__foreign_bytes_never_reach_a_terminal(void **state)
{
	struct pq_findings f = { 0 };

	(void)state;
	pq_findings_add(&f, PQ_CHECK_SOURCE_VERSION, PQ_FAIL, "", "", "tag %s",
	    "\033[2J\r\n\xe2\x80\xae");
	assert_string_equal(
	    f.v[0].reason, "tag \\x1b[2J\\x0d\\x0a\\xe2\\x80\\xae");
}

static void
test_check__names_round_trip(void **state)
{
	int i;

	(void)state;
	for (i = 1; i < PQ_CHECK_COUNT; i++)
		assert_int_equal(pq_check_by_name(pq_slice_str(
				     pq_check_name((enum pq_check)i))),
		    i);
	assert_int_equal(pq_check_by_name(pq_slice_str("?")), PQ_CHECK_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings__none_is_a_refusal),
		cmocka_unit_test(test_findings__the_worst_decides),
		cmocka_unit_test(test_findings__one_too_many_fails),
		cmocka_unit_test(test_findings__round_trip_and_no_byte_left),
		cmocka_unit_test(
		    test_findings__foreign_bytes_never_reach_a_terminal),
		cmocka_unit_test(test_check__names_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
