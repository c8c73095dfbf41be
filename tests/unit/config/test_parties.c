/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest sets of parties, which names and keys decide. */
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
add_word(char *dst, size_t room, const char *separator, const char *word)
{
	size_t n = strlen(dst);

	(void)snprintf(
	    dst + n, room - n, "%s%s", n == 0 ? "" : separator, word);
}

/* Write the sets as "ci+release+2 | bob+release+1": signers and approvals. */
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
			add_word(one, sizeof(one), "+",
			    pq_parties_name(parties, set->signers[k]));
		(void)snprintf(n, sizeof(n), "%u", set->approvals);
		if (set->approvals > 0)
			add_word(one, sizeof(one), "+", n);
		add_word(all, sizeof(all), " | ", one);
	}
	return all;
}

static const char *
load_sets(void)
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
remove_all(void **state)
{
	pq_parties_free(parties);
	parties = NULL;
	return remove_directory(state);
}

static void
set_approvals(const char *text)
{
	edit_file(SERVICE, "approvals: 2", text);
}

/* Without this key a policy that one party satisfies does not load. */
static void
accept_alone(void)
{
	edit_file(
	    SERVICE, "track:", "accept-alone: there are two of us\ntrack:");
}

static void
test_parties__finds_signers_of_image_and_tag(void **state)
{
	(void)state;
	set_approvals("approvals: 0");
	assert_string_equal(load_sets(), "ci+release");
	assert_int_equal(parties->n, 4);
	assert_int_equal(abilities_of("ci"), PQ_ABILITY_IMAGES);
	assert_int_equal(abilities_of("release"), PQ_ABILITY_TAGS);
	assert_int_equal(abilities_of("alice"), PQ_ABILITY_APPROVE);
	assert_int_equal(abilities_of("bob"), PQ_ABILITY_APPROVE);
}

static void
test_parties__unites_equal_names(void **state)
{
	(void)state;
	set_approvals("approvals: 0");
	accept_alone();
	edit_file(SERVICE, "party: release", "party: ci");
	assert_string_equal(load_sets(), "ci");
	assert_int_equal(
	    abilities_of("ci"), PQ_ABILITY_IMAGES | PQ_ABILITY_TAGS);
	/* names are compared byte by byte: Ci may be another party */
	edit_file(SERVICE, "pub], party: ci", "pub], party: Ci");
	assert_string_equal(load_sets(), "Ci+ci");
}

/* One key under two names is still one key. */
static void
test_parties__unites_holders_of_one_key_for_image_and_tag(void **state)
{
	static const char *const keys[] = { "p256", "p256-compressed", "p384",
		"p521", "rsa", "ed25519" };
	char path[256], line[2048];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		copy_good(SERVICE);
		copy_good("keys/web.allowed_signers");
		set_approvals("approvals: 0");
		accept_alone();
		(void)snprintf(
		    path, sizeof(path), "%s/keys/%s.pem", PQ_FIXTURES, keys[i]);
		put_text("keys/ci-next.pub", read_text(path));
		assert_string_equal(load_sets(), "ci+release");
		(void)snprintf(
		    path, sizeof(path), "%s/keys/%s.ssh", PQ_FIXTURES, keys[i]);
		(void)snprintf(
		    line, sizeof(line), "x@example.com %s", read_text(path));
		put_text("keys/web.allowed_signers", line);
		assert_string_equal(load_sets(), "ci");
		edit_file(SERVICE, ", party: ci", "");
		assert_string_equal(load_sets(), "keys/ci-next.pub");
	}
}

/* Each of two holders of one key can do the work of the other. */
static void
test_parties__unites_holders_of_one_image_key(void **state)
{
	struct pq_config_service *s;
	struct pq_material *m;

	(void)state;
	set_approvals("approvals: 0");
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
test_parties__makes_a_party_of_each_key_without_one(void **state)
{
	(void)state;
	set_approvals("approvals: 0");
	edit_file(SERVICE, ", party: ci", "");
	edit_file(SERVICE, ", party: release", "");
	assert_string_equal(load_sets(),
	    "keys/ci.pub+keys/web.allowed_signers | "
	    "keys/ci-next.pub+keys/web.allowed_signers");
}

static void
test_parties__needs_only_an_image_key_without_a_source(void **state)
{
	(void)state;
	set_approvals("approvals: 0");
	accept_alone();
	edit_file(SERVICE, SOURCE, "");
	assert_string_equal(load_sets(), "ci");
	edit_file(SERVICE, ", party: ci", "");
	assert_string_equal(load_sets(), "keys/ci.pub | keys/ci-next.pub");
}

static void
test_parties__counts_approvals(void **state)
{
	(void)state;
	assert_string_equal(load_sets(), "ci+release+2");
	edit_file(SERVICE, SOURCE, "");
	assert_string_equal(load_sets(), "ci+2");
	edit_file(SERVICE, "approvals: 2", "approvals: 1");
	assert_string_equal(load_sets(), "ci+1");
}

/* The operator alice holds a key, and gives one of the approvals as well. */
static void
test_parties__unites_an_operator_with_a_signer(void **state)
{
	(void)state;
	edit_file(SERVICE, "party: ci", "party: alice");
	assert_string_equal(load_sets(), "alice+release+1");
	assert_int_equal(
	    abilities_of("alice"), PQ_ABILITY_IMAGES | PQ_ABILITY_APPROVE);
	edit_file(SERVICE, "party: release", "party: bob");
	assert_string_equal(load_sets(), "alice+bob");
	edit_file(SERVICE, "approvals: 2", "approvals: 1");
	assert_string_equal(load_sets(), "alice+bob");
	edit_file(SERVICE, "party: bob", "party: alice");
	accept_alone();
	assert_string_equal(load_sets(), "alice");
	/* a signer who also approves makes a smaller set */
	edit_file(SERVICE, "approvals: 1", "approvals: 2");
	assert_string_equal(load_sets(), "alice+1");
}

static void
test_parties__finds_only_the_smallest_sets(void **state)
{
	struct pq_config_service *s;

	(void)state;
	set_approvals("approvals: 1");
	edit_file(SERVICE, ", party: ci", "");
	(void)load_good();
	s = &config->services[0];
	s->policy->requirements[0].v[1].party = strdup("bob");
	assert_string_equal(sets_of(s, config), "bob+release");
	s->policy->requirements[0].v[0].party = strdup("alice");
	assert_string_equal(sets_of(s, config), "alice+release | bob+release");
}

/* Signers alone do not satisfy a policy that needs approvals. */
static void
test_parties__finds_no_set_without_operators(void **state)
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
#define T(name) \
	cmocka_unit_test_setup_teardown(name, make_directory, remove_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_parties__finds_signers_of_image_and_tag),
		T(test_parties__unites_equal_names),
		T(test_parties__unites_holders_of_one_key_for_image_and_tag),
		T(test_parties__unites_holders_of_one_image_key),
		T(test_parties__makes_a_party_of_each_key_without_one),
		T(test_parties__needs_only_an_image_key_without_a_source),
		T(test_parties__counts_approvals),
		T(test_parties__unites_an_operator_with_a_signer),
		T(test_parties__finds_only_the_smallest_sets),
		T(test_parties__finds_no_set_without_operators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
