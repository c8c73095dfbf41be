/* SPDX-License-Identifier: Apache-2.0 */
/* The request that a command line makes. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "cli/request.h"

static const struct cli_command list = {
	.name = "list", .operand = CLI_NOTHING, .verb = PQ_VERB_LIST
};
static const struct cli_command approve = {
	.name = "approve", .operand = CLI_ID, .verb = PQ_VERB_APPROVE
};
static const struct cli_command adopt = {
	.name = "adopt", .operand = CLI_SERVICE, .verb = PQ_VERB_ADOPT
};
static const struct cli_command offline = { .name = "offline" };

static void
test_request__sets_a_field_for_each_option(void **state)
{
	const struct cli c = { .command = &list,
		.service = "web",
		.state = "live",
		.since = "5",
		.limit = "9223372036854775807" };
	struct pq_msg m;

	(void)state;
	assert_int_equal(cli_make_request(&m, &c), 0);
	assert_int_equal(m.type, PQ_MSG_QUERY);
	assert_int_equal(m.query.verb, PQ_VERB_LIST);
	assert_int_equal(m.query.id, 0);
	assert_true(pq_slice_eq_str(m.query.service, "web"));
	assert_true(pq_slice_eq_str(m.query.state, "live"));
	assert_int_equal(m.query.since, 5);
	assert_int_equal(m.query.limit, INT64_MAX);
}

static void
test_request__takes_an_id_or_a_service_as_operand(void **state)
{
	struct cli c = {
		.command = &approve, .operand = "42", .message = "ok"
	};
	struct pq_msg m;

	(void)state;
	assert_int_equal(cli_make_request(&m, &c), 0);
	assert_int_equal(m.type, PQ_MSG_ORDER);
	assert_int_equal(m.order.verb, PQ_VERB_APPROVE);
	assert_int_equal(m.order.id, 42);
	assert_int_equal(m.order.service.n, 0);
	assert_true(pq_slice_eq_str(m.order.reason, "ok"));
	c = (struct cli){ .command = &adopt, .operand = "42", .version = "1" };
	assert_int_equal(cli_make_request(&m, &c), 0);
	assert_int_equal(m.order.id, 0);
	assert_true(pq_slice_eq_str(m.order.service, "42"));
	assert_true(pq_slice_eq_str(m.order.version, "1"));
	assert_int_equal(m.order.tag.n, 0);
}

static void
assert_refused(const struct cli *c, const char *which)
{
	struct pq_msg m = { .type = PQ_MSG_NONE };

	if (cli_make_request(&m, c) != CLI_USAGE)
		fail_msg("%s: accepted", which);
	assert_int_equal(m.type, PQ_MSG_NONE);
}

static void
test_request__refuses_values_that_do_not_fit_the_message(void **state)
{
	static const char *const ids[] = { "", "0", "-1", "+1", " 1", "1 ",
		"1x", "x", "0x1", "9223372036854775808", "18446744073709551617",
		"99999999999999999999999" };
	char over[PQ_ORDER_MAX + 2];
	struct cli c = { .command = &approve };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		c.operand = ids[i];
		assert_refused(&c, ids[i]);
	}
	c.operand = "1";
	c.message = "two\nlines";
	assert_refused(&c, c.message);
	c.message = "\xff";
	assert_refused(&c, "not UTF-8");
	memset(over, 'x', sizeof(over) - 1);
	over[sizeof(over) - 1] = '\0';
	c.message = over;
	assert_refused(&c, "a long reason");
	c = (struct cli){ .command = &adopt, .operand = over };
	assert_refused(&c, "a long service");
	/* the message QUERY has no field "reason" */
	c = (struct cli){ .command = &list, .message = "why" };
	assert_refused(&c, "a reason of a query");
	c = (struct cli){ .command = &list, .limit = "0" };
	assert_refused(&c, "no rows");
	c = (struct cli){ .command = &offline };
	assert_refused(&c, "no verb");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request__sets_a_field_for_each_option),
		cmocka_unit_test(
		    test_request__takes_an_id_or_a_service_as_operand),
		cmocka_unit_test(
		    test_request__refuses_values_that_do_not_fit_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
