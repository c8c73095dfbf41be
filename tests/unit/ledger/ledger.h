/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger without a warden, in a temporary directory. */
#ifndef TESTS_UNIT_LEDGER_LEDGER_H
#define TESTS_UNIT_LEDGER_LEDGER_H

#include "temporary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "warden/ledger.h"

static void
open_ledger(struct pq_store *s)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)unlink(path);
	if (pq_ledger_open(s, path, &err) < 0)
		fail_msg("%s", err.text);
}

#endif
