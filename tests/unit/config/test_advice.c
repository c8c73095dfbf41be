/* SPDX-License-Identifier: Apache-2.0 */
/* Advice on a policy that is well formed: who can ship alone, and how. */
#include "directory.h"

#define SOURCE                                                      \
	"source:\n"                                                 \
	"  repository: https://git.example.com/acme/web.git\n"      \
	"  tag: \"v{version}\"\n"                                   \
	"  signers: {ssh: {file: keys/web.allowed_signers, party: " \
	"release}, threshold: 1}\n"
#define NEEDED "; accept-alone: REASON needed"
#define REMEDY                                                             \
	"; add version-from: label, and the label "                        \
	"org.opencontainers.image.version to the image, or accept-alone: " \
	"REASON"

static void
no_approvals(void)
{
	edit(SERVICE, "approvals: 2", "approvals: 0");
}

static void
accept_alone(void)
{
	edit(SERVICE, "track:", "accept-alone: there are two of us\ntrack:");
}

static void
test_advice__two_parties_are_told_of_each_other(void **state)
{
	(void)state;
	no_approvals();
	(void)load_good();
	assert_true(said(false, SERVICE, 13,
	    "ci can ship alone once release has signed a tag: only ci says "
	    "that an image was built from it"));
	assert_true(said(false, SERVICE, 11,
	    "release can ship alone if ci signs whatever is tagged"));
	assert_int_equal(notes.n, 2);
}

/* Somebody else has a say in it: there is no one to be warned of. */
static void
test_advice__approvals_stand_beside_the_signers(void **state)
{
	(void)state;
	(void)load_good();
	assert_int_equal(notes.n, 0);
	edit(SERVICE, "party: release", "party: ci");
	(void)load_good();
	assert_false(noted("alone"));
}

/* One approval that a signer gives itself keeps nobody from shipping. */
static void
test_advice__own_approval_needs_only_the_others_work(void **state)
{
	(void)state;
	edit(SERVICE, "approvals: 2", "approvals: 1");
	(void)load_good();
	assert_false(noted("alone"));
	edit(SERVICE, "party: ci", "party: bob");
	(void)load_good();
	assert_true(said(false, SERVICE, 13,
	    "bob can ship alone once release has signed a tag: only bob says "
	    "that an image was built from it, and its own approval is enough"));
	assert_int_equal(notes.n, 1);
	edit(SERVICE, "party: release", "party: alice");
	(void)load_good();
	assert_true(said(false, SERVICE, 11,
	    "alice can ship alone if bob signs whatever is tagged, and its own "
	    "approval is enough"));
	assert_int_equal(notes.n, 2);
	edit(SERVICE, "approvals: 1", "approvals: 2");
	(void)load_good();
	assert_int_equal(notes.n, 0);
}

/* An operator counts as one more party than the signer of that name. */
static void
test_advice__an_operator_in_other_case_is_told(void **state)
{
	(void)state;
	edit(SERVICE, "party: ci", "party: Bob");
	(void)load_good();
	assert_true(said(false, SERVICE, 13,
	    "party: bob and Bob differ in nothing but case, and count as two"));
	edit(SERVICE, "approvals: 2", "approvals: 0");
	(void)load_good();
	assert_false(noted("nothing but case"));
}

static void
test_advice__one_party_for_both_needs_a_reason(void **state)
{
	(void)state;
	no_approvals();
	edit(SERVICE, "party: release", "party: ci");
	load_bad(SERVICE, 11,
	    "ci can ship alone: holds both the tag key and an image "
	    "key" NEEDED);
	accept_alone();
	(void)load_good();
	assert_true(said(false, SERVICE, 12,
	    "ci can ship alone: holds both the tag key and an image key "
	    "(accept-alone)"));
	assert_int_equal(notes.n, 1);
	assert_string_equal(
	    config->services[0].accept_alone, "there are two of us");
	edit(SERVICE, "pub], party: ci", "pub], party: Ci");
	(void)load_good();
	assert_true(said(false, SERVICE, 12,
	    "party: ci and Ci differ in nothing but case, and count as two"));
}

static void
test_advice__one_key_for_both_needs_a_reason(void **state)
{
	char line[2048];

	(void)state;
	no_approvals();
	put_text("keys/ci-next.pub", read_text(PQ_FIXTURES "/keys/p384.pem"));
	(void)snprintf(line, sizeof(line), "x@example.com %s",
	    read_text(PQ_FIXTURES "/keys/p384.ssh"));
	put_text("keys/web.allowed_signers", line);
	load_bad(SERVICE, 11,
	    "ci can ship alone: one and the same key signs tags and "
	    "images" NEEDED);
	/* the other key's holder still waits for a tag */
	edit(SERVICE, ", party: ci", "");
	load_bad(SERVICE, 11, "keys/ci-next.pub can ship alone: one and");
	assert_true(said(false, SERVICE, 13,
	    "keys/ci.pub can ship alone once keys/ci-next.pub has signed"));
	assert_false(noted("signs whatever is tagged"));
}

static void
test_advice__each_party_that_is_alone_is_named(void **state)
{
	(void)state;
	no_approvals();
	edit(SERVICE, SOURCE, "");
	edit(SERVICE, ", party: ci", "");
	load_bad(SERVICE, 9,
	    "keys/ci.pub can ship alone: an image signature alone suffices: "
	    "the policy has no source" NEEDED);
	load_bad(SERVICE, 9, "keys/ci-next.pub can ship alone: an image");
	accept_alone();
	(void)load_good();
	assert_true(said(
	    false, SERVICE, 10, "keys/ci-next.pub can ship alone: an image"));
}

static void
test_advice__own_approval_is_nobody_elses(void **state)
{
	(void)state;
	edit(SERVICE, SOURCE, "");
	(void)load_good();
	edit(SERVICE, "approvals: 2", "approvals: 1");
	(void)load_good();
	edit(SERVICE, "party: ci", "party: bob");
	load_bad(SERVICE, 9,
	    "bob can ship alone: an image signature alone suffices: the "
	    "policy has no source, and its own approval is enough" NEEDED);
	/* operators that were not understood are no operators */
	edit(MAIN, "alice: {uid: 1000}", "alice: {uid: -1}");
	assert_int_equal(load(), -PQ_ECONFIG);
	assert_false(noted("alone"));
}

/* The bytes are signed; which of them is the newest, the registry says. */
static void
test_advice__a_version_from_the_tag_needs_a_reason(void **state)
{
	(void)state;
	edit(SERVICE, "version-from: label", "version-from: tag");
	load_bad(SERVICE, 24,
	    "the registry account of registry.example.com can ship alone: by "
	    "version-from: tag it points a tag at any signed image of the "
	    "tagged commit" REMEDY);
	edit(SERVICE, SOURCE, "");
	load_bad(SERVICE, 20, "points a tag at any signed image" REMEDY);
	edit(SERVICE, "version-from: tag\n", "");
	load_bad(SERVICE, 3,
	    "no version-from means version-from: tag, by which it points a "
	    "tag at any signed image" REMEDY);
	accept_alone();
	(void)load_good();
	assert_true(said(false, SERVICE, 3,
	    "the registry account of registry.example.com can ship alone: no "
	    "version-from means version-from: tag, by which it points a tag at "
	    "any signed image (accept-alone)"));
	assert_int_equal(notes.n, 1);
}

static void
test_advice__a_signed_version_needs_none(void **state)
{
	(void)state;
	edit(SERVICE, "version-from: label", "version-from: annotation");
	(void)load_good();
	assert_int_equal(notes.n, 0);
}

/* else it accepts, unseen, the party that a later change leaves alone */
static void
test_advice__a_reason_for_nothing_is_told(void **state)
{
	(void)state;
	accept_alone();
	(void)load_good();
	assert_true(
	    said(false, SERVICE, 4, "accept-alone: no party can ship alone"));
	edit(SERVICE, "version-from: label", "version-from: tag");
	(void)load_good();
	assert_false(noted("no party can ship alone"));
	edit(SERVICE, "version-from: tag", "version-from: label");
	no_approvals();
	edit(SERVICE, "party: release", "party: ci");
	(void)load_good();
	assert_false(noted("no party can ship alone"));
}

static void
test_advice__a_floor_is_missed(void **state)
{
	(void)state;
	edit(SERVICE, "floor: 1.0.0\n", "");
	(void)load_good();
	assert_true(said(false, SERVICE, 0,
	    "no floor: after a loss of state only the label of the running "
	    "container or pratique adopt stops an old release; add floor: "
	    "VERSION"));
}

static void
test_advice__a_delay_of_nothing_and_nameless_keys(void **state)
{
	(void)state;
	edit(SERVICE, "delay: 24h", "delay: 0s");
	edit(SERVICE, ", party: ci", "");
	edit(SERVICE, ", party: release", "");
	(void)load_good();
	assert_true(
	    said(false, SERVICE, 14, "a delay of 0 leaves nobody time"));
	assert_true(said(false, SERVICE, 13,
	    "keys/ci.pub: no party is named; who holds it cannot be compared"));
	assert_true(said(
	    false, SERVICE, 11, "keys/web.allowed_signers: no party is named"));
}

static void
test_advice__twins_share_a_container_or_keys(void **state)
{
	(void)state;
	edit(SERVICE, "service: web", "service: twin");
	put_text("services.d/twin.yaml", read_text(at(SERVICE)));
	copy(SERVICE);
	assert_int_equal(load(), -PQ_ECONFIG);
	assert_true(noted("twin and web name one container, web"));
	assert_true(noted("twin and web trust the same keys"));
	edit("services.d/twin.yaml", "container: web", "container: twin");
	assert_int_equal(load(), 0);
	assert_false(noted("name one container"));
	assert_true(noted("twin and web trust the same keys"));
}

/* The same keys in files that differ by a newline and a comment. */
static void
test_advice__twins_are_known_by_their_keys(void **state)
{
	char text[4096];

	(void)state;
	edit(SERVICE, "service: web", "service: twin");
	edit(SERVICE, "container: web", "container: twin");
	edit(SERVICE, "[keys/ci.pub, keys/ci-next.pub]", "keys/twin.pub");
	edit(SERVICE, "keys/web.allowed_signers", "keys/twin.allowed_signers");
	put_text("services.d/twin.yaml", read_text(at(SERVICE)));
	copy(SERVICE);
	(void)snprintf(
	    text, sizeof(text), "%s\n", read_text(at("keys/ci.pub")));
	put_text("keys/twin.pub", text);
	(void)snprintf(text, sizeof(text), "# of twin\n%s",
	    read_text(at("keys/web.allowed_signers")));
	put_text("keys/twin.allowed_signers", text);
	(void)load_good();
	assert_true(noted("twin and web trust the same keys"));
	(void)snprintf(text, sizeof(text), "x@example.com %s",
	    read_text(PQ_FIXTURES "/keys/p256.ssh"));
	put_text("keys/twin.allowed_signers", text);
	(void)load_good();
	assert_false(noted("trust the same keys"));
}

/* A payload that names its repository stays with its service. */
static void
test_advice__twins_differ_by_the_signed_repository(void **state)
{
	(void)state;
	edit(SERVICE, "service: web", "service: twin");
	edit(SERVICE, "container: web", "container: twin");
	put_text("services.d/twin.yaml", read_text(at(SERVICE)));
	copy(SERVICE);
	(void)load_good();
	assert_true(said(false, SERVICE, 13,
	    "twin and web trust the same keys and the same repository in "
	    "signatures: a release of one that is copied to the other's "
	    "registry and repository passes, if its version fits"));
	edit("services.d/twin.yaml", "acme/web\n", "acme/twin\n");
	(void)load_good();
	assert_true(said(false, SERVICE, 13,
	    "twin and web trust the same keys: a Sigstore bundle of one that "
	    "is copied to the other's registry and repository passes, if its "
	    "version fits (it names no repository; a simple-signing signature "
	    "does, and fails)"));
	edit("services.d/twin.yaml",
	    "track:", "signed-as: registry.example.com/acme/web\ntrack:");
	(void)load_good();
	assert_true(
	    said(false, SERVICE, 13, "and the same repository in signatures"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_advice__two_parties_are_told_of_each_other),
		T(test_advice__approvals_stand_beside_the_signers),
		T(test_advice__own_approval_needs_only_the_others_work),
		T(test_advice__an_operator_in_other_case_is_told),
		T(test_advice__one_party_for_both_needs_a_reason),
		T(test_advice__one_key_for_both_needs_a_reason),
		T(test_advice__each_party_that_is_alone_is_named),
		T(test_advice__own_approval_is_nobody_elses),
		T(test_advice__a_version_from_the_tag_needs_a_reason),
		T(test_advice__a_signed_version_needs_none),
		T(test_advice__a_reason_for_nothing_is_told),
		T(test_advice__a_floor_is_missed),
		T(test_advice__a_delay_of_nothing_and_nameless_keys),
		T(test_advice__twins_share_a_container_or_keys),
		T(test_advice__twins_are_known_by_their_keys),
		T(test_advice__twins_differ_by_the_signed_repository),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
