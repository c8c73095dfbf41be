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
	bool wraps; /* free text: wrapped where the terminal is too narrow */
};

/* JSON text; bytes that are not UTF-8 are escaped. NULL: out of memory. */
json_t *cli_json_text(struct pq_slice s);
/* All fields of a message, and the name of its type as "row". */
json_t *cli_row_json(const struct pq_msg *m);
json_t *cli_findings_json(const struct pq_findings *f);
/*
 * cli_print_finding() - print one finding for people
 * A finding that fails, is pending or warns is followed by the bytes that were
 * judged and by the rule.
 * @one: an element of cli_findings_json(); borrowed
 */
void cli_print_finding(json_t *one);
void cli_print_findings(const struct pq_findings *f);
/*
 * cli_print_table() - print rows as a table for people
 * Digests are shortened, and times of the day are local.
 * @rows:    an array of cli_row_json() of messages of @type; borrowed
 * @columns: fields of @type
 */
void cli_print_table(
    json_t *rows, enum pq_msg_type type, const struct cli_column *columns);
/* Is the field @name of @type a time? */
bool cli_is_time(enum pq_msg_type type, const char *name);
/*
 * cli_time() - write a time for people: local, and without the date of today
 * cli_time_at() - the same at the time @now
 * @dst: gets "13:24:05" or "2026-11-27 13:24:05"; "" if @at is 0
 * @at:  seconds since 1970-01-01 UTC
 */
void cli_time(char dst[CLI_TIME_MAX], int64_t at);
void cli_time_at(char dst[CLI_TIME_MAX], int64_t at, int64_t now);

#endif
