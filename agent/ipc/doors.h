/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_DOORS_H
#define AGENT_IPC_DOORS_H

#include "ipc/roles.h"

/* The sockets on which the warden listens, in the order of LISTEN_FDNAMES. */
enum pq_door {
#define ROLE(NAME, name, DOOR, ...) PQ_IF_##DOOR(PQ_DOOR_##NAME, )
	PQ_ROLES(ROLE)
#undef ROLE
	    PQ_DOORS,
	PQ_DOOR_CONTROL = PQ_DOOR_CLI,
};

/* the warden numbers its clients from PQ_DOOR_CONTROL on */
_Static_assert((int)PQ_DOOR_CONTROL == PQ_DOORS - 1, "the last door");

enum pq_role pq_door_role(enum pq_door d); /* the role that connects there */
const char *pq_door_name(enum pq_door d);  /* NAME of RUN/NAME.sock */
const char *pq_door_names(void);           /* LISTEN_FDNAMES: "intake:..." */

#endif
