/* SPDX-License-Identifier: Apache-2.0 */
/* Intake accepts the names that check-config accepts. */
#include "accepted.h"

#include "intake/intake.h"

static void
check_service(const char *name)
{
	char url[NAMES_ROOM], service[PQ_SERVICE_TEXT] = "";
	struct pq_buf b = PQ_BUF_INIT(PQ_IPC_INLINE);
	struct pq_msg m = { .type = PQ_MSG_DELIVERY }, got;

	(void)snprintf(url, sizeof(url), "/hooks/%s", name);
	if (!intake_path_service(service, url))
		fail_msg("%s: no webhook has this address", url);
	assert_string_equal(service, name);
	m.delivery.service = pq_slice_str(service);
	assert_int_equal(pq_msg_encode(&b, &m), 0);
	assert_int_equal(pq_msg_decode(&got, pq_buf_view(&b), NULL), 0);
	assert_true(pq_slice_eq_str(got.delivery.service, name));
	pq_buf_free(&b);
}

static void
test_names__intake_takes_each_service(void **state)
{
	(void)state;
	each_accepted(
	    names_service, PQ_SERVICE_MAX, accepts_service_name, check_service);
}

static void
test_names__intake_takes_no_other_path(void **state)
{
	static const char *const bad[] = { "/hooks", "/hooks/", "/hook/web",
		"/hooks/Web", "/hooks/web/", "/hooks//web", "/hooks/../web",
		"/hooks/web?x", "/hooks/-web", "/hooks/web-", "/Hooks/web", "",
		"/" };
	char service[PQ_SERVICE_TEXT] = "untouched";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (intake_path_service(service, bad[i]))
			fail_msg("%s: %s", bad[i], service);
	assert_string_equal(service, "untouched");
	assert_true(intake_path_is_hook("/hooks/Web"));
	assert_false(intake_path_is_hook("/hook/web"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names__intake_takes_each_service),
		cmocka_unit_test(test_names__intake_takes_no_other_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
