/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory runs out while findings are added. The lost finding may be a failure,
 * so a list that lost one must refuse, both in the writer and in its reader.
 */
#include "../unit/cmocka_all.h"
#include "support/memory.h"

#include <stdio.h>
#include <string.h>

#include <pratique/err.h>
#include <pratique/finding.h>

#define MANY 100

/* Add MANY findings that pass. Allocation number @nth fails. */
static void
add_findings(struct pq_findings *ret, unsigned long nth)
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
test_findings__an_incomplete_list_fails(void **state)
{
	unsigned long all, i;

	(void)state;
	for (all = 1, i = 0; i <= all; i++) {
		pq_auto(pq_findings_free) struct pq_findings f = { 0 };

		add_findings(&f, i);
		if (i == 0) {
			all = asked;
			assert_int_equal(pq_findings_overall(&f), PQ_PASS);
			continue;
		}
		assert_int_equal(pq_findings_overall(&f), PQ_FAIL);
		assert_int_equal(f.fault, -PQ_ENOMEM);
		/* the list stays incomplete when memory is available again */
		add_findings(&f, 0);
		assert_int_equal(pq_findings_overall(&f), PQ_FAIL);
		assert_true(f.n < MANY);
	}
	assert_true(all > 2);
}

static void
test_findings__the_reader_refuses_too(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 }, g = { 0 };
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);

	(void)state;
	add_findings(&f, 1);
	assert_int_equal(f.n, 0);
	assert_int_equal(pq_findings_encode(&b, &f), -PQ_ENOMEM);
	pq_findings_free(&f);
	add_findings(&f, 2);
	assert_true(f.n > 0);
	assert_int_equal(f.v[f.n - 1].status, PQ_FAIL);
	assert_non_null(strstr(f.v[f.n - 1].reason, "no memory"));
	/* a judge that rewrites the last finding does not repair the list */
	f.v[f.n - 1].status = PQ_PASS;
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), 0);
	assert_int_equal(g.n, f.n);
	assert_int_equal(pq_findings_overall(&g), PQ_FAIL);
	pq_buf_free(&b);
}

static void
test_findings__are_read_completely_or_refused(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);
	unsigned long all, i;

	(void)state;
	add_findings(&f, 0);
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
		cmocka_unit_test(test_findings__an_incomplete_list_fails),
		cmocka_unit_test(test_findings__the_reader_refuses_too),
		cmocka_unit_test(test_findings__are_read_completely_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
