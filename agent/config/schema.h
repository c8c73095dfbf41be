/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_SCHEMA_H
#define AGENT_CONFIG_SCHEMA_H

#include "config/config.h"
#include "config/yaml.h"

/* A source of key and CA files: a directory, or the files in evidence. */
struct pq_schema_files {
	void *ctx;
	/*
	 * Read the file @name.
	 * @ret:         an owned copy
	 * @file, @line: place in the configuration that names it
	 * Return:       0; -PQ_ECONFIG, after a note; -PQ_ENOMEM
	 */
	int (*get)(void *ctx, const char *name, struct pq_config_file *ret,
	    const char *file, unsigned line, struct pq_config_notes *notes);
};

/*
 * pq_schema_main() - fill a configuration from a parsed pratique.yaml
 * pq_schema_service() - fill a service from its parsed file
 * @ret:   zero. After a fault it may be filled in part, so free it in each
 *         case.
 * @file:  name of pratique.yaml, for notes
 * @self:  the service's file; moved into @ret
 * @notes: gets the errors and warnings
 * Return: 0; -PQ_ECONFIG; -PQ_ENOMEM
 */
int pq_schema_main(struct pq_config *ret, const char *file,
    const struct pq_yaml *doc, const struct pq_schema_files *files,
    struct pq_config_notes *notes);
int pq_schema_service(struct pq_config_service *ret,
    struct pq_config_file *self, const struct pq_yaml *doc,
    const struct pq_schema_files *files, struct pq_config_notes *notes);

#endif
