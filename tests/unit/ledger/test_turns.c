/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which looks ask the registry, during a flood of callbacks for
 * tags that do not exist.
 */
#include "releases.h"

#include "warden/drops.h"
#include "warden/errands.h"
#include "warden/looks.h"

#define FLOOD (4 * WARDEN_LOOKS_SERVICE)
#define MARK 7

static int
set_up_with_fetch(void **state)
{
	if (set_up_warden(state) != 0)
		return -1;
	connect_role(PQ_DOOR_FETCH, PQ_ROLE_FETCH);
	return 0;
}

static int64_t
announce_tag(const char *service, const char *tag)
{
	int64_t id = pq_look_announce(&w, service, tag, MARK);

	assert_true(id != 0);
	return id;
}

/* Announce @n tags; return the id of the first look. Its successors follow. */
static int64_t
announce_junk(const char *service, int n)
{
	int64_t first = 0;
	int i;

	for (i = 0; i < n; i++) {
		char tag[32];
		int64_t id;

		(void)snprintf(
		    tag, sizeof(tag), "junk-%lld", (long long)w.last_id);
		id = announce_tag(service, tag);
		if (first == 0)
			first = id;
	}
	return first;
}

static bool
is_sent(int64_t look)
{
	return pq_jobs_find(&w, look, PQ_PHASE_FETCH) != NULL;
}

static size_t
count_sent_looks(int64_t first, int n)
{
	size_t sent = 0;
	int i;

	for (i = 0; i < n; i++)
		sent += is_sent(first + i);
	return sent;
}

/* The registry does not have the tag of this look. */
static void
answer_absent(int64_t look)
{
	struct pq_msg m = { .type = PQ_MSG_EVIDENCE, .job = (uint64_t)look };

	m.evidence.result = 1;
	m.evidence.reason = PQ_SLICE_LIT("no tag");
	assert_int_equal(pq_on_evidence(&w, NULL, &m), 0);
}

static void
answer_all_absent(void)
{
	size_t i;

	for (i = 0; i < WARDEN_JOBS; i++)
		if (w.jobs[i].kind == PQ_JOB_LOOK)
			answer_absent(w.jobs[i].id);
	forget_errands_and_reads();
}

static void
pass_ms(int64_t ms)
{
	w.now.boot_ms += ms;
	w.now.wall_ms += ms;
}

static void
test_turns__half_of_the_places_take_the_newest(void **state)
{
	int64_t first;
	const int half = WARDEN_LOOKS_SERVICE / 2;

	(void)state;
	first = announce_junk("web", FLOOD);
	pq_errands_pump(&w);
	assert_int_equal(count_sent_looks(first, half), half);
	assert_int_equal(count_sent_looks(first + FLOOD - half, half), half);
	assert_int_equal(count_sent_looks(first, FLOOD), 2 * half);
	/* each half refills its own places */
	answer_absent(first);
	answer_absent(first + FLOOD - 1);
	pq_errands_pump(&w);
	assert_true(is_sent(first + half));
	assert_true(is_sent(first + FLOOD - half - 1));
	assert_int_equal(count_sent_looks(first, FLOOD), 2 * half);
}

static void
test_turns__a_look_after_a_flood_is_next(void **state)
{
	int64_t honest;

	(void)state;
	(void)announce_junk("web", FLOOD);
	pq_errands_pump(&w);
	honest = announce_tag("web", "1.0.0");
	answer_all_absent();
	pq_errands_pump(&w);
	assert_true(is_sent(honest));
}

/*
 * An honest tag stands between two floods, and each round brings more junk. Its
 * question must come after as many rounds as the oldest half needs. @again:
 * each round also announces the honest tag again.
 */
static void
check_flood(bool again)
{
	int64_t honest;
	int rounds = 0;

	(void)announce_junk("web", FLOOD);
	honest = announce_tag("web", "1.0.0");
	(void)announce_junk("web", FLOOD);
	pq_errands_pump(&w);
	while (!is_sent(honest) && rounds++ < 100) {
		answer_all_absent();
		if (again) {
			w.last_id++; /* the id of the callback */
			(void)announce_tag("web", "1.0.0");
		}
		(void)announce_junk("web", WARDEN_LOOKS_SERVICE);
		pq_errands_pump(&w);
	}
	assert_true(is_sent(honest));
	assert_true(rounds <= FLOOD / (WARDEN_LOOKS_SERVICE / 2) + 1);
}

/* A flood that is faster than the registry cannot hide a tag for ever. */
static void
test_turns__a_look_before_a_flood_comes_closer(void **state)
{
	(void)state;
	check_flood(false);
}

/* An attacker who announces a tag first must not choose its place. */
static void
test_turns__a_new_callback_for_a_tag_makes_it_the_newest(void **state)
{
	int64_t look, first;

	(void)state;
	first = announce_junk("web", FLOOD);
	look = announce_tag("web", "1.0.0");
	(void)announce_junk("web", FLOOD);
	w.last_id++; /* the id of the callback */
	assert_int_equal(pq_look_announce(&w, "web", "1.0.0", MARK), look);
	pq_errands_pump(&w);
	assert_true(is_sent(look));
	assert_true(is_sent(first));
	assert_int_equal(w.shares[0].open, 2 * FLOOD + 1);
	assert_int_equal(w.shares[0].first, 2 * FLOOD + 1);
}

/*
 * An attacker who announces the honest tag again and again, each time with a
 * flood behind it, must not keep it between the newest and the oldest.
 */
static void
test_turns__new_callbacks_for_a_tag_do_not_keep_it_back(void **state)
{
	(void)state;
	check_flood(true);
}

/* An answered tag that is announced again waits behind the waiting ones. */
static void
test_turns__a_new_callback_for_an_answered_tag_waits_at_the_end(void **state)
{
	int64_t answered, first;

	(void)state;
	answered = announce_tag("web", "1.0.0");
	pq_errands_pump(&w);
	answer_all_absent();
	first = announce_junk("web", FLOOD);
	w.last_id++;
	(void)announce_tag("web", "1.0.0");
	(void)announce_junk("web", FLOOD);
	pq_errands_pump(&w);
	assert_true(is_sent(first));
	assert_false(is_sent(answered));
}

/* Tags that are announced again during each question must not keep places. */
static void
test_turns__an_answered_question_leaves_its_place(void **state)
{
	int64_t first, junk;
	int i;

	(void)state;
	first = announce_junk("web", WARDEN_LOOKS_SERVICE);
	pq_errands_pump(&w);
	junk = announce_junk("web", FLOOD);
	for (i = 0; i < WARDEN_LOOKS_SERVICE; i++) {
		char tag[PQ_TAG_TEXT];

		(void)snprintf(
		    tag, sizeof(tag), "%s", read_look(first + i).tag);
		w.last_id++;
		(void)announce_tag("web", tag);
	}
	answer_all_absent();
	pq_errands_pump(&w);
	assert_true(is_sent(junk));
	assert_int_equal(
	    count_sent_looks(junk, FLOOD), WARDEN_LOOKS_SERVICE / 2);
}

/* An attacker who announces a tag first must not choose its deadline. */
static void
test_turns__a_new_callback_for_a_tag_gets_its_whole_time(void **state)
{
	int64_t look, pending_s = (int64_t)services[0].pending_s;

	(void)state;
	look = announce_tag("web", "1.0.0");
	pass_ms(1000 * (pending_s - 1));
	w.last_id++;
	(void)announce_tag("web", "1.0.0");
	assert_int_equal(read_look(look).deadline, pq_warden_s(&w) + pending_s);
	pq_errands_pump(&w);
	pass_ms(2000);
	answer_absent(look);
	assert_string_equal(read_look(look).state, PQ_LOOK_OPEN);
}

/* The tag may have been pushed after the question. */
static void
test_turns__a_callback_during_the_question_asks_again(void **state)
{
	int64_t look;

	(void)state;
	look = announce_tag("web", "1.0.0");
	pq_errands_pump(&w);
	assert_true(is_sent(look));
	w.last_id++;
	(void)announce_tag("web", "1.0.0");
	answer_absent(look);
	pq_errands_pump(&w);
	assert_true(is_sent(look));
	answer_absent(look);
	pq_errands_pump(&w);
	assert_false(is_sent(look));
}

/* Repeated questions have one place, and a pause between them. */
static void
test_turns__repeated_questions_take_no_first_place(void **state)
{
	int64_t absent, fresh;

	(void)state;
	absent = announce_junk("web", FLOOD);
	while (w.shares[0].first > 0) {
		pq_errands_pump(&w);
		answer_all_absent();
	}
	pass_ms(5000); /* all of them are due */
	fresh = announce_junk("web", FLOOD);
	pq_errands_pump(&w);
	assert_int_equal(count_sent_looks(fresh, FLOOD), WARDEN_LOOKS_SERVICE);
	assert_int_equal(count_sent_looks(absent, FLOOD), 1);
	answer_all_absent();
	pq_errands_pump(&w);
	assert_int_equal(count_sent_looks(absent, FLOOD), 0);
	pass_ms(WARDEN_RETRY_MS);
	pq_errands_pump(&w);
	assert_int_equal(count_sent_looks(absent, FLOOD), 1);
}

static void
test_turns__repeated_questions_alternate(void **state)
{
	int64_t first;

	(void)state;
	first = announce_junk("web", 4);
	pq_errands_pump(&w);
	answer_all_absent();
	pass_ms(5000);
	pq_errands_pump(&w);
	assert_true(is_sent(first + 3));
	answer_all_absent();
	pass_ms(WARDEN_RETRY_MS);
	pq_errands_pump(&w);
	assert_true(is_sent(first));
}

static void
test_turns__a_flood_of_one_service_leaves_the_others(void **state)
{
	int64_t other;

	(void)state;
	(void)announce_junk("web", FLOOD);
	pq_errands_pump(&w);
	other = announce_tag("shop", "1.0.0");
	pq_errands_pump(&w);
	assert_true(is_sent(other));
}

/* A question that fetch never answered does not count as asked. */
static void
test_turns__a_lost_question_keeps_its_turn(void **state)
{
	int64_t look;

	(void)state;
	look = announce_tag("web", "1.0.0");
	pq_errands_pump(&w);
	pq_errands_peer_lost(&w, PQ_DOOR_FETCH);
	assert_true(read_look(look).turn > 0);
	assert_int_equal(w.shares[0].first, 1);
	pq_errands_pump(&w);
	assert_false(is_sent(look)); /* after a pause */
	pass_ms(1000);
	pq_errands_pump(&w);
	assert_true(is_sent(look));
}

static void
fetch_evidence(int64_t look, unsigned n)
{
	struct pq_msg m = { .type = PQ_MSG_EVIDENCE, .job = (uint64_t)look };
	char digest[PQ_DIGEST_TEXT];

	(void)snprintf(digest, sizeof(digest), "sha256:%064u", n);
	m.evidence.result = 2;
	m.evidence.digest = pq_slice_str(digest);
	m.evidence.document = PQ_SLICE_LIT("{}");
	assert_int_equal(pq_on_evidence(&w, NULL, &m), 0);
}

/* Each document may have 8 MiB. */
static void
test_turns__keeps_few_documents(void **state)
{
	int64_t first;
	unsigned i;

	(void)state;
	first = announce_junk("web", WARDEN_LOOKS_SERVICE);
	pq_errands_pump(&w);
	for (i = 0; i < WARDEN_LOOKS_SERVICE; i++)
		fetch_evidence(first + i, i);
	assert_int_equal(pq_jobs_documents(&w), WARDEN_DOCUMENTS);
	assert_int_equal(w.shares[0].open, WARDEN_LOOKS_SERVICE);
	assert_string_equal(
	    read_look(first + WARDEN_LOOKS_SERVICE - 1).state, PQ_LOOK_OPEN);
}

static void
test_turns__an_answer_to_an_ended_look_changes_nothing(void **state)
{
	int64_t look, callbacks, looks;

	(void)state;
	look = announce_tag("web", "1.0.0");
	pq_errands_pump(&w);
	pq_drop_waiting(&w, "web", "root", "", &callbacks, &looks);
	assert_int_equal(looks, 1);
	pass_ms(61000);
	answer_absent(look);
	assert_string_equal(read_look(look).reason, "an operator dropped it");
	assert_int_equal(w.shares[0].open, 0);
	assert_int_equal(w.shares[0].first, 0);
	assert_int_equal(count_rows("SELECT count(*) FROM audit WHERE"
				    " event = 'look.ended'"),
	    0);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_turns__##name, set_up_with_fetch, tear_down_warden)

static int
run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(half_of_the_places_take_the_newest),
		TEST(a_look_after_a_flood_is_next),
		TEST(a_look_before_a_flood_comes_closer),
		TEST(new_callbacks_for_a_tag_do_not_keep_it_back),
		TEST(a_new_callback_for_an_answered_tag_waits_at_the_end),
		TEST(an_answered_question_leaves_its_place),
		TEST(a_new_callback_for_a_tag_gets_its_whole_time),
		TEST(a_new_callback_for_a_tag_makes_it_the_newest),
		TEST(a_callback_during_the_question_asks_again),
		TEST(repeated_questions_take_no_first_place),
		TEST(repeated_questions_alternate),
		TEST(a_flood_of_one_service_leaves_the_others),
		TEST(a_lost_question_keeps_its_turn),
		TEST(keeps_few_documents),
		TEST(an_answer_to_an_ended_look_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_with_directory(run_all);
}
