/* SPDX-License-Identifier: Apache-2.0 */
/* Clauses (all are needed), alternatives (one is enough) and thresholds. */
#include "recheck.h"

#include <pratique/kind.h>

#define KEYS 3 /* keys a, b and c of the parties a, b and c */

static struct {
	EVP_PKEY *key[KEYS];
	struct pq_buf pem[KEYS], payload, signature[KEYS];
	/* a signed text that names another repository */
	struct pq_buf promoted, promotion[KEYS];
	struct pq_material material[KEYS][KEYS];
	struct pq_material tag[2];
	struct pq_requirement v[6];
	struct pq_policy policy;
	struct pq_proof proof;
} c;

static struct pq_verdict verdict;

static void
set_name(char **to, const char *text)
{
	*to = (char *)(uintptr_t)text;
}

/* Copy the payload with another repository. */
static void
make_promotion(struct pq_buf *dst, struct pq_buf *payload)
{
	static const char web[] = "acme/web";
	const char *text = pq_buf_cstr(payload), *at = strstr(text, web);

	assert_non_null(at);
	pq_buf_put(dst, text, (size_t)(at - text));
	pq_buf_str(dst, "acme/admin");
	pq_buf_str(dst, at + strlen(web));
}

static int
set_up_keys(void **state)
{
	struct pq_digest d;
	size_t i;

	if (set_up(state) != 0)
		return -1;
	c.payload = PQ_BUF_INIT(1024);
	c.promoted = PQ_BUF_INIT(1024);
	assert_int_equal(pq_digest_of(&d, pq_buf_view(&w.index)), 0);
	simple_payload(&c.payload, &d);
	make_promotion(&c.promoted, &c.payload);
	for (i = 0; i < KEYS; i++) {
		c.pem[i] = PQ_BUF_INIT(1024);
		c.signature[i] = PQ_BUF_INIT(128);
		c.promotion[i] = PQ_BUF_INIT(128);
		c.key[i] = testkey_new(&c.pem[i]);
		testkey_sign(
		    c.key[i], pq_buf_view(&c.payload), &c.signature[i]);
		testkey_sign(
		    c.key[i], pq_buf_view(&c.promoted), &c.promotion[i]);
	}
	return 0;
}

static int
tear_down_keys(void **state)
{
	size_t i;

	for (i = 0; i < KEYS; i++) {
		EVP_PKEY_free(c.key[i]);
		pq_buf_free(&c.pem[i]);
		pq_buf_free(&c.signature[i]);
		pq_buf_free(&c.promotion[i]);
	}
	pq_buf_free(&c.payload);
	pq_buf_free(&c.promoted);
	pq_verdict_free(&verdict);
	return tear_down(state);
}

/*
 * Make a policy without a source and requirements, and a proof without pieces.
 */
static int
reset_policy(void **state)
{
	(void)state;
	c.policy = w.policy;
	c.policy.git_url = NULL;
	c.policy.requirements = c.v;
	c.policy.n_requirements = 0;
	c.proof = (struct pq_proof){ .index = pq_buf_view(&w.index),
		.manifest = pq_buf_view(&w.manifest),
		.config = pq_buf_view(&w.config) };
	return 0;
}

/* Add a requirement. The keys "ab" mean key a or key b. */
static struct pq_requirement *
add_requirement(unsigned clause, const char *keys, unsigned threshold)
{
	static const char *const names[] = { "keys/a", "keys/b", "keys/c" };
	static const char *const parties[] = { "a", "b", "c" };
	size_t n = c.policy.n_requirements++, i;
	struct pq_requirement *r = &c.v[n];

	*r = (struct pq_requirement){ .kind = PQ_KIND_COSIGN_KEY,
		.clause = clause,
		.threshold = threshold,
		.v = c.material[n] };
	for (i = 0; keys[i] != '\0'; i++) {
		size_t k = (size_t)(keys[i] - 'a');

		c.material[n][i] =
		    (struct pq_material){ .p = c.pem[k].p, .n = c.pem[k].n };
		set_name(&c.material[n][i].name, names[k]);
		set_name(&c.material[n][i].party, parties[k]);
	}
	r->n = i;
	return r;
}

/* Add a piece that key @by signed, for a material of a requirement. */
static struct pq_piece *
add_piece(size_t requirement, size_t material, char by)
{
	struct pq_piece *p = &c.proof.v[c.proof.n++];

	*p = (struct pq_piece){ .requirement = (uint32_t)requirement,
		.material = (uint32_t)material,
		.form = PQ_FORM_SIMPLE,
		.payload = pq_buf_view(&c.payload),
		.signature = pq_buf_view(&c.signature[by - 'a']) };
	return p;
}

/* Add a piece whose text names another repository. */
static void
add_promotion(size_t requirement, size_t material, char by)
{
	struct pq_piece *p = add_piece(requirement, material, by);

	p->payload = pq_buf_view(&c.promoted);
	p->signature = pq_buf_view(&c.promotion[by - 'a']);
}

static enum pq_status
judge_proof(void)
{
	pq_verdict_free(&verdict);
	memset(&verdict, 0, sizeof(verdict));
	assert_int_equal(pq_proof_recheck(&verdict, &c.policy,
			     PQ_SLICE_LIT("1.0.0"), &c.proof, NOW),
	    0);
	return pq_findings_overall(&verdict.findings);
}

/* Return the @nth finding of @check. */
static const struct pq_finding *
find_finding(enum pq_check check, size_t nth)
{
	size_t i;

	for (i = 0; i < verdict.findings.n; i++)
		if (verdict.findings.v[i].check == check && nth-- == 0)
			return &verdict.findings.v[i];
	fail_msg("%s: there is no such finding", pq_check_name(check));
	return NULL;
}

static void
check_finding(
    enum pq_check check, size_t nth, enum pq_status status, const char *words)
{
	const struct pq_finding *f = find_finding(check, nth);

	if (f->status != status || strstr(f->reason, words) == NULL)
		fail_msg("%s: %s: %s", pq_check_name(check),
		    pq_status_name(f->status), f->reason);
}

static void
test_clauses__all_clauses_are_needed(void **state)
{
	(void)state;
	add_requirement(0, "a", 1);
	add_requirement(1, "b", 1);
	add_piece(0, 0, 'a');
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(PQ_CHECK_IMAGE_SIGNATURE, 0, PQ_PASS, "signed by keys/a");
	check_finding(
	    PQ_CHECK_IMAGE_SIGNATURE, 1, PQ_FAIL, "no signature by a key");
	/* an incomplete proof gives no digest */
	check_finding(PQ_CHECK_IMAGE_DIGEST, 0, PQ_FAIL, "not examined");
	assert_true(pq_digest_none(&verdict.digest));
	add_piece(1, 0, 'b');
	assert_int_equal(judge_proof(), PQ_PASS);
	assert_string_equal(verdict.key, "keys/a, keys/b");
	check_finding(PQ_CHECK_IMAGE_REPOSITORY, 1, PQ_PASS, "signed as");
}

/* A list without room for all names gives the number of the others. */
static void
test_clauses__a_long_list_of_keys_says_how_many_more(void **state)
{
	static char names[KEYS][256];
	char list[256];
	size_t i, k, n;

	(void)state;
	for (i = 0; i < KEYS; i++) {
		add_requirement((unsigned)i,
		    i == 0       ? "a"
			: i == 1 ? "b"
				 : "c",
		    1);
		add_piece((unsigned)i, 0, (char)('a' + i));
	}
	/* the longest names that fit, and one byte more: 3 * 83 + 2 * 2 < 256
	 */
	for (k = 0; k < 3; k++) {
		n = k == 0 ? 83 : k == 1 ? 84 : 255;
		for (i = 0; i < KEYS; i++) {
			memset(names[i], "abc"[i], n);
			names[i][n] = '\0';
			c.material[i][0].name = names[i];
		}
		assert_int_equal(judge_proof(), PQ_PASS);
		(void)snprintf(list, sizeof(list),
		    k == 0       ? "%s, %s, %s"
			: k == 1 ? "%s, %s, and 1 more"
				 : "3 more",
		    names[0], names[1], names[2]);
		assert_string_equal(verdict.key, list);
	}
}

/* A piece that is proven for one requirement does not count for another. */
static void
test_clauses__a_piece_counts_once(void **state)
{
	(void)state;
	add_requirement(0, "a", 1);
	add_requirement(1, "b", 1);
	add_piece(0, 0, 'a');
	add_piece(0, 0, 'b');
	assert_int_equal(judge_proof(), PQ_FAIL);
	/* the proof gives the wrong requirement for a signature */
	c.proof.v[1].requirement = 1;
	c.proof.v[1].signature = c.proof.v[0].signature;
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(
	    PQ_CHECK_IMAGE_SIGNATURE, 1, PQ_FAIL, "did not make this");
	/* one signature meets both requirements when both list its key */
	c.material[1][0] = c.material[0][0];
	assert_int_equal(judge_proof(), PQ_PASS);
	assert_string_equal(verdict.key, "keys/a");
}

static void
test_clauses__one_alternative_is_enough(void **state)
{
	size_t i;

	(void)state;
	add_requirement(0, "a", 1);
	add_requirement(1, "b", 1);
	add_requirement(1, "c", 1);
	add_piece(0, 0, 'a');
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(PQ_CHECK_IMAGE_SIGNATURE, 1, PQ_FAIL,
	    "no alternative is met: cosign-key keys/b: no signature by a key "
	    "in the policy; cosign-key keys/c: no signature");
	add_piece(2, 0, 'c');
	assert_int_equal(judge_proof(), PQ_PASS);
	assert_string_equal(verdict.key, "keys/a, keys/c");
	/* a bad piece does not harm a clause that is met without it */
	add_piece(1, 0, 'c');
	assert_int_equal(judge_proof(), PQ_PASS);
	for (i = 0; i < verdict.findings.n; i++)
		assert_int_equal(verdict.findings.v[i].status, PQ_PASS);
}

/* The first alternative names another repository, the second one fits. */
static void
test_clauses__takes_the_fitting_alternative(void **state)
{
	(void)state;
	add_requirement(0, "a", 1);
	add_requirement(0, "b", 1);
	add_promotion(0, 0, 'a');
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(PQ_CHECK_IMAGE_SIGNATURE, 0, PQ_PASS, "keys/a");
	check_finding(PQ_CHECK_IMAGE_REPOSITORY, 0, PQ_FAIL, "acme/admin");
	add_piece(1, 0, 'b');
	assert_int_equal(judge_proof(), PQ_PASS);
	assert_string_equal(verdict.key, "keys/b");
}

/* Every required signature must name this repository. */
static void
test_clauses__every_signer_names_the_repository(void **state)
{
	(void)state;
	add_requirement(0, "a", 1);
	add_requirement(1, "b", 1);
	add_piece(0, 0, 'a');
	add_promotion(1, 0, 'b');
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(PQ_CHECK_IMAGE_REPOSITORY, 0, PQ_PASS, "");
	check_finding(PQ_CHECK_IMAGE_REPOSITORY, 1, PQ_FAIL, "acme/admin");
}

static void
test_clauses__a_threshold_counts_parties(void **state)
{
	(void)state;
	add_requirement(0, "abc", 2);
	add_piece(0, 0, 'a');
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(
	    PQ_CHECK_IMAGE_SIGNATURE, 0, PQ_FAIL, "1 of 2 parties signed");
	add_piece(0, 0, 'a');
	assert_int_equal(judge_proof(), PQ_FAIL);
	add_piece(0, 1, 'b');
	assert_int_equal(judge_proof(), PQ_PASS);
	check_finding(PQ_CHECK_IMAGE_SIGNATURE, 0, PQ_PASS,
	    "signed by keys/a and keys/b");
	/* two keys of one party */
	c.material[0][1].party = c.material[0][0].party;
	assert_int_equal(judge_proof(), PQ_FAIL);
	add_piece(0, 2, 'c');
	assert_int_equal(judge_proof(), PQ_PASS);
	c.v[0].threshold = 3;
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(
	    PQ_CHECK_IMAGE_SIGNATURE, 0, PQ_FAIL, "2 of 3 parties signed");
}

/* Two names for one key are one party, also through a third name. */
static void
test_clauses__one_key_is_one_party(void **state)
{
	(void)state;
	add_requirement(0, "aab", 2);
	set_name(&c.material[0][1].party, "somebody else");
	set_name(&c.material[0][1].name, "keys/copy");
	add_piece(0, 0, 'a');
	add_piece(0, 1, 'a');
	assert_int_equal(judge_proof(), PQ_FAIL);
	/* the party that holds a copy of b's key is b's party */
	set_name(&c.material[0][2].party, "somebody else");
	add_piece(0, 2, 'b');
	assert_int_equal(judge_proof(), PQ_FAIL);
	set_name(&c.material[0][2].party, "b");
	assert_int_equal(judge_proof(), PQ_PASS);
}

static void
test_clauses__a_zero_threshold_refuses(void **state)
{
	(void)state;
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(PQ_CHECK_IMAGE_SIGNATURE, 0, PQ_FAIL,
	    "no key for image signatures");
	add_requirement(0, "a", 0);
	add_piece(0, 0, 'a');
	assert_int_equal(judge_proof(), PQ_FAIL);
	c.v[0].threshold = 1;
	assert_int_equal(judge_proof(), PQ_PASS);
	c.v[0].n = 0;
	assert_int_equal(judge_proof(), PQ_FAIL);
}

static void
test_clauses__an_unknown_kind_refuses(void **state)
{
	static const unsigned kinds[] = { PQ_KIND_NONE, PQ_KIND_COUNT,
		UINT32_MAX };
	size_t i;

	(void)state;
	add_requirement(0, "a", 1);
	add_requirement(1, "b", 1);
	add_piece(0, 0, 'a');
	add_piece(1, 0, 'b');
	assert_int_equal(judge_proof(), PQ_PASS);
	for (i = 0; i < N(kinds); i++) {
		c.v[1].kind = (enum pq_kind)kinds[i];
		assert_null(pq_kind_row(c.v[1].kind));
		assert_int_equal(judge_proof(), PQ_FAIL);
		check_finding(
		    PQ_CHECK_IMAGE_SIGNATURE, 1, PQ_FAIL, "does not know");
	}
}

/* The indices in a proof are untrusted. */
static void
test_clauses__ignores_indices_out_of_range(void **state)
{
	static const uint32_t bad[] = { 1, 2, PQ_MATERIALS_MAX, UINT32_MAX };
	size_t i;

	(void)state;
	add_requirement(0, "a", 1);
	add_piece(0, 0, 'a');
	assert_int_equal(judge_proof(), PQ_PASS);
	for (i = 0; i < N(bad); i++) {
		c.proof.v[0].requirement = bad[i];
		assert_int_equal(judge_proof(), PQ_FAIL);
		c.proof.v[0].requirement = 0;
		c.proof.v[0].material = bad[i];
		assert_int_equal(judge_proof(), PQ_FAIL);
		c.proof.v[0].material = 0;
	}
	/* the list is bounded, even if its length is wrong */
	c.proof.n = SIZE_MAX;
	assert_int_equal(judge_proof(), PQ_PASS);
}

/* ---- the tag ----------------------------------------------------------- */

static void
require_tag(unsigned clause, const struct pq_buf *signers)
{
	size_t n = c.policy.n_requirements++;

	c.tag[clause % 2] =
	    (struct pq_material){ .p = signers->p, .n = signers->n };
	c.v[n] = (struct pq_requirement){ .kind = PQ_KIND_SSH,
		.clause = clause,
		.threshold = 1,
		.v = &c.tag[clause % 2],
		.n = 1 };
}

static void
add_tag(size_t requirement, const struct pq_buf *tag)
{
	c.proof.v[c.proof.n++] =
	    (struct pq_piece){ .requirement = (uint32_t)requirement,
		    .form = PQ_FORM_TAG,
		    .payload = pq_buf_view(tag) };
}

static void
test_clauses__each_list_of_signers_is_needed(void **state)
{
	struct pq_buf other = fixture("gittag/allowed_signers");
	struct pq_buf second = fixture("cosign/bad/tag/other-name");

	(void)state;
	c.policy.git_url = w.policy.git_url;
	add_requirement(0, "a", 1);
	require_tag(1, &w.signers);
	require_tag(2, &w.signers);
	add_piece(0, 0, 'a');
	add_tag(1, &w.tag);
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(PQ_CHECK_SOURCE_TAG_SIGNATURE, 0, PQ_PASS, "release@");
	check_finding(
	    PQ_CHECK_SOURCE_TAG_SIGNATURE, 1, PQ_FAIL, "no tag object");
	check_finding(PQ_CHECK_SOURCE_TAG_COMMIT, 0, PQ_FAIL, "no signed tag");
	assert_int_equal(verdict.tag_object.len, 0);
	add_tag(2, &w.tag);
	assert_int_equal(judge_proof(), PQ_PASS);
	/* both lists are met by one signature of one signer */
	assert_string_equal(verdict.signer, "release@example.com");
	/* another tag object, also signed */
	c.proof.v[2].payload = pq_buf_view(&second);
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(
	    PQ_CHECK_SOURCE_TAG_SIGNATURE, 1, PQ_FAIL, "on another tag object");
	c.proof.v[2].payload = pq_buf_view(&w.tag);
	c.tag[0].p = other.p;
	c.tag[0].n = other.n;
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(
	    PQ_CHECK_SOURCE_TAG_SIGNATURE, 1, PQ_FAIL, "allowed signer");
	/* as alternatives, one of the lists is enough */
	c.v[2].clause = 1;
	assert_int_equal(judge_proof(), PQ_PASS);
	pq_buf_free(&second);
	pq_buf_free(&other);
}

/* A source without signers in the policy proves nothing. */
static void
test_clauses__a_source_needs_signers(void **state)
{
	(void)state;
	c.policy.git_url = w.policy.git_url;
	add_requirement(0, "a", 1);
	add_piece(0, 0, 'a');
	add_tag(0, &w.tag);
	assert_int_equal(judge_proof(), PQ_FAIL);
	check_finding(
	    PQ_CHECK_SOURCE_TAG_SIGNATURE, 0, PQ_FAIL, "no signer of git tags");
}

/* An image signature is not a tag signature, and the other way round. */
static void
test_clauses__kinds_are_not_mixed(void **state)
{
	(void)state;
	c.policy.git_url = w.policy.git_url;
	add_requirement(0, "a", 1);
	require_tag(0, &w.signers);
	add_piece(0, 0, 'a');
	assert_int_equal(judge_proof(), PQ_FAIL);
	c.proof.n = 0;
	add_tag(1, &w.tag);
	assert_int_equal(judge_proof(), PQ_FAIL);
	add_piece(0, 0, 'a');
	assert_int_equal(judge_proof(), PQ_PASS);
}

#define TEST(set_name) \
	cmocka_unit_test_setup(test_clauses__##set_name, reset_policy)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_clauses_are_needed),
		TEST(a_long_list_of_keys_says_how_many_more),
		TEST(a_piece_counts_once),
		TEST(one_alternative_is_enough),
		TEST(takes_the_fitting_alternative),
		TEST(every_signer_names_the_repository),
		TEST(a_threshold_counts_parties),
		TEST(one_key_is_one_party),
		TEST(a_zero_threshold_refuses),
		TEST(an_unknown_kind_refuses),
		TEST(ignores_indices_out_of_range),
		TEST(each_list_of_signers_is_needed),
		TEST(a_source_needs_signers),
		TEST(kinds_are_not_mixed),
	};

	return cmocka_run_group_tests(tests, set_up_keys, tear_down_keys);
}
