/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLI_ROWS_H
#define AGENT_CLI_ROWS_H

#include <jansson.h>

#include <pratique/finding.h>

#include "ipc/channel.h"

/* of bytes that are no text what can be shown; NULL: no memory */
json_t *cli_json_text(struct pq_slice s);
json_t *cli_row_json(const struct pq_msg *m);
json_t *cli_findings_json(const struct pq_findings *f);
/*
 * @one is of cli_findings_json(). A warning, and what does not pass, says on
 * which bytes, and by which rule.
 */
void cli_print_finding(json_t *one);
void cli_print_findings(const struct pq_findings *f);
/* @rows are the JSON of messages of @type, of which @columns names fields */
void cli_print_table(
    json_t *rows, enum pq_msg_type type, const char *const *columns);
bool cli_is_time(enum pq_msg_type type, const char *name);
void cli_time(char dst[32], int64_t at);

#endif
