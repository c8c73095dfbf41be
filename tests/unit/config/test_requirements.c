/* SPDX-License-Identifier: Apache-2.0 */
/* The requirements of a service's file, and their clauses. */
#include "directory.h"

#include <pratique/kind.h>

#include "config/advice.h"
#include "config/schema_policy.h"

#define SIGNATURE                                                             \
	"  - image-signature: {cosign-key: [keys/ci.pub, keys/ci-next.pub], " \
	"party: ci}\n"
#define SIGNERS                                                    \
	"{ssh: {file: keys/web.allowed_signers, party: release}, " \
	"threshold: 1}"

static const struct pq_policy *
load_policy(void)
{
	return load_good()->policy;
}

/* Write "KIND CLAUSE THRESHOLD FILE@PARTY...; ..." for each requirement. */
static const char *
list_requirements(void)
{
	static char text[1024];
	const struct pq_policy *p = load_policy();
	size_t i, k, n = 0;

	text[0] = '\0';
	for (i = 0; i < p->n_requirements; i++) {
		const struct pq_requirement *r = &p->requirements[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %u %u",
		    i == 0 ? "" : "; ", pq_kind_row(r->kind)->name, r->clause,
		    r->threshold);
		for (k = 0; k < r->n; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    " %s@%s", r->v[k].name,
			    r->v[k].party == NULL ? "?" : r->v[k].party);
	}
	return text;
}

static void
test_requirements__reads_an_older_policy(void **state)
{
	const struct pq_policy *p;

	(void)state;
	assert_string_equal(list_requirements(),
	    "cosign-key 2 1 keys/ci.pub@ci keys/ci-next.pub@ci; "
	    "ssh 1 1 keys/web.allowed_signers@release");
	p = config->services[0].policy;
	assert_int_equal(p->requirements[0].v[0].line, 13);
	assert_int_equal(p->requirements[1].v[0].line, 11);
	assert_true(p->requirements[0].v[0].n > 0);
	assert_memory_equal(
	    p->requirements[0].v[0].p, "-----BEGIN PUBLIC KEY-----", 26);
}

static void
test_requirements__makes_a_clause_of_each_entry(void **state)
{
	(void)state;
	edit_file(SERVICE, SIGNATURE,
	    "  - image-signature: {cosign-key: keys/ci.pub, party: ci}\n"
	    "  - image-signature: {cosign-key: keys/ci-next.pub}\n");
	assert_string_equal(list_requirements(),
	    "cosign-key 2 1 keys/ci.pub@ci; "
	    "cosign-key 3 1 keys/ci-next.pub@?; "
	    "ssh 1 1 keys/web.allowed_signers@release");
}

static void
test_requirements__makes_alternatives_of_one_entry(void **state)
{
	(void)state;
	edit_file(SERVICE, SIGNATURE,
	    "  - image-signature: {cosign-key: keys/ci.pub}\n"
	    "  - any:\n"
	    "      - image-signature: {cosign-key: keys/ci.pub, party: x}\n"
	    "      - image-signature: {party: y, cosign-key: "
	    "keys/ci-next.pub}\n"
	    "    image-signature: {cosign-key: keys/ci.pub}\n");
	assert_string_equal(list_requirements(),
	    "cosign-key 2 1 keys/ci.pub@?; "
	    "cosign-key 3 1 keys/ci.pub@x; "
	    "cosign-key 3 1 keys/ci-next.pub@y; "
	    "cosign-key 3 1 keys/ci.pub@?; "
	    "ssh 1 1 keys/web.allowed_signers@release");
}

static void
test_requirements__reads_a_threshold(void **state)
{
	(void)state;
	edit_file(SERVICE, SIGNATURE,
	    "  - image-signature: {threshold: 2, cosign-key: "
	    "[keys/ci.pub, keys/ci-next.pub]}\n"
	    "  - image-signature: {cosign-key: keys/ci.pub}\n");
	assert_string_equal(list_requirements(),
	    "cosign-key 2 2 keys/ci.pub@? keys/ci-next.pub@?; "
	    "cosign-key 3 1 keys/ci.pub@?; "
	    "ssh 1 1 keys/web.allowed_signers@release");
}

/* A list of one map equals that map. Of two maps both must be met. */
static void
test_requirements__reads_a_list_of_signers(void **state)
{
	(void)state;
	edit_file(SERVICE, SIGNERS, "[{ssh: keys/web.allowed_signers}]");
	assert_string_equal(list_requirements(),
	    "cosign-key 2 1 keys/ci.pub@ci keys/ci-next.pub@ci; "
	    "ssh 1 1 keys/web.allowed_signers@?");
	/* the same key is in both lists, so one tag can meet them */
	edit_file(SERVICE, "[{ssh: keys/web.allowed_signers}]",
	    "[{ssh: keys/web.allowed_signers}, {ssh: "
	    "{file: keys/web.allowed_signers, party: p}, threshold: 1}]");
	assert_string_equal(list_requirements(),
	    "cosign-key 3 1 keys/ci.pub@ci keys/ci-next.pub@ci; "
	    "ssh 1 1 keys/web.allowed_signers@?; "
	    "ssh 2 1 keys/web.allowed_signers@p");
}

#define KEYS 4

/* Return a public key, as a line of an allowed_signers file has it. */
static const char *
read_signer(size_t key)
{
	static const char *const names[KEYS] = { "ed25519", "p256", "p384",
		"p521" };
	char path[256];

	(void)snprintf(
	    path, sizeof(path), PQ_FIXTURES "/keys/%s.ssh", names[key]);
	return read_text(path);
}

/* @set: one bit for each key */
static void
put_signers(const char *file, unsigned set)
{
	char text[4096] = "# signers\n";
	size_t k, n = strlen(text);

	for (k = 0; k < KEYS; k++)
		if ((set & 1u << k) != 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "x@example.com %s", read_signer(k));
	put_text(file, text);
}

/* Each two lists share a key, but no key is in all three. */
static void
test_requirements__refuses_lists_that_share_keys_only_in_pairs(void **state)
{
	(void)state;
	put_signers("keys/a", 3);
	put_signers("keys/b", 6);
	put_signers("keys/c", 5);
	edit_file(SERVICE, SIGNERS,
	    "[{ssh: keys/a},\n    {ssh: keys/b},\n    {ssh: keys/c}]");
	load_bad(SERVICE, 11,
	    "signers: a git tag carries one signature, but no key is in all "
	    "of these lists: keys/a (line 11), keys/b (line 12), keys/c (line "
	    "13)");
	assert_int_equal(notes.n, 1);
	put_signers("keys/c", 2);
	(void)load_good();
}

/* Git signs in the namespace "git" only. */
static void
test_requirements__ignores_keys_that_may_not_sign_tags(void **state)
{
	char text[4096];

	(void)state;
	put_signers("keys/a", 1);
	(void)snprintf(text, sizeof(text),
	    "x@example.com namespaces=\"file\" %s", read_signer(0));
	put_text("keys/b", text);
	edit_file(SERVICE, SIGNERS, "[{ssh: keys/a},\n    {ssh: keys/b}]");
	load_bad(SERVICE, 11,
	    "signers: a git tag carries one signature, but no key is in all "
	    "of these lists: keys/a (line 11), keys/b (line 12)");
	(void)snprintf(text, sizeof(text),
	    "x@example.com namespaces=\"file,g*\" %s", read_signer(0));
	put_text("keys/b", text);
	(void)load_good();
}

/* "No key is in all lists" would hide the line that has the error. */
static void
test_requirements__names_the_error_of_a_list_that_cannot_be_read(void **state)
{
	(void)state;
	put_signers("keys/a", 1);
	put_text("keys/b", "# signers\nx@example.com ssh-ed25519 AAAA\n");
	edit_file(SERVICE, SIGNERS, "[{ssh: keys/a},\n    {ssh: keys/b}]");
	(void)load_good();
	pq_config_check_keys(config, &notes);
	assert_true(has_note_at(true, SERVICE, 12, "keys/b: line 2: "));
}

/* ---- random lists, compared with trying one key after the other ---------- */

#define LISTS 4
#define FILES 8

static struct {
	struct pq_material m[FILES];
	struct pq_requirement v[FILES];
	struct pq_policy policy;
	unsigned keys[FILES];
	char files[FILES][4096], names[FILES][8];
} made;

static uint32_t seed;

static unsigned
roll_dice(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 16) % n;
}

static void
make_file(size_t i)
{
	size_t k, n = 0;

	made.keys[i] = 1 + roll_dice((1u << KEYS) - 1);
	for (k = 0; k < KEYS; k++)
		if ((made.keys[i] & 1u << k) != 0)
			n += (size_t)snprintf(made.files[i] + n,
			    sizeof(made.files[i]) - n, "x@example.com %s",
			    read_signer(k));
	(void)snprintf(made.names[i], sizeof(made.names[i]), "f%zu", i);
	made.m[i] = (struct pq_material){ .name = made.names[i],
		.p = (uint8_t *)made.files[i],
		.n = n,
		.line = (unsigned)i + 1 };
}

/* Make one image key, and allowed_signers files in up to LISTS lists. */
static void
make_policy(void)
{
	size_t i;

	memset(&made, 0, sizeof(made));
	made.policy.requirements = made.v;
	made.policy.n_requirements = 1 + 1 + roll_dice(FILES - 1);
	for (i = 0; i < made.policy.n_requirements; i++) {
		make_file(i);
		made.v[i] =
		    (struct pq_requirement){ .kind = i == 0 ? PQ_KIND_COSIGN_KEY
							    : PQ_KIND_SSH,
			    .clause = i == 0 ? LISTS : roll_dice(LISTS),
			    .threshold = 1,
			    .v = &made.m[i],
			    .n = 1 };
	}
}

static bool
signs_list(size_t key, unsigned list)
{
	size_t i;

	for (i = 1; i < made.policy.n_requirements; i++)
		if (made.v[i].clause == list && (made.keys[i] & 1u << key) != 0)
			return true;
	return false;
}

/* Return true if the signature of one key can meet each list. */
static bool
can_be_signed(void)
{
	size_t key, i;

	for (key = 0; key < KEYS; key++) {
		for (i = 1; i < made.policy.n_requirements; i++)
			if (!signs_list(key, made.v[i].clause))
				break;
		if (i == made.policy.n_requirements)
			return true;
	}
	return false;
}

static void
test_requirements__judges_lists_like_a_trial_of_each_key(void **state)
{
	unsigned round, refused = 0;

	(void)state;
	for (round = 1; round <= 2000; round++) {
		struct pq_rules c = { .file = SERVICE, .notes = &notes };

		seed = round;
		make_policy();
		pq_schema_requirements(&c, &made.policy, 1);
		assert_false(c.nomem);
		if (c.failed == can_be_signed())
			fail_msg("round %u: %s", round,
			    c.failed ? notes.v[notes.n - 1].text : "passes");
		refused += c.failed;
		pq_config_notes_free(&notes);
	}
	assert_in_range(refused, 100, 1900);
}

/* The policy hash covers all of the keys. */
static void
test_requirements__reads_many_keys(void **state)
{
	char list[2048] = "  - image-signature: {cosign-key: [keys/ci.pub";
	size_t i, n = strlen(list);

	(void)state;
	for (i = 0; i < 61; i++)
		n += (size_t)snprintf(
		    list + n, sizeof(list) - n, ", keys/ci-next.pub");
	(void)snprintf(list + n, sizeof(list) - n, "], party: ci}\n");
	edit_file(SERVICE, SIGNATURE, list);
	assert_int_equal(load_policy()->requirements[0].n, 62);
	assert_int_equal(config->services[0].n_files, 64);
}

/* pratique-deploy must be able to verify each kind of evidence again. */
static void
test_requirements__refuses_a_kind_that_deploy_cannot_verify(void **state)
{
	struct pq_config_service *s;

	(void)state;
	(void)load_good();
	s = &config->services[0];
	s->policy->requirements[0].kind = PQ_KIND_COUNT;
	pq_advice_service(config, s, &notes);
	assert_true(has_note_at(true, SERVICE, 13,
	    "pratique-deploy cannot verify this kind of evidence and would "
	    "refuse every release"));
}

#undef T
#define T(name) \
	cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_requirements__reads_an_older_policy),
		T(test_requirements__makes_a_clause_of_each_entry),
		T(test_requirements__makes_alternatives_of_one_entry),
		T(test_requirements__reads_a_threshold),
		T(test_requirements__reads_a_list_of_signers),
		T(test_requirements__refuses_lists_that_share_keys_only_in_pairs),
		T(test_requirements__ignores_keys_that_may_not_sign_tags),
		T(test_requirements__names_the_error_of_a_list_that_cannot_be_read),
		T(test_requirements__judges_lists_like_a_trial_of_each_key),
		T(test_requirements__reads_many_keys),
		T(test_requirements__refuses_a_kind_that_deploy_cannot_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
