/* SPDX-License-Identifier: Apache-2.0 */
/* Advice on a valid policy: the parties that can ship alone. */
#include "directory.h"

#define SOURCE                                                      \
	"source:\n"                                                 \
	"  repository: https://git.example.com/acme/web.git\n"      \
	"  tag: \"v{version}\"\n"                                   \
	"  signers: {ssh: {file: keys/web.allowed_signers, party: " \
	"release}, threshold: 1}\n"
#define NEEDED "; if this is intended, add accept-alone: REASON"
#define REMEDY                                                           \
	"; add version-from: label here and the label "                  \
	"org.opencontainers.image.version to the image; or, if this is " \
	"intended, add accept-alone: REASON"

static void
no_approvals(void)
{
	edit_file(SERVICE, "approvals: 2", "approvals: 0");
}

static void
accept_alone(void)
{
	edit_file(
	    SERVICE, "track:", "accept-alone: there are two of us\ntrack:");
}

static void
test_advice__warns_of_each_of_two_parties(void **state)
{
	(void)state;
	no_approvals();
	(void)load_good();
	assert_true(has_note_at(false, SERVICE, 13,
	    "ci can ship alone once release has signed a tag: only the "
	    "signature of ci says that an image was built from this tag"));
	assert_true(has_note_at(false, SERVICE, 11,
	    "release can ship alone if ci signs an image of each tag"));
	assert_int_equal(notes.n, 2);
}

/* If other operators must approve, no party can ship alone. */
static void
test_advice__counts_approvals(void **state)
{
	(void)state;
	(void)load_good();
	assert_int_equal(notes.n, 0);
	edit_file(SERVICE, "party: release", "party: ci");
	(void)load_good();
	assert_false(has_note("alone"));
}

/* An approval that a signer gives itself is not a protection. */
static void
test_advice__does_not_count_the_own_approval(void **state)
{
	(void)state;
	edit_file(SERVICE, "approvals: 2", "approvals: 1");
	(void)load_good();
	assert_false(has_note("alone"));
	edit_file(SERVICE, "party: ci", "party: bob");
	(void)load_good();
	assert_true(has_note_at(false, SERVICE, 13,
	    "bob can ship alone once release has signed a tag: only the "
	    "signature of bob says that an image was built from this tag, and "
	    "the approval of bob suffices"));
	assert_int_equal(notes.n, 1);
	edit_file(SERVICE, "party: release", "party: alice");
	(void)load_good();
	assert_true(has_note_at(false, SERVICE, 11,
	    "alice can ship alone if bob signs an image of each tag, and the "
	    "approval of alice suffices"));
	assert_int_equal(notes.n, 2);
	edit_file(SERVICE, "approvals: 1", "approvals: 2");
	(void)load_good();
	assert_int_equal(notes.n, 0);
}

/* An operator and a signer count as two if their names differ in case. */
static void
test_advice__warns_of_names_that_differ_in_case(void **state)
{
	(void)state;
	edit_file(SERVICE, "party: ci", "party: Bob");
	(void)load_good();
	assert_true(has_note_at(false, SERVICE, 13,
	    "party: bob and Bob differ only in case; they count as two "
	    "parties"));
	edit_file(SERVICE, "approvals: 2", "approvals: 0");
	(void)load_good();
	assert_false(has_note("only in case"));
}

static void
test_advice__refuses_one_party_for_image_and_tag(void **state)
{
	(void)state;
	no_approvals();
	edit_file(SERVICE, "party: release", "party: ci");
	load_bad(SERVICE, 11,
	    "ci can ship alone: it holds the tag key and an image key" NEEDED);
	accept_alone();
	(void)load_good();
	assert_true(has_note_at(false, SERVICE, 12,
	    "ci can ship alone: it holds the tag key and an image key "
	    "(accept-alone)"));
	assert_int_equal(notes.n, 1);
	assert_string_equal(
	    config->services[0].accept_alone, "there are two of us");
	edit_file(SERVICE, "pub], party: ci", "pub], party: Ci");
	(void)load_good();
	assert_true(has_note_at(false, SERVICE, 12,
	    "party: ci and Ci differ only in case; they count as two "
	    "parties"));
}

static void
test_advice__refuses_one_key_for_image_and_tag(void **state)
{
	char line[2048];

	(void)state;
	no_approvals();
	put_text("keys/ci-next.pub", read_text(PQ_FIXTURES "/keys/p384.pem"));
	(void)snprintf(line, sizeof(line), "x@example.com %s",
	    read_text(PQ_FIXTURES "/keys/p384.ssh"));
	put_text("keys/web.allowed_signers", line);
	load_bad(SERVICE, 11,
	    "ci can ship alone: the same key signs tags and images" NEEDED);
	/* the holder of the other key needs a tag signature */
	edit_file(SERVICE, ", party: ci", "");
	load_bad(SERVICE, 11, "keys/ci-next.pub can ship alone: the same key");
	assert_true(has_note_at(false, SERVICE, 13,
	    "keys/ci.pub can ship alone once keys/ci-next.pub has signed"));
	assert_false(has_note("signs an image of each tag"));
}

static void
test_advice__names_each_party_that_can_ship_alone(void **state)
{
	(void)state;
	no_approvals();
	edit_file(SERVICE, SOURCE, "");
	edit_file(SERVICE, ", party: ci", "");
	load_bad(SERVICE, 9,
	    "keys/ci.pub can ship alone: an image signature suffices, because "
	    "the policy has no source" NEEDED);
	load_bad(SERVICE, 9, "keys/ci-next.pub can ship alone: an image");
	accept_alone();
	(void)load_good();
	assert_true(has_note_at(
	    false, SERVICE, 10, "keys/ci-next.pub can ship alone: an image"));
}

static void
test_advice__refuses_a_signer_who_approves_alone(void **state)
{
	(void)state;
	edit_file(SERVICE, SOURCE, "");
	(void)load_good();
	edit_file(SERVICE, "approvals: 2", "approvals: 1");
	(void)load_good();
	edit_file(SERVICE, "party: ci", "party: bob");
	load_bad(SERVICE, 9,
	    "bob can ship alone: an image signature suffices, because the "
	    "policy has no source, and the approval of bob "
	    "suffices" NEEDED);
	/* after a mistake in pratique.yaml its operators are unknown */
	edit_file(MAIN, "alice: {uid: 1000}", "alice: {uid: -1}");
	assert_int_equal(load_dir(), -PQ_ECONFIG);
	assert_false(has_note("alone"));
}

/* All images are signed, but the registry says which of them is the newest. */
static void
test_advice__refuses_a_version_from_the_tag(void **state)
{
	(void)state;
	edit_file(SERVICE, "version-from: label", "version-from: tag");
	load_bad(SERVICE, 24,
	    "the registry account of registry.example.com can ship alone: with "
	    "version-from: tag it can point a tag at any signed image of the "
	    "tagged commit" REMEDY);
	edit_file(SERVICE, SOURCE, "");
	load_bad(SERVICE, 20, "can point a tag at any signed image" REMEDY);
	edit_file(SERVICE, "version-from: tag\n", "");
	load_bad(SERVICE, 3,
	    "without version-from it can point a tag at any signed "
	    "image" REMEDY);
	accept_alone();
	(void)load_good();
	assert_true(has_note_at(false, SERVICE, 3,
	    "the registry account of registry.example.com can ship alone: "
	    "without version-from it can point a tag at any signed "
	    "image (accept-alone)"));
	assert_int_equal(notes.n, 1);
}

static void
test_advice__accepts_a_signed_version(void **state)
{
	(void)state;
	edit_file(SERVICE, "version-from: label", "version-from: annotation");
	(void)load_good();
	assert_int_equal(notes.n, 0);
}

/* A needless accept-alone would silently accept a later mistake. */
static void
test_advice__warns_of_a_needless_accept_alone(void **state)
{
	(void)state;
	accept_alone();
	(void)load_good();
	assert_true(has_note_at(
	    false, SERVICE, 4, "accept-alone: no party can ship alone"));
	edit_file(SERVICE, "version-from: label", "version-from: tag");
	(void)load_good();
	assert_false(has_note("no party can ship alone"));
	edit_file(SERVICE, "version-from: tag", "version-from: label");
	no_approvals();
	edit_file(SERVICE, "party: release", "party: ci");
	(void)load_good();
	assert_false(has_note("no party can ship alone"));
}

static void
test_advice__warns_of_a_missing_floor(void **state)
{
	(void)state;
	edit_file(SERVICE, "floor: 1.0.0\n", "");
	(void)load_good();
	assert_true(has_note_at(false, SERVICE, 0,
	    "no floor: if the state is lost, only the label of the running "
	    "container or `pratique adopt` stops an old release; add floor: "
	    "VERSION"));
}

static void
test_advice__warns_of_no_delay_and_of_keys_without_a_party(void **state)
{
	(void)state;
	edit_file(SERVICE, "delay: 24h", "delay: 0s");
	edit_file(SERVICE, ", party: ci", "");
	edit_file(SERVICE, ", party: release", "");
	(void)load_good();
	assert_true(has_note_at(
	    false, SERVICE, 14, "a delay of 0 leaves the operators"));
	assert_true(has_note_at(false, SERVICE, 13,
	    "keys/ci.pub: this key has no party; add party: NAME"));
	assert_true(has_note_at(false, SERVICE, 11,
	    "keys/web.allowed_signers: this key has no party"));
}

static void
test_advice__finds_services_with_one_container_or_key(void **state)
{
	(void)state;
	edit_file(SERVICE, "service: web", "service: twin");
	put_text("services.d/twin.yaml", read_text(path_of(SERVICE)));
	copy_good(SERVICE);
	assert_int_equal(load_dir(), -PQ_ECONFIG);
	assert_true(
	    has_note("the services twin and web have the same container, web"));
	assert_true(has_note("twin and web trust the same keys"));
	edit_file("services.d/twin.yaml", "container: web", "container: twin");
	assert_int_equal(load_dir(), 0);
	assert_false(has_note("have the same container"));
	assert_true(has_note("twin and web trust the same keys"));
}

/* The key files differ in a newline and a comment, and have the same keys. */
static void
test_advice__compares_keys_and_not_files(void **state)
{
	char text[4096];

	(void)state;
	edit_file(SERVICE, "service: web", "service: twin");
	edit_file(SERVICE, "container: web", "container: twin");
	edit_file(SERVICE, "[keys/ci.pub, keys/ci-next.pub]", "keys/twin.pub");
	edit_file(
	    SERVICE, "keys/web.allowed_signers", "keys/twin.allowed_signers");
	put_text("services.d/twin.yaml", read_text(path_of(SERVICE)));
	copy_good(SERVICE);
	(void)snprintf(
	    text, sizeof(text), "%s\n", read_text(path_of("keys/ci.pub")));
	put_text("keys/twin.pub", text);
	(void)snprintf(text, sizeof(text), "# of twin\n%s",
	    read_text(path_of("keys/web.allowed_signers")));
	put_text("keys/twin.allowed_signers", text);
	(void)load_good();
	assert_true(has_note("twin and web trust the same keys"));
	(void)snprintf(text, sizeof(text), "x@example.com %s",
	    read_text(PQ_FIXTURES "/keys/p256.ssh"));
	put_text("keys/twin.allowed_signers", text);
	(void)load_good();
	assert_false(has_note("trust the same keys"));
}

#define CI_KEYS "image-signature: {cosign-key: [keys/ci.pub, keys/ci-next.pub]"

/* Each of two clauses, or two of two parties, must have a common key. */
static void
test_advice__compares_all_clauses_of_two_services(void **state)
{
	(void)state;
	edit_file(SERVICE, "service: web", "service: twin");
	edit_file(SERVICE, "container: web", "container: twin");
	edit_file(
	    SERVICE, CI_KEYS, "image-signature: {cosign-key: keys/ci.pub");
	put_text("services.d/twin.yaml", read_text(path_of(SERVICE)));
	copy_good(SERVICE);
	(void)load_good();
	assert_true(has_note("twin and web trust the same keys"));
	/* a release of web has no signature by the twin's own key */
	put_text("keys/own.pub", read_text(PQ_FIXTURES "/keys/p521.pem"));
	put_text("keys/web.pub", read_text(PQ_FIXTURES "/keys/p256.pem"));
	edit_file("services.d/twin.yaml", "require:\n",
	    "require:\n  - image-signature: {cosign-key: keys/own.pub}\n");
	edit_file(SERVICE, "require:\n",
	    "require:\n  - image-signature: {cosign-key: keys/web.pub}\n");
	(void)load_good();
	assert_false(has_note("trust the same keys"));
	/* as an alternative to a common key it is not needed */
	edit_file("services.d/twin.yaml",
	    "  - image-signature: {cosign-key: "
	    "keys/own.pub}\n",
	    "  - any:\n"
	    "      - image-signature: {cosign-key: keys/own.pub}\n"
	    "      - image-signature: {cosign-key: keys/ci.pub}\n");
	(void)load_good();
	assert_true(has_note("twin and web trust the same keys"));
}

static void
test_advice__compares_thresholds_of_two_services(void **state)
{
	(void)state;
	edit_file(SERVICE, "service: web", "service: twin");
	edit_file(SERVICE, "container: web", "container: twin");
	put_text("services.d/twin.yaml", read_text(path_of(SERVICE)));
	copy_good(SERVICE);
	put_text("keys/own.pub", read_text(PQ_FIXTURES "/keys/p521.pem"));
	put_text("keys/web.pub", read_text(PQ_FIXTURES "/keys/p256.pem"));
	edit_file("services.d/twin.yaml", "ci-next.pub], party: ci",
	    "own.pub], threshold: 2");
	edit_file(SERVICE, "ci-next.pub], party: ci", "web.pub], threshold: 2");
	(void)load_good();
	assert_false(has_note("trust the same keys"));
	edit_file(SERVICE, "keys/web.pub], threshold: 2",
	    "keys/own.pub], threshold: 2");
	(void)load_good();
	assert_true(has_note("twin and web trust the same keys"));
}

/* A signed payload that names its repository fits one service only. */
static void
test_advice__compares_the_signed_repository(void **state)
{
	(void)state;
	edit_file(SERVICE, "service: web", "service: twin");
	edit_file(SERVICE, "container: web", "container: twin");
	put_text("services.d/twin.yaml", read_text(path_of(SERVICE)));
	copy_good(SERVICE);
	(void)load_good();
	assert_true(has_note_at(false, SERVICE, 13,
	    "twin and web trust the same keys and the same repository in "
	    "signatures: a release of one service passes for the other if it "
	    "is copied to the other's repository and its version fits"));
	edit_file("services.d/twin.yaml", "acme/web\n", "acme/twin\n");
	(void)load_good();
	assert_true(has_note_at(false, SERVICE, 13,
	    "twin and web trust the same keys: a Sigstore bundle of one "
	    "service passes for the other if it is copied to the other's "
	    "repository and its version fits (a bundle does not name a "
	    "repository; a simple-signing signature does, and fails)"));
	edit_file("services.d/twin.yaml",
	    "track:", "signed-as: registry.example.com/acme/web\ntrack:");
	(void)load_good();
	assert_true(has_note_at(
	    false, SERVICE, 13, "and the same repository in signatures"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_advice__warns_of_each_of_two_parties),
		T(test_advice__counts_approvals),
		T(test_advice__does_not_count_the_own_approval),
		T(test_advice__warns_of_names_that_differ_in_case),
		T(test_advice__refuses_one_party_for_image_and_tag),
		T(test_advice__refuses_one_key_for_image_and_tag),
		T(test_advice__names_each_party_that_can_ship_alone),
		T(test_advice__refuses_a_signer_who_approves_alone),
		T(test_advice__refuses_a_version_from_the_tag),
		T(test_advice__accepts_a_signed_version),
		T(test_advice__warns_of_a_needless_accept_alone),
		T(test_advice__warns_of_a_missing_floor),
		T(test_advice__warns_of_no_delay_and_of_keys_without_a_party),
		T(test_advice__finds_services_with_one_container_or_key),
		T(test_advice__compares_keys_and_not_files),
		T(test_advice__compares_all_clauses_of_two_services),
		T(test_advice__compares_thresholds_of_two_services),
		T(test_advice__compares_the_signed_repository),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
