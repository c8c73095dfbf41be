/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include <pratique/evidence.h>
#include <pratique/oci.h>

/* sha256 of "hello" */
#define HELLO                                                     \
	"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e" \
	"73043362938b9824"
#define HEAD                                                        \
	"{\"format\":\"pratique-evidence/1\",\"service\":\"web\","  \
	"\"seen\":1700000000,\"policy\":{\"hash\":\"" HELLO "\","   \
	"\"files\":[]},\"image\":{\"repository\":\"r/acme/web\","   \
	"\"tag\":\"1.0.0\",\"digest\":\"" HELLO "\"},\"platform\":" \
	"{\"os\":\"linux\",\"architecture\":\"amd64\"},"
#define BLOB(data)                                                   \
	"\"blobs\":[{\"digest\":\"" HELLO "\",\"media_type\":\"t\"," \
	"\"data\":\"" data "\"}],"
#define TAIL                                                   \
	"\"lookups\":[{\"what\":\"cosign-tag\",\"ref\":\"x\"," \
	"\"status\":404}]}"

static int
parse_evidence(const char *text, struct pq_evidence **ret, struct pq_err *err)
{
	return pq_evidence_parse(ret, pq_slice_str(text), err);
}

static void
test_evidence__reads_all_members(void **state)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_evidence *e = NULL;
	const struct pq_evidence_blob *b;

	(void)state;
	assert_int_equal(
	    parse_evidence(HEAD BLOB("aGVsbG8=") TAIL, &e, &err), 0);
	assert_string_equal(e->service, "web");
	assert_int_equal(e->seen, 1700000000);
	assert_int_equal(e->n_lookups, 1);
	assert_int_equal(e->lookups[0].status, 404);
	b = pq_evidence_blob(e, &e->digest);
	assert_non_null(b);
	assert_true(pq_slice_eq_str(b->data, "hello"));
	assert_null(e->git_repository);
	pq_evidence_free(e);
}

static void
test_evidence__finds_lookups_and_blobs(void **state)
{
	struct pq_oci_descriptor d = { .size = 5 };
	struct pq_err err = PQ_ERR_INIT;
	struct pq_evidence *e = NULL;

	(void)state;
	assert_int_equal(
	    parse_evidence(HEAD BLOB("aGVsbG8=") TAIL, &e, &err), 0);
	assert_ptr_equal(pq_evidence_lookup(e, "cosign-tag"), &e->lookups[0]);
	assert_null(pq_evidence_lookup(e, "cosign"));
	d.digest = e->digest;
	assert_true(pq_slice_eq_str(pq_evidence_bytes(e, &d), "hello"));
	d.size = 4;
	assert_int_equal(pq_evidence_bytes(e, &d).n, 0);
	d.size = 5;
	d.digest.sha256[0] ^= 1;
	assert_int_equal(pq_evidence_bytes(e, &d).n, 0);
	pq_evidence_free(e);
}

static void
test_evidence__round_trip(void **state)
{
	struct pq_buf one = PQ_BUF_INIT(PQ_EVIDENCE_MAX);
	struct pq_buf two = PQ_BUF_INIT(PQ_EVIDENCE_MAX);
	struct pq_err err = PQ_ERR_INIT;
	struct pq_evidence *e = NULL, *f = NULL;

	(void)state;
	assert_int_equal(
	    parse_evidence(HEAD BLOB("aGVsbG8=") TAIL, &e, &err), 0);
	assert_int_equal(pq_evidence_write(&one, e), 0);
	assert_int_equal(pq_evidence_parse(&f, pq_buf_view(&one), &err), 0);
	assert_int_equal(pq_evidence_write(&two, f), 0);
	assert_true(pq_slice_eq(pq_buf_view(&one), pq_buf_view(&two)));
	pq_evidence_free(e);
	pq_evidence_free(f);
	pq_buf_free(&one);
	pq_buf_free(&two);
}

static void
check_refused(const char *text, int fault, const char *place)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_evidence *e = NULL;

	assert_int_equal(parse_evidence(text, &e, &err), -fault);
	assert_null(e);
	if (strstr(err.text, place) == NULL)
		fail_msg("\"%s\" does not name \"%s\"", err.text, place);
}

static void
test_evidence__refuses_a_blob_of_another_digest(void **state)
{
	(void)state;
	check_refused(HEAD BLOB("aGVsbG8h") TAIL, PQ_EMISMATCH, "/blobs");
}

static void
test_evidence__refuses_trailing_bytes(void **state)
{
	(void)state;
	check_refused(HEAD BLOB("aGVsbG8=") TAIL "x", PQ_EFORMAT, "column");
}

static void
test_evidence__refuses_duplicate_members(void **state)
{
	(void)state;
	check_refused("{\"seen\":1,\"seen\":2}", PQ_EFORMAT, "line 1");
}

static void
test_evidence__refuses_unknown_members(void **state)
{
	(void)state;
	check_refused(HEAD BLOB("aGVsbG8=") "\"extra\":1," TAIL, PQ_EFORMAT,
	    "unknown member");
}

static void
test_evidence__refuses_missing_members(void **state)
{
	(void)state;
	check_refused(HEAD TAIL, PQ_EFORMAT, "/blobs: missing");
}

static void
test_evidence__refuses_other_kinds(void **state)
{
	(void)state;
	check_refused(
	    HEAD "\"blobs\":{}," TAIL, PQ_EFORMAT, "/blobs: expected an array");
}

static void
test_evidence__refuses_loose_base64(void **state)
{
	(void)state;
	check_refused(HEAD BLOB("aGVs bG8=") TAIL, PQ_EFORMAT, "/blobs/data");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_evidence__reads_all_members),
		cmocka_unit_test(test_evidence__finds_lookups_and_blobs),
		cmocka_unit_test(test_evidence__round_trip),
		cmocka_unit_test(
		    test_evidence__refuses_a_blob_of_another_digest),
		cmocka_unit_test(test_evidence__refuses_trailing_bytes),
		cmocka_unit_test(test_evidence__refuses_duplicate_members),
		cmocka_unit_test(test_evidence__refuses_unknown_members),
		cmocka_unit_test(test_evidence__refuses_missing_members),
		cmocka_unit_test(test_evidence__refuses_other_kinds),
		cmocka_unit_test(test_evidence__refuses_loose_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
