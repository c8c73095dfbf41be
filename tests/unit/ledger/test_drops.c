/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting work that is given up: how much, how it is recorded, and what stays.
 */
#include "callbacks.h"

#include "warden/drops.h"
#include "warden/errands.h"
#include "warden/ledger_looks.h"
#include "warden/looks.h"

#define OLD 5
#define NEW 6

/* The audit rows of drops whose detail contains @words. */
static int64_t
count_dropped(const char *words)
{
	return pq_store_int(&w.store, -1,
	    "SELECT count(*) FROM audit WHERE event = 'callbacks.dropped' AND"
	    " instr(detail, ?) > 0",
	    "s", words);
}

static int64_t
count_open(int64_t mark)
{
	return pq_store_int(&w.store, -1,
	    "SELECT count(*) FROM looks WHERE state = 'resolving' AND"
	    " mark = ?",
	    "i", mark);
}

static void
configure_secret(int64_t mark)
{
	static struct pq_config_endpoint endpoint;
	static int64_t marks[1];
	static struct pq_keys keys = { .n = 1, .marks = marks };
	static struct pq_keys *rows[SERVICES] = { &keys, &keys };

	marks[0] = mark;
	services[0].endpoints = &endpoint;
	services[0].n_endpoints = 1;
	w.keys = rows;
}

static int
tear_down(void **state)
{
	w.keys = NULL;
	return tear_down_warden(state);
}

static void
test_drops__the_work_of_a_removed_secret(void **state)
{
	(void)state;
	assert_true(pq_look_announce(&w, "web", "junk-1", OLD) != 0);
	assert_true(pq_look_announce(&w, "web", "junk-2", OLD) != 0);
	assert_true(pq_look_announce(&w, "web", "1.0.0", NEW) != 0);
	/* two secrets, or an operator, announced these */
	assert_true(pq_look_announce(&w, "web", "1.0.1", OLD) != 0);
	assert_true(pq_look_announce(&w, "web", "1.0.1", NEW) != 0);
	assert_true(pq_look_announce(&w, "web", "1.0.2", OLD) != 0);
	assert_true(pq_look_open(&w, "web", "1.0.2", "root") != 0);
	add_callbacks(3, 100); /* of the secret 1 */
	configure_secret(NEW);
	pq_drop_unconfigured(&w);
	assert_int_equal(count_open(OLD), 0);
	assert_int_equal(count_open(NEW), 1);
	assert_int_equal(count_open(PQ_MARK_UNKNOWN), 1);
	assert_int_equal(count_open(PQ_MARK_ORDER), 1);
	assert_int_equal(count_dropped("0 callbacks and 2 looks: the secret "
				       "that signed them is no longer"),
	    1);
	assert_int_equal(count_dropped("3 callbacks and 0 looks"), 1);
	assert_int_equal(w.shares[0].n, 0);
	assert_int_equal(w.shares[0].bytes, 0);
	assert_int_equal(w.shares[0].open, 3);
	assert_int_equal(w.backlog, 0);
	pq_drop_unconfigured(&w);
	assert_int_equal(count_dropped(""), 2);
}

static void
test_drops__the_work_of_a_removed_service(void **state)
{
	(void)state;
	assert_true(pq_look_announce(&w, "shop", "1.0.0", NEW) != 0);
	assert_true(pq_look_open(&w, "shop", "1.0.1", "root") != 0);
	assert_true(pq_look_announce(&w, "web", "1.0.0", NEW) != 0);
	config.n_services = 1;
	configure_secret(NEW);
	pq_drop_unconfigured(&w);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM looks WHERE service = 'shop' AND"
		       " state = 'refused' AND lapsed = 1"),
	    2);
	assert_int_equal(count_open(NEW), 1);
	assert_int_equal(count_dropped("the service is no longer"), 2);
}

static void
test_drops__an_order_spares_the_looks_of_operators(void **state)
{
	int64_t callbacks, looks;

	(void)state;
	assert_true(pq_look_announce(&w, "web", "1.0.0", OLD) != 0);
	assert_true(pq_look_announce(&w, "shop", "1.0.0", OLD) != 0);
	assert_true(pq_look_open(&w, "web", "1.0.1", "root") != 0);
	add_callbacks(2, 100);
	pq_drop_waiting(
	    &w, "web", "alice", "a leaked secret", &callbacks, &looks);
	assert_int_equal(callbacks, 2);
	assert_int_equal(looks, 1);
	assert_int_equal(w.shares[0].open, 1);
	assert_int_equal(w.shares[1].open, 1);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM audit WHERE actor = 'alice' AND"
		       " event = 'callbacks.dropped' AND service = 'web'"
		       " AND detail LIKE '% a leaked secret'"),
	    1);
	assert_int_equal(count_rows("SELECT count(*) FROM callbacks WHERE"
				    " state = 'refused' AND length(body) = 0"),
	    2);
}

/* Only a tag that the registry did not have makes room for another. */
static void
test_drops__a_full_share_gives_up_absent_tags(void **state)
{
	const int64_t share = WARDEN_TAGS / SERVICES;

	(void)state;
	pq_store_begin(&w.store);
	pq_store_do(&w.store,
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < ?) INSERT INTO looks(id, service, tag, state, reason,"
	    " opened, changed, next_try, deadline, tries, release, turn, mark)"
	    " SELECT i, 'web', 'junk-' || i, 'resolving', '', 0, 0, 0, 0, 0, 0,"
	    " iif(i <= 2000, 0, i), 5 FROM n",
	    "i", share);
	w.last_id = share;
	pq_backlog_recount(&w);
	assert_int_equal(w.shares[0].first, share - 2000);
	assert_true(pq_look_announce(&w, "web", "1.0.0", NEW) != 0);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM looks WHERE state = 'refused'"),
	    share / 100 + 1);
	assert_int_equal(count_dropped("the registry did not have"), 1);
	assert_int_equal(w.shares[0].first, share - 2000 + 1);
	assert_int_equal(w.shares[0].open, share - share / 100);
	assert_int_equal(
	    count_rows("SELECT max(id) FROM looks WHERE state = 'refused'"),
	    share / 100 + 1);
}

static void
test_drops__a_look_past_its_deadline(void **state)
{
	int64_t look, fresh;

	(void)state;
	connect_role(PQ_DOOR_FETCH, PQ_ROLE_FETCH);
	look = pq_look_announce(&w, "web", "1.0.0", OLD);
	pq_errands_pump(&w);
	{
		struct pq_msg m = { .type = PQ_MSG_EVIDENCE,
			.job = (uint64_t)look };

		m.evidence.result = 1;
		m.evidence.reason = PQ_SLICE_LIT("no tag 1.0.0");
		assert_int_equal(pq_on_evidence(&w, NULL, &m), 0);
	}
	fresh = pq_look_announce(&w, "web", "1.0.1", OLD);
	w.now.wall_ms += (60 + WARDEN_LAPSE_S + 1) * (int64_t)1000;
	pq_drop_lapsed(&w);
	assert_int_equal(
	    count_rows("SELECT count(*) FROM looks WHERE lapsed = 1 AND"
		       " state = 'refused' AND reason = 'no tag 1.0.0'"),
	    1);
	/* the other one was never asked for */
	assert_int_equal(count_open(OLD), 1);
	assert_true(fresh > look);
	assert_int_equal(count_dropped("in time"), 1);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_drops__##name, set_up_warden, tear_down)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_work_of_a_removed_secret),
		TEST(the_work_of_a_removed_service),
		TEST(an_order_spares_the_looks_of_operators),
		TEST(a_full_share_gives_up_absent_tags),
		TEST(a_look_past_its_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
