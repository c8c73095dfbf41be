/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out while findings are listed. The one that is lost may be
 * the one that fails, so a list that lost one refuses, here and where it is
 * read.
 */
#include "../unit/cmocka_all.h"
#include "support/memory.h"

#include <stdio.h>
#include <string.h>

#include <pratique/err.h>
#include <pratique/finding.h>

#define MANY 100

/* MANY that pass, and the allocation number @nth fails */
static void
list(struct pq_findings *ret, unsigned long nth)
{
	int i;

	asked = 0;
	fail_at = nth;
	for (i = 0; i < MANY; i++)
		pq_findings_add(
		    ret, PQ_CHECK_IMAGE_DIGEST, PQ_PASS, "", "", "%d", i);
	fail_at = 0;
}

static void
test_findings__lost_ones_fail(void **state)
{
	unsigned long all, i;

	(void)state;
	for (all = 1, i = 0; i <= all; i++) {
		pq_auto(pq_findings_free) struct pq_findings f = { 0 };

		list(&f, i);
		if (i == 0) {
			all = asked;
			assert_int_equal(pq_findings_overall(&f), PQ_PASS);
			continue;
		}
		assert_int_equal(pq_findings_overall(&f), PQ_FAIL);
		assert_int_equal(f.fault, -PQ_ENOMEM);
		/* memory that is back again does not make it whole */
		list(&f, 0);
		assert_int_equal(pq_findings_overall(&f), PQ_FAIL);
		assert_true(f.n < MANY);
	}
	assert_true(all > 2);
}

static void
test_findings__reader_refuses_too(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 }, g = { 0 };
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);

	(void)state;
	list(&f, 1);
	assert_int_equal(f.n, 0);
	assert_int_equal(pq_findings_encode(&b, &f), -PQ_ENOMEM);
	pq_findings_free(&f);
	list(&f, 2);
	assert_true(f.n > 0);
	assert_int_equal(f.v[f.n - 1].status, PQ_FAIL);
	assert_non_null(strstr(f.v[f.n - 1].reason, "no memory"));
	/* nor does a judge that rewrites what it finds */
	f.v[f.n - 1].status = PQ_PASS;
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), 0);
	assert_int_equal(g.n, f.n);
	assert_int_equal(pq_findings_overall(&g), PQ_FAIL);
	pq_buf_free(&b);
}

static void
test_findings__are_read_whole_or_not(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);
	unsigned long all, i;

	(void)state;
	list(&f, 0);
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	for (all = 1, i = 0; i <= all; i++) {
		pq_auto(pq_findings_free) struct pq_findings g = { 0 };
		int r;

		asked = 0;
		fail_at = i;
		r = pq_findings_decode(&g, pq_buf_view(&b));
		fail_at = 0;
		if (i == 0)
			all = asked;
		assert_int_equal(r, i == 0 ? 0 : -PQ_ENOMEM);
		assert_int_equal(g.n, i == 0 ? MANY : 0);
		assert_int_equal(g.fault, 0);
	}
	assert_true(all > 2);
	pq_buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings__lost_ones_fail),
		cmocka_unit_test(test_findings__reader_refuses_too),
		cmocka_unit_test(test_findings__are_read_whole_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
