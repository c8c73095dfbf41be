/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_SPACE_H
#define AGENT_DEPLOY_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include <pratique/err.h>

/*
 * Space for the way back. Once the old container is stopped, the journal must
 * take the rest of the deployment, also on a disk that others have filled.
 */
#define PQ_SPACE_BALLAST (4u << 20) /* bytes of the ballast file */
#define PQ_SPACE_FREE (4u << 20)    /* free bytes beside the ballast */
#define PQ_SPACE_ENGINE (64u << 20) /* free bytes on the disk of the engine */

/*
 * pq_space_release() - remove the ballast if fewer than PQ_SPACE_FREE bytes are
 *                      free
 * Call it at the start, before the journal is opened: a journal that found no
 * space has ended the process, and an unfinished deployment needs the space.
 * @dir:   the state directory
 * Return: true if the ballast was removed
 */
bool pq_space_release(const char *dir);
/*
 * pq_space_reserve() - create the ballast if it is missing, and check that
 *                      PQ_SPACE_FREE bytes are free beside it
 * @dir:   the state directory
 * Return: 0; -PQ_ELIMIT: not enough space, and @err says how much is missing;
 *         -PQ_ESYS
 */
int pq_space_reserve(const char *dir, struct pq_err *err);
/*
 * pq_space_at() - measure the free bytes at a path, without opening it
 * Return: UINT64_MAX if they cannot be measured
 */
uint64_t pq_space_at(const char *path);
/*
 * pq_space_engine() - measure the free bytes on the disk of the engine
 * @root:  DockerRootDir in the engine's answer; untrusted
 * Return: UINT64_MAX if they cannot be measured: deploy cannot reach the
 *         directory
 */
uint64_t pq_space_engine(const char *root);

#endif
