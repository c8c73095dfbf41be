/* SPDX-License-Identifier: Apache-2.0 */
/* Test how the broker decodes the documents that a child fetched. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "net/gather.h"

static struct pq_gather *sent, *got;

static int
setup(void **state)
{
	(void)state;
	sent = pq_gather_new();
	got = pq_gather_new();
	return sent != NULL && got != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	pq_gather_free(sent);
	pq_gather_free(got);
	return 0;
}

static int
encode_and_decode(void)
{
	struct pq_buf wire = PQ_BUF_INIT(PQ_GATHER_WIRE);
	int r = pq_gather_encode(&wire, sent);

	if (r == 0)
		r = pq_gather_decode(got, pq_buf_view(&wire));
	pq_buf_free(&wire);
	return r;
}

static void
add_blob(const char *media_type)
{
	struct pq_buf data = PQ_BUF_INIT(64);
	struct pq_digest d;

	pq_buf_str(&data, "bytes");
	assert_int_equal(pq_digest_of(&d, pq_buf_view(&data)), 0);
	assert_int_equal(pq_gather_add(sent, &d, media_type, &data), 0);
}

/* The registry controls both texts; they must not be able to end the broker. */
static void
test_gather__escapes_text_of_a_server(void **state)
{
	struct pq_err err = PQ_ERR_INIT;

	(void)state;
	add_blob("a/b\x01\t\x7f\xff");
	(void)snprintf(err.text, sizeof(err.text), "http://x/\x01\x7f: no");
	pq_gather_fault(sent, -PQ_ENET, &err);
	assert_int_equal(encode_and_decode(), 0);
	assert_int_equal(got->result, PQ_GATHER_PENDING);
	assert_int_equal(got->n_blobs, 1);
	assert_string_equal(
	    got->blobs[0].media_type, "a/b\\x01\\x09\\x7f\\xff");
	assert_string_equal(got->reason, "http://x/\\x01\\x7f: no");
}

/* Only evidence that was examined may be refused. */
static void
test_gather__refuses_only_bad_bytes(void **state)
{
	static const int trouble[] = { PQ_ENET, PQ_EPROTO, PQ_EPERM, PQ_ENOMEM,
		PQ_ETIMEOUT, PQ_EABSENT, PQ_ECRYPTO, PQ_ESYS };
	static const int bad[] = { PQ_EMISMATCH, PQ_ELIMIT, PQ_EFORMAT };
	struct pq_err err = PQ_ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(trouble) / sizeof(trouble[0]); i++) {
		pq_gather_fault(sent, -trouble[i], &err);
		assert_int_equal(sent->result, PQ_GATHER_PENDING);
		assert_true(sent->reason[0] != '\0');
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		pq_gather_fault(sent, -bad[i], &err);
		assert_int_equal(sent->result, PQ_GATHER_REFUSED);
	}
}

static void
test_gather__hashes_the_received_blobs(void **state)
{
	(void)state;
	add_blob("a/b");
	sent->blobs[0].data.p[0] ^= 1;
	assert_int_equal(encode_and_decode(), -PQ_EFORMAT);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_gather__##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(escapes_text_of_a_server),
		TEST(refuses_only_bad_bytes),
		TEST(hashes_the_received_blobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
