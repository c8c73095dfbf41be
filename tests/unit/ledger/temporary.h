/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a ledger, in a directory of its own below /tmp. */
#ifndef TESTS_UNIT_LEDGER_TEMPORARY_H
#define TESTS_UNIT_LEDGER_TEMPORARY_H

#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char dir[] = "/tmp/pq-ledger-XXXXXX";
static char path[64];

/* the tests of @group, with the directory */
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
