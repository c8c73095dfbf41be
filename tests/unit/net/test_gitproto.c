/* SPDX-License-Identifier: Apache-2.0 */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "net/gitproto.h"

#define OID "1111111111111111111111111111111111111111"
#define OID2 "2222222222222222222222222222222222222222"

static void
test_gitproto__reads_capabilities(void **state)
{
	struct pq_git_caps c;

	(void)state;
	assert_int_equal(pq_git_caps_read(&c,
			     pq_slice_str("000eversion 2\n000cls-refs\n"
					  "0019fetch=shallow filter\n"
					  "0000")),
	    0);
	assert_true(c.fetch_filter);
	assert_int_equal(c.oid_len, 20);
}

static void
test_gitproto__refuses_bad_capabilities(void **state)
{
	static const char *const bad[] = { "", "0000", "000eversion 1\n0000",
		"000eversion 2\n", "000eversion 2\n0000",
		"000eversion 2\n000cls-refs\n0000", "zzzz", "0003", "fff1",
		"000eversion 2\n000cls-refs\n000afetch\n0000x" };
	struct pq_git_caps c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(
		    pq_git_caps_read(&c, pq_slice_str(bad[i])), 0);
}

static void
expect_ref(const char *text, int want)
{
	struct pq_buf b = PQ_BUF_INIT(4096);
	struct pq_git_ref ref;

	pq_pkt_put(&b, text);
	pq_buf_str(&b, "0000");
	assert_int_equal(
	    pq_git_ref_find(&ref, pq_buf_view(&b), "refs/tags/v1", 20), want);
	pq_buf_free(&b);
}

static void
test_gitproto__finds_exact_ref(void **state)
{
	(void)state;
	expect_ref(OID " refs/tags/v1\n", 0);
	expect_ref(OID " refs/tags/v1 peeled:" OID2 "\n", 0);
	expect_ref(OID " refs/tags/v1.1\n", 1);
	expect_ref(OID " refs/tags/v1 peeled:" OID2 " x\n", -PQ_EFORMAT);
	expect_ref(OID " refs/tags/v1 symref-target:x\n", -PQ_EFORMAT);
	expect_ref("111 refs/tags/v1\n", -PQ_EFORMAT);
}

/* An answer that ends early does not say that the tag is missing. */
static void
test_gitproto__distinguishes_an_error_from_a_missing_ref(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(4096), pack = PQ_BUF_INIT(4096);
	struct pq_err err = PQ_ERR_INIT;
	struct pq_git_ref ref;

	(void)state;
	expect_ref("ERR upload-pack: out of memory\n", -PQ_EPROTO);
	assert_int_equal(
	    pq_git_ref_find(&ref, pq_slice(NULL, 0), "refs/tags/v1", 20),
	    -PQ_EPROTO);
	pq_pkt_put(&b, OID " refs/tags/v2\n");
	assert_int_equal(
	    pq_git_ref_find(&ref, pq_buf_view(&b), "refs/tags/v1", 20),
	    -PQ_EPROTO);
	assert_int_equal(
	    pq_git_pack_join(&pack, pq_slice(NULL, 0), false, &err),
	    -PQ_EPROTO);
	pq_buf_free(&b);
	pq_buf_free(&pack);
}

static void
put_object(struct pq_buf *pack, unsigned type, const char *data, size_t says)
{
	static const uint8_t base[20] = { 0x81, 0x81, 0x81 };
	uint8_t z[512];
	uLongf n = sizeof(z);

	assert_true(says < 16);
	assert_int_equal(
	    compress(z, &n, (const Bytef *)data, strlen(data)), Z_OK);
	pq_buf_u8(pack, (uint8_t)(type << 4 | says));
	/* a delta's base: an offset of four bytes, or an object id */
	if (type >= 6)
		pq_buf_put(pack, base, type == 6 ? 4 : 20);
	pq_buf_put(pack, z, n);
}

static int
read_pack(unsigned type, const char *data, size_t says, uint32_t count)
{
	struct pq_buf pack = PQ_BUF_INIT(4096);
	struct pq_git_want w = { PQ_GITOBJ_COMMIT, { 0 },
		PQ_BUF_INIT(PQ_GIT_OBJECT_MAX), false };
	int r;

	assert_int_equal(
	    pq_oid_of(&w.oid, PQ_GITOBJ_COMMIT, 20, pq_slice_str("commit")), 0);
	pq_buf_str(&pack, "PACK");
	pq_buf_u32(&pack, 2);
	pq_buf_u32(&pack, count);
	put_object(&pack, type, data, says);
	r = pq_git_pack_find(&w, 1, pq_buf_view(&pack));
	pq_buf_free(&pack);
	pq_buf_free(&w.data);
	return r;
}

static void
test_gitproto__reads_pack(void **state)
{
	(void)state;
	assert_int_equal(read_pack(1, "commit", 6, 1), 0);
	assert_int_equal(read_pack(1, "comNit", 6, 1), -PQ_EABSENT);
	assert_int_equal(read_pack(4, "commit", 6, 1), -PQ_EABSENT);
	assert_int_equal(read_pack(1, "commit", 5, 1), -PQ_EFORMAT);
	assert_int_equal(read_pack(1, "commit", 7, 1), -PQ_EFORMAT);
	assert_int_equal(read_pack(6, "commit", 6, 1), -PQ_EUNSUPPORTED);
	assert_int_equal(read_pack(7, "commit", 6, 1), -PQ_EUNSUPPORTED);
	assert_int_equal(read_pack(0, "commit", 6, 1), -PQ_EFORMAT);
	assert_int_equal(read_pack(1, "commit", 6, 0), -PQ_EABSENT);
	assert_int_equal(read_pack(1, "other", 5, 9), -PQ_EFORMAT);
	assert_int_equal(read_pack(1, "commit", 6, 0xffffffffu), -PQ_ELIMIT);
}

/* Two tags are similar, so a server sends a tag of a tag with a delta. */
static void
test_gitproto__skips_deltas(void **state)
{
	struct pq_git_want w = { PQ_GITOBJ_COMMIT, { 0 },
		PQ_BUF_INIT(PQ_GIT_OBJECT_MAX), false };
	struct pq_buf pack = PQ_BUF_INIT(4096);
	size_t n, whole;

	(void)state;
	assert_int_equal(
	    pq_oid_of(&w.oid, PQ_GITOBJ_COMMIT, 20, pq_slice_str("commit")), 0);
	pq_buf_str(&pack, "PACK");
	pq_buf_u32(&pack, 2);
	pq_buf_u32(&pack, 3);
	put_object(&pack, 6, "delta", 5);
	put_object(&pack, 7, "delta", 5);
	whole = pack.n;
	put_object(&pack, 1, "commit", 6);
	assert_int_equal(pq_git_pack_find(&w, 1, pq_buf_view(&pack)), 0);
	assert_true(pq_slice_eq_str(pq_buf_view(&w.data), "commit"));
	/* end the pack at each position within the deltas */
	for (n = 12; n < whole; n++) {
		uint8_t *cut = malloc(n);

		assert_non_null(cut);
		memcpy(cut, pack.p, n);
		w.found = false;
		assert_int_equal(
		    pq_git_pack_find(&w, 1, pq_slice(cut, n)), -PQ_EFORMAT);
		free(cut);
	}
	pq_buf_free(&w.data);
	pq_buf_free(&pack);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gitproto__reads_capabilities),
		cmocka_unit_test(test_gitproto__refuses_bad_capabilities),
		cmocka_unit_test(test_gitproto__finds_exact_ref),
		cmocka_unit_test(
		    test_gitproto__distinguishes_an_error_from_a_missing_ref),
		cmocka_unit_test(test_gitproto__reads_pack),
		cmocka_unit_test(test_gitproto__skips_deltas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
