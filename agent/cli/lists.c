/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of an answer: rows of one type, as text for people. A command names the
 * lists that it prints, and one type of row may be shown in several ways.
 */
#include "cli/lists.h"

#include <string.h>

#include <pratique/text.h>

#include "cli/rows.h"

static const char *const service_columns[] = { "service", "live_tag",
	"live_digest", "live_since", "floor", "waiting_release", "waiting_for",
	"hold", NULL };
static const char *const release_columns[] = { "id", "kind", "service", "tag",
	"digest", "state", "changed", "reason", NULL };
static const char *const event_columns[] = { "seq", "at", "actor", "event",
	"service", "release", "detail", NULL };

const char *
cli_member(json_t *row, const char *name)
{
	const char *s = json_string_value(json_object_get(row, name));

	return s == NULL ? "" : s;
}

/* A service without a floor waits for an operator: the words say how. */
static void
print_services(json_t *rows)
{
	json_t *s;
	size_t i;

	cli_print_table(rows, PQ_MSG_SERVICE_ROW, service_columns);
	json_array_foreach (rows, i, s)
		if (cli_member(s, "floor")[0] == '\0')
			(void)printf("%s has no floor: %s\n",
			    cli_member(s, "service"),
			    cli_member(s, "floor_from"));
}

static void
print_releases(json_t *rows)
{
	cli_print_table(rows, PQ_MSG_RELEASE_ROW, release_columns);
}

static void
print_member(const char *name, json_t *v)
{
	char text[720], when[32];

	if (json_is_string(v) && json_string_length(v) != 0) {
		pq_text_utf8(
		    text, sizeof(text), pq_slice_str(json_string_value(v)));
		(void)printf("%-16s %s\n", name, text);
	} else if (json_is_integer(v) && json_integer_value(v) != 0) {
		cli_time(when, json_integer_value(v));
		if (cli_is_time(PQ_MSG_RELEASE_ROW, name))
			(void)printf("%-16s %s\n", name, when);
		else
			(void)printf("%-16s %lld\n", name,
			    (long long)json_integer_value(v));
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

/* The last lines of a container that failed. */
static void
print_log(json_t *attempt)
{
	const char *p = cli_member(attempt, "log");
	char line[1024];
	size_t n;

	if (p[0] == '\0')
		return;
	(void)printf("\nlog of attempt %lld:\n",
	    (long long)json_integer_value(json_object_get(attempt, "seq")));
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
		print_log(row);
}

const struct cli_list cli_services = { PQ_MSG_SERVICE_ROW, "services",
	print_services };
const struct cli_list cli_releases = { PQ_MSG_RELEASE_ROW, "releases",
	print_releases };
const struct cli_list cli_release = { PQ_MSG_RELEASE_ROW, "releases",
	print_release };
const struct cli_list cli_findings = { PQ_MSG_FINDING_ROW, "findings",
	print_findings };
const struct cli_list cli_events = { PQ_MSG_EVENT_ROW, "events", print_events };
const struct cli_list cli_steps = { PQ_MSG_EVENT_ROW, "events", print_steps };
const struct cli_list cli_attempts = { PQ_MSG_ATTEMPT_ROW, "attempts",
	print_attempts };
