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
open_inbox(void **state)
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
close_inbox(void **state)
{
	(void)state;
	pq_inbox_free(&inbox);
	pq_channel_close(&warden);
	pq_channel_close(&deploy);
	pq_store_close(&journal);
	return 0;
}

static void
send_message(const struct pq_msg *m)
{
	struct pq_err err = PQ_ERR_INIT;

	if (pq_channel_send(&warden, m, &err) != 0)
		fail_msg("%s", err.text);
}

static void
send_restraint(enum pq_restrain kind, const char *service)
{
	struct pq_msg m = { .type = PQ_MSG_RESTRAIN };

	m.restrain.kind = (uint32_t)kind;
	m.restrain.service = pq_slice_str(service);
	m.restrain.digest = pq_slice_str(DIGEST);
	m.restrain.reason = pq_slice_str("because");
	send_message(&m);
}

static void
send_notice(uint64_t release)
{
	struct pq_msg m = { .type = PQ_MSG_NOTICE };

	m.notice.release = release;
	send_message(&m);
}

static void
send_clearance(uint64_t release)
{
	struct pq_msg m = { .type = PQ_MSG_CLEARANCE };

	m.clearance.release = release;
	send_message(&m);
}

/* Remove the oldest message, of this type, and return its release. */
static uint64_t
next_release(enum pq_msg_type type)
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
test_inbox__applies_a_restraint_at_once(void **state)
{
	struct pq_noticed n;
	struct pq_buf none;
	char why[512];

	(void)state;
	send_notice(1);
	send_clearance(2);
	send_restraint(PQ_RESTRAIN_HOLD, "web");
	send_notice(3);
	send_restraint(PQ_RESTRAIN_REJECT, "api");
	assert_int_equal(pq_inbox_read(&inbox), 0);
	assert_int_equal(inbox.restraints, 2);
	assert_false(journal.open_txn);
	assert_true(pq_journal_held(&journal, "web", why));
	assert_string_equal(why, "because");
	assert_int_equal(pq_journal_noticed(&journal, "api", DIGEST, &n), 1);
	assert_int_equal(n.rejected, PQ_REJECTED_BY_OPERATOR);
	/* the other messages wait, in their order */
	assert_int_equal(next_release(PQ_MSG_NOTICE), 1);
	assert_int_equal(next_release(PQ_MSG_CLEARANCE), 2);
	assert_int_equal(next_release(PQ_MSG_NOTICE), 3);
	assert_false(pq_inbox_next(&inbox, &none));
	assert_int_equal(inbox.bytes, 0);
}

/* An interrupted greeting lifts no hold. */
static void
test_inbox__keeps_holds_through_half_a_greeting(void **state)
{
	char why[512];

	(void)state;
	send_restraint(PQ_RESTRAIN_HOLD, "web");
	send_restraint(PQ_RESTRAIN_HOLD, "api");
	send_restraint(PQ_RESTRAIN_UNHOLD, "");
	send_restraint(PQ_RESTRAIN_HOLD, "api");
	assert_int_equal(pq_inbox_read(&inbox), 0);
	assert_true(pq_journal_held(&journal, "web", why));
	assert_false(inbox.greeted);
	send_restraint(PQ_RESTRAIN_TOLD, "");
	assert_int_equal(pq_inbox_read(&inbox), 0);
	assert_false(pq_journal_held(&journal, "web", why));
	assert_true(pq_journal_held(&journal, "api", why));
	assert_true(inbox.greeted);
}

static void
test_inbox__queues_a_repeated_notice_once(void **state)
{
	(void)state;
	send_notice(1);
	send_notice(2);
	send_notice(1);
	send_clearance(3);
	send_clearance(3);
	assert_int_equal(pq_inbox_read(&inbox), 0);
	assert_int_equal(inbox.n, 4);
}

/* A flood must not delay a hold or displace a clearance. */
static void
test_inbox__reads_a_hold_behind_a_flood_of_notices(void **state)
{
	char why[512];
	unsigned i;

	(void)state;
	for (i = 1; i <= 2 * PQ_INBOX_MAX; i++) {
		send_notice(i);
		assert_int_equal(pq_inbox_read(&inbox), 0);
	}
	send_clearance(7);
	send_restraint(PQ_RESTRAIN_HOLD, "web");
	assert_int_equal(pq_inbox_read(&inbox), 0);
	assert_true(pq_journal_held(&journal, "web", why));
	assert_true(inbox.n < PQ_INBOX_MAX);
	while (inbox.n > 1)
		(void)next_release(PQ_MSG_NOTICE);
	assert_int_equal(next_release(PQ_MSG_CLEARANCE), 7);
}

/* Messages beyond the limit stay in the socket. */
static void
test_inbox__loses_no_clearance(void **state)
{
	unsigned i;

	(void)state;
	for (i = 1; i <= PQ_INBOX_MAX + 10; i++) {
		send_clearance(i);
		assert_int_equal(pq_inbox_read(&inbox), 0);
	}
	assert_int_equal(inbox.n, PQ_INBOX_MAX);
	for (i = 1; i <= PQ_INBOX_MAX + 10; i++) {
		assert_int_equal(next_release(PQ_MSG_CLEARANCE), i);
		assert_int_equal(pq_inbox_read(&inbox), 0);
	}
}

#define FOR_EVER ((int64_t)86400 * 1000) /* beyond the alarm */

static void
test_inbox__waits_for_the_end_of_the_greeting(void **state)
{
	char why[512];
	pid_t pid;

	(void)state;
	(void)alarm(120);
	send_restraint(PQ_RESTRAIN_UNHOLD, "");
	send_restraint(PQ_RESTRAIN_HOLD, "*");
	pid = fork();
	if (pid == 0) {
		(void)usleep(50000);
		send_restraint(PQ_RESTRAIN_TOLD, "");
		_exit(0);
	}
	pq_inbox_await_greeting(&inbox, FOR_EVER);
	(void)waitpid(pid, NULL, 0);
	(void)alarm(0);
	assert_true(inbox.greeted);
	assert_true(pq_journal_held(&journal, "web", why));
}

static void
test_inbox__waits_no_longer_than_its_limit(void **state)
{
	char why[512];

	(void)state;
	(void)alarm(120);
	send_restraint(PQ_RESTRAIN_HOLD, "*");
	pq_inbox_await_greeting(&inbox, 10);
	assert_false(inbox.greeted);
	assert_true(pq_journal_held(&journal, "web", why));
	pq_channel_close(&warden);
	pq_inbox_await_greeting(&inbox, FOR_EVER);
	(void)alarm(0);
	assert_int_equal(pq_inbox_read(&inbox), 2);
}

static void
test_inbox__stops_reading_after_a_protocol_error(void **state)
{
	char why[512];

	(void)state;
	send_restraint((enum pq_restrain)99, "web");
	send_restraint(PQ_RESTRAIN_UNHOLD, "");
	assert_int_equal(pq_inbox_read(&inbox), -PQ_EPROTO);
	assert_non_null(strstr(inbox.err.text, "99"));
	send_restraint(PQ_RESTRAIN_HOLD, "web");
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

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_inbox__##name, open_inbox, close_inbox)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(applies_a_restraint_at_once),
		TEST(keeps_holds_through_half_a_greeting),
		TEST(queues_a_repeated_notice_once),
		TEST(reads_a_hold_behind_a_flood_of_notices),
		TEST(loses_no_clearance),
		TEST(waits_for_the_end_of_the_greeting),
		TEST(waits_no_longer_than_its_limit),
		TEST(stops_reading_after_a_protocol_error),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_temporary);
}
