/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deploy/inbox.h"
#include "support/temporary.h"

#define DIGEST    \
	"sha256:" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char path[TEMPORARY_ROOM];
static struct pq_store journal;
static struct pq_channel warden, deploy;
static struct pq_inbox inbox;

static int
fresh(void **state)
{
	struct pq_err err = PQ_ERR_INIT;
	int fds[2];

	(void)state;
	(void)unlink(path);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) != 0 ||
	    pq_channel_open(
		&warden, fds[0], PQ_ROLE_WARDEN, PQ_ROLE_DEPLOY, &err) != 0 ||
	    pq_channel_open(
		&deploy, fds[1], PQ_ROLE_DEPLOY, PQ_ROLE_WARDEN, &err) != 0)
		return -1;
	inbox = (struct pq_inbox){ .warden = &deploy, .journal = &journal };
	return pq_journal_open(&journal, path, &err);
}

static int
done(void **state)
{
	(void)state;
	pq_inbox_free(&inbox);
	pq_channel_close(&warden);
	pq_channel_close(&deploy);
	pq_store_close(&journal);
	return 0;
}

static void
say(const struct pq_msg *m)
{
	struct pq_err err = PQ_ERR_INIT;

	if (pq_channel_send(&warden, m, &err) != 0)
		fail_msg("%s", err.text);
}

static void
say_restrain(enum pq_restrain kind, const char *service)
{
	struct pq_msg m = { .type = PQ_MSG_RESTRAIN };

	m.restrain.kind = (uint32_t)kind;
	m.restrain.service = pq_slice_str(service);
	m.restrain.digest = pq_slice_str(DIGEST);
	m.restrain.reason = pq_slice_str("because");
	say(&m);
}

static void
say_notice(uint64_t release)
{
	struct pq_msg m = { .type = PQ_MSG_NOTICE };

	m.notice.release = release;
	say(&m);
}

static void
say_clearance(uint64_t release)
{
	struct pq_msg m = { .type = PQ_MSG_CLEARANCE };

	m.clearance.release = release;
	say(&m);
}

/* The release of the oldest that waits, and what it is. */
static uint64_t
next(enum pq_msg_type type)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_buf b;
	struct pq_msg m;
	uint64_t release;

	assert_true(pq_inbox_next(&inbox, &b));
	assert_int_equal(pq_msg_decode(&m, pq_buf_view(&b), &err), 0);
	assert_int_equal(m.type, type);
	release =
	    type == PQ_MSG_NOTICE ? m.notice.release : m.clearance.release;
	pq_buf_free(&b);
	return release;
}

static void
test_inbox__a_restraint_counts_at_once(void **state)
{
	struct pq_noticed n;
	struct pq_buf none;
	char why[512];

	(void)state;
	say_notice(1);
	say_clearance(2);
	say_restrain(PQ_RESTRAIN_HOLD, "web");
	say_notice(3);
	say_restrain(PQ_RESTRAIN_REJECT, "api");
	assert_int_equal(pq_inbox_read(&inbox), 0);
	assert_int_equal(inbox.restraints, 2);
	assert_false(journal.open_txn);
	assert_true(pq_journal_held(&journal, "web", why));
	assert_string_equal(why, "because");
	assert_int_equal(pq_journal_noticed(&journal, "api", DIGEST, &n), 1);
	assert_int_equal(n.rejected, PQ_REJECTED_BY_OPERATOR);
	/* the rest is all there, in its order */
	assert_int_equal(next(PQ_MSG_NOTICE), 1);
	assert_int_equal(next(PQ_MSG_CLEARANCE), 2);
	assert_int_equal(next(PQ_MSG_NOTICE), 3);
	assert_false(pq_inbox_next(&inbox, &none));
	assert_int_equal(inbox.bytes, 0);
}

/* A greeting that breaks off has lifted nothing. */
static void
test_inbox__half_a_greeting_lifts_no_hold(void **state)
{
	char why[512];

	(void)state;
	say_restrain(PQ_RESTRAIN_HOLD, "web");
	say_restrain(PQ_RESTRAIN_HOLD, "api");
	say_restrain(PQ_RESTRAIN_UNHOLD, "");
	say_restrain(PQ_RESTRAIN_HOLD, "api");
	assert_int_equal(pq_inbox_read(&inbox), 0);
	assert_true(pq_journal_held(&journal, "web", why));
	assert_false(inbox.told);
	say_restrain(PQ_RESTRAIN_TOLD, "");
	assert_int_equal(pq_inbox_read(&inbox), 0);
	assert_false(pq_journal_held(&journal, "web", why));
	assert_true(pq_journal_held(&journal, "api", why));
	assert_true(inbox.told);
}

static void
test_inbox__a_notice_given_anew_waits_once(void **state)
{
	(void)state;
	say_notice(1);
	say_notice(2);
	say_notice(1);
	say_clearance(3);
	say_clearance(3);
	assert_int_equal(pq_inbox_read(&inbox), 0);
	assert_int_equal(inbox.n, 4);
}

/* However much waits, a hold is heard and no clearance is lost. */
static void
test_inbox__a_flood_of_notices_hides_no_hold(void **state)
{
	char why[512];
	unsigned i;

	(void)state;
	for (i = 1; i <= 2 * PQ_INBOX_MAX; i++) {
		say_notice(i);
		assert_int_equal(pq_inbox_read(&inbox), 0);
	}
	say_clearance(7);
	say_restrain(PQ_RESTRAIN_HOLD, "web");
	assert_int_equal(pq_inbox_read(&inbox), 0);
	assert_true(pq_journal_held(&journal, "web", why));
	assert_true(inbox.n < PQ_INBOX_MAX);
	while (inbox.n > 1)
		(void)next(PQ_MSG_NOTICE);
	assert_int_equal(next(PQ_MSG_CLEARANCE), 7);
}

/* What has no room waits in the socket. */
static void
test_inbox__loses_no_clearance(void **state)
{
	unsigned i;

	(void)state;
	for (i = 1; i <= PQ_INBOX_MAX + 10; i++) {
		say_clearance(i);
		assert_int_equal(pq_inbox_read(&inbox), 0);
	}
	assert_int_equal(inbox.n, PQ_INBOX_MAX);
	for (i = 1; i <= PQ_INBOX_MAX + 10; i++) {
		assert_int_equal(next(PQ_MSG_CLEARANCE), i);
		assert_int_equal(pq_inbox_read(&inbox), 0);
	}
}

#define FOR_EVER ((int64_t)86400 * 1000) /* then the alarm ends the test */

static void
test_inbox__waits_for_a_greeting_to_come_to_its_end(void **state)
{
	char why[512];
	pid_t pid;

	(void)state;
	(void)alarm(120);
	say_restrain(PQ_RESTRAIN_UNHOLD, "");
	say_restrain(PQ_RESTRAIN_HOLD, "*");
	pid = fork();
	if (pid == 0) {
		(void)usleep(50000);
		say_restrain(PQ_RESTRAIN_TOLD, "");
		_exit(0);
	}
	pq_inbox_greeting(&inbox, FOR_EVER);
	(void)waitpid(pid, NULL, 0);
	(void)alarm(0);
	assert_true(inbox.told);
	assert_true(pq_journal_held(&journal, "web", why));
}

static void
test_inbox__waits_no_longer_than_it_is_told(void **state)
{
	char why[512];

	(void)state;
	(void)alarm(120);
	say_restrain(PQ_RESTRAIN_HOLD, "*");
	pq_inbox_greeting(&inbox, 10);
	assert_false(inbox.told);
	assert_true(pq_journal_held(&journal, "web", why));
	pq_channel_close(&warden);
	pq_inbox_greeting(&inbox, FOR_EVER);
	(void)alarm(0);
	assert_int_equal(pq_inbox_read(&inbox), 2);
}

static void
test_inbox__hears_no_more_of_who_breaks_the_rules(void **state)
{
	char why[512];

	(void)state;
	say_restrain((enum pq_restrain)99, "web");
	say_restrain(PQ_RESTRAIN_UNHOLD, "");
	assert_int_equal(pq_inbox_read(&inbox), -PQ_EPROTO);
	assert_non_null(strstr(inbox.err.text, "99"));
	say_restrain(PQ_RESTRAIN_HOLD, "web");
	assert_int_equal(pq_inbox_read(&inbox), -PQ_EPROTO);
	assert_false(pq_journal_held(&journal, "web", why));
}

static int
make_dir(void **state)
{
	if (make_temporary(state) != 0)
		return -1;
	(void)temporary_path(path, "journal.db");
	return 0;
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_inbox__##name, fresh, done)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_restraint_counts_at_once),
		TEST(half_a_greeting_lifts_no_hold),
		TEST(a_notice_given_anew_waits_once),
		TEST(a_flood_of_notices_hides_no_hold),
		TEST(loses_no_clearance),
		TEST(waits_for_a_greeting_to_come_to_its_end),
		TEST(waits_no_longer_than_it_is_told),
		TEST(hears_no_more_of_who_breaks_the_rules),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_temporary);
}
