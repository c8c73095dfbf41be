/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/lists.h"
#include "cli/rows.h"

static char text[4096];

/* Print a list, and keep its standard output in text. */
static void
print_list(const struct cli_list *list, json_t *rows)
{
	int to = memfd_create("stdout", MFD_CLOEXEC);
	int kept = dup(STDOUT_FILENO);
	ssize_t n;

	assert_true(to >= 0 && kept >= 0 && fflush(stdout) == 0);
	assert_true(dup2(to, STDOUT_FILENO) >= 0);
	list->print(rows);
	(void)fflush(stdout);
	assert_true(dup2(kept, STDOUT_FILENO) >= 0);
	n = pread(to, text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	(void)close(to);
	(void)close(kept);
	json_decref(rows);
}

static void
test_lists__numbers_the_deployments_of_a_release(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_ATTEMPT_ROW };
	json_t *rows = json_array();

	(void)state;
	m.attempt_row.seq = 30;
	(void)json_array_append_new(rows, cli_row_json(&m));
	m.attempt_row.seq = 44;
	m.attempt_row.at = 1720000000;
	m.attempt_row.log = PQ_SLICE_LIT("one\n\x1b[2Jtwo\n");
	(void)json_array_append_new(rows, cli_row_json(&m));
	print_list(&cli_attempts, rows);
	assert_string_equal(text,
	    "\nlog of deployment 2, 2024-07-03 11:46:40:\n"
	    "  one\n  \\x1b[2Jtwo\n");
}

#define DIGEST                                    \
	"sha256:0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"

static void
test_lists__prints_a_release_member_by_member(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_RELEASE_ROW };

	(void)state;
	m.release_row.id = 7;
	m.release_row.tag = PQ_SLICE_LIT("1.2.0");
	m.release_row.digest = PQ_SLICE_LIT(DIGEST);
	m.release_row.changed = 1720000000;
	m.release_row.served_s = 620;
	m.release_row.delay_s = 90000;
	print_list(&cli_release, json_pack("[o]", cli_row_json(&m)));
	assert_non_null(strstr(text, "id               7\n"));
	assert_non_null(strstr(text, "tag              1.2.0\n"));
	assert_non_null(strstr(text, "digest           " DIGEST "\n"));
	assert_non_null(strstr(text, "changed          2024-07-03 11:46:40\n"));
	assert_non_null(strstr(text, "served           10m20s\n"));
	assert_non_null(strstr(text, "delay            1d1h\n"));
	assert_null(strstr(text, "manifest"));
	print_list(&cli_releases, json_pack("[o]", cli_row_json(&m)));
	assert_non_null(strstr(text, "DIGEST"));
	assert_non_null(strstr(text, " 0123456789ab "));
	assert_null(strstr(text, "manifest"));
}

/* The table stays narrow, because long texts are printed below it. */
static void
test_lists__prints_long_texts_below_the_services(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_SERVICE_ROW };

	(void)state;
	m.service_row.service = PQ_SLICE_LIT("web");
	m.service_row.floor = PQ_SLICE_LIT("1.0.0");
	print_list(&cli_services, json_pack("[o]", cli_row_json(&m)));
	assert_null(strchr(text, ':'));
	m.service_row.waiting_release = 42;
	m.service_row.waiting_for = PQ_SLICE_LIT("approvals: 0 of 2");
	print_list(&cli_services, json_pack("[o]", cli_row_json(&m)));
	assert_non_null(strstr(text, "\nweb: release 42: approvals: 0 of 2\n"));
	m.service_row.waiting_for = PQ_SLICE_LIT("hold: freeze");
	m.service_row.hold = PQ_SLICE_LIT("freeze");
	print_list(&cli_services, json_pack("[o]", cli_row_json(&m)));
	assert_non_null(strstr(text, "\nweb: hold: freeze\n"));
	assert_null(strstr(text, "release 42"));
}

static void
test_lists__says_why_a_service_has_no_floor(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_SERVICE_ROW };

	(void)state;
	m.service_row.service = PQ_SLICE_LIT("web");
	m.service_row.floor_from = PQ_SLICE_LIT("run pratique adopt");
	print_list(&cli_services, json_pack("[o]", cli_row_json(&m)));
	assert_non_null(strstr(text, "web has no floor: run pratique adopt\n"));
	m.service_row.floor = PQ_SLICE_LIT("1.0.0");
	print_list(&cli_services, json_pack("[o]", cli_row_json(&m)));
	assert_null(strstr(text, "has no floor"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_lists__numbers_the_deployments_of_a_release),
		cmocka_unit_test(test_lists__prints_a_release_member_by_member),
		cmocka_unit_test(
		    test_lists__prints_long_texts_below_the_services),
		cmocka_unit_test(test_lists__says_why_a_service_has_no_floor),
	};

	/* a local time that differs from UTC; POSIX counts to the west */
	if (setenv("TZ", "TEST-2", 1) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
