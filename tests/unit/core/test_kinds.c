/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds, and the provers' rulings on one piece. */
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
		/* both tables must agree */
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
prove_piece(const struct pq_piece *p, struct pq_claims *c, struct pq_ruling *r)
{
	size_t kind = p->form == PQ_FORM_TAG ? 1 : 0;
	const struct pq_requirement *req = &w.policy.requirements[kind];

	memset(c, 0xa5, sizeof(*c));
	memset(r, 0xa5, sizeof(*r));
	assert_int_equal(pq_kind_prover(req->kind)(req, p, NOW, c, r), 0);
}

static void
test_kinds__read_claims_of_an_image_signature(void **state)
{
	struct pq_piece p = piece_of(&w.simple);
	struct pq_claims c;
	struct pq_ruling r;

	(void)state;
	prove_piece(&p, &c, &r);
	assert_int_equal(r.status, PQ_PASS);
	assert_true(c.genuine);
	assert_true(pq_digest_eq(&c.digest, &p.image));
	assert_string_equal(c.repository.text, TEST_REPOSITORY);
	assert_string_equal(c.principal, "keys/web.pub");
	assert_int_equal(c.commit.len, 0);
	p = piece_of(&w.dsse);
	prove_piece(&p, &c, &r);
	assert_int_equal(r.status, PQ_PASS);
	assert_int_equal(c.repository.kind, PQ_CLAIM_NO_PLACE);
	/* genuine, but for another image: no claims about this one */
	p.image.sha256[0] ^= 1;
	prove_piece(&p, &c, &r);
	assert_int_equal(r.status, PQ_FAIL);
	assert_true(c.genuine);
	assert_true(pq_digest_none(&c.digest));
	p.material = TEST_KEY;
	prove_piece(&p, &c, &r);
	assert_int_equal(r.status, PQ_FAIL);
	assert_false(c.genuine);
}

static void
test_kinds__read_claims_of_a_tag(void **state)
{
	struct pq_piece p = proof_of(&w.simple).v[1];
	struct pq_buf unsigned_ = fixture("cosign/bad/tag/unsigned");
	struct pq_claims c;
	struct pq_ruling r;

	(void)state;
	prove_piece(&p, &c, &r);
	assert_int_equal(r.status, PQ_PASS);
	assert_true(c.genuine);
	assert_true(pq_digest_none(&c.digest));
	assert_int_equal(c.commit.len, 20);
	assert_string_equal(c.version.text, "v1.0.0");
	assert_string_equal(c.principal, "release@example.com");
	assert_int_equal(c.at, TAGGED);
	/* a readable tag has a name, even without a signature */
	p.payload = pq_buf_view(&unsigned_);
	prove_piece(&p, &c, &r);
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
	/* d and a are the same key */
	assert_int_equal(pq_requirement_parties(party, &r), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(party[i], i % 3);
	/* b has d's party, so a, b and d are one party */
	m[1].party = names[3];
	assert_int_equal(pq_requirement_parties(party, &r), 0);
	assert_int_equal(party[0], 0);
	assert_int_equal(party[1], 0);
	assert_int_equal(party[2], 2);
	assert_int_equal(party[3], 0);
	/* without a party, the file's name is the party */
	m[1].party = m[2].party = NULL;
	assert_int_equal(pq_requirement_parties(party, &r), 0);
	assert_int_equal(party[2], party[1]);
}

/* Fetch asks only where the policy's evidence can be. */
static void
test_kinds__name_the_places_of_evidence(void **state)
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
	/* fetch brings the judged media types, and at least the budget */
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
		cmocka_unit_test(test_kinds__read_claims_of_an_image_signature),
		cmocka_unit_test(test_kinds__read_claims_of_a_tag),
		cmocka_unit_test(test_kinds__materials_of_one_party),
		cmocka_unit_test(test_kinds__name_the_places_of_evidence),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
