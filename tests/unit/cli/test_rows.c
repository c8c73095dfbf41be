/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/rows.h"
#include "ipc/fields.h"

#define AT INT64_C(1720000000)
#define AT_TEXT "2024-07-03 11:46:40"

static bool
is_text(const struct pq_field *f)
{
	return f->kind == PQ_FIELD_TEXT || f->kind == PQ_FIELD_BYTES;
}

/* Make a message: a number field holds @n, a text field its own name. */
static struct pq_msg
make_message(enum pq_msg_type t, uint64_t n)
{
	const struct pq_msg_row *row = pq_msg_row(t);
	struct pq_msg m = { .type = t };
	size_t i;

	for (i = 0; i < row->n; i++) {
		const struct pq_field *f = &row->fields[i];

		pq_field_set_number(&m, f, n);
		pq_field_set_slice(&m, f, pq_slice_str(f->name));
	}
	return m;
}

/* Standard output between capture_begin() and capture_end(). */
struct capture {
	int to, kept;
};

static void
capture_begin(struct capture *c)
{
	c->to = memfd_create("stdout", MFD_CLOEXEC);
	c->kept = dup(STDOUT_FILENO);
	assert_true(c->to >= 0 && c->kept >= 0 && fflush(stdout) == 0);
	assert_true(dup2(c->to, STDOUT_FILENO) >= 0);
}

static void
capture_end(struct capture *c, char *dst, size_t size)
{
	ssize_t n;

	(void)fflush(stdout);
	assert_true(dup2(c->kept, STDOUT_FILENO) >= 0);
	n = pread(c->to, dst, size - 1, 0);
	assert_true(n > 0);
	dst[n] = '\0';
	(void)close(c->to);
	(void)close(c->kept);
}

/* Print a table with one column into @dst. */
static void
print_column(
    char *dst, size_t size, json_t *rows, enum pq_msg_type t, const char *field)
{
	const struct cli_column columns[] = { { field, "TITLE", false },
		{ NULL, NULL, false } };
	struct capture c;

	capture_begin(&c);
	cli_print_table(rows, t, columns);
	capture_end(&c, dst, size);
}

static void
test_rows__json_has_each_field_of_each_message(void **state)
{
	unsigned t;
	size_t i;

	(void)state;
	for (t = PQ_MSG_NONE + 1; t < PQ_MSG_COUNT; t++) {
		const struct pq_msg_row *row = pq_msg_row((enum pq_msg_type)t);
		struct pq_msg m = make_message((enum pq_msg_type)t, 7);
		json_t *o = cli_row_json(&m);

		assert_int_equal(json_object_size(o), row->n + 1);
		assert_string_equal(
		    json_string_value(json_object_get(o, "row")), row->name);
		for (i = 0; i < row->n; i++) {
			const char *name = row->fields[i].name;
			json_t *v = json_object_get(o, name);

			if (!is_text(&row->fields[i]))
				assert_int_equal(json_integer_value(v), 7);
			else if (strcmp(name, "findings") == 0)
				assert_true(json_is_array(v));
			else
				assert_string_equal(json_string_value(v), name);
		}
		json_decref(o);
	}
}

static void
add_findings(struct pq_findings *f)
{
	pq_findings_add(f, PQ_CHECK_SPACE, PQ_PASS, "s", "r", "enough");
	pq_findings_warn(
	    f, PQ_CHECK_POSTURE_CONTAINER, "id", "", "host-pid: it sees");
	pq_findings_add(f, PQ_CHECK_RECREATE, PQ_FAIL, "", "", "links");
}

static void
test_rows__json_marks_a_warning(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	json_t *a, *want;

	(void)state;
	add_findings(&f);
	a = cli_findings_json(&f);
	want = json_pack("[{s:s,s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s,s:s,s:b},"
			 "{s:s,s:s,s:s,s:s,s:s}]",
	    "check", "space", "status", "pass", "reason", "enough", "spec", "r",
	    "subject", "s", "check", "posture.container", "status", "pass",
	    "reason", "host-pid: it sees", "spec", "policy: deploy.posture",
	    "subject", "id", "warning", 1, "check", "recreate", "status",
	    "fail", "reason", "links", "spec", "policy: deploy.container",
	    "subject", "");
	assert_true(json_equal(a, want));
	json_decref(a);
	json_decref(want);
}

static void
test_rows__text_marks_a_warning(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct capture c;
	char text[1024];

	(void)state;
	add_findings(&f);
	capture_begin(&c);
	cli_print_findings(&f);
	capture_end(&c, text, sizeof(text));
	assert_string_equal(text,
	    "  pass     space                   enough\n"
	    "  warning  posture.container       host-pid: it sees\n"
	    "                                   judged: id\n"
	    "                                   rule: policy: deploy.posture\n"
	    "  fail     recreate                links\n"
	    "                                   rule: policy: "
	    "deploy.container\n");
}

static void
test_rows__makes_no_json_of_an_unknown_message(void **state)
{
	struct pq_msg m = { .type = PQ_MSG_NONE };

	(void)state;
	assert_null(cli_row_json(&m));
}

static void
test_rows__table_prints_times_as_local_times(void **state)
{
	unsigned t, n = 0;
	char text[512];
	size_t i;

	(void)state;
	for (t = PQ_MSG_NONE + 1; t < PQ_MSG_COUNT; t++) {
		const struct pq_msg_row *row = pq_msg_row((enum pq_msg_type)t);
		struct pq_msg m = make_message((enum pq_msg_type)t, AT);
		json_t *rows = json_pack("[o]", cli_row_json(&m));

		for (i = 0; i < row->n; i++) {
			const struct pq_field *f = &row->fields[i];

			print_column(text, sizeof(text), rows, m.type, f->name);
			assert_int_equal(strstr(text, AT_TEXT) != NULL,
			    f->kind == PQ_FIELD_TIME);
			assert_int_equal(strstr(text, "1720000000") != NULL,
			    f->kind == PQ_FIELD_U32 || f->kind == PQ_FIELD_U64);
			n += f->kind == PQ_FIELD_TIME;
		}
		json_decref(rows);
	}
	assert_true(n > 0);
}

#define HEX_52 "0123456789abcdef0123456789abcdef0123456789abcdef0123"

static void
test_rows__table_shortens_each_digest_and_keeps_the_text(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "sha256:ba5eba11f00d" HEX_52, "ba5eba11f00d" },
		{ "sha256:ba5eba11f00d" HEX_52 " tried it",
		    "ba5eba11f00d tried it" },
		{ "from sha256:ba5eba11f00d" HEX_52
		  " to sha256:0123456789ab" HEX_52 ", again",
		    "from ba5eba11f00d to 0123456789ab, again" },
		{ "sha256:ba5eba11f00d", "sha256:ba5eba11f00d" },
		{ "sha256:ba5eba11f00d" HEX_52 "4",
		    "sha256:ba5eba11f00d" HEX_52 "4" },
	};
	char text[512], line[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *rows = json_pack("[{s:s}]", "detail", cases[i].text);

		print_column(
		    text, sizeof(text), rows, PQ_MSG_EVENT_ROW, "detail");
		(void)snprintf(line, sizeof(line), "\n%s\n", cases[i].shown);
		assert_non_null(strstr(text, line));
		json_decref(rows);
	}
}

static void
test_rows__writes_a_time_of_today_without_the_date(void **state)
{
	char text[CLI_TIME_MAX];

	(void)state;
	cli_time_at(text, AT, AT + 10 * 3600);
	assert_string_equal(text, "11:46:40");
	/* the local day ends at 22:00 UTC */
	cli_time_at(text, AT, AT + 13 * 3600);
	assert_string_equal(text, AT_TEXT);
	cli_time_at(text, AT, AT + 366 * 86400);
	assert_string_equal(text, AT_TEXT);
	cli_time_at(text, 0, AT);
	assert_string_equal(text, "");
}

/* The same name may be a time in one message and not in another. */
static void
test_rows__knows_the_times_of_each_message(void **state)
{
	(void)state;
	assert_true(cli_is_time(PQ_MSG_RELEASE_ROW, "changed"));
	assert_false(cli_is_time(PQ_MSG_SERVICE_ROW, "changed"));
	assert_false(cli_is_time(PQ_MSG_RELEASE_ROW, "served_s"));
	assert_false(cli_is_time(PQ_MSG_NONE, "changed"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_rows__json_has_each_field_of_each_message),
		cmocka_unit_test(test_rows__json_marks_a_warning),
		cmocka_unit_test(test_rows__text_marks_a_warning),
		cmocka_unit_test(
		    test_rows__makes_no_json_of_an_unknown_message),
		cmocka_unit_test(test_rows__table_prints_times_as_local_times),
		cmocka_unit_test(
		    test_rows__table_shortens_each_digest_and_keeps_the_text),
		cmocka_unit_test(
		    test_rows__writes_a_time_of_today_without_the_date),
		cmocka_unit_test(test_rows__knows_the_times_of_each_message),
	};

	/* a local time that differs from UTC; POSIX counts to the west */
	if (setenv("TZ", "TEST-2", 1) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
