/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_ROWS_H
#define AGENT_CLI_ROWS_H

#include <jansson.h>

#include <pratique/finding.h>

#include "ipc/channel.h"

#define CLI_TIME_MAX 32

/* A column of a table. A list of columns ends with the field NULL. */
struct cli_column {
	const char *field; /* of the message */
	const char *title;
	bool wraps; /* wrap the text if the terminal is too narrow */
};

/* Return a JSON string; other bytes than UTF-8 are escaped. NULL: no memory. */
json_t *cli_json_text(struct pq_slice s);
/* Return all fields of a message, and the name of its type as "row". */
json_t *cli_row_json(const struct pq_msg *m);
json_t *cli_findings_json(const struct pq_findings *f);
/*
 * cli_print_finding() - print one finding as human-readable text
 * If the finding fails, is pending or warns, two more lines have the judged
 * bytes and the rule.
 * @one: an element of cli_findings_json(); borrowed
 */
void cli_print_finding(json_t *one);
void cli_print_findings(const struct pq_findings *f);
/*
 * cli_print_table() - print rows as a human-readable table
 * Digests are shortened, and times are local.
 * @rows:    an array of cli_row_json() of messages of @type; borrowed
 * @columns: fields of @type
 */
void cli_print_table(
    json_t *rows, enum pq_msg_type type, const struct cli_column *columns);
/* Return true if the field @name of @type is a time. */
bool cli_is_time(enum pq_msg_type type, const char *name);
/*
 * cli_time() - write the local time @at; if it is today, without the date
 * cli_time_at() - the same, if it is now @now
 * @dst: gets "13:24:05" or "2026-11-27 13:24:05"; "" if @at is 0
 * @at:  seconds since 1970-01-01 UTC
 */
void cli_time(char dst[CLI_TIME_MAX], int64_t at);
void cli_time_at(char dst[CLI_TIME_MAX], int64_t at, int64_t now);

#endif
