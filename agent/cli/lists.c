/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of an answer. A list prints rows of one type as human-readable text.
 * The row of a command names the lists that the command prints. Two lists may
 * print the same type of row in different ways.
 */
#include "cli/lists.h"

#include <string.h>

#include <pratique/text.h>

#include "cli/rows.h"

#define MEMBER "%-16s %s\n"

static const struct cli_column service_columns[] = {
	{ "service", "SERVICE", false },
	{ "live_tag", "LIVE", false },
	{ "live_digest", "DIGEST", false },
	{ "live_since", "SINCE", false },
	{ "floor", "FLOOR", false },
	{ "waiting_release", "NEXT", false },
	{ NULL, NULL, false },
};
static const struct cli_column release_columns[] = {
	{ "id", "ID", false },
	{ "kind", "KIND", false },
	{ "service", "SERVICE", false },
	{ "tag", "TAG", false },
	{ "digest", "DIGEST", false },
	{ "state", "STATE", false },
	{ "changed", "CHANGED", false },
	{ "reason", "REASON", true },
	{ NULL, NULL, false },
};
static const struct cli_column callback_columns[] = {
	{ "id", "ID", false },
	{ "received", "RECEIVED", false },
	{ "service", "SERVICE", false },
	{ "state", "STATE", false },
	{ "look", "LOOK", false },
	{ "request_id", "REQUEST", false },
	{ "reason", "REASON", true },
	{ NULL, NULL, false },
};
static const struct cli_column event_columns[] = {
	{ "seq", "SEQ", false },
	{ "at", "TIME", false },
	{ "actor", "ACTOR", false },
	{ "event", "EVENT", false },
	{ "service", "SERVICE", false },
	{ "release", "ID", false },
	{ "detail", "DETAIL", true },
	{ NULL, NULL, false },
};

const char *
cli_member(json_t *row, const char *name)
{
	const char *s = json_string_value(json_object_get(row, name));

	return s == NULL ? "" : s;
}

/* Print "web: hold: TEXT", or nothing if the member is empty. */
static void
print_remark(json_t *row, const char *label, const char *member)
{
	char text[720];

	pq_text_utf8(text, sizeof(text), pq_slice_str(cli_member(row, member)));
	if (text[0] != '\0')
		(void)printf(
		    "%s: %s: %s\n", cli_member(row, "service"), label, text);
}

/*
 * Print the long texts of a service below the table, to keep the table narrow.
 */
static void
print_remarks(json_t *row)
{
	long long id =
	    json_integer_value(json_object_get(row, "waiting_release"));
	char label[64];

	(void)snprintf(label, sizeof(label), "release %lld", id);
	/* a hold is printed below, so "waiting_for" would repeat it */
	if (cli_member(row, "hold")[0] == '\0')
		print_remark(row, label, "waiting_for");
	print_remark(row, "hold", "hold");
	if (cli_member(row, "floor")[0] == '\0')
		(void)printf("%s has no floor: %s\n",
		    cli_member(row, "service"), cli_member(row, "floor_from"));
}

static void
print_services(json_t *rows)
{
	json_t *row;
	size_t i;

	cli_print_table(rows, PQ_MSG_SERVICE_ROW, service_columns);
	json_array_foreach (rows, i, row)
		print_remarks(row);
}

static void
print_releases(json_t *rows)
{
	cli_print_table(rows, PQ_MSG_RELEASE_ROW, release_columns);
}

static void
print_callbacks(json_t *rows)
{
	cli_print_table(rows, PQ_MSG_CALLBACK_ROW, callback_columns);
}

/* Return true if @name is the name of a duration, such as served_s. */
static bool
is_duration(const char *name)
{
	size_t n = strlen(name);

	return n > 2 && strcmp(name + n - 2, "_s") == 0;
}

static void
print_number(const char *name, int64_t i)
{
	char text[PQ_DURATION_MAX], label[64];

	_Static_assert(sizeof(text) >= CLI_TIME_MAX, "a time fits");
	if (is_duration(name)) {
		(void)snprintf(
		    label, sizeof(label), "%.*s", (int)strlen(name) - 2, name);
		pq_text_duration(text, i);
		(void)printf(MEMBER, label, text);
		return;
	}
	if (cli_is_time(PQ_MSG_RELEASE_ROW, name))
		cli_time(text, i);
	else
		(void)snprintf(text, sizeof(text), "%lld", (long long)i);
	(void)printf(MEMBER, name, text);
}

static void
print_member(const char *name, json_t *v)
{
	char text[720];

	if (json_is_string(v) && json_string_length(v) != 0) {
		pq_text_utf8(
		    text, sizeof(text), pq_slice_str(json_string_value(v)));
		(void)printf(MEMBER, name, text);
	} else if (json_is_integer(v) && json_integer_value(v) != 0) {
		print_number(name, json_integer_value(v));
	}
}

static void
print_release(json_t *rows)
{
	json_t *row, *v;
	const char *name;
	size_t i;

	json_array_foreach (rows, i, row)
		json_object_foreach (row, name, v)
			print_member(name, v);
}

static void
print_phase(json_t *row)
{
	json_t *f, *list = json_object_get(row, "findings");
	char when[64];
	size_t i;

	pq_text_utf8(when, sizeof(when), pq_slice_str(cli_member(row, "when")));
	(void)printf("\n%s:\n", when);
	json_array_foreach (list, i, f)
		cli_print_finding(f);
}

static void
print_findings(json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		print_phase(row);
}

static void
print_events(json_t *rows)
{
	cli_print_table(rows, PQ_MSG_EVENT_ROW, event_columns);
}

static void
print_steps(json_t *rows)
{
	(void)printf("\n");
	print_events(rows);
}

/*
 * Print the last lines of a container that failed. @number counts the
 * deployments of this release, from 1 on. It is not the "seq" of the row, which
 * counts the deployments of all releases.
 */
static void
print_log(json_t *attempt, size_t number)
{
	const char *p = cli_member(attempt, "log");
	char line[1024], when[CLI_TIME_MAX];
	size_t n;

	if (p[0] == '\0')
		return;
	cli_time(when, json_integer_value(json_object_get(attempt, "at")));
	(void)printf("\nlog of deployment %zu%s%s:\n", number,
	    when[0] == '\0' ? "" : ", ", when);
	for (; *p != '\0'; p += n + (p[n] == '\n')) {
		n = strcspn(p, "\n");
		pq_text_utf8(line, sizeof(line), pq_slice(p, n));
		(void)printf("  %s\n", line);
	}
}

static void
print_attempts(json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		print_log(row, i + 1);
}

const struct cli_list cli_services = { PQ_MSG_SERVICE_ROW, "services",
	print_services };
const struct cli_list cli_releases = { PQ_MSG_RELEASE_ROW, "releases",
	print_releases };
const struct cli_list cli_callbacks = { PQ_MSG_CALLBACK_ROW, "callbacks",
	print_callbacks };
const struct cli_list cli_release = { PQ_MSG_RELEASE_ROW, "releases",
	print_release };
const struct cli_list cli_findings = { PQ_MSG_FINDING_ROW, "findings",
	print_findings };
const struct cli_list cli_events = { PQ_MSG_EVENT_ROW, "events", print_events };
const struct cli_list cli_steps = { PQ_MSG_EVENT_ROW, "events", print_steps };
const struct cli_list cli_attempts = { PQ_MSG_ATTEMPT_ROW, "attempts",
	print_attempts };
