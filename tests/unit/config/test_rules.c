/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of rules: a row of each kind that fills an object of this test. So a
 * new key needs no test of its own kind.
 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/rules.h"

struct voyage {
	char *port;
	unsigned days;
};

struct owner {
	char *flag;
};

enum rig { RIG_NONE = 0, RIG_SAIL, RIG_STEAM };

struct ship {
	struct owner *owner;
	unsigned tons, tons_line;
	char *name, *sail, *steam;
	char **crew;
	size_t n_crew;
	uint64_t rest_s;
	enum rig rig, fuel;
	bool insured;
	struct pq_config_file papers;
	struct voyage *voyages;
	size_t n_voyages;
	struct voyage *berths;
	size_t n_berths;
};

static int
check_upper(struct pq_slice s, struct pq_err *err)
{
	size_t i;

	if (s.n == 0)
		return pq_err_set(err, PQ_EFORMAT, "write something");
	for (i = 0; i < s.n; i++)
		if (s.p[i] < 'A' || s.p[i] > 'Z')
			return pq_err_set(
			    err, PQ_EFORMAT, "byte %zu is not A-Z", i + 1);
	return 0;
}

static const struct pq_noun port_noun = { check_upper, "write HAMBURG" };

static void
check_tons(struct pq_rules *c, const struct pq_yaml *v)
{
	const struct ship *s = c->object;

	if (s->tons == 13)
		pq_rules_bad(c, v, "sinks");
}

static void
check_days(struct pq_rules *c, const struct pq_yaml *v)
{
	const struct voyage *one = c->object;

	if (c->item != NULL && strcmp(c->item, "A") == 0 && one->days == 1)
		pq_rules_bad(c, v, "not at %s", c->item);
}

/* Check the keys of one voyage against each other. */
static void
check_voyage(struct pq_rules *c, const struct pq_yaml *v)
{
	const struct voyage *one = c->object;

	if (one->days == 3 && strcmp(one->port, "C") == 0)
		pq_rules_bad(c, v, "C is farther");
}

static const struct pq_word fuels[] = { { "coal", RIG_STEAM, false },
	{ "wind", RIG_SAIL, false }, { "atoms", RIG_NONE, true },
	{ .word = NULL } };
static const struct pq_word insured[] = { { .word = "at-lloyds" } };

#define V struct voyage
static const struct pq_rule voyage_rules[] = {
	{ "port", PQ_NAME(V, port, port_noun), .required = true },
	{ "days", PQ_NUMBER(V, days, 400), .otherwise = 7 },
	PQ_RULES_END,
};
static const struct pq_rule berth_rules[] = {
	{ "days", PQ_NUMBER(V, days, 400), .otherwise = 2,
	    .check = check_days },
	PQ_RULES_END,
};

#define S struct ship
static const struct pq_rule hull_rules[] = {
	{ "tons", PQ_NUMBER(S, tons, 99), PQ_LINE(S, tons_line),
	    .check = check_tons },
	{ "rest", PQ_DURATION(S, rest_s), .otherwise = 60 },
	{ "sail", PQ_TEXT(S, sail), PQ_CHOOSES(S, rig, RIG_SAIL) },
	{ "steam", PQ_TEXT(S, steam), PQ_CHOOSES(S, rig, RIG_STEAM) },
	PQ_RULES_END,
};
static const struct pq_rule ship_rules[] = {
	{ "name", PQ_TEXT(S, name), .otherwise_text = "nameless" },
	{ "flag", PQ_NAME(struct owner, flag, port_noun),
	    PQ_BEHIND(S, owner, struct owner) },
	{ "crew", PQ_TEXTS(S, crew, n_crew), .noun = &port_noun, .least = 1,
	    .most = 2, .count_words = "one or two" },
	{ "fuel", PQ_CHOICE(S, fuel, fuels), .otherwise = RIG_SAIL },
	{ "insured", PQ_FLAG(S, insured, insured) },
	{ "papers", PQ_FILE(S, papers) },
	{ "voyages", PQ_MAPS(S, voyages, n_voyages, V, voyage_rules),
	    .check = check_voyage },
	{ "berths",
	    PQ_NAMED(S, berths, n_berths, V, port, port_noun, berth_rules) },
	{ "hull", PQ_MAP(hull_rules) },
	{ "cargo", PQ_RESERVED },
	PQ_RULES_END,
};

static struct ship ship;
static struct owner owner;
static struct pq_config_notes notes;

static int
get_file(void *ctx, const char *name, struct pq_config_file *ret,
    const char *file, unsigned line, struct pq_config_notes *to)
{
	(void)ctx;
	(void)file;
	(void)line;
	(void)to;
	ret->name = strdup(name);
	ret->n = strcmp(name, "empty") == 0 ? 0 : 1;
	ret->data = calloc(1, 1);
	return 0;
}

static int
read_ship(const char *text)
{
	const struct pq_schema_files files = { NULL, get_file };
	struct pq_rules c = {
		.file = "ship", .notes = &notes, .files = &files
	};
	struct pq_yaml doc = { 0 };

	memset(&ship, 0, sizeof(ship));
	memset(&owner, 0, sizeof(owner));
	ship.owner = &owner;
	assert_int_equal(
	    pq_yaml_parse(&doc, "ship", pq_slice_str(text), &notes), 0);
	pq_rules_fill(&c, &ship, &doc, ship_rules);
	pq_yaml_free(&doc);
	assert_null(c.object);
	assert_null(c.item);
	return pq_rules_outcome(&c);
}

static void
forget_ship(void)
{
	pq_rules_free(&ship, ship_rules);
	free(owner.flag);
	owner.flag = NULL;
	pq_config_notes_free(&notes);
}

/* The text must give exactly one note, "LINE: TEXT". */
static void
assert_mistake(const char *text, const char *note)
{
	char said[256];

	assert_int_equal(read_ship(text), -PQ_ECONFIG);
	if (notes.n != 1)
		fail_msg("%s: %zu notes", note, notes.n);
	(void)snprintf(
	    said, sizeof(said), "%u: %s", notes.v[0].line, notes.v[0].text);
	assert_string_equal(said, note);
	forget_ship();
}

static void
test_rules__fill_a_member_of_each_kind(void **state)
{
	(void)state;
	assert_int_equal(
	    read_ship("name: Rickmer\nflag: HAMBURG\ncrew: [A, B]\n"
		      "fuel: coal\ninsured: at-lloyds\npapers: p\n"
		      "voyages: [{port: A}, {port: B, days: 9}]\n"
		      "berths: {A: {}, B: {days: 1}}\n"
		      "hull:\n  steam: s\n  tons: 12\n  rest: 5m\n"),
	    0);
	assert_string_equal(ship.name, "Rickmer");
	assert_string_equal(owner.flag, "HAMBURG");
	assert_int_equal(ship.n_crew, 2);
	assert_string_equal(ship.crew[1], "B");
	assert_int_equal(ship.fuel, RIG_STEAM);
	assert_true(ship.insured);
	assert_string_equal(ship.papers.name, "p");
	assert_int_equal(ship.n_voyages, 2);
	assert_string_equal(ship.voyages[1].port, "B");
	assert_int_equal(ship.voyages[0].days, 7);
	assert_int_equal(ship.voyages[1].days, 9);
	assert_int_equal(ship.n_berths, 2);
	assert_string_equal(ship.berths[0].port, "A");
	assert_int_equal(ship.berths[0].days, 2);
	assert_int_equal(ship.berths[1].days, 1);
	assert_int_equal(ship.rig, RIG_STEAM);
	assert_int_equal(ship.tons, 12);
	assert_int_equal(ship.tons_line, 11);
	assert_int_equal(ship.rest_s, 300);
	forget_ship();
}

/* A second call must find NULL: some error paths of a load free twice. */
static void
test_rules__free_each_member_once(void **state)
{
	struct ship empty = { .owner = &owner };

	(void)state;
	assert_int_equal(
	    read_ship("crew: [A]\npapers: p\nvoyages: [{port: A}]\n"
		      "berths: {A: {}}\nhull: {sail: s}\n"),
	    0);
	pq_rules_free(&ship, ship_rules);
	ship.rig = RIG_NONE;
	ship.fuel = RIG_NONE;
	ship.rest_s = 0;
	assert_memory_equal(&ship, &empty, sizeof(ship));
	forget_ship();
}

static void
test_rules__set_the_default_of_a_missing_key(void **state)
{
	(void)state;
	assert_int_equal(read_ship("{}"), 0);
	assert_string_equal(ship.name, "nameless");
	assert_int_equal(ship.fuel, RIG_SAIL);
	assert_int_equal(ship.rest_s, 60);
	assert_int_equal(ship.n_crew, 0);
	assert_false(ship.insured);
	forget_ship();
}

static void
test_rules__name_the_mistake_and_its_line(void **state)
{
	static const char *const bad[][2] = {
		{ "name: ''", "1: name: the text is empty" },
		{ "\nname: []", "2: name: expected text" },
		{ "flag: Hamburg",
		    "1: flag: byte 2 is not A-Z; write HAMBURG" },
		{ "crew: []", "1: crew: one or two" },
		{ "crew: [A, B, C]", "1: crew: one or two" },
		{ "crew: [A,\n b]",
		    "2: crew: byte 1 is not A-Z; write HAMBURG" },
		{ "crew: [[A]]", "1: crew: expected text" },
		{ "fuel: oil",
		    "1: fuel: unknown value \"oil\": expected coal or wind" },
		{ "fuel: atoms", "1: fuel: atoms is not supported yet" },
		{ "insured: true",
		    "1: insured: expected at-lloyds, the only value" },
		{ "papers: empty", "1: papers: the file empty is empty" },
		{ "voyages: {}", "1: voyages: expected a list" },
		{ "voyages:\n  - {}", "2: missing key \"port\"" },
		{ "voyages:\n  - {port: B, days: 3}\n  - {port: C, days: 3}",
		    "3: voyages: C is farther" },
		{ "crew:\n  - ''", "2: crew: write something; write HAMBURG" },
		{ "voyages:\n  - x", "2: voyages: expected a map" },
		{ "berths: {a: {}}",
		    "1: berths: byte 1 is not A-Z; write HAMBURG" },
		{ "berths:\n  A:\n    days: 1", "3: days: not at A" },
		{ "hull: {sail: s, tons: 13}", "1: tons: sinks" },
		{ "hull: {sail: s, tons: 100}",
		    "1: tons: expected a whole number from 0 to 99" },
		{ "hull: {sail: s, rest: 5}",
		    "1: rest: expected a duration such as 30s, 10m, 24h or "
		    "7d, up to 400d" },
		{ "cargo: x", "1: cargo: not supported yet: remove this key" },
		{ "kargo: x",
		    "1: unknown key \"kargo\"; known keys: name, flag, crew, "
		    "fuel, insured, papers, voyages, berths, hull" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_mistake(bad[i][0], bad[i][1]);
}

/* Two keys of one choice are ambiguous, and without a key it stays open. */
static void
test_rules__need_one_key_of_a_choice(void **state)
{
	(void)state;
	assert_mistake("hull: {}", "1: missing key \"sail\" or \"steam\"");
	assert_mistake("hull:\n  {sail: a, steam: b}",
	    "2: only one of the keys \"sail\" or \"steam\" is allowed");
	assert_int_equal(read_ship("hull: {sail: a}"), 0);
	assert_int_equal(ship.rig, RIG_SAIL);
	forget_ship();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules__fill_a_member_of_each_kind),
		cmocka_unit_test(test_rules__free_each_member_once),
		cmocka_unit_test(test_rules__set_the_default_of_a_missing_key),
		cmocka_unit_test(test_rules__name_the_mistake_and_its_line),
		cmocka_unit_test(test_rules__need_one_key_of_a_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
