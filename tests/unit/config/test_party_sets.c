/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest sets of random policies, compared with the result of trying all
 * subsets of their parties. The key files hold no keys, so only names count.
 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/party_sets.h"

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define PARTIES 6
#define CLAUSES 3
#define REQUIREMENTS 6
#define KEYS 4

static struct {
	struct pq_material m[REQUIREMENTS][KEYS];
	struct pq_requirement v[REQUIREMENTS];
	struct pq_policy policy;
	struct pq_config_service service;
	struct pq_config config;
	struct pq_config_operator operators[PARTIES];
} c;

static char names[PARTIES][2] = { "a", "b", "c", "d", "e", "f" };
static char files[REQUIREMENTS * KEYS][8];
static struct pq_parties *parties;

static uint32_t seed;

static unsigned
roll_dice(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 16) % n;
}

static void
make_requirement(struct pq_requirement *r, size_t at)
{
	static uint8_t bytes[REQUIREMENTS * KEYS];
	size_t i;

	r->kind = roll_dice(3) == 0 ? PQ_KIND_SSH : PQ_KIND_COSIGN_KEY;
	r->clause = roll_dice(CLAUSES);
	r->v = c.m[at];
	r->n = 1 + roll_dice(KEYS);
	r->threshold = 1 + roll_dice(2);
	for (i = 0; i < r->n; i++) {
		size_t k = at * KEYS + i;

		bytes[k] = (uint8_t)k;
		(void)snprintf(files[k], sizeof(files[k]), "k%zu", k);
		r->v[i] = (struct pq_material){ .name = files[k],
			.party = names[roll_dice(PARTIES)],
			.p = &bytes[k],
			.n = 1 };
	}
}

static void
make_policy(void)
{
	size_t i;

	memset(&c, 0, sizeof(c));
	c.policy.requirements = c.v;
	c.policy.n_requirements = 1 + roll_dice(REQUIREMENTS);
	for (i = 0; i < c.policy.n_requirements; i++)
		make_requirement(&c.v[i], i);
	c.config.operators = c.operators;
	c.config.n_operators = roll_dice(PARTIES);
	for (i = 0; i < c.config.n_operators; i++)
		c.operators[i].name = names[i];
	c.service.policy = &c.policy;
	c.service.approvals = roll_dice(3);
}

/* ---- all subsets --------------------------------------------------------- */

/* @set: one bit for each name */
static bool
meets_requirement(unsigned set, const struct pq_requirement *r)
{
	unsigned found = 0, n = 0;
	size_t i;

	for (i = 0; i < r->n; i++)
		found |= 1u << (r->v[i].party[0] - 'a');
	for (found &= set; found != 0; found &= found - 1)
		n++;
	return n >= r->threshold;
}

static bool
meets_all(unsigned set)
{
	size_t i, k;
	bool met;

	for (i = 0; i < c.policy.n_requirements; i++) {
		met = false;
		for (k = 0; k < c.policy.n_requirements; k++)
			met = met ||
			    (c.v[k].clause == c.v[i].clause &&
				c.v[k].kind == c.v[i].kind &&
				meets_requirement(set, &c.v[k]));
		if (!met)
			return false;
	}
	return true;
}

static unsigned
count_bits(unsigned set)
{
	unsigned n = 0;

	for (; set != 0; set &= set - 1)
		n++;
	return n;
}

/* Return the parties of a set and the operators it needs; 0: impossible. */
static unsigned
set_size(unsigned set)
{
	unsigned operators = (1u << c.config.n_operators) - 1;
	unsigned have = count_bits(set & operators);
	unsigned more =
	    c.service.approvals > have ? c.service.approvals - have : 0;

	if (!meets_all(set) || more + have > c.config.n_operators)
		return 0;
	return count_bits(set) + more;
}

/* Return true if the set needs each of its parties. */
static bool
is_minimal(unsigned set)
{
	unsigned i;

	for (i = 0; i < PARTIES; i++)
		if ((set & 1u << i) != 0 && meets_all(set & ~(1u << i)))
			return false;
	return true;
}

static size_t
brute_force(bool found[1u << PARTIES], unsigned *ret_size)
{
	unsigned set, best = 0;
	size_t n = 0;

	for (set = 1; set < 1u << PARTIES; set++)
		if (set_size(set) != 0 && (best == 0 || set_size(set) < best))
			best = set_size(set);
	for (set = 0; set < 1u << PARTIES; set++) {
		found[set] = set != 0 && best != 0 && set_size(set) == best &&
		    is_minimal(set);
		n += found[set];
	}
	*ret_size = best;
	return n;
}

static unsigned
bits_of(const struct pq_party_set *set)
{
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < set->n_signers; i++)
		bits |=
		    1u << (pq_parties_name(parties, set->signers[i])[0] - 'a');
	return bits;
}

static void
test_party_sets__equal_those_of_brute_force(void **state)
{
	static bool want[1u << PARTIES];
	unsigned size, round, possible = 0, several = 0;
	size_t i, n;

	(void)state;
	for (round = 0; round < 3000; round++) {
		seed = round;
		make_policy();
		n = brute_force(want, &size);
		parties = NULL;
		assert_int_equal(
		    pq_parties_of(&parties, &c.service, &c.config), 0);
		if (parties->n_smallest != n)
			fail_msg("policy %u: %zu sets, not %zu", round,
			    parties->n_smallest, n);
		for (i = 0; i < n; i++) {
			unsigned bits = bits_of(&parties->smallest[i]);

			if (!want[bits])
				fail_msg("policy %u: %x", round, bits);
			want[bits] = false; /* each set is found once */
			assert_int_equal(
			    pq_party_set_size(&parties->smallest[i]), size);
		}
		assert_int_equal(parties->at_least, 0);
		possible += n > 0;
		several += n > 1;
		pq_parties_free(parties);
	}
	/* the random policies gave enough sets to compare */
	assert_true(possible > 500 && several > 200);
}

/* ---- policies made by hand ----------------------------------------------- */

static void
add_requirement(unsigned clause, const char *held_by, unsigned threshold)
{
	size_t at = c.policy.n_requirements++, i;
	struct pq_requirement *r = &c.v[at];

	*r = (struct pq_requirement){ .kind = PQ_KIND_COSIGN_KEY,
		.clause = clause,
		.threshold = threshold,
		.v = c.m[at] };
	for (i = 0; held_by[i] != '\0'; i++) {
		(void)snprintf(files[at * KEYS + i], 8, "k%zu", at * KEYS + i);
		r->v[i] = (struct pq_material){ .name = files[at * KEYS + i],
			.party = names[held_by[i] - 'a'],
			.p = (uint8_t *)files[at * KEYS + i],
			.n = 4 };
	}
	r->n = i;
}

static void
clear_policy(void)
{
	memset(&c, 0, sizeof(c));
	c.policy.requirements = c.v;
	c.config.operators = c.operators;
	c.service.policy = &c.policy;
}

/* Write the smallest sets as "ab ac ". */
static const char *
find_sets(void)
{
	static char text[256];
	size_t i, k, n = 0;

	text[0] = '\0';
	parties = NULL;
	assert_int_equal(pq_parties_of(&parties, &c.service, &c.config), 0);
	for (i = 0; i < parties->n_smallest; i++) {
		for (k = 0; k < parties->smallest[i].n_signers; k++)
			text[n++] = pq_parties_name(
			    parties, parties->smallest[i].signers[k])[0];
		text[n++] = ' ';
		text[n] = '\0';
	}
	pq_parties_free(parties);
	return text;
}

static void
test_party_sets__meet_each_clause(void **state)
{
	(void)state;
	clear_policy();
	assert_string_equal(find_sets(), "");
	add_requirement(0, "ab", 1);
	assert_string_equal(find_sets(), "a b ");
	add_requirement(1, "b", 1);
	assert_string_equal(find_sets(), "b ");
	add_requirement(1, "c", 1);
	assert_string_equal(find_sets(), "b ");
	add_requirement(2, "c", 1);
	assert_string_equal(find_sets(), "ac bc ");
	c.v[0].threshold = 2;
	assert_string_equal(find_sets(), "abc ");
	/* the threshold is over the number of parties */
	c.v[0].threshold = 3;
	assert_string_equal(find_sets(), "");
	c.v[0].threshold = 0;
	assert_string_equal(find_sets(), "");
}

/* A policy with too many sets ends the search, and the load goes on. */
static void
test_party_sets__report_that_the_search_ended_early(void **state)
{
	static struct pq_material m[PQ_PROOF_PIECES][4];
	static struct pq_requirement v[PQ_PROOF_PIECES];
	static char held[PQ_PROOF_PIECES * 4][8];
	size_t i, k;

	(void)state;
	clear_policy();
	for (i = 0; i < N(v); i++) {
		v[i] = (struct pq_requirement){ .kind = PQ_KIND_COSIGN_KEY,
			.clause = (unsigned)i,
			.threshold = 1,
			.v = m[i],
			.n = 4 };
		for (k = 0; k < 4; k++) {
			char *name = held[i * 4 + k];

			(void)snprintf(name, 8, "p%zu", i * 4 + k);
			m[i][k] = (struct pq_material){
				.name = name, .p = (uint8_t *)name, .n = 4
			};
		}
	}
	c.policy.requirements = v;
	c.policy.n_requirements = N(v);
	parties = NULL;
	assert_int_equal(pq_parties_of(&parties, &c.service, &c.config), 0);
	/* the search still knows that no party can ship alone */
	assert_true(parties->at_least > 1);
	pq_parties_free(parties);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_party_sets__equal_those_of_brute_force),
		cmocka_unit_test(test_party_sets__meet_each_clause),
		cmocka_unit_test(
		    test_party_sets__report_that_the_search_ended_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
