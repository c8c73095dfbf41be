/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_SCHEMA_H
#define AGENT_CONFIG_SCHEMA_H

#include "config/config.h"
#include "config/yaml.h"

/* Gives the bytes of a key or CA by its name relative to the directory. */
struct pq_schema_files {
	void *ctx;
	/* 0 and an owned copy, or a fault with a note written */
	int (*get)(void *ctx, const char *name, struct pq_config_file *ret,
	    const char *file, unsigned line, struct pq_config_notes *notes);
};

/* Fill @ret from a parsed pratique.yaml; mistakes go to @notes. */
int pq_schema_main(struct pq_config *ret, const char *file,
    const struct pq_yaml *doc, const struct pq_schema_files *files,
    struct pq_config_notes *notes);
/* Fill @ret from a service file; @self is the file itself, moved in. */
int pq_schema_service(struct pq_config_service *ret,
    struct pq_config_file *self, const struct pq_yaml *doc,
    const struct pq_schema_files *files, struct pq_config_notes *notes);

#endif
