/* SPDX-License-Identifier: Apache-2.0 */
/* For the files of the ledger only: reading rows. */
#ifndef AGENT_WARDEN_LEDGER_ROWS_H
#define AGENT_WARDEN_LEDGER_ROWS_H

#include "store/store.h"

/* a column into an array of char, cut to its size */
#define PQ_ROW_TEXT(st, col, dst) pq_store_text(st, col, dst, sizeof(dst))

#endif
