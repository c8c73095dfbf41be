/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_YAML_H
#define AGENT_CONFIG_YAML_H

#include <pratique/bytes.h>

#include "config/notes.h"

/*
 * A YAML document as plain nodes with their lines: only what a configuration
 * needs. Anchors, aliases, explicit tags, several documents and duplicate
 * keys are mistakes: they let one text mean two things.
 */
enum pq_yaml_kind { PQ_YAML_NONE = 0, PQ_YAML_TEXT, PQ_YAML_LIST, PQ_YAML_MAP };

struct pq_yaml {
	enum pq_yaml_kind kind;
	unsigned line;
	char *text;            /* of a PQ_YAML_TEXT */
	struct pq_yaml *items; /* values of a list or map */
	struct pq_yaml *keys;  /* PQ_YAML_MAP only, as many as items */
	size_t n;
};

/* Mistakes go to @notes under the name @file; 0 or a fault. */
int pq_yaml_parse(struct pq_yaml *ret, const char *file, struct pq_slice text,
    struct pq_config_notes *notes);
void pq_yaml_free(struct pq_yaml *y);
/* value of a key, NULL when absent */
const struct pq_yaml *pq_yaml_get(const struct pq_yaml *map, const char *key);

#endif
