/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the command line, and how each of them ends. */
#include "client.h"

#define NOBODY 999

static void
request(enum pq_verb verb, uint64_t id, const char *service)
{
	struct pq_msg m = { .type = PQ_MSG_REQUEST, .job = CLIENT_JOB };

	m.request.verb = verb;
	m.request.id = id;
	m.request.service = pq_slice_str(service);
	assert_int_equal(request_of(0, &m), 0);
}

static void
test_control__says_when_there_is_no_such_thing(void **state)
{
	static const enum pq_verb of_id[] = { PQ_VERB_SHOW, PQ_VERB_WATCH,
		PQ_VERB_EVIDENCE, PQ_VERB_APPROVE, PQ_VERB_REJECT,
		PQ_VERB_RETRY };
	static const enum pq_verb of_service[] = { PQ_VERB_STATUS, PQ_VERB_LIST,
		PQ_VERB_HOLD, PQ_VERB_UNHOLD, PQ_VERB_LOOK, PQ_VERB_ADOPT };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(of_id) / sizeof(of_id[0]); i++) {
		request(of_id[i], NOBODY, "");
		answered(PQ_CODE_ABSENT, "has the id 999");
	}
	for (i = 0; i < sizeof(of_service) / sizeof(of_service[0]); i++) {
		request(of_service[i], 0, "nobody");
		answered(PQ_CODE_ABSENT, "nobody: no such service");
	}
}

/* it is there, and something else is the matter */
static void
test_control__an_absent_part_is_no_absent_release(void **state)
{
	struct pq_release r = release(1, "1.0.0", PQ_STATE_LIVE);

	(void)state;
	add(&r);
	request(PQ_VERB_EVIDENCE, 1, "");
	answered(PQ_CODE_REFUSED, "no evidence is kept");
	request(PQ_VERB_REJECT, 1, "");
	answered(PQ_CODE_REFUSED, "release 1 is live");
	request(PQ_VERB_UNHOLD, 0, "web");
	answered(PQ_CODE_REFUSED, "web is not held");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_control__##name, fresh_release, drop_client)

static int
group(void)
{
	const struct CMUnitTest tests[] = {
		TEST(says_when_there_is_no_such_thing),
		TEST(an_absent_part_is_no_absent_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run(group);
}
