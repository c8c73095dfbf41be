/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/lists.h"
#include "cli/rows.h"

static char text[4096];

/* the standard output of one list */
static void
print(const struct cli_list *list, json_t *rows)
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
test_lists__attempts_show_the_logs_that_there_are(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_ATTEMPT_ROW };
	json_t *rows = json_array();

	(void)state;
	m.attempt_row.seq = 3;
	(void)json_array_append_new(rows, cli_row_json(&m));
	m.attempt_row.seq = 4;
	m.attempt_row.log = PQ_SLICE_LIT("one\n\x1b[2Jtwo\n");
	(void)json_array_append_new(rows, cli_row_json(&m));
	print(&cli_attempts, rows);
	assert_string_equal(
	    text, "\nlog of attempt 4:\n  one\n  \\x1b[2Jtwo\n");
}

static void
test_lists__release_is_shown_member_by_member(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_RELEASE_ROW };

	(void)state;
	m.release_row.id = 7;
	m.release_row.tag = PQ_SLICE_LIT("1.2.0");
	m.release_row.changed = 1720000000;
	print(&cli_release, json_pack("[o]", cli_row_json(&m)));
	assert_non_null(strstr(text, "id               7\n"));
	assert_non_null(strstr(text, "tag              1.2.0\n"));
	assert_non_null(
	    strstr(text, "changed          2024-07-03T09:46:40Z\n"));
	assert_null(strstr(text, "digest"));
	print(&cli_releases, json_pack("[o]", cli_row_json(&m)));
	assert_non_null(strstr(text, "digest"));
}

static void
test_lists__service_without_a_floor_says_why(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_SERVICE_ROW };

	(void)state;
	m.service_row.service = PQ_SLICE_LIT("web");
	m.service_row.floor_from = PQ_SLICE_LIT("run pratique adopt");
	print(&cli_services, json_pack("[o]", cli_row_json(&m)));
	assert_non_null(strstr(text, "web has no floor: run pratique adopt\n"));
	m.service_row.floor = PQ_SLICE_LIT("1.0.0");
	print(&cli_services, json_pack("[o]", cli_row_json(&m)));
	assert_null(strstr(text, "has no floor"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_lists__attempts_show_the_logs_that_there_are),
		cmocka_unit_test(test_lists__release_is_shown_member_by_member),
		cmocka_unit_test(test_lists__service_without_a_floor_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
