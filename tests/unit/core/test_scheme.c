/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for each row of the table, including future rows. */
#include "fixture.h"

#include <stdio.h>

#include <pratique/callback.h>

#include "core/schemes.h"

#define ID "msg_0123456789abcdef0123456789abcdef"
#define BODY "{\"image\":\"r.example/web:1\"}"

/* one secret of each form that a scheme may require */
static const char *const secrets[] = { "a secret of ours",
	"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };

static struct pq_slice
secret_of(enum pq_scheme s)
{
	size_t i;

	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (pq_callback_secret_fault(s, pq_slice_str(secrets[i])) ==
		    NULL)
			return pq_slice_str(secrets[i]);
	fail_msg("%s: no secret of this test is one", pq_scheme_name(s));
	return pq_slice(NULL, 0);
}

static bool
has_header(const struct pq_scheme_row *row, enum pq_header h)
{
	size_t i;

	for (i = 0; i < PQ_SCHEME_HEADERS; i++)
		if (row->headers[i] == h)
			return true;
	return false;
}

static void
test_scheme__numbers_are_stable(void **state)
{
	(void)state;
	assert_int_equal(PQ_SCHEME_NONE, 0);
	assert_int_equal(PQ_SCHEME_GITHUB, 1);
	assert_int_equal(PQ_SCHEME_STANDARD, 2);
}

static void
test_scheme__each_row_is_complete(void **state)
{
	unsigned s;

	(void)state;
	for (s = PQ_SCHEME_NONE + 1; s < PQ_SCHEME_END; s++) {
		const struct pq_scheme_row *row =
		    pq_scheme_row((enum pq_scheme)s);

		assert_non_null(row);
		assert_int_equal(pq_scheme_by_name(row->name), s);
		assert_string_not_equal(row->name, "none");
		assert_non_null(row->rule);
		assert_int_equal(row->authority, PQ_AUTHORITY_HINT);
		assert_non_null(row->lacks);
		assert_non_null(row->authenticate);
		assert_true(has_header(row, row->delivery));
		assert_true(row->named == PQ_HEADER_NONE ||
		    has_header(row, row->named));
		assert_false(has_header(row, PQ_HEADER_CONFIGURED));
		assert_true(row->event == PQ_HEADER_NONE ||
		    has_header(row, row->event));
		assert_true(
		    (row->own_event == NULL) == (row->event == PQ_HEADER_NONE));
		assert_true(!row->id_signed || row->delivery != PQ_HEADER_NONE);
	}
	assert_null(pq_scheme_row(PQ_SCHEME_NONE));
	assert_null(pq_scheme_row(PQ_SCHEME_END));
	assert_null(pq_scheme_row((enum pq_scheme)UINT32_MAX));
}

static void
test_scheme__lists_the_names(void **state)
{
	char names[PQ_SCHEME_NAMES], last[64];
	unsigned s;

	(void)state;
	pq_scheme_names(names, " or ");
	for (s = PQ_SCHEME_NONE + 1; s < PQ_SCHEME_END; s++)
		assert_non_null(
		    strstr(names, pq_scheme_name((enum pq_scheme)s)));
	assert_int_equal(strncmp(names, "github", 6), 0);
	(void)snprintf(last, sizeof(last), " or %s",
	    pq_scheme_name((enum pq_scheme)(PQ_SCHEME_END - 1)));
	assert_string_equal(names + strlen(names) - strlen(last), last);
}

/* Make the callback that arrives, from the headers that the sender made. */
static struct pq_callback
make_callback(const struct pq_signed *s)
{
	struct pq_callback cb = { .body = PQ_SLICE_LIT(BODY) };
	unsigned h;

	for (h = PQ_HEADER_NONE + 1; h < PQ_HEADER_COUNT; h++)
		if (s->headers[h][0] != '\0')
			cb.headers[h] = pq_slice_str(s->headers[h]);
	return cb;
}

static enum pq_callback_ruling
judge_callback(
    enum pq_scheme s, const struct pq_callback *cb, char id[PQ_DELIVERY_TEXT])
{
	struct pq_slice secret = secret_of(s);
	struct pq_err why = PQ_ERR_INIT;

	return pq_callback_authenticate(s, cb, &secret, 1, NOW, id, &why);
}

/* The sender's code and the receiver's code are independent. */
static void
test_scheme__a_signed_callback_is_genuine(void **state)
{
	struct pq_signed out;
	unsigned i, h;
	char id[PQ_DELIVERY_TEXT];

	(void)state;
	for (i = PQ_SCHEME_NONE + 1; i < PQ_SCHEME_END; i++) {
		enum pq_scheme s = (enum pq_scheme)i;
		const struct pq_scheme_row *row = pq_scheme_row(s);
		struct pq_callback cb;

		if (row->sign == NULL)
			continue;
		assert_int_equal(pq_callback_sign(&out, s, ID, NOW,
				     secret_of(s), PQ_SLICE_LIT(BODY)),
		    0);
		cb = make_callback(&out);
		assert_int_equal(
		    judge_callback(s, &cb, id), PQ_CALLBACK_GENUINE);
		assert_string_equal(id, ID);
		assert_true(
		    pq_slice_eq_str(cb.content_type, "application/json"));
		assert_true(
		    pq_slice_eq_str(cb.headers[row->event], row->own_event));
		for (h = PQ_HEADER_NONE + 1; h < PQ_HEADER_COUNT; h++)
			assert_true(cb.headers[h].n <=
			    pq_header_max((enum pq_header)h));
		cb.body.n--;
		assert_int_equal(
		    judge_callback(s, &cb, id), PQ_CALLBACK_REFUSED);
		assert_string_equal(id, "");
	}
}

/* A row with id_signed must really sign the id. */
static void
test_scheme__a_signed_id_cannot_be_changed(void **state)
{
	struct pq_signed out;
	unsigned i;
	char id[PQ_DELIVERY_TEXT];

	(void)state;
	for (i = PQ_SCHEME_NONE + 1; i < PQ_SCHEME_END; i++) {
		enum pq_scheme s = (enum pq_scheme)i;
		const struct pq_scheme_row *row = pq_scheme_row(s);
		struct pq_callback cb;

		if (row->sign == NULL)
			continue;
		assert_int_equal(pq_callback_sign(&out, s, ID, NOW,
				     secret_of(s), PQ_SLICE_LIT(BODY)),
		    0);
		cb = make_callback(&out);
		cb.headers[row->delivery] = PQ_SLICE_LIT("another");
		assert_int_equal(judge_callback(s, &cb, id),
		    row->id_signed ? PQ_CALLBACK_REFUSED : PQ_CALLBACK_GENUINE);
		cb.headers[row->delivery] = pq_slice(NULL, 0);
		assert_int_equal(judge_callback(s, &cb, id),
		    row->id_signed ? PQ_CALLBACK_REFUSED : PQ_CALLBACK_GENUINE);
	}
}

static void
test_scheme__a_useless_secret_signs_nothing(void **state)
{
	struct pq_signed out;
	unsigned i;

	(void)state;
	for (i = PQ_SCHEME_NONE; i <= PQ_SCHEME_END; i++) {
		enum pq_scheme s = (enum pq_scheme)i;

		assert_int_not_equal(pq_callback_sign(&out, s, ID, NOW,
					 pq_slice(NULL, 0), PQ_SLICE_LIT(BODY)),
		    0);
	}
	assert_int_equal(pq_callback_sign(&out, PQ_SCHEME_NONE, ID, NOW,
			     pq_slice_str(secrets[0]), PQ_SLICE_LIT(BODY)),
	    -PQ_EUNSUPPORTED);
}

/* Judge a callback that is genuine for github by a row of this test. */
static enum pq_callback_ruling
by_row(const struct pq_scheme_row *row, struct pq_err *why)
{
	struct pq_slice secret = pq_slice_str(secrets[0]);
	struct pq_signed out;
	struct pq_callback cb;
	char id[PQ_DELIVERY_TEXT];

	assert_int_equal(pq_callback_sign(&out, PQ_SCHEME_GITHUB, ID, NOW,
			     secret, PQ_SLICE_LIT(BODY)),
	    0);
	cb = make_callback(&out);
	return pq_scheme_authenticate(row, &cb, &secret, 1, NOW, id, why);
}

static void
test_scheme__refuses_without_authority(void **state)
{
	struct pq_scheme_row row = pq_scheme_github;
	struct pq_err why = PQ_ERR_INIT;

	(void)state;
	assert_int_equal(by_row(&row, &why), PQ_CALLBACK_GENUINE);
	row.authority = PQ_AUTHORITY_NONE;
	assert_int_equal(by_row(&row, &why), PQ_CALLBACK_REFUSED);
	assert_non_null(strstr(why.text, "permits no callbacks"));
}

static void
test_scheme__refuses_with_an_incomplete_row(void **state)
{
	struct pq_scheme_row none = { .name = NULL };
	struct pq_scheme_row row = pq_scheme_github;
	struct pq_err why = PQ_ERR_INIT;

	(void)state;
	assert_int_equal(by_row(&none, &why), PQ_CALLBACK_REFUSED);
	row.lacks = NULL;
	assert_int_equal(by_row(&row, &why), PQ_CALLBACK_REFUSED);
	row = pq_scheme_github;
	row.authenticate = NULL;
	assert_int_equal(by_row(&row, &why), PQ_CALLBACK_REFUSED);
}

static void
test_scheme__reads_only_the_headers_of_its_row(void **state)
{
	struct pq_scheme_row row = pq_scheme_github;
	struct pq_err why = PQ_ERR_INIT;

	(void)state;
	row.headers[0] = PQ_HEADER_WEBHOOK_SIGNATURE;
	assert_int_equal(by_row(&row, &why), PQ_CALLBACK_REFUSED);
	assert_string_equal(why.text, "header X-Hub-Signature-256 missing");
}

static void
test_scheme__refuses_a_missing_signed_id(void **state)
{
	struct pq_scheme_row row = pq_scheme_github;
	struct pq_err why = PQ_ERR_INIT;

	(void)state;
	row.id_signed = true;
	assert_int_equal(by_row(&row, &why), PQ_CALLBACK_GENUINE);
	row.delivery = PQ_HEADER_WEBHOOK_ID; /* absent in the callback */
	assert_int_equal(by_row(&row, &why), PQ_CALLBACK_REFUSED);
	assert_string_equal(why.text, "header webhook-id missing");
}

static void
test_scheme__cannot_sign_without_a_sign_function(void **state)
{
	struct pq_scheme_row row = pq_scheme_github;
	struct pq_signed out;

	(void)state;
	row.sign = NULL;
	assert_int_equal(pq_scheme_sign(&out, &row, ID, NOW,
			     pq_slice_str(secrets[0]), PQ_SLICE_LIT(BODY)),
	    -PQ_EUNSUPPORTED);
}

#define TEST(name) cmocka_unit_test(test_scheme__##name)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_are_stable),
		TEST(each_row_is_complete),
		TEST(lists_the_names),
		TEST(a_signed_callback_is_genuine),
		TEST(a_signed_id_cannot_be_changed),
		TEST(a_useless_secret_signs_nothing),
		TEST(refuses_without_authority),
		TEST(refuses_with_an_incomplete_row),
		TEST(reads_only_the_headers_of_its_row),
		TEST(refuses_a_missing_signed_id),
		TEST(cannot_sign_without_a_sign_function),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
