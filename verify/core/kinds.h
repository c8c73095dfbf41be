/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PQ_CORE_KINDS_H
#define PQ_CORE_KINDS_H

#include <pratique/kind.h>

/* cosign_key.c */
#define PQ_COSIGN_KEY_MISSING "no signature by a key of the policy"
int pq_cosign_key_prove(const struct pq_requirement *req,
    const struct pq_piece *piece, int64_t now, struct pq_claims *claims,
    struct pq_ruling *ruling);

/* ssh.c */
#define PQ_SSH_MISSING "there is no tag object"
int pq_ssh_prove(const struct pq_requirement *req, const struct pq_piece *piece,
    int64_t now, struct pq_claims *claims, struct pq_ruling *ruling);

#endif
