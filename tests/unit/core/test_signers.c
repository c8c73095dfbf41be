/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pratique/signers.h>
#include <pratique/sshsig.h>

#define KEY                                                            \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJvDlf8YxuUGLHu5GiM2vNk" \
	"eCHWzBPEWZ+Z8R5t0cTo"

static int
parse_signers(const char *file, struct pq_err *err)
{
	struct pq_signers *s = NULL;
	int r = pq_signers_parse(&s, pq_slice_str(file), err);
	int n = r == 0 ? (int)pq_signers_count(s) : r;

	pq_signers_free(s);
	return n;
}

static void
test_signers__reads_lines(void **state)
{
	static const struct {
		const char *file;
		int n;
	} v[] = {
		{ "a@b " KEY, 1 },
		{ "a@b " KEY "\n", 1 },
		{ "a@b " KEY "\r\n", 1 },
		{ "# x\n\n \t\na@b " KEY " words after it\n", 1 },
		{ "a@b,*@c,!d@c " KEY "\nx " KEY "\n", 2 },
		{ "!d@c,*@c " KEY "\n", 1 },
		{ "*,!a " KEY "\n", 1 },
		{ "ssh-ed25519 " KEY "\n", 1 },
		{ "\"a b,c\" " KEY "\n", 1 },
		{ "a namespaces=\"git,file\" " KEY "\n", 1 },
		{ "a NAMESPACES=\"git\",valid-after=\"20240101\","
		  "valid-before=\"20250101120000Z\"\t" KEY "\n",
		    1 },
		{ "a valid-before=\"20240229\" " KEY "\n", 1 },
		{ "a valid-before=\"202402291159Z\" " KEY "\n", 1 },
	};
	struct pq_err err = PQ_ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (parse_signers(v[i].file, &err) != v[i].n)
			fail_msg("%s: %s", v[i].file, err.text);
}

static void
test_signers__refuses_lines(void **state)
{
	static const struct {
		const char *file;
		const char *words;
	} v[] = {
		{ "", "no key" },
		{ "# only\n", "no key" },
		{ "a@b\n", "the line has no key" },
		{ "ok " KEY "\na@b\n", "line 2: the line has no key" },
		{ "a cert-authority " KEY, "cert-authority is not" },
		{ "a cert-authority,namespaces=\"git\" " KEY,
		    "cert-authority is not" },
		{ "a no-touch-required " KEY, "unknown option" },
		{ "a valid-befor=\"20200101\" " KEY, "unknown option" },
		{ "a valid-before " KEY, "unknown option" },
		{ "a valid-before=20200101 " KEY, "valid-before: expected" },
		{ "a valid-before=\"2020010\" " KEY, "valid-before: expected" },
		{ "a valid-before=\"20230229\" " KEY,
		    "valid-before: expected" },
		{ "a valid-before=\"20241301\" " KEY,
		    "valid-before: expected" },
		{ "a valid-before=\"20240101ZZ\" " KEY,
		    "valid-before: expected" },
		{ "a valid-before=\"202401012460\" " KEY,
		    "valid-before: expected" },
		{ "a valid-before=x20240101\" " KEY, "valid-before: expected" },
		{ "a namespaces=xgit\" " KEY, "namespaces: expected" },
		{ "a valid-before=\"20240101\",valid-before=\"20300101\" " KEY,
		    "valid-before is given more than once" },
		{ "a namespaces=\"git\",namespaces=\"file\" " KEY,
		    "namespaces is given more than once" },
		{ "a namespaces=\"\" " KEY, "namespaces: expected" },
		{ "a namespaces=\"git " KEY, "namespaces: expected" },
		{ "a namespaces=\"git\"x " KEY, "expected a comma" },
		{ "a valid-after=\"20250101\",valid-before=\"20240101\" " KEY,
		    "not later" },
		{ "a valid-after=\"20240101Z\",valid-before=\"20240101Z\" " KEY,
		    "not later" },
		{ "\"a " KEY, "quote" },
		{ KEY " me@here\n", "principals are missing" },
		{ "!a " KEY, "can match no name" },
		{ "!*,a " KEY, "can match no name" },
		{ "a,!a " KEY, "can match no name" },
		{ "a@b,!*@b " KEY, "can match no name" },
		{ ",, " KEY, "can match no name" },
		{ "! " KEY, "can match no name" },
		{ "\"\" " KEY, "expected principals" },
		{ "a\"b " KEY, "expected principals" },
		{ "\"a\"b " KEY, "expected a blank" },
		{ "a ssh-ed25519", "base64" },
		{ "a ssh-ed25519 AAAA=", "base64" },
		{ "a ssh-rsa "
		  "AAAAC3NzaC1lZDI1NTE5AAAAIFJvDlf8YxuUGLHu5GiM2v"
		  "NkeCHWzBPEWZ+Z8R5t0cTo",
		    "not of the type" },
		{ "a ssh-dss AAAAB3NzaC1kc3M=", "not supported" },
		{ "a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAA1Jv", "32 bytes" },
		{ "a ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAwDDDQ==",
		    "RSA key of 16 bits" },
	};
	struct pq_err err = PQ_ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		if (parse_signers(v[i].file, &err) >= 0)
			fail_msg("%s: accepted", v[i].file);
		if (strstr(err.text, v[i].words) == NULL)
			fail_msg("%s: refused by \"%s\"", v[i].file, err.text);
	}
}

static void
test_signers__refuses_too_many(void **state)
{
	struct pq_buf b = PQ_BUF_INIT(PQ_SIGNERS_MAX);
	struct pq_err err = PQ_ERR_INIT;
	struct pq_signers *s = NULL;
	int i;

	(void)state;
	for (i = 0; i <= PQ_SIGNERS_LINES; i++)
		pq_buf_str(&b, "a " KEY "\n");
	assert_int_equal(
	    pq_signers_parse(&s, pq_buf_view(&b), &err), -PQ_ELIMIT);
	assert_null(s);
	/* a file with too many bytes is refused, even with few keys */
	b.n = 0;
	pq_buf_str(&b, "a " KEY "\n");
	while (b.n < PQ_SIGNERS_MAX)
		pq_buf_str(&b, "\n");
	assert_int_equal(pq_signers_parse(&s, pq_buf_view(&b), &err), 0);
	assert_int_equal(pq_signers_count(s), 1);
	pq_signers_free(pq_take(s));
	/* a line that is too long is refused */
	memset(b.p + strlen("a " KEY), ' ', 16384 - strlen("a " KEY));
	assert_int_equal(pq_signers_parse(&s, pq_buf_view(&b), &err), 0);
	pq_signers_free(pq_take(s));
	b.p[16384] = ' ';
	assert_int_equal(
	    pq_signers_parse(&s, pq_buf_view(&b), &err), -PQ_ELIMIT);
	assert_non_null(
	    strstr(err.text, "line 1: 16385 bytes; the limit is 16384"));
	b.p[16384] = '\n';
	b.max++;
	pq_buf_str(&b, "\n");
	assert_int_equal(
	    pq_signers_parse(&s, pq_buf_view(&b), &err), -PQ_ELIMIT);
	assert_null(s);
	pq_buf_free(&b);
}

static bool
have_shared_key(const char *ssh, const char *pem)
{
	struct pq_buf line = PQ_BUF_INIT(4096), text;
	struct pq_signers *s = NULL;
	struct pq_pubkey *key = NULL;
	char name[64];
	bool same;

	(void)snprintf(name, sizeof(name), "keys/%s.pem", pem);
	text = fixture(name);
	assert_int_equal(pq_pubkey_parse(&key, pq_buf_view(&text), NULL), 0);
	pq_buf_free(&text);
	(void)snprintf(name, sizeof(name), "keys/%s.ssh", ssh);
	text = fixture(name);
	pq_buf_str(&line, "a@b ");
	pq_buf_slice(&line, pq_buf_view(&text));
	assert_int_equal(pq_signers_parse(&s, pq_buf_view(&line), NULL), 0);
	same = pq_signers_have(s, key);
	pq_buf_free(&text);
	pq_buf_free(&line);
	pq_signers_free(s);
	pq_pubkey_free(key);
	return same;
}

static void
test_signers__refuses_nul(void **state)
{
	static const char file[] = "b " KEY "\na\0b " KEY "\n";
	struct pq_signers *s = NULL;

	(void)state;
	assert_int_equal(
	    pq_signers_parse(&s, pq_slice(file, sizeof(file) - 1), NULL),
	    -PQ_EFORMAT);
}

static void
test_signers__refuses_invalid_dates(void **state)
{
	static const char *const dates[] = { "", "Z", "2024", "202401",
		"2024010100", "20240101000", "2024010100000", "202401010000000",
		"20240101ZZ", "2024010Z", "2024010:", "2024011/", "2024o101",
		"2024-1-1", "20240001", "20241301", "20240100", "20240132",
		"20240230", "20230229", "21000229", "20240332", "20240431",
		"20240532", "20240631", "20240732", "20240832", "20240931",
		"20241032", "20241131", "20241232", "19691231", "19700101",
		"19700101Z", "19700101000000Z", "197001020100", "202401012400",
		"202401010060", "20240101000060" };
	char line[256];
	struct pq_err err = PQ_ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		(void)snprintf(
		    line, sizeof(line), "a valid-before=\"%s\" " KEY, dates[i]);
		if (parse_signers(line, &err) >= 0)
			fail_msg("%s: accepted", line);
		if (strstr(err.text, "valid-before: expected") == NULL)
			fail_msg("%s: refused by \"%s\"", line, err.text);
	}
}

static void
test_signers__finds_the_line_of_a_time_without_z(void **state)
{
	static const struct {
		const char *file;
		unsigned line;
	} v[] = {
		{ "a " KEY "\n", 0 },
		{ "a valid-before=\"20240101Z\" " KEY "\n", 0 },
		{ "a valid-before=\"20240101\" " KEY "\n", 1 },
		{ "# x\na valid-after=\"20240101Z\" " KEY "\n"
		  "a valid-after=\"202401010000\" " KEY "\n",
		    3 },
		{ "a valid-after=\"20240101Z\",valid-before=\"20250101\" " KEY,
		    1 },
	};
	struct pq_signers *s = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_int_equal(
		    pq_signers_parse(&s, pq_slice_str(v[i].file), NULL), 0);
		if (pq_signers_zoneless(s) != v[i].line)
			fail_msg("%s: %u", v[i].file, pq_signers_zoneless(s));
		pq_signers_free(s);
	}
}

/* The same key in another file format is the same key. */
static void
test_signers__compares_keys_across_formats(void **state)
{
	static const char *const names[] = { "ed25519", "p256",
		"p256-compressed", "p384", "p521", "rsa" };
	size_t n = sizeof(names) / sizeof(names[0]), i, k;

	(void)state;
	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++) {
			/* two of the keys are p256 */
			bool same = strncmp(names[i], names[k], 4) == 0;

			if (have_shared_key(names[i], names[k]) != same)
				fail_msg("%s, %s", names[i], names[k]);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signers__reads_lines),
		cmocka_unit_test(test_signers__refuses_lines),
		cmocka_unit_test(test_signers__refuses_too_many),
		cmocka_unit_test(test_signers__refuses_nul),
		cmocka_unit_test(
		    test_signers__finds_the_line_of_a_time_without_z),
		cmocka_unit_test(test_signers__refuses_invalid_dates),
		cmocka_unit_test(test_signers__compares_keys_across_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
