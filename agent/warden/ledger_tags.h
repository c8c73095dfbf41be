/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_TAGS_H
#define AGENT_WARDEN_LEDGER_TAGS_H

#include <pratique/digest.h>

#include "store/store.h"

/*
 * pq_ledger_tag_seen() - remember that a name pointed at an object
 * @kind: "image" or "git"
 * Return: 0 known or new; 1 it pointed elsewhere before (@was); a fault
 */
int pq_ledger_tag_seen(struct pq_store *s, const char *service,
    const char *kind, const char *name, const char *object, int64_t now,
    char was[PQ_DIGEST_TEXT]);

#endif
