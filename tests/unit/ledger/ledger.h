/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger without a warden, below /tmp. */
#ifndef TESTS_UNIT_LEDGER_LEDGER_H
#define TESTS_UNIT_LEDGER_LEDGER_H

#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "warden/ledger.h"

static char dir[] = "/tmp/pq-ledger-XXXXXX";
static char path[64];

static void
fresh(struct pq_store *s)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)unlink(path);
	if (pq_ledger_open(s, path, &err) < 0)
		fail_msg("%s", err.text);
}

static int
run(int (*group)(void))
{
	char wal[80];
	int r;

	if (!mkdtemp(dir))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ledger.db", dir);
	(void)snprintf(wal, sizeof(wal), "%s-wal", path);
	r = group();
	(void)unlink(path);
	(void)unlink(wal);
	(void)rmdir(dir);
	return r;
}

#endif
