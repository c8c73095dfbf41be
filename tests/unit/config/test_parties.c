/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest sets of parties, by their names and by their keys. */
#include "directory.h"

#include "config/party_sets.h"

#define SOURCE                                                      \
	"source:\n"                                                 \
	"  repository: https://git.example.com/acme/web.git\n"      \
	"  tag: \"v{version}\"\n"                                   \
	"  signers: {ssh: {file: keys/web.allowed_signers, party: " \
	"release}, threshold: 1}\n"

static struct pq_parties *parties;

static void
add(char *dst, size_t room, const char *separator, const char *word)
{
	size_t n = strlen(dst);

	(void)snprintf(
	    dst + n, room - n, "%s%s", n == 0 ? "" : separator, word);
}

/* "ci+release+2 | bob+release+1": signers and further operators */
static const char *
sets_of(const struct pq_config_service *s, const struct pq_config *c)
{
	static char all[512];
	size_t i, k;

	pq_parties_free(parties);
	parties = NULL;
	all[0] = '\0';
	assert_int_equal(pq_parties_of(&parties, s, c), 0);
	for (i = 0; i < parties->n_smallest; i++) {
		const struct pq_party_set *set = &parties->smallest[i];
		char one[128] = "", n[16];

		for (k = 0; k < set->n_signers; k++)
			add(one, sizeof(one), "+",
			    pq_parties_name(parties, set->signers[k]));
		(void)snprintf(n, sizeof(n), "%u", set->approvals);
		if (set->approvals > 0)
			add(one, sizeof(one), "+", n);
		add(all, sizeof(all), " | ", one);
	}
	return all;
}

static const char *
sets(void)
{
	const struct pq_config_service *s = load_good();

	return sets_of(s, config);
}

static unsigned
abilities_of(const char *name)
{
	size_t i;

	for (i = 0; i < parties->n; i++)
		if (strcmp(pq_parties_name(parties, i), name) == 0)
			return parties->abilities[i];
	return 0;
}

static int
drop(void **state)
{
	pq_parties_free(parties);
	parties = NULL;
	return teardown(state);
}

static void
approvals(const char *text)
{
	edit(SERVICE, "approvals: 2", text);
}

/* so that no mistake hides the sets of a policy that one party satisfies */
static void
accept_alone(void)
{
	edit(SERVICE, "track:", "accept-alone: there are two of us\ntrack:");
}

static void
test_parties__signers_of_image_and_tag(void **state)
{
	(void)state;
	approvals("approvals: 0");
	assert_string_equal(sets(), "ci+release");
	assert_int_equal(parties->n, 4);
	assert_int_equal(abilities_of("ci"), PQ_ABILITY_IMAGES);
	assert_int_equal(abilities_of("release"), PQ_ABILITY_TAGS);
	assert_int_equal(abilities_of("alice"), PQ_ABILITY_APPROVE);
	assert_int_equal(abilities_of("bob"), PQ_ABILITY_APPROVE);
}

static void
test_parties__one_name_is_one_party(void **state)
{
	(void)state;
	approvals("approvals: 0");
	accept_alone();
	edit(SERVICE, "party: release", "party: ci");
	assert_string_equal(sets(), "ci");
	assert_int_equal(
	    abilities_of("ci"), PQ_ABILITY_IMAGES | PQ_ABILITY_TAGS);
	/* names are not folded: Ci may be somebody else */
	edit(SERVICE, "pub], party: ci", "pub], party: Ci");
	assert_string_equal(sets(), "Ci+ci");
}

/* the name of the key's holder makes no other key of it */
static void
test_parties__one_key_for_tags_and_images_is_one_party(void **state)
{
	static const char *const keys[] = { "p256", "p256-compressed", "p384",
		"p521", "rsa", "ed25519" };
	char path[256], line[2048];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		copy(SERVICE);
		copy("keys/web.allowed_signers");
		approvals("approvals: 0");
		accept_alone();
		(void)snprintf(
		    path, sizeof(path), "%s/keys/%s.pem", PQ_FIXTURES, keys[i]);
		put_text("keys/ci-next.pub", read_text(path));
		assert_string_equal(sets(), "ci+release");
		(void)snprintf(
		    path, sizeof(path), "%s/keys/%s.ssh", PQ_FIXTURES, keys[i]);
		(void)snprintf(
		    line, sizeof(line), "x@example.com %s", read_text(path));
		put_text("keys/web.allowed_signers", line);
		assert_string_equal(sets(), "ci");
		edit(SERVICE, ", party: ci", "");
		assert_string_equal(sets(), "keys/ci-next.pub");
	}
}

/* Two holders of one key can each do the other's work. */
static void
test_parties__one_image_key_under_two_names_is_one_party(void **state)
{
	struct pq_config_service *s;
	struct pq_material *m;

	(void)state;
	approvals("approvals: 0");
	(void)load_good();
	s = &config->services[0];
	m = s->policy->requirements[0].v;
	free(m[1].party);
	m[1].party = strdup("release");
	assert_string_equal(sets_of(s, config), "release");
	free(m[1].party);
	m[1].party = strdup("builder");
	assert_string_equal(sets_of(s, config), "ci+release | builder+release");
	/* the same key in another layout of the file */
	free(m[1].p);
	m[1].p = malloc(m[0].n + 1);
	memcpy(m[1].p, m[0].p, m[0].n);
	m[1].p[m[0].n] = '\n';
	m[1].n = m[0].n + 1;
	assert_string_equal(sets_of(s, config), "ci+release");
	assert_int_equal(parties->n, 4);
	assert_int_equal(parties->held[1].party, parties->held[0].party);
}

static void
test_parties__keys_without_a_party_are_one_each(void **state)
{
	(void)state;
	approvals("approvals: 0");
	edit(SERVICE, ", party: ci", "");
	edit(SERVICE, ", party: release", "");
	assert_string_equal(sets(),
	    "keys/ci.pub+keys/web.allowed_signers | "
	    "keys/ci-next.pub+keys/web.allowed_signers");
}

static void
test_parties__an_image_key_alone_without_a_source(void **state)
{
	(void)state;
	approvals("approvals: 0");
	accept_alone();
	edit(SERVICE, SOURCE, "");
	assert_string_equal(sets(), "ci");
	edit(SERVICE, ", party: ci", "");
	assert_string_equal(sets(), "keys/ci.pub | keys/ci-next.pub");
}

static void
test_parties__approvals_are_parties(void **state)
{
	(void)state;
	assert_string_equal(sets(), "ci+release+2");
	edit(SERVICE, SOURCE, "");
	assert_string_equal(sets(), "ci+2");
	edit(SERVICE, "approvals: 2", "approvals: 1");
	assert_string_equal(sets(), "ci+1");
}

/* The operator alice holds a key: she is one of those who approve. */
static void
test_parties__an_operator_who_holds_a_key_is_one_party(void **state)
{
	(void)state;
	edit(SERVICE, "party: ci", "party: alice");
	assert_string_equal(sets(), "alice+release+1");
	assert_int_equal(
	    abilities_of("alice"), PQ_ABILITY_IMAGES | PQ_ABILITY_APPROVE);
	edit(SERVICE, "party: release", "party: bob");
	assert_string_equal(sets(), "alice+bob");
	edit(SERVICE, "approvals: 2", "approvals: 1");
	assert_string_equal(sets(), "alice+bob");
	edit(SERVICE, "party: bob", "party: alice");
	accept_alone();
	assert_string_equal(sets(), "alice");
	/* who signs and approves is better than who only signs */
	edit(SERVICE, "approvals: 1", "approvals: 2");
	assert_string_equal(sets(), "alice+1");
}

static void
test_parties__the_fewest_win(void **state)
{
	struct pq_config_service *s;

	(void)state;
	approvals("approvals: 1");
	edit(SERVICE, ", party: ci", "");
	(void)load_good();
	s = &config->services[0];
	s->policy->requirements[0].v[1].party = strdup("bob");
	assert_string_equal(sets_of(s, config), "bob+release");
	s->policy->requirements[0].v[0].party = strdup("alice");
	assert_string_equal(sets_of(s, config), "alice+release | bob+release");
}

/* a quorum that nobody can be part of is not met by a key */
static void
test_parties__no_set_without_the_operators(void **state)
{
	(void)state;
	(void)load_good();
	assert_string_equal(sets_of(&config->services[0], NULL), "");
	assert_int_equal(parties->n, 2);
	config->services[0].approvals = 3;
	assert_string_equal(sets_of(&config->services[0], config), "");
	config->services[0].approvals = 0;
	assert_string_equal(sets_of(&config->services[0], NULL), "ci+release");
}

#undef T
#define T(name) cmocka_unit_test_setup_teardown(name, setup, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_parties__signers_of_image_and_tag),
		T(test_parties__one_name_is_one_party),
		T(test_parties__one_key_for_tags_and_images_is_one_party),
		T(test_parties__one_image_key_under_two_names_is_one_party),
		T(test_parties__keys_without_a_party_are_one_each),
		T(test_parties__an_image_key_alone_without_a_source),
		T(test_parties__approvals_are_parties),
		T(test_parties__an_operator_who_holds_a_key_is_one_party),
		T(test_parties__the_fewest_win),
		T(test_parties__no_set_without_the_operators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
