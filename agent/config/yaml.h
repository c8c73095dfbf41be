/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_YAML_H
#define AGENT_CONFIG_YAML_H

#include <pratique/bytes.h>

#include "config/notes.h"

/*
 * A YAML document as a tree of nodes with line numbers. A configuration needs
 * only texts, lists and maps. Anchors, aliases, explicit tags, several
 * documents and duplicate keys are errors, because two parsers could
 * understand such a document differently.
 */
enum pq_yaml_kind { PQ_YAML_NONE = 0, PQ_YAML_TEXT, PQ_YAML_LIST, PQ_YAML_MAP };

struct pq_yaml {
	enum pq_yaml_kind kind;
	unsigned line;
	char *text;            /* PQ_YAML_TEXT only */
	struct pq_yaml *items; /* values of a list or map */
	struct pq_yaml *keys;  /* PQ_YAML_MAP only; one for each item */
	size_t n;
};

/*
 * pq_yaml_parse() - parse one document
 * @ret:   untouched unless 0 is returned; free it with pq_yaml_free()
 * @file:  name of the file, for notes
 * Return: 0; -PQ_ECONFIG, after a note; -PQ_ENOMEM
 */
int pq_yaml_parse(struct pq_yaml *ret, const char *file, struct pq_slice text,
    struct pq_config_notes *notes);
void pq_yaml_free(struct pq_yaml *y);
/* Return the value of a key, borrowed, or NULL. */
const struct pq_yaml *pq_yaml_get(const struct pq_yaml *map, const char *key);

#endif
