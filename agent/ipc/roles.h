/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_ROLES_H
#define AGENT_IPC_ROLES_H

#include <stdbool.h>

/*
 * The one table of the parties that exchange messages. It does not say what a
 * role may do: filter.c and selftest.c do that by hand, on purpose.
 *
 * ROLE(NAME, name, DOOR, STARTED, STATE, CONFIG, RESERVED)
 * name     - of the program pratique-NAME, its user, its secrets, its socket
 * door     - the warden listens on RUN/NAME.sock for it
 * started  - pratiqued runs it
 * state    - it keeps STATE/NAME
 * config   - it reads the configuration, so its user must be able to
 * reserved - an actor in the audit log, so no operator may have the name
 *
 * A new role stands between DEPLOY and CLI: its place among the started gives
 * its uid, counted from --uid-base, and the last door is the command line's.
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

/* PQ_IF_##DOOR(x) is x for each role that has a door, and nothing for others */
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

/* of a role that is not there: "none", and nothing else */
const struct pq_role_row *pq_role_row(enum pq_role r);
const char *pq_role_name(enum pq_role r); /* "intake" ... */
enum pq_role pq_role_by_name(const char *s);
/* does the audit log use @name for an actor that is no operator? */
bool pq_role_reserved(const char *name);

#endif
