/* SPDX-License-Identifier: Apache-2.0 */
/* The search for signatures under policies with several requirements. */
#include "layers.h"

#include <dlfcn.h>

#define KEYS 3 /* a, b, and a key that is not in the policy */

static struct {
	EVP_PKEY *key[KEYS];
	struct pq_buf pem[KEYS], payload, promoted;
	struct pq_material material[2][KEYS];
	struct pq_requirement v[3];
	struct pq_policy policy;
} c;

static int
set_up_keys(void **state)
{
	size_t i;

	if (set_up(state) != 0)
		return -1;
	c.payload = PQ_BUF_INIT(1024);
	simple_payload(&c.payload, &w.image);
	c.promoted = fixture("cosign/bad/reference/other-repository");
	for (i = 0; i < KEYS; i++) {
		c.pem[i] = PQ_BUF_INIT(1024);
		c.key[i] = testkey_new(&c.pem[i]);
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
	}
	pq_buf_free(&c.payload);
	pq_buf_free(&c.promoted);
	return tear_down(state);
}

/* Make a policy that requires key a, key b and the signers of the tag. */
static int
reset_policy(void **state)
{
	static const char *const names[] = { "keys/a", "keys/b" };
	size_t i;

	(void)state;
	c.policy = w.policy;
	for (i = 0; i < 2; i++) {
		c.material[i][0] = (struct pq_material){ .p = c.pem[i].p,
			.n = c.pem[i].n,
			.name = (char *)(uintptr_t)names[i] };
		c.v[i] = (struct pq_requirement){ .kind = PQ_KIND_COSIGN_KEY,
			.clause = (unsigned)i,
			.threshold = 1,
			.v = c.material[i],
			.n = 1 };
	}
	c.v[2] = w.policy.requirements[1];
	c.v[2].clause = 2;
	c.policy.requirements = c.v;
	c.policy.n_requirements = 3;
	return 0;
}

/*
 * Make a layer that key @by signed: 'a', 'b', or 'x' for a key that is not in
 * the policy. Upper case: the text names another repository.
 */
static json_t *
make_layer(json_t *doc, char by)
{
	struct pq_buf *text = by < 'a' ? &c.promoted : &c.payload;
	size_t k = by == 'x' ? 2 : (size_t)((by | 0x20) - 'a');
	struct pq_buf sig = PQ_BUF_INIT(128);
	json_t *l;

	testkey_sign(c.key[k], pq_buf_view(text), &sig);
	l = simple_layer(doc, pq_buf_view(text), pq_buf_view(&sig));
	pq_buf_free(&sig);
	return l;
}

static unsigned checked; /* number of key checks since it was set to 0 */

/* Replaces OpenSSL's function, the costly part of parsing a key. */
int
EVP_PKEY_public_check(EVP_PKEY_CTX *ctx)
{
	int (*real)(EVP_PKEY_CTX *);

	*(void **)&real = dlsym(RTLD_NEXT, "EVP_PKEY_public_check");
	checked++;
	return real(ctx);
}

/* Judge a document with these signatures in this order. */
static enum pq_status
judge_signed(const char *by)
{
	struct pq_policy saved = w.policy;
	json_t *doc = make_document(), *layers = json_array();
	enum pq_status s;

	for (; *by != '\0'; by++)
		json_array_append_new(layers, make_layer(doc, *by));
	w.policy = c.policy;
	s = judge_json(with_layers(doc, layers));
	w.policy = saved;
	return s;
}

/* Check the @nth finding about a signature of the image. */
static void
nth_says(size_t nth, enum pq_status status, const char *words)
{
	size_t i;

	for (i = 0; i < verdict.findings.n; i++)
		if (verdict.findings.v[i].check == PQ_CHECK_IMAGE_SIGNATURE &&
		    nth-- == 0) {
			is_said(&verdict.findings.v[i], status, words);
			return;
		}
	fail_msg("there is no such finding");
}

static void
stands_alone(void)
{
	struct pq_verdict again = { 0 };

	assert_int_equal(pq_proof_recheck(&again, &c.policy,
			     pq_slice_str("1.0.0"), &verdict.proof, NOW),
	    0);
	assert_int_equal(pq_findings_overall(&again.findings), PQ_PASS);
	pq_verdict_free(&again);
}

static void
test_search__finds_a_piece_for_each_requirement(void **state)
{
	static const char *const orders[] = { "ab", "ba", "xaxb", "abab" };
	size_t i;

	(void)state;
	for (i = 0; i < N(orders); i++) {
		assert_int_equal(judge_signed(orders[i]), PQ_PASS);
		assert_int_equal(verdict.proof.n, 3);
		assert_string_equal(verdict.key, "keys/a, keys/b");
		stands_alone();
	}
}

/* The finding names the party that signed. The other one may still sign. */
static void
test_search__a_missing_party_is_pending(void **state)
{
	(void)state;
	assert_int_equal(judge_signed("a"), PQ_PENDING);
	nth_says(0, PQ_PASS, "signed by keys/a");
	nth_says(1, PQ_PENDING, "no key in this requirement");
	check_finding("image.digest", PQ_PENDING, "not examined");
	/* only a signed: a caller without a deadline gets no refusal */
	assert_false(verdict.signed_by_others);
	assert_int_equal(judge_signed("ax"), PQ_PENDING);
	assert_true(verdict.signed_by_others);
	assert_int_equal(judge_signed(""), PQ_PENDING);
	nth_says(0, PQ_PENDING, "no signature of this digest was found yet");
	nth_says(1, PQ_PENDING, "no signature of this digest was found yet");
}

static void
test_search__one_alternative_is_enough(void **state)
{
	size_t i;

	(void)state;
	c.v[1].clause = 0;
	assert_int_equal(judge_signed("b"), PQ_PASS);
	assert_int_equal(verdict.proof.n, 2);
	stands_alone();
	/* the alternative that is not met leaves no failed finding */
	for (i = 0; i < verdict.findings.n; i++)
		assert_int_equal(verdict.findings.v[i].status, PQ_PASS);
	assert_int_equal(judge_signed("x"), PQ_PENDING);
	nth_says(0, PQ_PENDING,
	    "no alternative is met: cosign-key keys/a: 1 signature(s) "
	    "examined, none accepted: no key in this requirement made this "
	    "signature; cosign-key keys/b: 1 signature(s)");
}

/* A signature that fits comes before a misfit, in any order. */
static void
test_search__prefers_signatures_that_fit(void **state)
{
	static const char *const orders[] = { "Aab", "aAb", "bABa", "AABab" };
	size_t i;

	(void)state;
	for (i = 0; i < N(orders); i++)
		assert_int_equal(judge_signed(orders[i]), PQ_PASS);
	assert_int_equal(judge_signed("Ab"), PQ_FAIL);
	nth_says(0, PQ_PASS, "keys/a");
	/* an alternative that fits is better than a misfit */
	c.v[1].clause = 0;
	assert_int_equal(judge_signed("Ab"), PQ_PASS);
	assert_string_equal(verdict.key, "keys/b");
}

static void
test_search__counts_distinct_parties(void **state)
{
	(void)state;
	c.material[0][1] = c.material[1][0];
	c.v[0].n = c.v[0].threshold = 2;
	c.v[1] = c.v[2];
	c.policy.n_requirements = 2;
	assert_int_equal(judge_signed("ab"), PQ_PASS);
	assert_int_equal(verdict.proof.n, 3);
	nth_says(0, PQ_PASS, "signed by keys/a and keys/b");
	stands_alone();
	assert_int_equal(judge_signed("aaa"), PQ_PENDING);
	nth_says(0, PQ_PENDING,
	    "1 of 2 parties signed (keys/a); no signature by another party was "
	    "found yet");
	assert_int_equal(judge_signed("ax"), PQ_PENDING);
	nth_says(0, PQ_PENDING,
	    "1 of 2 parties signed (keys/a); 2 signature(s) examined, the "
	    "others not accepted: no key in the policy");
	/* both keys belong to one party */
	c.material[0][0].party = c.material[0][1].party = c.material[0][0].name;
	assert_int_equal(judge_signed("ab"), PQ_PENDING);
	c.material[0][0].party = c.material[0][1].party = NULL;
	/* two misfits and nothing else: the findings name their repository */
	assert_int_equal(judge_signed("AB"), PQ_FAIL);
	nth_says(0, PQ_PASS, "keys/b and keys/a");
}

/*
 * Everybody who may push can copy a signature from another repository. It must
 * not refuse a release that a third party can still sign.
 */
static void
test_search__waits_beside_a_misfit(void **state)
{
	static const char reason[] =
	    "1 of 2 parties signed (keys/a); 2 signature(s) examined, the "
	    "others not accepted: the image was signed as "
	    "127.0.0.1:5000/acme/admin";

	(void)state;
	c.material[0][1] = c.material[1][0];
	c.material[0][2] = (struct pq_material){
		.p = c.pem[2].p, .n = c.pem[2].n, .name = c.material[1][0].name
	};
	c.material[0][2].name = (char *)(uintptr_t) "keys/c";
	c.v[0].n = 3;
	c.v[0].threshold = 2;
	c.v[1] = c.v[2];
	c.policy.n_requirements = 2;
	assert_int_equal(judge_signed("aB"), PQ_PENDING);
	nth_says(0, PQ_PENDING, reason);
	assert_int_equal(judge_signed("Ba"), PQ_PENDING);
	nth_says(0, PQ_PENDING, reason);
	assert_int_equal(judge_signed("B"), PQ_PENDING);
	nth_says(0, PQ_PENDING,
	    "1 signature(s) examined, none accepted: the image was signed as "
	    "127.0.0.1:5000/acme/admin");
	/* 'x' is the third party here */
	assert_int_equal(judge_signed("aBx"), PQ_PASS);
	nth_says(0, PQ_PASS, "signed by keys/a and keys/c");
	assert_int_equal(judge_signed("xBa"), PQ_PASS);
	assert_int_equal(judge_signed("BABAax"), PQ_PASS);
	stands_alone();
}

/* Within the budget, junk does not hide a good signature. */
static void
test_search__junk_does_not_hide_signatures(void **state)
{
	(void)state;
	assert_int_equal(judge_signed("xxxxxxxxxxxxxxab"), PQ_PASS);
	assert_int_equal(judge_signed("xxxxxxxxxxxxxxxxab"), PQ_PENDING);
	nth_says(0, PQ_PENDING, "16 signature(s) examined");
	nth_says(1, PQ_PENDING, "too many candidates to examine");
}

/* With two lists of signers, both must allow the signer of the tag. */
static void
test_search__judges_the_tag_by_each_list(void **state)
{
	struct pq_buf other = fixture("gittag/allowed_signers");
	struct pq_material m = { .p = other.p, .n = other.n };

	(void)state;
	c.v[1] = c.v[2];
	c.v[1].clause = 1;
	assert_int_equal(judge_signed("a"), PQ_PASS);
	assert_int_equal(verdict.proof.n, 3);
	stands_alone();
	c.v[1].v = &m;
	assert_int_equal(judge_signed("a"), PQ_FAIL);
	/* as alternatives: the second one is met */
	c.v[2].clause = 1;
	assert_int_equal(judge_signed("a"), PQ_PASS);
	assert_int_equal(verdict.proof.n, 2);
	/* no alternative is met: deploy needs the tag to give the reason */
	c.v[2].v = &m;
	assert_int_equal(judge_signed("a"), PQ_FAIL);
	check_finding(
	    "source.tag-signature", PQ_FAIL, "no alternative is met: ssh");
	pq_buf_free(&other);
}

/* While the tag is missing, every list of signers is pending. */
static void
test_search__waits_for_the_tag_of_each_list(void **state)
{
	struct pq_policy saved = w.policy;
	json_t *doc = signed_document();
	size_t i, n = 0;

	(void)state;
	c.v[0] = saved.requirements[0];
	c.v[1] = c.v[2];
	c.v[1].clause = 1;
	json_object_set_new(doc, "git",
	    json_pack("{s:s,s:s}", "repository", GIT, "tag", "v1.0.0"));
	add_lookup(doc, "git-ref", NULL);
	w.policy = c.policy;
	assert_int_equal(judge_json(doc), PQ_PENDING);
	for (i = 0; i < verdict.findings.n; i++) {
		const struct pq_finding *f = &verdict.findings.v[i];

		if (f->check != PQ_CHECK_SOURCE_TAG_SIGNATURE)
			continue;
		is_said(f, PQ_PENDING, "no such tag yet");
		n++;
	}
	assert_int_equal(n, 2);
	doc = signed_document();
	json_object_del(get_member(doc, "git"), "tag_object");
	assert_int_equal(judge_json(doc), PQ_FAIL);
	for (i = 0; i < verdict.findings.n; i++)
		if (verdict.findings.v[i].check ==
		    PQ_CHECK_SOURCE_TAG_SIGNATURE)
			is_said(&verdict.findings.v[i], PQ_FAIL, "lightweight");
	w.policy = saved;
}

/* The number of signatures has no effect on how often a key is parsed. */
static void
test_search__junk_does_not_repeat_the_parsing_of_keys(void **state)
{
	unsigned one;

	(void)state;
	checked = 0;
	assert_int_equal(judge_signed("x"), PQ_PENDING);
	one = checked;
	assert_true(one > 0);
	checked = 0;
	assert_int_equal(judge_signed("xxxxxxxxxxxxxxxx"), PQ_PENDING);
	assert_int_equal(checked, one);
}

/* A threshold over parties does not check each pair of keys again. */
static void
test_search__a_threshold_does_not_check_keys_again(void **state)
{
	unsigned one;

	(void)state;
	c.material[0][1] = c.material[1][0];
	c.v[0].n = 2;
	c.v[1] = c.v[2];
	c.policy.n_requirements = 2;
	checked = 0;
	assert_int_equal(judge_signed("x"), PQ_PENDING);
	one = checked;
	c.v[0].threshold = 2;
	checked = 0;
	assert_int_equal(judge_signed("x"), PQ_PENDING);
	assert_int_equal(checked, one);
}

/* An unknown kind is refused at once, with the reason. */
static void
test_search__refuses_an_unknown_kind(void **state)
{
	(void)state;
	c.v[1].kind = PQ_KIND_COUNT;
	assert_int_equal(judge_signed("ab"), PQ_FAIL);
	nth_says(0, PQ_PASS, "signed by keys/a");
	nth_says(
	    1, PQ_FAIL, "a kind of evidence that this version does not know");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
	    test_search__##name, reset_policy, drop_document)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_a_piece_for_each_requirement),
		TEST(a_missing_party_is_pending),
		TEST(one_alternative_is_enough),
		TEST(prefers_signatures_that_fit),
		TEST(counts_distinct_parties),
		TEST(waits_beside_a_misfit),
		TEST(junk_does_not_hide_signatures),
		TEST(judges_the_tag_by_each_list),
		TEST(waits_for_the_tag_of_each_list),
		TEST(refuses_an_unknown_kind),
		TEST(junk_does_not_repeat_the_parsing_of_keys),
		TEST(a_threshold_does_not_check_keys_again),
	};

	return cmocka_run_group_tests(tests, set_up_keys, tear_down_keys);
}
