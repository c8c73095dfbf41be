/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/roles.h"

#include <stddef.h>
#include <string.h>

#define IS(word) (0 PQ_IF_##word(+1)) != 0
#define ROLE(NAME, name, DOOR, STARTED, STATE, CONFIG, RESERVED) \
	{ name, IS(STATE), IS(CONFIG), IS(RESERVED) },
static const struct pq_role_row rows[PQ_ROLE_COUNT] = { { .name = "none" },
	PQ_ROLES(ROLE) };
#undef ROLE

/* Actors in the audit chain that are not roles. "self" is the agent's uid. */
static const char *const actors[] = { "callback", "self" };

const struct pq_role_row *
pq_role_row(enum pq_role r)
{
	return &rows[(unsigned)r < PQ_ROLE_COUNT ? r : PQ_ROLE_NONE];
}

const char *
pq_role_name(enum pq_role r)
{
	return pq_role_row(r)->name;
}

enum pq_role
pq_role_by_name(const char *s)
{
	unsigned i;

	for (i = 1; i < PQ_ROLE_COUNT; i++)
		if (strcmp(s, rows[i].name) == 0)
			return (enum pq_role)i;
	return PQ_ROLE_NONE;
}

bool
pq_role_reserved(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(actors) / sizeof(actors[0]); i++)
		if (strcmp(name, actors[i]) == 0)
			return true;
	return pq_role_row(pq_role_by_name(name))->reserved;
}
