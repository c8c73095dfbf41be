/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pratique/callback.h>

#define GH_SECRET "It's a Secret to Everybody"
#define GH_HEX \
	"757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
#define SW_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define SW_MAC "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define OTHER_SECRET "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define OTHER_MAC "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define SW_TIME INT64_C(1614265330)

static char id[129];
static struct pq_err why;

static struct pq_callback
make_github(const char *signature)
{
	return (struct pq_callback){
		.body = PQ_SLICE_LIT("Hello, World!"),
		.github_delivery = PQ_SLICE_LIT("d-1"),
		.hub_signature_256 = pq_slice_str(signature),
	};
}

static struct pq_callback
make_standard(const char *signature)
{
	return (struct pq_callback){
		.body = PQ_SLICE_LIT("{\"test\": 2432232314}"),
		.webhook_id = PQ_SLICE_LIT("msg_p5jXN8AQM9LWM0D4loKWxJek"),
		.webhook_timestamp = PQ_SLICE_LIT("1614265330"),
		.webhook_signature = pq_slice_str(signature),
	};
}

static enum pq_callback_ruling
authenticate_with(enum pq_scheme scheme, const struct pq_callback *cb,
    const char *secret, int64_t now)
{
	struct pq_slice s = pq_slice_str(secret);

	return pq_callback_authenticate(scheme, cb, &s, 1, now, id, &why);
}

static void
test_callback__github_vector(void **state)
{
	struct pq_callback cb = make_github("sha256=" GH_HEX);

	(void)state;
	assert_int_equal(authenticate_with(PQ_SCHEME_GITHUB, &cb, GH_SECRET, 0),
	    PQ_CALLBACK_GENUINE);
	assert_string_equal(id, "d-1");
	cb.body = PQ_SLICE_LIT("Hello, World?");
	assert_int_equal(authenticate_with(PQ_SCHEME_GITHUB, &cb, GH_SECRET, 0),
	    PQ_CALLBACK_REFUSED);
	assert_string_equal(id, "");
}

static void
test_callback__github_refuses_malformed(void **state)
{
	static const char *const bad[] = { NULL, "", "sha256=", GH_HEX,
		"sha1=" GH_HEX, "SHA256=" GH_HEX, "sha256=" GH_HEX " ",
		" sha256=" GH_HEX, "sha256=" GH_HEX "00",
		"sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4"
		"379C8B043E17",
		"sha256=" GH_HEX ",sha256=" GH_HEX };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pq_callback cb = make_github(bad[i]);

		assert_int_equal(
		    authenticate_with(PQ_SCHEME_GITHUB, &cb, GH_SECRET, 0),
		    PQ_CALLBACK_REFUSED);
		assert_int_equal(why.fault, i < 2 ? -PQ_EABSENT : -PQ_EFORMAT);
	}
}

/* The delivery id goes to the log and into the ledger. */
static void
test_callback__refuses_malformed_ids(void **state)
{
	static const char *const bad[] = { "a b", " a", "a\n", "a\tb", "a\x7f",
		"\xc3\xa9", "\x1b[2J" };
	struct pq_callback gh = make_github("sha256=" GH_HEX);
	struct pq_callback sw = make_standard("v1," SW_MAC);
	char longest[129];
	size_t i;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	for (i = 0; i <= sizeof(bad) / sizeof(bad[0]); i++) {
		struct pq_slice s = pq_slice(longest, 129);

		if (i < sizeof(bad) / sizeof(bad[0]))
			s = pq_slice_str(bad[i]);
		gh.github_delivery = sw.webhook_id = s;
		assert_int_equal(
		    authenticate_with(PQ_SCHEME_GITHUB, &gh, GH_SECRET, 0),
		    PQ_CALLBACK_REFUSED);
		assert_non_null(strstr(why.text, "X-GitHub-Delivery"));
		assert_int_equal(authenticate_with(PQ_SCHEME_STANDARD, &sw,
				     SW_SECRET, SW_TIME),
		    PQ_CALLBACK_REFUSED);
		assert_non_null(strstr(why.text, "webhook-id"));
		assert_string_equal(id, "");
	}
	gh.github_delivery = pq_slice(longest, 128);
	assert_int_equal(authenticate_with(PQ_SCHEME_GITHUB, &gh, GH_SECRET, 0),
	    PQ_CALLBACK_GENUINE);
	assert_int_equal(strlen(id), 128);
	gh.github_delivery = PQ_SLICE_LIT("!~");
	assert_int_equal(authenticate_with(PQ_SCHEME_GITHUB, &gh, GH_SECRET, 0),
	    PQ_CALLBACK_GENUINE);
}

static void
test_callback__refuses_a_long_body_unread(void **state)
{
	struct pq_callback cb = make_github("sha256=" GH_HEX);
	uint8_t *p = calloc(1, PQ_BODY_MAX + 1);

	(void)state;
	assert_non_null(p);
	cb.body = pq_slice(p, PQ_BODY_MAX + 1);
	assert_int_equal(authenticate_with(PQ_SCHEME_GITHUB, &cb, GH_SECRET, 0),
	    PQ_CALLBACK_REFUSED);
	assert_int_equal(why.fault, -PQ_ELIMIT);
	cb.body.n--;
	assert_int_equal(authenticate_with(PQ_SCHEME_GITHUB, &cb, GH_SECRET, 0),
	    PQ_CALLBACK_REFUSED);
	assert_int_equal(why.fault, -PQ_EMISMATCH);
	free(p);
}

static void
test_callback__sender_cannot_choose_the_scheme(void **state)
{
	struct pq_callback cb = make_github("sha256=" GH_HEX);

	(void)state;
	assert_int_equal(
	    authenticate_with(PQ_SCHEME_STANDARD, &cb, GH_SECRET, 0),
	    PQ_CALLBACK_REFUSED);
	assert_int_equal(authenticate_with(PQ_SCHEME_NONE, &cb, GH_SECRET, 0),
	    PQ_CALLBACK_REFUSED);
}

static void
test_callback__refuses_missing_and_repeated_secrets(void **state)
{
	struct pq_callback cb = make_github("sha256=" GH_HEX);
	struct pq_slice two[] = { PQ_SLICE_LIT("another secret"),
		PQ_SLICE_LIT(GH_SECRET) };

	(void)state;
	assert_int_equal(authenticate_with(PQ_SCHEME_GITHUB, &cb, "", 0),
	    PQ_CALLBACK_REFUSED);
	assert_int_equal(pq_callback_authenticate(
			     PQ_SCHEME_GITHUB, &cb, NULL, 0, 0, id, &why),
	    PQ_CALLBACK_REFUSED);
	assert_int_equal(pq_callback_authenticate(
			     PQ_SCHEME_GITHUB, &cb, two, 2, 0, id, &why),
	    PQ_CALLBACK_GENUINE);
	two[0] = PQ_SLICE_LIT(GH_SECRET " 2"); /* another secret: accepted */
	assert_int_equal(pq_callback_authenticate(
			     PQ_SCHEME_GITHUB, &cb, two, 2, 0, id, &why),
	    PQ_CALLBACK_GENUINE);
	two[0] = two[1];
	assert_int_equal(pq_callback_authenticate(
			     PQ_SCHEME_GITHUB, &cb, two, 2, 0, id, &why),
	    PQ_CALLBACK_REFUSED);
}

static void
test_callback__standard_vector(void **state)
{
	static const char *const also[] = { "v1a,AAAA v1," SW_MAC " v2,x",
		"v1a,AAAA v1," SW_MAC, "v1," OTHER_MAC " v1," SW_MAC,
		"a b c d e f g v1," SW_MAC };
	const struct pq_slice two[] = { PQ_SLICE_LIT(OTHER_SECRET),
		PQ_SLICE_LIT(SW_SECRET) };
	struct pq_callback cb = make_standard("v1," SW_MAC);
	size_t i;

	(void)state;
	assert_int_equal(
	    authenticate_with(PQ_SCHEME_STANDARD, &cb, SW_SECRET, SW_TIME),
	    PQ_CALLBACK_GENUINE);
	assert_string_equal(id, "msg_p5jXN8AQM9LWM0D4loKWxJek");
	for (i = 0; i < sizeof(also) / sizeof(also[0]); i++) {
		cb = make_standard(also[i]);
		assert_int_equal(authenticate_with(PQ_SCHEME_STANDARD, &cb,
				     SW_SECRET, SW_TIME),
		    PQ_CALLBACK_GENUINE);
	}
	assert_int_equal(pq_callback_authenticate(PQ_SCHEME_STANDARD, &cb, two,
			     2, SW_TIME, id, &why),
	    PQ_CALLBACK_GENUINE);
}

static void
test_callback__standard_tolerance(void **state)
{
	struct pq_callback cb = make_standard("v1," SW_MAC);

	(void)state;
	assert_int_equal(authenticate_with(
			     PQ_SCHEME_STANDARD, &cb, SW_SECRET, SW_TIME + 300),
	    PQ_CALLBACK_GENUINE);
	assert_int_equal(authenticate_with(
			     PQ_SCHEME_STANDARD, &cb, SW_SECRET, SW_TIME - 300),
	    PQ_CALLBACK_GENUINE);
	assert_int_equal(authenticate_with(
			     PQ_SCHEME_STANDARD, &cb, SW_SECRET, SW_TIME + 301),
	    PQ_CALLBACK_STALE);
	assert_int_equal(authenticate_with(
			     PQ_SCHEME_STANDARD, &cb, SW_SECRET, SW_TIME - 301),
	    PQ_CALLBACK_STALE);
	assert_string_equal(id, "");
}

/* Only a holder of the secret gets the ruling "stale". */
static void
test_callback__standard_forged_is_never_stale(void **state)
{
	struct pq_callback cb = make_standard("v1," SW_MAC);

	(void)state;
	cb.body = PQ_SLICE_LIT("{}");
	assert_int_equal(
	    authenticate_with(PQ_SCHEME_STANDARD, &cb, SW_SECRET, 0),
	    PQ_CALLBACK_REFUSED);
}

static void
test_callback__standard_refuses_malformed(void **state)
{
	static const char *const bad[] = { NULL, "", "v1,", SW_MAC,
		"v1a," SW_MAC, "v1," SW_MAC " ", "v1," SW_MAC "  v1," SW_MAC,
		"v1,AAAA", "v1, " SW_MAC, "a b c d e f g h v1," SW_MAC };
	static const char *const times[] = { "01614265330", "01", "161426533x",
		"161426533/", "161426533:", "-1", " 1614265330", "1614265330.",
		"161426533000" };
	struct pq_callback cb;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cb = make_standard(bad[i]);
		assert_int_equal(authenticate_with(PQ_SCHEME_STANDARD, &cb,
				     SW_SECRET, SW_TIME),
		    PQ_CALLBACK_REFUSED);
	}
	cb = make_standard("v1," SW_MAC);
	cb.webhook_id = PQ_SLICE_LIT("msg.1");
	assert_int_equal(
	    authenticate_with(PQ_SCHEME_STANDARD, &cb, SW_SECRET, SW_TIME),
	    PQ_CALLBACK_REFUSED);
	assert_non_null(strstr(why.text, "webhook-id"));
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		cb = make_standard("v1," SW_MAC);
		cb.webhook_timestamp = pq_slice_str(times[i]);
		assert_int_equal(authenticate_with(PQ_SCHEME_STANDARD, &cb,
				     SW_SECRET, SW_TIME),
		    PQ_CALLBACK_REFUSED);
		assert_string_equal(why.text, "webhook-timestamp is malformed");
	}
	/* a well-formed timestamp that was not signed */
	cb.webhook_timestamp = PQ_SLICE_LIT("0");
	assert_int_equal(
	    authenticate_with(PQ_SCHEME_STANDARD, &cb, SW_SECRET, SW_TIME),
	    PQ_CALLBACK_REFUSED);
	assert_int_equal(why.fault, -PQ_EMISMATCH);
}

static void
test_callback__standard_requires_every_header(void **state)
{
	struct pq_callback cb[3];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		cb[i] = make_standard("v1," SW_MAC);
	cb[0].webhook_id = pq_slice(NULL, 0);
	cb[1].webhook_timestamp = pq_slice(NULL, 0);
	cb[2].webhook_signature = pq_slice(NULL, 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(authenticate_with(PQ_SCHEME_STANDARD, &cb[i],
				     SW_SECRET, SW_TIME),
		    PQ_CALLBACK_REFUSED);
		assert_int_equal(why.fault, -PQ_EABSENT);
	}
}

static void
test_callback__standard_refuses_weak_secret(void **state)
{
	struct pq_callback cb = make_standard("v1," SW_MAC);

	(void)state;
	assert_int_equal(
	    authenticate_with(PQ_SCHEME_STANDARD, &cb, "whsec_", SW_TIME),
	    PQ_CALLBACK_REFUSED);
	assert_int_equal(authenticate_with(PQ_SCHEME_STANDARD, &cb,
			     "whsec_c2hvcnQ=", SW_TIME),
	    PQ_CALLBACK_REFUSED);
	assert_int_equal(
	    authenticate_with(PQ_SCHEME_STANDARD, &cb, SW_SECRET + 6, SW_TIME),
	    PQ_CALLBACK_REFUSED);
}

static void
test_callback__scheme_names(void **state)
{
	(void)state;
	assert_int_equal(pq_scheme_by_name("github"), PQ_SCHEME_GITHUB);
	assert_int_equal(
	    pq_scheme_by_name("standard-webhooks"), PQ_SCHEME_STANDARD);
	assert_int_equal(pq_scheme_by_name("none"), PQ_SCHEME_NONE);
	assert_int_equal(pq_scheme_by_name(NULL), PQ_SCHEME_NONE);
	assert_string_equal(pq_scheme_name(PQ_SCHEME_GITHUB), "github");
}

static void
test_callback__names_the_fault_of_a_secret(void **state)
{
	static const struct {
		enum pq_scheme scheme;
		const char *secret, *fault;
	} secrets[] = {
		{ PQ_SCHEME_GITHUB, "eight888", NULL },
		{ PQ_SCHEME_GITHUB, "seven77", "shorter than 8 bytes" },
		{ PQ_SCHEME_GITHUB, "", "empty or longer than 1024 bytes" },
		{ PQ_SCHEME_STANDARD, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		    NULL },
		{ PQ_SCHEME_STANDARD, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		    "not whsec_ and base64 of 24 to 64 bytes" },
		{ PQ_SCHEME_STANDARD, "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		    "not whsec_ and base64 of 24 to 64 bytes" },
		{ PQ_SCHEME_STANDARD, "whsec_AAAA",
		    "not whsec_ and base64 of 24 to 64 bytes" },
		{ PQ_SCHEME_STANDARD, "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=",
		    "not whsec_ and base64 of 24 to 64 bytes" },
		{ PQ_SCHEME_STANDARD,
		    "whsec_"
		    "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYW"
		    "FhYWFhYWFhYWFhYWFhYWFhYWFhYQ==",
		    NULL },
		{ PQ_SCHEME_STANDARD,
		    "whsec_"
		    "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYW"
		    "FhYWFhYWFhYWFhYWFhYWFhYWFhYWE=",
		    "not whsec_ and base64 of 24 to 64 bytes" },
		{ PQ_SCHEME_STANDARD, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		    "not whsec_ and base64 of 24 to 64 bytes" },
		{ PQ_SCHEME_NONE, "eight888", "for an unknown scheme" },
	};
	char longest[1025];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		const char *f = pq_callback_secret_fault(
		    secrets[i].scheme, pq_slice_str(secrets[i].secret));

		assert_string_equal(f == NULL ? "" : f,
		    secrets[i].fault == NULL ? "" : secrets[i].fault);
	}
	memset(longest, 'x', sizeof(longest));
	assert_null(pq_callback_secret_fault(
	    PQ_SCHEME_GITHUB, pq_slice(longest, 1024)));
	assert_string_equal(
	    pq_callback_secret_fault(PQ_SCHEME_GITHUB, pq_slice(longest, 1025)),
	    "empty or longer than 1024 bytes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_callback__github_vector),
		cmocka_unit_test(test_callback__github_refuses_malformed),
		cmocka_unit_test(test_callback__refuses_malformed_ids),
		cmocka_unit_test(test_callback__refuses_a_long_body_unread),
		cmocka_unit_test(
		    test_callback__sender_cannot_choose_the_scheme),
		cmocka_unit_test(
		    test_callback__refuses_missing_and_repeated_secrets),
		cmocka_unit_test(test_callback__names_the_fault_of_a_secret),
		cmocka_unit_test(test_callback__standard_vector),
		cmocka_unit_test(test_callback__standard_tolerance),
		cmocka_unit_test(test_callback__standard_forged_is_never_stale),
		cmocka_unit_test(test_callback__standard_refuses_malformed),
		cmocka_unit_test(test_callback__standard_requires_every_header),
		cmocka_unit_test(test_callback__standard_refuses_weak_secret),
		cmocka_unit_test(test_callback__scheme_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
