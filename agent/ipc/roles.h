/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_ROLES_H
#define AGENT_IPC_ROLES_H

#include <stdbool.h>

/*
 * The only table of the roles that exchange messages. It does not contain the
 * rights of a role: filter.c and selftest.c list them by hand, on purpose.
 *
 * ROLE(NAME, name, DOOR, STARTED, STATE, CONFIG, RESERVED)
 * name     - name of the program pratique-NAME, its user, secrets and socket
 * door     - the warden listens on RUN/NAME.sock for this role
 * started  - pratiqued starts this role
 * state    - the role has the directory STATE/NAME
 * config   - the role reads the configuration, so its user needs access to it
 * reserved - an actor in the audit chain, so no operator may have this name
 *
 * Add a new role between DEPLOY and CLI. The last door must be the one of the
 * command line. The uid of a started role is --uid-base plus its position among
 * the started roles.
 */
/* clang-format off */
#define PQ_ROLES(ROLE)                                                        \
	/*   NAME        name          door  started  state  config  reserved */ \
	ROLE(WARDEN,     "warden",     no,   yes,     yes,   yes,    yes)     \
	ROLE(INTAKE,     "intake",     yes,  yes,     no,    no,     yes)     \
	ROLE(FETCH,      "fetch",      yes,  yes,     no,    yes,    yes)     \
	ROLE(VERIFY,     "verify",     yes,  yes,     no,    yes,    yes)     \
	ROLE(DEPLOY,     "deploy",     yes,  yes,     yes,   yes,    yes)     \
	ROLE(CLI,        "control",    yes,  no,      no,    no,     no)      \
	ROLE(SUPERVISOR, "supervisor", no,   no,      no,    no,     no)
/* clang-format on */

/* PQ_IF_##DOOR(x) is x for each role with a door, and empty for the others. */
#define PQ_IF_yes(...) __VA_ARGS__
#define PQ_IF_no(...)

enum pq_role {
	PQ_ROLE_NONE = 0,
#define ROLE(NAME, ...) PQ_ROLE_##NAME,
	PQ_ROLES(ROLE)
#undef ROLE
	    PQ_ROLE_COUNT
};

struct pq_role_row {
	const char *name;
	bool state, config, reserved;
};

/* Return the row of a role. The row of an unknown role only has a name. */
const struct pq_role_row *pq_role_row(enum pq_role r);
const char *pq_role_name(enum pq_role r); /* "intake" ... */
enum pq_role pq_role_by_name(const char *s);
/*
 * Return true if the audit chain uses @name for another actor than an operator.
 */
bool pq_role_reserved(const char *name);

#endif
