/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_TAGS_H
#define AGENT_WARDEN_LEDGER_TAGS_H

#include <pratique/digest.h>

#include "store/store.h"

/*
 * pq_ledger_tag_record() - record that a tag pointed at an object
 * @kind:  "image" or "git"
 * @was:   another object that this tag pointed at before; set only with 1
 * Return: 0 the tag never pointed elsewhere; 1 it did; or the store's fault
 */
int pq_ledger_tag_record(struct pq_store *s, const char *service,
    const char *kind, const char *name, const char *object, int64_t now,
    char was[PQ_DIGEST_TEXT]);

#endif
