/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include <pratique/digest.h>
#include <pratique/err.h>

#define EMPTY                                                     \
	"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934c" \
	"a495991b7852b855"

static void
test_digest__known_value(void **state)
{
	char text[PQ_DIGEST_TEXT];
	struct pq_digest d;

	(void)state;
	assert_int_equal(pq_digest_of(&d, pq_slice(NULL, 0)), 0);
	pq_digest_format(text, &d);
	assert_string_equal(text, EMPTY);
}

static void
test_digest__grammar_is_strict(void **state)
{
	static const char *const bad[] = { "", "sha256:", "sha256:e3b0",
		"SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca4959"
		"91b7852b855",
		EMPTY "0", EMPTY "/../x",
		"sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca4959"
		"91b7852b855",
		"sha256:E3B0C44298fc1c149afbf4c8996fb92427ae41e4649b934ca4959"
		"91b7852b855" };
	struct pq_digest d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    pq_digest_parse(&d, pq_slice_str(bad[i])), -PQ_EFORMAT);
}

static void
test_digest__none_equals_no_digest(void **state)
{
	struct pq_digest none = { { 0 } };

	(void)state;
	assert_true(pq_digest_none(&none));
	assert_false(pq_digest_eq(&none, &none));
}

static void
test_oid__known_value(void **state)
{
	/* printf '' | git hash-object -t tag --literally --stdin */
	char text[PQ_OID_TEXT];
	struct pq_oid o;

	(void)state;
	assert_int_equal(pq_oid_of(&o, PQ_GITOBJ_TAG, 20, pq_slice("", 0)), 0);
	pq_oid_format(text, &o);
	assert_string_equal(text, "d994c6bb648123a17e8f70a966857c546b2a6f94");
	assert_int_equal(
	    pq_oid_of(&o, PQ_GITOBJ_NONE, 20, pq_slice("", 0)), -PQ_EFORMAT);
	assert_int_equal(
	    pq_oid_of(&o, PQ_GITOBJ_TAG, 21, pq_slice("", 0)), -PQ_EFORMAT);
}

static void
test_hmac__refuses_the_empty_key(void **state)
{
	uint8_t mac[32];

	(void)state;
	assert_int_equal(
	    pq_hmac_sha256(mac, pq_slice("", 0), pq_slice_str("x")),
	    -PQ_ECRYPTO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest__known_value),
		cmocka_unit_test(test_digest__grammar_is_strict),
		cmocka_unit_test(test_digest__none_equals_no_digest),
		cmocka_unit_test(test_oid__known_value),
		cmocka_unit_test(test_hmac__refuses_the_empty_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
