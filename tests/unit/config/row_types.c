/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row of a table of rules. The compiler's command line defines ROW:
 * CMakeLists.txt tries rows that must compile, and rows whose member has
 * another type, which must not.
 */
#include "config/rules.h"

struct sub {
	char *name;
};

struct object {
	char *text;
	char **texts;
	size_t count;
	uint64_t seconds;
	unsigned number;
	enum pq_posture choice;
	bool flag;
	struct pq_config_file file;
	struct sub *subs, *other;
};

_Static_assert(
    sizeof((const struct pq_rule){ "key", ROW }) != 0, "a row of the kind");
