/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_LOAD_H
#define AGENT_CONFIG_LOAD_H

#include "config/config.h"

/*
 * pq_config_load() - read DIR/pratique.yaml, DIR/services.d/ *.yaml and the
 *                    keys and CAs that they name
 * Files and directories must be owned by root or by the caller, and group and
 * others must not be able to write to them.
 * @ret:   untouched unless 0 is returned; owned; free it with pq_config_free()
 * @notes: gets all errors and warnings
 * Return: 0, @notes may have warnings; -PQ_ECONFIG; -PQ_ENOMEM
 */
int pq_config_load(
    struct pq_config **ret, const char *dir, struct pq_config_notes *notes);
/*
 * pq_config_examine() - load a configuration for a report about it
 * The caller must not deploy by a configuration with errors.
 * @ret:   set after 0. After -PQ_ECONFIG it is set if pratique.yaml has no
 *         error. Then it has only the services whose files have no error.
 * @notes: gets all errors and warnings
 * Return: 0; -PQ_ECONFIG; -PQ_ENOMEM
 */
int pq_config_examine(
    struct pq_config **ret, const char *dir, struct pq_config_notes *notes);
/*
 * pq_config_service_from_files() - read a service from files in memory
 * `pratique verify evidence` uses it for the policy that a document embeds.
 * @ret:   untouched unless 0 is returned; owned
 * @files: the service's file, then its key files; borrowed
 * @notes: gets all errors and warnings
 * Return: 0; -PQ_ECONFIG; -PQ_ENOMEM
 */
int pq_config_service_from_files(struct pq_config_service **ret,
    const struct pq_config_file *files, size_t n,
    struct pq_config_notes *notes);

#endif
