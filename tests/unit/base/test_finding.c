/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include <pratique/err.h>
#include <pratique/finding.h>

static void
assert_same(const struct pq_finding *a, const struct pq_finding *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		assert_int_equal(a->check, b->check);
		assert_int_equal(a->status, b->status);
		assert_int_equal(a->warning, b->warning);
		assert_string_equal(a->reason, b->reason);
		assert_string_equal(a->spec, b->spec);
		assert_string_equal(a->subject, b->subject);
	}
}

static void
test_findings__empty_list_fails(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };

	(void)state;
	assert_int_equal(pq_findings_overall(&f), PQ_FAIL);
}

static void
test_findings__worst_status_decides(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };

	(void)state;
	pq_findings_add(&f, PQ_CHECK_IMAGE_DIGEST, PQ_PASS, "", "", "ok");
	assert_int_equal(pq_findings_overall(&f), PQ_PASS);
	pq_findings_add(
	    &f, PQ_CHECK_IMAGE_SIGNATURE, PQ_PENDING, "", "", "later");
	assert_int_equal(pq_findings_overall(&f), PQ_PENDING);
	pq_findings_add(&f, PQ_CHECK_SOURCE_VERSION, PQ_FAIL, "", "", "bad");
	assert_int_equal(pq_findings_overall(&f), PQ_FAIL);
}

/* A full list fails here and at its reader, and its last finding says why. */
static void
check_full_list(const struct pq_findings *f)
{
	pq_auto(pq_findings_free) struct pq_findings g = { 0 };
	const struct pq_finding *last;
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);

	assert_int_equal(f->fault, -PQ_ELIMIT);
	assert_int_equal(pq_findings_overall(f), PQ_FAIL);
	assert_int_equal(pq_findings_encode(&b, f), 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), 0);
	assert_int_equal(g.n, PQ_FINDINGS_MAX);
	last = &g.v[PQ_FINDINGS_MAX - 1];
	assert_int_equal(last->check, PQ_CHECK_SPACE);
	assert_int_equal(last->status, PQ_FAIL);
	assert_non_null(strstr(last->reason, "the list of findings is full"));
	assert_string_equal(last->spec, pq_check_rule(PQ_CHECK_SPACE));
	assert_int_equal(pq_findings_overall(&g), PQ_FAIL);
	pq_buf_free(&b);
}

static void
test_findings__one_too_many_fails(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 }, g = { 0 };
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);
	int i;

	(void)state;
	for (i = 0; i < PQ_FINDINGS_MAX; i++)
		pq_findings_add(
		    &f, PQ_CHECK_IMAGE_DIGEST, PQ_PASS, "", "", "%d", i);
	assert_int_equal(pq_findings_overall(&f), PQ_PASS);
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), 0);
	assert_int_equal(g.n, PQ_FINDINGS_MAX);
	assert_int_equal(pq_findings_overall(&g), PQ_PASS);
	pq_findings_add(&f, PQ_CHECK_SPACE, PQ_PASS, "", "", "more");
	check_full_list(&f);
	/* a caller that changes the last finding cannot hide the fault */
	f.v[PQ_FINDINGS_MAX - 1].status = PQ_PENDING;
	pq_findings_put(&f, &g.v[0]);
	pq_findings_free(&g);
	check_full_list(&f);
	pq_buf_free(&b);
}

static void
test_findings__full_list_is_encoded(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 }, g = { 0 };
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);
	char text[PQ_REASON_MAX];
	uint8_t one[5 * 4 + PQ_REASON_MAX + PQ_SPEC_MAX + PQ_SUBJECT_MAX - 3];
	int i;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < PQ_FINDINGS_MAX; i++)
		pq_findings_add(
		    &f, PQ_CHECK_SPACE, PQ_PASS, text, text, "%s", text);
	assert_int_equal(strlen(f.v[0].subject), PQ_SUBJECT_MAX - 1);
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), 0);
	assert_int_equal(g.n, PQ_FINDINGS_MAX);
	assert_same(g.v, f.v, PQ_FINDINGS_MAX);
	/* the reader refuses one finding more: raise the count in front */
	assert_int_equal(b.n, 4 + PQ_FINDINGS_MAX * sizeof(one));
	assert_int_equal(b.p[2], PQ_FINDINGS_MAX >> 8);
	b.p[3]++;
	memcpy(one, b.p + 4, sizeof(one));
	pq_buf_put(&b, one, sizeof(one));
	assert_int_equal(b.fault, 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), -PQ_EFORMAT);
	pq_buf_free(&b);
}

static void
test_findings__move_and_free(void **state)
{
	struct pq_findings f = { 0 }, g = { 0 };

	(void)state;
	pq_findings_add(&f, PQ_CHECK_SPACE, PQ_PENDING, "", "", "of the first");
	pq_findings_add(&g, PQ_CHECK_RECREATE, PQ_PASS, "a", "b", "two");
	pq_findings_put(&g, &f.v[0]);
	assert_int_equal(g.n, 2);
	assert_same(&g.v[1], &f.v[0], 1);
	pq_findings_move(&f, &g);
	assert_int_equal(g.n, 0);
	assert_int_equal(pq_findings_overall(&g), PQ_FAIL);
	assert_int_equal(f.n, 2);
	assert_string_equal(f.v[0].reason, "two");
	assert_int_equal(pq_findings_overall(&f), PQ_PENDING);
	pq_findings_free(&f);
	assert_int_equal(f.n, 0);
	pq_findings_free(&f);
	pq_findings_add(&f, PQ_CHECK_SPACE, PQ_PASS, "", "", "once more");
	assert_int_equal(pq_findings_overall(&f), PQ_PASS);
	pq_findings_free(&f);
}

static void
test_findings__round_trip_without_trailing_bytes(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 }, g = { 0 };
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);

	(void)state;
	pq_findings_add(
	    &f, PQ_CHECK_IMAGE_DIGEST, PQ_PASS, "sha256:00", "OCI", "fine");
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), 0);
	assert_int_equal(g.n, 1);
	assert_same(g.v, f.v, 1);
	pq_buf_u8(&b, 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), -PQ_EFORMAT);
	assert_int_equal(g.n, 1);
	pq_buf_free(&b);
}

/* From a ledger without the warning flag: there a warning was only a text. */
static const struct pq_slice kept = PQ_SLICE_LIT(
    "\0\0\0\4"
    "\0\0\0\x04\0\0\0\2"
    "\0\0\0\x0csigned by ci\0\0\0\x03OCI\0\0\0\x09sha256:00"
    "\0\0\0\x09\0\0\0\1"
    "\0\0\0\x0cno tag (yet)\0\0\0\x12policy: source.tag\0\0\0\0"
    "\0\0\0\x15\0\0\0\0"
    "\0\0\0\x08tag \\x1b\0\0\0\x1elabels pratique.* are deploy's\0\0\0\0"
    "\0\0\0\x11\0\0\0\2"
    "\0\0\0\x1awarning: host-pid: it sees"
    "\0\0\0\x16policy: deploy.posture\0\0\0\0");

static const struct {
	enum pq_check check;
	enum pq_status status;
	const char *reason, *spec, *subject;
} kept_findings[] = {
	{ PQ_CHECK_IMAGE_SIGNATURE, PQ_PASS, "signed by ci", "OCI",
	    "sha256:00" },
	{ PQ_CHECK_SOURCE_VERSION, PQ_PENDING, "no tag (yet)",
	    "policy: source.tag", "" },
	{ PQ_CHECK_IMAGE_LABELS, PQ_FAIL, "tag \\x1b",
	    "labels pratique.* are deploy's", "" },
	{ PQ_CHECK_POSTURE_CONTAINER, PQ_PASS, "warning: host-pid: it sees",
	    "policy: deploy.posture", "" },
};

static void
test_findings__old_ledger_is_readable(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);
	size_t i;

	(void)state;
	assert_int_equal(pq_findings_decode(&f, kept), 0);
	assert_int_equal(f.n, sizeof(kept_findings) / sizeof(kept_findings[0]));
	for (i = 0; i < f.n; i++) {
		assert_int_equal(f.v[i].check, kept_findings[i].check);
		assert_int_equal(f.v[i].status, kept_findings[i].status);
		assert_false(f.v[i].warning);
		assert_string_equal(f.v[i].reason, kept_findings[i].reason);
		assert_string_equal(f.v[i].spec, kept_findings[i].spec);
		assert_string_equal(f.v[i].subject, kept_findings[i].subject);
	}
	assert_int_equal(pq_findings_overall(&f), PQ_FAIL);
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	assert_true(pq_slice_eq(pq_buf_view(&b), kept));
	pq_buf_free(&b);
}

static void
test_findings__warning_is_a_pass(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 }, g = { 0 };
	struct pq_buf b = PQ_BUF_INIT(PQ_FINDINGS_BYTES);

	(void)state;
	pq_findings_add(&f, PQ_CHECK_SPACE, PQ_PASS, "", "", "enough");
	pq_findings_warn(
	    &f, PQ_CHECK_POSTURE_CONTAINER, "id", "", "host-%s", "pid");
	assert_int_equal(pq_findings_overall(&f), PQ_PASS);
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), 0);
	assert_int_equal(g.n, 2);
	assert_same(g.v, f.v, 2);
	assert_false(pq_finding_warns(&g.v[0]));
	assert_true(pq_finding_warns(&g.v[1]));
	assert_int_equal(g.v[1].status, PQ_PASS);
	assert_string_equal(g.v[1].reason, "host-pid");
	assert_string_equal(g.v[1].spec, "policy: deploy.posture");
	pq_findings_free(&g);
	/* a warning does not hide a fail */
	f.v[1].status = PQ_FAIL;
	assert_false(pq_finding_warns(&f.v[1]));
	pq_buf_free(&b);
	assert_int_equal(pq_findings_encode(&b, &f), 0);
	assert_int_equal(pq_findings_decode(&g, pq_buf_view(&b)), 0);
	assert_int_equal(pq_findings_overall(&g), PQ_FAIL);
	assert_false(g.v[1].warning);
	pq_buf_free(&b);
}

/* encoded statuses: fail, pending, pass, pass with a warning */
static void
test_findings__status_is_one_of_four(void **state)
{
	uint8_t wire[] = { 0, 0, 0, 1, 0, 0, 0, PQ_CHECK_SPACE, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct pq_slice s = pq_slice(wire, sizeof(wire));
	uint8_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		pq_auto(pq_findings_free) struct pq_findings f = { 0 };

		wire[11] = i;
		assert_int_equal(pq_findings_decode(&f, s), 0);
		assert_int_equal(f.v[0].status, i == 3 ? PQ_PASS : i);
		assert_int_equal(f.v[0].warning, i == 3);
	}
	for (; i != 0; i++) {
		pq_auto(pq_findings_free) struct pq_findings f = { 0 };

		wire[11] = i;
		assert_int_equal(pq_findings_decode(&f, s), -PQ_EFORMAT);
	}
}

static void
test_findings__untrusted_bytes_are_escaped(void **state)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };

	(void)state;
	pq_findings_add(&f, PQ_CHECK_SOURCE_VERSION, PQ_FAIL, "", "", "tag %s",
	    "\033[2J\r\n\xe2\x80\xae");
	assert_string_equal(
	    f.v[0].reason, "tag \\x1b[2J\\x0d\\x0a\\xe2\\x80\\xae");
}

static void
test_check__names_round_trip(void **state)
{
	int i;

	(void)state;
	for (i = 1; i < PQ_CHECK_COUNT; i++)
		assert_int_equal(pq_check_by_name(pq_slice_str(
				     pq_check_name((enum pq_check)i))),
		    i);
	assert_int_equal(pq_check_by_name(pq_slice_str("?")), PQ_CHECK_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings__empty_list_fails),
		cmocka_unit_test(test_findings__worst_status_decides),
		cmocka_unit_test(test_findings__one_too_many_fails),
		cmocka_unit_test(test_findings__full_list_is_encoded),
		cmocka_unit_test(test_findings__move_and_free),
		cmocka_unit_test(
		    test_findings__round_trip_without_trailing_bytes),
		cmocka_unit_test(test_findings__warning_is_a_pass),
		cmocka_unit_test(test_findings__status_is_one_of_four),
		cmocka_unit_test(test_findings__old_ledger_is_readable),
		cmocka_unit_test(test_findings__untrusted_bytes_are_escaped),
		cmocka_unit_test(test_check__names_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
