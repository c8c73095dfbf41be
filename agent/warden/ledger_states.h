/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of a release, and sets of states, as SQL.
 *
 * They are literals, not parameters: SQLite uses a partial index only if the
 * query repeats the condition of the index. The preprocessor cannot derive them
 * from the list of names in gate/state.h. So
 * tests/unit/ledger/test_ledger_states.c compares each name and each set with
 * the functions of gate/state.h, for every state.
 */
#ifndef AGENT_WARDEN_LEDGER_STATES_H
#define AGENT_WARDEN_LEDGER_STATES_H

#define PQ_SQL_FETCHING "'fetching'"
#define PQ_SQL_EXAMINING "'examining'"
#define PQ_SQL_QUARANTINED "'quarantined'"
#define PQ_SQL_REFETCHING "'re-fetching'"
#define PQ_SQL_CLEARED "'cleared'"
#define PQ_SQL_DEPLOYING "'deploying'"
#define PQ_SQL_LIVE "'live'"
#define PQ_SQL_RETIRED "'retired'"
#define PQ_SQL_REFUSED "'refused'"
#define PQ_SQL_REJECTED "'rejected'"
#define PQ_SQL_SUPERSEDED "'superseded'"
#define PQ_SQL_FAILED "'failed'"

/* open, and not yet sent to deploy */
#define PQ_SQL_UNSENT                                                     \
	PQ_SQL_FETCHING                                                   \
	"," PQ_SQL_EXAMINING "," PQ_SQL_QUARANTINED "," PQ_SQL_REFETCHING \
	"," PQ_SQL_CLEARED
#define PQ_SQL_STATES_UNSENT "(" PQ_SQL_UNSENT ")"
/* open: it waits for something; condition of the index releases_open */
#define PQ_SQL_STATES_OPEN "(" PQ_SQL_UNSENT "," PQ_SQL_DEPLOYING ")"
/* it needs evidence or a verdict; condition of the index releases_due */
#define PQ_SQL_STATES_EVIDENCE \
	"(" PQ_SQL_FETCHING "," PQ_SQL_EXAMINING "," PQ_SQL_REFETCHING ")"
/* its quarantine clock runs */
#define PQ_SQL_STATES_TICKING "(" PQ_SQL_QUARANTINED "," PQ_SQL_REFETCHING ")"
/* it ended badly: only a retry opens it again */
#define PQ_SQL_STATES_BAD                                            \
	"(" PQ_SQL_REFUSED "," PQ_SQL_REJECTED "," PQ_SQL_SUPERSEDED \
	"," PQ_SQL_FAILED ")"

#endif
