/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/doors.h"

#define ROLE(NAME, name, DOOR, ...) PQ_IF_##DOOR(PQ_ROLE_##NAME, )
static const enum pq_role roles[PQ_DOORS] = { PQ_ROLES(ROLE) };
#undef ROLE

#define ROLE(NAME, name, DOOR, ...) PQ_IF_##DOOR(":" name)
static const char names[] = PQ_ROLES(ROLE);
#undef ROLE

enum pq_role
pq_door_role(enum pq_door d)
{
	return (unsigned)d < PQ_DOORS ? roles[d] : PQ_ROLE_NONE;
}

const char *
pq_door_name(enum pq_door d)
{
	return pq_role_name(pq_door_role(d));
}

const char *
pq_door_names(void)
{
	return names + 1;
}
