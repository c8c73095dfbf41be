/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_LOAD_H
#define AGENT_CONFIG_LOAD_H

#include "config/config.h"

/*
 * pq_config_load() - read DIR/pratique.yaml, DIR/services.d/ *.yaml and the
 * keys and CAs that they name; all mistakes at once in @notes.
 * Files and directories must be owned by root (or the caller's uid when not
 * root) and not writable by others.
 * Return: 0 (warnings may be in @notes), -PQ_ECONFIG, -PQ_ENOMEM
 */
int pq_config_load(
    struct pq_config **ret, const char *dir, struct pq_config_notes *notes);
/*
 * pq_config_examine() - the same, for a report about it and for nothing else
 * @ret: also set with -PQ_ECONFIG when pratique.yaml was understood: then it
 *       holds the services whose files were, though they are refused
 */
int pq_config_examine(
    struct pq_config **ret, const char *dir, struct pq_config_notes *notes);
/*
 * pq_config_service_from_files() - the same schema over bytes in memory, for
 * re-judging an evidence document by the policy embedded in it
 */
int pq_config_service_from_files(struct pq_config_service **ret,
    const struct pq_config_file *files, size_t n,
    struct pq_config_notes *notes);

#endif
