/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_LEDGER_MARKS_H
#define AGENT_WARDEN_LEDGER_MARKS_H

/*
 * The column "mark" of a callback or a look: which secret authenticated it, as
 * a number from 1 on. These two are not secrets.
 */
#define PQ_MARK_UNKNOWN 0  /* an older version wrote it, or several secrets */
#define PQ_MARK_ORDER (-1) /* an operator asked for it */

#endif
