/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include <pratique/err.h>

static void
test_err__puts_context_in_front(void **state)
{
	struct pq_err e = PQ_ERR_INIT;
	int r = pq_err_set(&e, PQ_EFORMAT, "line %d", 3);

	(void)state;
	assert_int_equal(r, -PQ_EFORMAT);
	r = pq_err_wrap(&e, r, "tag %s", "v1");
	assert_int_equal(r, -PQ_EFORMAT);
	assert_int_equal(e.fault, -PQ_EFORMAT);
	assert_string_equal(e.text, "tag v1: line 3");
}

static void
test_err__cuts_a_long_text(void **state)
{
	struct pq_err e = PQ_ERR_INIT;
	char big[2 * PQ_ERR_TEXT];

	(void)state;
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	(void)pq_err_set(&e, PQ_ELIMIT, "%s", big);
	assert_int_equal(strlen(e.text), PQ_ERR_TEXT - 1);
	(void)pq_err_wrap(&e, -PQ_ELIMIT, "outer");
	assert_int_equal(strlen(e.text), PQ_ERR_TEXT - 1);
	assert_memory_equal(e.text, "outer: xxx", 10);
}

static void
test_err__every_fault_has_a_text(void **state)
{
	(void)state;
#define X(name, value, text) \
	assert_string_equal(pq_fault_text(-PQ_E##name), text);
	PQ_FAULTS(X)
#undef X
	assert_string_equal(pq_fault_text(-999), "unknown fault");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err__puts_context_in_front),
		cmocka_unit_test(test_err__cuts_a_long_text),
		cmocka_unit_test(test_err__every_fault_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
