/* SPDX-License-Identifier: Apache-2.0 */
/* The path of a ledger in a temporary directory. */
#ifndef TESTS_UNIT_LEDGER_TEMPORARY_H
#define TESTS_UNIT_LEDGER_TEMPORARY_H

#include "../cmocka_all.h"

#include "support/temporary.h"

static char path[TEMPORARY_ROOM];

/* Run the tests of @run_all while the directory exists. */
static int
run_with_directory(int (*run_all)(void))
{
	int r;

	if (make_temporary(NULL) != 0)
		return 1;
	(void)temporary_path(path, "ledger.db");
	r = run_all();
	(void)remove_temporary(NULL);
	return r;
}

#endif
