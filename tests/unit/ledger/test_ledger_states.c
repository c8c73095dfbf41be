/* SPDX-License-Identifier: Apache-2.0 */
/* The states and sets in SQL are equal to those of the state machine. */
#include "fixture.h"

#include "warden/ledger_looks.h"
#include "warden/ledger_releases.h"
#include "warden/ledger_states.h"

static bool
accepts_event(enum pq_state s, enum pq_event e)
{
	return pq_state_next(s, e) != PQ_STATE_NONE;
}

static bool
is_unsent(enum pq_state s)
{
	return accepts_event(s, PQ_EVENT_SUPERSEDE) &&
	    accepts_event(s, PQ_EVENT_REJECT);
}

/* Return true if a release in @s is being fetched or examined. */
static bool
needs_evidence(enum pq_state s)
{
	return accepts_event(s, PQ_EVENT_PENDING);
}

/* In quarantine, or in the examination after it. */
static bool
has_running_clock(enum pq_state s)
{
	return accepts_event(s, PQ_EVENT_ELAPSED) ||
	    s == pq_state_next(PQ_STATE_QUARANTINED, PQ_EVENT_ELAPSED);
}

static bool
is_bad(enum pq_state s)
{
	return !pq_state_open(s) && accepts_event(s, PQ_EVENT_RETRY);
}

#define SET(name, fn)                                          \
	{                                                      \
#name, "SELECT ? IN " PQ_SQL_STATES_##name, fn \
	}

static const struct {
	const char *name, *sql;
	bool (*has)(enum pq_state s);
} sets[] = {
	SET(UNSENT, is_unsent),
	SET(OPEN, pq_state_open),
	SET(EVIDENCE, needs_evidence),
	SET(TICKING, has_running_clock),
	SET(BAD, is_bad),
};

static void
test_ledger_states__sets_equal_the_state_machine(void **state)
{
	size_t i;
	unsigned n;

	(void)state;
	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		for (n = 0; n < PQ_STATE_COUNT; n++) {
			enum pq_state s = (enum pq_state)n;

			if (pq_store_int(&w.store, -1, sets[i].sql, "s",
				pq_state_name(s)) != sets[i].has(s))
				fail_msg(
				    "%s: %s", sets[i].name, pq_state_name(s));
		}
}

/* A state without a name in SQL does not compile here. */
static void
test_ledger_states__names_equal_the_state_machine(void **state)
{
	(void)state;
#define X(id, name) assert_string_equal(PQ_SQL_##id, "'" name "'");
	PQ_STATES(X)
#undef X
}

static void
test_ledger_states__the_schema_accepts_each_state(void **state)
{
	const int n_states = PQ_STATE_COUNT - 1;
	struct pq_release r = { .id = 0 }, got;
	unsigned n;

	(void)state;
	pq_store_begin(&w.store);
	for (n = 1; n < PQ_STATE_COUNT; n++) {
		r.id = n;
		r.state = (enum pq_state)n;
		(void)snprintf(r.service, sizeof(r.service), "s%u", n);
		pq_ledger_release_add(&w.store, &r);
		assert_int_equal(w.store.fault, 0);
		assert_int_equal(pq_ledger_release_read(&w.store, n, &got), 1);
		assert_int_equal(got.state, n);
	}
	assert_int_equal(
	    count_rows("SELECT count(DISTINCT state) FROM releases"), n_states);
	r.id = PQ_STATE_COUNT;
	r.state = PQ_STATE_NONE;
	pq_ledger_release_add(&w.store, &r);
	assert_int_equal(w.store.fault, -PQ_ESTORE);
}

static const char *const look_states[] = { PQ_LOOK_OPEN, PQ_LOOK_DONE,
	PQ_LOOK_REFUSED };

static void
test_ledger_states__the_schema_accepts_each_state_of_a_look(void **state)
{
	struct pq_look l = { .service = "web" };
	size_t i;

	(void)state;
	pq_store_begin(&w.store);
	for (i = 0; i < 3; i++) {
		l.id++;
		(void)snprintf(l.state, sizeof(l.state), "%s", look_states[i]);
		assert_true(pq_ledger_look_is_state(l.state));
		pq_ledger_look_add(&w.store, &l);
		assert_int_equal(w.store.fault, 0);
	}
	assert_false(pq_ledger_look_is_state("live"));
	assert_false(pq_ledger_look_is_state(""));
	l.id++;
	(void)snprintf(l.state, sizeof(l.state), "live");
	pq_ledger_look_add(&w.store, &l);
	assert_int_equal(w.store.fault, -PQ_ESTORE);
}

/* SQLite ignores an index if the query has another condition. */
static void
index_is_of(const char *name, const char *condition)
{
	if (pq_store_int(&w.store, 0,
		"SELECT count(*) FROM sqlite_schema WHERE name = ? AND"
		" replace(sql, ' ', '') LIKE '%' || replace(?, ' ', '')",
		"ss", name, condition) != 1)
		fail_msg("%s: not %s", name, condition);
}

static void
test_ledger_states__indexes_have_the_same_sets(void **state)
{
	(void)state;
	index_is_of("releases_open", "WHERE state IN " PQ_SQL_STATES_OPEN);
	index_is_of("releases_due", "WHERE state IN " PQ_SQL_STATES_EVIDENCE);
	index_is_of("releases_live", "WHERE state = " PQ_SQL_LIVE);
	index_is_of("looks_open", "WHERE state = '" PQ_LOOK_OPEN "'");
	index_is_of(
	    "looks_due", "WHERE state = '" PQ_LOOK_OPEN "' AND turn = 0");
	index_is_of(
	    "looks_turn", "WHERE state = '" PQ_LOOK_OPEN "' AND turn > 0");
	index_is_of(
	    "looks_since", "WHERE state = '" PQ_LOOK_OPEN "' AND turn > 0");
}

/* After a fault of the ledger nothing can be committed. */
static int
drop_failed(void **state)
{
	pq_store_rollback(&w.store);
	w.store.fault = 0;
	return tear_down_warden(state);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_ledger_states__##name, set_up_warden, drop_failed)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sets_equal_the_state_machine),
		TEST(names_equal_the_state_machine),
		TEST(the_schema_accepts_each_state),
		TEST(the_schema_accepts_each_state_of_a_look),
		TEST(indexes_have_the_same_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
