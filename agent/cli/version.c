/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the programs: that of the project in CMakeLists.txt. */
#include "cli/output.h"

#include <stdio.h>

int
cli_version(const struct cli *c)
{
	if (c->json)
		return cli_print_outcome(CLI_DONE, PRATIQUE_VERSION);
	(void)printf("pratique %s\n", PRATIQUE_VERSION);
	return CLI_DONE;
}
