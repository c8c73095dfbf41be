/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds, and what a prover says of one piece. */
#include "recheck.h"

#include <pratique/kind.h>

static void
test_kinds__are_found_by_their_keys(void **state)
{
	static const char *const none[] = { "", "cosign", "cosign-key2", "SSH",
		"provenance" };
	unsigned k, n = 0;
	size_t i;

	(void)state;
	for (k = 0; k < PQ_KIND_COUNT + 2; k++) {
		const struct pq_kind_row *row = pq_kind_row((enum pq_kind)k);

		if (row == NULL)
			continue;
		n++;
		assert_int_equal(pq_kind_by_name(row->name), k);
		/* two tables, and one word about it */
		assert_int_equal(pq_kind_proven((enum pq_kind)k),
		    pq_kind_prover((enum pq_kind)k) != NULL);
		assert_int_equal(pq_check_owner(row->check), PQ_OWNER_VERIFY);
	}
	assert_int_equal(n, PQ_KIND_COUNT - 1);
	assert_null(pq_kind_row(PQ_KIND_NONE));
	assert_null(pq_kind_prover(PQ_KIND_NONE));
	assert_null(pq_kind_prover(PQ_KIND_COUNT));
	for (i = 0; i < N(none); i++)
		assert_int_equal(pq_kind_by_name(none[i]), PQ_KIND_NONE);
}

static struct pq_piece
piece_of(const struct flat *f)
{
	struct pq_piece p = proof_of(f).v[0];

	assert_int_equal(pq_digest_of(&p.image, f->index), 0);
	return p;
}

static void
prove(const struct pq_piece *p, struct pq_claims *c, struct pq_ruling *r)
{
	size_t kind = p->form == PQ_FORM_TAG ? 1 : 0;
	const struct pq_requirement *req = &w.policy.requirements[kind];

	memset(c, 0xa5, sizeof(*c));
	memset(r, 0xa5, sizeof(*r));
	assert_int_equal(pq_kind_prover(req->kind)(req, p, NOW, c, r), 0);
}

static void
test_kinds__claim_what_a_key_signed(void **state)
{
	struct pq_piece p = piece_of(&w.simple);
	struct pq_claims c;
	struct pq_ruling r;

	(void)state;
	prove(&p, &c, &r);
	assert_int_equal(r.status, PQ_PASS);
	assert_true(c.genuine);
	assert_true(pq_digest_eq(&c.digest, &p.image));
	assert_string_equal(c.repository.text, TEST_REPOSITORY);
	assert_string_equal(c.principal, "keys/web.pub");
	assert_int_equal(c.commit.len, 0);
	p = piece_of(&w.dsse);
	prove(&p, &c, &r);
	assert_int_equal(r.status, PQ_PASS);
	assert_int_equal(c.repository.kind, PQ_CLAIM_NO_PLACE);
	/* genuine, and of another image: then it claims none */
	p.image.sha256[0] ^= 1;
	prove(&p, &c, &r);
	assert_int_equal(r.status, PQ_FAIL);
	assert_true(c.genuine);
	assert_true(pq_digest_none(&c.digest));
	p.material = TEST_KEY;
	prove(&p, &c, &r);
	assert_int_equal(r.status, PQ_FAIL);
	assert_false(c.genuine);
}

static void
test_kinds__claim_what_a_tag_says(void **state)
{
	struct pq_piece p = proof_of(&w.simple).v[1];
	struct pq_buf unsigned_ = fixture("cosign/bad/tag/unsigned");
	struct pq_claims c;
	struct pq_ruling r;

	(void)state;
	prove(&p, &c, &r);
	assert_int_equal(r.status, PQ_PASS);
	assert_true(c.genuine);
	assert_true(pq_digest_none(&c.digest));
	assert_int_equal(c.commit.len, 20);
	assert_string_equal(c.version.text, "v1.0.0");
	assert_string_equal(c.principal, "release@example.com");
	assert_int_equal(c.at, TAGGED);
	/* one that could be read has a name, also when nobody signed it */
	p.payload = pq_buf_view(&unsigned_);
	prove(&p, &c, &r);
	assert_int_equal(r.status, PQ_FAIL);
	assert_false(c.genuine);
	assert_int_equal(c.commit.len, 20);
	assert_string_equal(c.principal, "");
	pq_buf_free(&unsigned_);
}

static void
test_kinds__materials_of_one_party(void **state)
{
	struct pq_requirement r = w.trusted.v[0];
	struct pq_material m[4];
	size_t party[PQ_MATERIALS_MAX], i;
	static char names[4][2] = { "a", "b", "c", "d" };

	(void)state;
	r.v = m;
	r.n = 4;
	for (i = 0; i < 4; i++) {
		m[i] = w.trusted.keys[i % 3];
		m[i].party = names[i];
	}
	/* d is another name of a's key */
	assert_int_equal(pq_requirement_parties(party, &r), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(party[i], i % 3);
	/* and b's name is d's: so a, b and d are one */
	m[1].party = names[3];
	assert_int_equal(pq_requirement_parties(party, &r), 0);
	assert_int_equal(party[0], 0);
	assert_int_equal(party[1], 0);
	assert_int_equal(party[2], 2);
	assert_int_equal(party[3], 0);
	/* without a party the file's name is one */
	m[1].party = m[2].party = NULL;
	assert_int_equal(pq_requirement_parties(party, &r), 0);
	assert_int_equal(party[2], party[1]);
}

/* Fetch asks where evidence of the policy can be, and nowhere else. */
static void
test_kinds__say_where_evidence_is(void **state)
{
	struct pq_policy p = w.policy;
	unsigned all = PQ_ARTIFACT_BIT(PQ_ARTIFACT_COSIGN_TAG) |
	    PQ_ARTIFACT_BIT(PQ_ARTIFACT_REFERRERS) |
	    PQ_ARTIFACT_BIT(PQ_ARTIFACT_FALLBACK_TAG);
	unsigned a;

	(void)state;
	assert_int_equal(pq_policy_artifacts(&p), all);
	p.requirements++;
	p.n_requirements = 1;
	assert_int_equal(pq_policy_artifacts(&p), 0);
	p.n_requirements = 0;
	assert_int_equal(pq_policy_artifacts(&p), 0);
	/* fetch brings what is judged, and as much of it */
	for (a = PQ_ARTIFACT_NONE + 1; a < PQ_ARTIFACT_COUNT; a++) {
		const struct pq_artifact_row *row =
		    pq_artifact_row((enum pq_artifact)a);

		assert_true(pq_artifact_is_fetched(
		    (enum pq_artifact)a, row->media_type));
		assert_true(row->fetched >= PQ_ARTIFACT_SIGNATURES);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds__are_found_by_their_keys),
		cmocka_unit_test(test_kinds__claim_what_a_key_signed),
		cmocka_unit_test(test_kinds__claim_what_a_tag_says),
		cmocka_unit_test(test_kinds__materials_of_one_party),
		cmocka_unit_test(test_kinds__say_where_evidence_is),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
