/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each grammar is tested with the examples of its specification. The grammar of
 * git tags is also compared with git itself.
 */
#include "support/names.h"
#include "support/temporary.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pratique/digest.h>
#include <pratique/finding.h>
#include <pratique/text.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16

typedef int check_fn(struct pq_slice s, struct pq_err *err);

/* A name, and a part of its refusal; NULL: the name is valid. */
struct row {
	struct pq_slice name;
	const char *words;
};

#define GOOD(s)                       \
	{                             \
		PQ_SLICE_LIT(s), NULL \
	}
#define BAD(s, words)                  \
	{                              \
		PQ_SLICE_LIT(s), words \
	}

static void
check_rows(check_fn *f, const struct row *rows, size_t n)
{
	char shown[600];
	size_t i;

	for (i = 0; i < n; i++) {
		struct pq_err err = PQ_ERR_INIT;
		int r = f(rows[i].name, &err);

		pq_text_escape(shown, sizeof(shown), rows[i].name);
		if (r != (rows[i].words == NULL ? 0 : -PQ_EFORMAT) ||
		    err.fault != r)
			fail_msg("\"%s\": %d: %s", shown, r, err.text);
		if (r != 0 && strstr(err.text, rows[i].words) == NULL)
			fail_msg("\"%s\": %s", shown, err.text);
		/* a caller without @err gets the same result */
		assert_int_equal(f(rows[i].name, NULL), r);
	}
}

/*
 * A name of @most bytes that begins with @begin is valid. The refusal of a
 * longer name gives the number of the first byte that is too many.
 */
static void
check_limit(check_fn *f, const char *begin, size_t most)
{
	char name[PQ_URL_MAX + 1], words[64];
	struct pq_err err = PQ_ERR_INIT;

	memset(name, 'a', sizeof(name));
	memcpy(name, begin, strlen(begin));
	if (f(pq_slice(name, most), &err) != 0)
		fail_msg("%zu bytes: %s", most, err.text);
	assert_int_equal(f(pq_slice(name, most + 1), &err), -PQ_EFORMAT);
	(void)snprintf(words, sizeof(words), "byte %zu is too many", most + 1);
	assert_non_null(strstr(err.text, words));
}

static void
test_names__image_tags_follow_oci(void **state)
{
	static const struct row rows[] = {
		GOOD("latest"),
		GOOD("v1.2.0"),
		GOOD("1"),
		GOOD("_"),
		GOOD("1.2.0-rc.1"),
		GOOD("A"),
		GOOD("sha256-00.sig"),
		GOOD("1..0"),
		GOOD("1."),
		GOOD("1-"),
		GOOD("a.lock"),
		BAD("", "byte 1 is missing: an image tag has at least 1 byte"),
		BAD(".1", "byte 1 is '.': an image tag begins with"),
		BAD("-1", "byte 1 is '-': an image tag begins with"),
		BAD("1+2", "byte 2 is '+': an image tag is made of"),
		BAD("1/2", "byte 2 is '/'"),
		BAD("1:2", "byte 2 is ':'"),
		BAD("a@1", "byte 2 is '@'"),
		BAD("1 2", "byte 2 is \\x20"),
		BAD("1\n", "byte 2 is \\x0a"),
		BAD("1\0", "byte 2 is \\x00"),
		BAD("1\x7f", "byte 2 is \\x7f"),
		BAD("\xc3\xa4", "byte 1 is \\xc3"),
	};

	(void)state;
	check_rows(pq_name_tag, rows, N(rows));
	check_limit(pq_name_tag, "1", 128);
}

/* in the order of the rules in git-check-ref-format(1) */
static void
test_names__git_tags_follow_git(void **state)
{
	static const struct row rows[] = {
		GOOD("v1.2.0"),
		GOOD("api/v1.2.0"),
		GOOD("a/b/c"),
		GOOD("acme@1.0.0"),
		GOOD("@scope/pkg@1.0.0"),
		GOOD("@"),
		GOOD("1.0+build"),
		GOOD("100%"),
		GOOD("{x}"),
		GOOD("a.lock.b"),
		GOOD("a./b"),
		GOOD("a-"),
		GOOD("a/-b"),
		GOOD("$(x)"),
		GOOD("\xc3\xa4-1.0"),
		GOOD("\xe7\x89\x88\xe6\x9c\xac/1"),
		BAD("", "byte 1 is missing"),
		BAD(".a",
		    "byte 1 is '.': a git tag has no part between slashes that "
		    "begins with a dot (git-check-ref-format)"),
		BAD("a/.b", "byte 3 is '.': a git tag has no part"),
		BAD("a.lock",
		    "byte 6 is 'k': a git tag has no part between slashes that "
		    "ends with .lock (git-check-ref-format)"),
		BAD("a.lock/b", "ends with .lock"),
		BAD("a..b", "byte 3 is '.': a git tag has no two dots"),
		BAD("a\x01", "byte 2 is \\x01"),
		BAD("a\n", "byte 2 is \\x0a"),
		BAD("a\0", "byte 2 is \\x00"),
		BAD("a\x7f", "byte 2 is \\x7f"),
		BAD("a b", "byte 2 is \\x20: a git tag has no blank"),
		BAD("a~1", "byte 2 is '~'"),
		BAD("a^", "byte 2 is '^'"),
		BAD("a:b", "byte 2 is ':'"),
		BAD("a?", "byte 2 is '?'"),
		BAD("a*", "byte 2 is '*'"),
		BAD("a[", "byte 2 is '['"),
		BAD("/a", "byte 1 is '/': a git tag has a name on each"),
		BAD("a/", "byte 2 is '/'"),
		BAD("a//b", "byte 3 is '/'"),
		BAD("a.", "byte 2 is '.': a git tag does not end with a dot"),
		BAD("a@{b", "byte 3 is '{': a git tag does not contain @{"),
		BAD("a\\b", "byte 2 is '\\'"),
		/* the rule of git-tag(1), and the rules of pratique */
		BAD("-x", "byte 1 is '-': a git tag does not begin with"),
		BAD("a\xff", "byte 2 is \\xff: a git tag is UTF-8"),
		BAD("a\xc3", "byte 2 is \\xc3: a git tag is UTF-8"),
		BAD("\xc0\xaf", "byte 1 is \\xc0: a git tag is UTF-8"),
		BAD("a\xc2\x85", "byte 2 is \\xc2: a git tag is UTF-8"),
	};

	(void)state;
	check_rows(pq_name_git_tag, rows, N(rows));
	check_limit(pq_name_git_tag, "v", 245);
	assert_int_equal(PQ_GIT_REF_MAX, 255);
}

/* RFC 1123, RFC 3986, and the range of ports */
static void
test_names__hosts_follow_the_rfcs(void **state)
{
	static const struct row rows[] = {
		GOOD("registry.example.com"),
		GOOD("registry.example.com:5000"),
		GOOD("3com.com"),
		GOOD("localhost"),
		GOOD("a"),
		GOOD("a-b.c"),
		GOOD("xn--n3h.com"),
		GOOD("127.0.0.1"),
		GOOD("10.0.0.255:1"),
		GOOD("h:65535"),
		GOOD("1.2.3.4x"),
		GOOD("1.x"),
		GOOD("[::1]"),
		GOOD("[::]"),
		GOOD("[2001:db8::7]:5000"),
		GOOD("[2001:db8:0:1:2:3:4:5]"),
		GOOD("[1:2:3:4:5:6:7::]"),
		GOOD("[::2:3:4:5:6:7:8]"),
		BAD("", "byte 1 is missing: each part of a host's name"),
		BAD("Registry.example",
		    "byte 1 is 'R': each part of a host's name begins with "
		    "[a-z0-9]"),
		BAD("a..b",
		    "byte 3 is '.': each part of a host's name has at "
		    "least 1 byte"),
		BAD("a.", "byte 3 is missing"),
		BAD(".a", "byte 1 is '.'"),
		BAD("-a",
		    "byte 1 is '-': each part of a host's name "
		    "begins with"),
		BAD("a-.b",
		    "byte 2 is '-': each part of a host's name "
		    "ends with"),
		BAD("a.-b", "byte 3 is '-'"),
		BAD("a_b", "byte 2 is '_'"),
		BAD("a b", "byte 2 is \\x20"),
		BAD("a/b", "byte 2 is '/'"),
		BAD("u@h", "byte 2 is '@'"),
		BAD("h%2e", "byte 2 is '%'"),
		BAD("h\0", "byte 2 is \\x00"),
		BAD("w\xd0\xb0", "byte 2 is \\xd0"),
		BAD(A64 ".b",
		    "byte 64 is too many: each part of a host's name has "
		    "at most 63 bytes"),
		BAD("127.1", "byte 5 is '1': a host that ends with a number"),
		BAD("1.2.3.256", "byte 7 is '2': a host that ends with a"),
		BAD("1.2.3.04", "byte 7 is '0'"),
		BAD("1.2.3.4.5", "byte 9 is '5'"),
		BAD("5000", "byte 1 is '5'"),
		BAD("h:", "byte 3 is missing: a port is a number"),
		BAD("h:0", "byte 3 is '0': a port is a number from 1"),
		BAD("h:05", "byte 3 is '0'"),
		BAD("h:65536", "byte 3 is '6'"),
		BAD("h:99999999999999999999", "byte 3 is '9'"),
		BAD("h:5a", "byte 3 is '5'"),
		BAD("h:1:2", "byte 3 is '1'"),
		BAD("h:-1", "byte 3 is '-'"),
		BAD(":5", "byte 1 is ':'"),
		BAD("[", "byte 2 is missing: brackets contain"),
		BAD("[]", "byte 2 is ']': brackets contain"),
		BAD("[::1", "byte 5 is missing: the bracket must be closed"),
		BAD("[::1]x", "byte 6 is 'x': only :port may follow a host"),
		BAD("[::1]:", "byte 7 is missing: a port"),
		BAD("[::1]:0", "byte 7 is '0'"),
		BAD("[::G]", "byte 4 is 'G'"),
		BAD("[::A]", "byte 4 is 'A': brackets contain an IPv6"),
		BAD("[:1]", "byte 2 is ':'"),
		BAD("[1:]", "byte 4 is ']'"),
		BAD("[:::]", "byte 4 is ':'"),
		BAD("[1::2::3]", "byte 7 is ':'"),
		BAD("[12345::]", "byte 6 is '5'"),
		BAD("[1:2:3]", "byte 7 is ']'"),
		BAD("[1:2:3:4:5:6:7:8:9]", "byte 18 is '9'"),
		BAD("[1:2:3:4::5:6:7:8]", "byte 18 is ']'"),
		BAD("[fe80::1%eth0]", "byte 9 is '%'"),
		BAD("[::1.2.3.4]", "byte 5 is '.'"),
	};
	static const char longest[] =
	    "a." A16 A16 A16 "." A16 A16 A16 "." A16 A16 A16 "." A16 A16 A16
	    "." A16 "." A16 ".aa";

	(void)state;
	check_rows(names_check_host, rows, N(rows));
	check_limit(names_check_host, longest, 253);
}

static void
test_names__host_and_port_are_split(void **state)
{
	static const struct {
		const char *text, *name;
		unsigned port;
	} rows[] = {
		{ "h.example", "h.example", 0 },
		{ "h.example:443", "h.example", 443 },
		{ "[::1]", "[::1]", 0 },
		{ "[::1]:65535", "[::1]", 65535 },
	};
	struct pq_host h = { { NULL, 7 }, 7 };
	size_t i;

	(void)state;
	assert_int_equal(
	    pq_name_host(&h, PQ_SLICE_LIT("h:0"), NULL), -PQ_EFORMAT);
	assert_int_equal(h.port, 7);
	assert_int_equal(h.name.n, 7);
	for (i = 0; i < N(rows); i++) {
		assert_int_equal(
		    pq_name_host(&h, pq_slice_str(rows[i].text), NULL), 0);
		assert_true(pq_slice_eq_str(h.name, rows[i].name));
		assert_int_equal(h.port, rows[i].port);
	}
}

#define HOST "h.example/"

static void
test_names__repositories_follow_docker(void **state)
{
	static const struct row rows[] = {
		GOOD("registry.example.com/acme/web"),
		GOOD("h.example/a"),
		GOOD("h.example:5000/a/b/c/d"),
		GOOD("localhost/web"),
		GOOD("h:1/web"),
		GOOD("127.0.0.1:5000/acme/web"),
		GOOD("[2001:db8::1]:5000/repo"),
		GOOD("[::1]/repo"),
		GOOD(HOST "foo_bar.com"),
		GOOD(HOST "foo__bar"),
		GOOD(HOST "foo----bar"),
		GOOD(HOST "0"),
		GOOD(HOST A64),
		BAD("", "byte 1 is missing: a slash"),
		BAD("web", "byte 4 is missing: a slash separates"),
		BAD("acme/web",
		    "byte 5 is '/': the host before the first slash needs a "
		    "dot or a port"),
		BAD("/web", "byte 1 is '/': the host before"),
		BAD(HOST,
		    "byte 11 is missing: each part of a repository's "
		    "path begins with [a-z0-9]"),
		BAD(HOST ".hidden", "byte 11 is '.': each part"),
		BAD(HOST "_a", "byte 11 is '_'"),
		BAD(HOST "-a", "byte 11 is '-'"),
		BAD(HOST "A", "byte 11 is 'A'"),
		BAD(HOST "aB",
		    "byte 12 is 'B': a repository's path is made of"),
		BAD(HOST "a..b",
		    "byte 12 is '.': a repository's path separates"),
		BAD(HOST "a___b", "byte 12 is '_'"),
		BAD(HOST "a._b", "byte 13 is '_'"),
		BAD(HOST "a-.b", "byte 13 is '.'"),
		BAD(HOST "a.",
		    "byte 12 is '.': each part of a repository's "
		    "path ends with [a-z0-9]"),
		BAD(HOST "a-/b", "byte 12 is '-': each part"),
		BAD(HOST "a/", "byte 13 is missing"),
		BAD(HOST "a//b", "byte 13 is '/'"),
		BAD(HOST "a/../b", "byte 13 is '.'"),
		BAD(HOST "a:1", "byte 12 is ':': a repository's path is made"),
		BAD(HOST "a@sha256:00", "byte 12 is '@'"),
		BAD(HOST "a b", "byte 12 is \\x20"),
		BAD(HOST "a?x", "byte 12 is '?'"),
		BAD(HOST "a%41", "byte 12 is '%'"),
		BAD(HOST "a\0", "byte 12 is \\x00"),
		BAD("H.example/a", "byte 1 is 'H': each part of a host's"),
		BAD("-h.example/a", "byte 1 is '-'"),
		BAD("h..example/a", "byte 3 is '.'"),
		BAD("h:0/a", "byte 3 is '0': a port"),
		BAD("h:65536/a", "byte 3 is '6'"),
		BAD("https://h.example/a", "byte 7 is '/': a port"),
		BAD("[::1%eth0]/a", "byte 5 is '%'"),
	};

	(void)state;
	check_rows(pq_name_repository, rows, N(rows));
	check_limit(pq_name_repository, HOST, 255);
	check_limit(pq_name_path, "a", 255);
}

static void
test_names__services_are_dns_labels(void **state)
{
	static const struct row rows[] = {
		GOOD("web"),
		GOOD("a"),
		GOOD("0"),
		GOOD("web-1"),
		GOOD("a--b"),
		BAD("", "byte 1 is missing"),
		BAD("-web", "byte 1 is '-': a service's name begins with"),
		BAD("web-", "byte 4 is '-': a service's name ends with"),
		BAD("-", "byte 1 is '-'"),
		BAD("Web", "byte 1 is 'W'"),
		BAD("web_1",
		    "byte 4 is '_': a service's name is made of "
		    "[a-z0-9-]"),
		BAD("web.1", "byte 4 is '.'"),
		BAD("we b", "byte 3 is \\x20"),
		BAD("../web", "byte 1 is '.'"),
		BAD("web/x", "byte 4 is '/'"),
		BAD("web%2f", "byte 4 is '%'"),
		BAD("*", "byte 1 is '*'"),
		BAD("web\n", "byte 4 is \\x0a"),
		BAD("web\0", "byte 4 is \\x00"),
	};

	(void)state;
	check_rows(pq_name_service, rows, N(rows));
	check_limit(pq_name_service, "w", 63);
}

static void
test_names__containers_follow_docker(void **state)
{
	static const struct row rows[] = {
		GOOD("web"),
		GOOD("ab"),
		GOOD("Web_1.x-"),
		GOOD("0_"),
		GOOD("a.."),
		GOOD("app-web-1"),
		BAD("", "byte 1 is missing: a container's name has at least 2"),
		BAD("w",
		    "byte 2 is missing: a container's name has at least "
		    "2 bytes"),
		BAD("_w",
		    "byte 1 is '_': a container's name begins with "
		    "[A-Za-z0-9]"),
		BAD(".w", "byte 1 is '.'"),
		BAD("-w", "byte 1 is '-'"),
		BAD("/web", "byte 1 is '/'"),
		BAD("we/b", "byte 3 is '/'"),
		BAD("we b", "byte 3 is \\x20"),
		BAD("we:b", "byte 3 is ':'"),
		BAD("we@b", "byte 3 is '@'"),
		BAD("web\n", "byte 4 is \\x0a"),
		BAD("w\xc3\xa4", "byte 2 is \\xc3"),
		BAD("web\0", "byte 4 is \\x00"),
	};
	static const struct row own[] = {
		GOOD("web"),
		GOOD("web.pratique"),
		GOOD("pratique-web"),
		BAD("w", "byte 2 is missing"),
		BAD("web.pratique-new-7",
		    "byte 4 is '.': deploy reserves names with .pratique-"),
		BAD("a.pratique-", "byte 2 is '.'"),
	};

	(void)state;
	check_rows(pq_name_container, rows, N(rows));
	check_rows(pq_name_own_container, own, N(own));
	check_limit(pq_name_container, "w", 128);
	check_limit(pq_name_own_container, "w", 91);
}

static void
test_names__container_ids_are_hex(void **state)
{
	static const struct row rows[] = {
		GOOD(A64),
		GOOD("0123456789abcdef0123456789abcdef"
		     "0123456789abcdef0123456789abcdef"),
		BAD("", "byte 1 is missing: a container's id has at least 64"),
		BAD(A16, "byte 17 is missing"),
		BAD(A64 "a", "byte 65 is too many"),
		BAD("A" A16, "byte 1 is 'A'"),
		BAD("web", "byte 1 is 'w'"),
	};

	(void)state;
	check_rows(pq_name_container_id, rows, N(rows));
}

static void
test_names__delivery_ids_are_visible_ascii(void **state)
{
	static const struct row rows[] = {
		GOOD("72d3162e-cc78-11e3-81ab-4c9367dc0958"),
		GOOD("msg_7"),
		GOOD("!"),
		GOOD("~"),
		GOOD("a.b:c/d"),
		BAD("", "byte 1 is missing"),
		BAD("a b", "byte 2 is \\x20"),
		BAD("a\t", "byte 2 is \\x09"),
		BAD("a\x7f", "byte 2 is \\x7f"),
		BAD("\xc3\xa4", "byte 1 is \\xc3"),
		BAD("a\0", "byte 2"),
	};

	(void)state;
	check_rows(pq_name_delivery, rows, N(rows));
	check_limit(pq_name_delivery, "a", 128);
}

static void
test_names__operators_parties_and_secrets(void **state)
{
	static const struct row operators[] = { GOOD("alice"), GOOD("a"),
		GOOD("_a.b-c"), BAD("", "byte 1 is missing: an operator's"),
		BAD("Alice", "byte 1 is 'A'"), BAD(".a", "byte 1 is '.'"),
		BAD("-a", "byte 1 is '-'"), BAD("a b", "byte 2 is \\x20"),
		BAD("a@b", "byte 2 is '@'"), BAD("a/b", "byte 2 is '/'") };
	static const struct row parties[] = { GOOD("ci"), GOOD("Ci"),
		GOOD("ada@example.com"), GOOD("@ops"),
		BAD("", "byte 1 is missing: a party's"),
		BAD(".a", "byte 1 is '.'"), BAD("a b", "byte 2 is \\x20"),
		BAD("a/b", "byte 2 is '/'") };
	static const struct row secrets[] = { GOOD("web-github"),
		GOOD("WEB_github.1"), BAD("", "byte 1 is missing: a secret's"),
		BAD(".hidden", "byte 1 is '.'"), BAD("../x", "byte 1 is '.'"),
		BAD("a/b", "byte 2 is '/'"), BAD("a@b", "byte 2 is '@'"),
		BAD("a\0", "byte 2 is \\x00") };

	(void)state;
	check_rows(pq_name_operator, operators, N(operators));
	check_rows(pq_name_party, parties, N(parties));
	check_rows(pq_name_secret, secrets, N(secrets));
	check_limit(pq_name_operator, "a", 64);
	check_limit(pq_name_party, "a", 64);
	check_limit(pq_name_secret, "a", 64);
}

static int
check_url(struct pq_slice s, struct pq_err *err)
{
	struct pq_url_parts u;

	return pq_name_url(&u, s, err);
}

static void
test_names__urls_have_a_host_and_a_path(void **state)
{
	static const struct row rows[] = {
		GOOD("https://git.example.com/acme/web.git"),
		GOOD("http://127.0.0.1:8080/"),
		GOOD("https://[::1]/x?y=%20"),
		GOOD("https://h/~a/@b:c"),
		BAD("", "byte 1 is missing: a URL"),
		BAD("ssh://h/x", "byte 1 is 's': a URL begins with https://"),
		BAD("HTTPS://h/x", "byte 1 is 'H'"),
		BAD("h.example/x", "byte 1 is 'h'"),
		BAD("https://", "byte 9 is missing: a URL has a host"),
		BAD("https:///x", "byte 9 is '/'"),
		BAD("https://h", "byte 10 is missing"),
		BAD("https://h?x", "byte 10 is '?'"),
		BAD("https://h/#x", "byte 11 is '#': a URL is made of visible"),
		BAD("https://h/ x", "byte 11 is \\x20"),
		BAD("https://h/\\", "byte 11 is '\\'"),
		BAD("https://h/{x}", "byte 11 is '{'"),
		BAD("https://h/\xc3\xa4", "byte 11 is \\xc3"),
		BAD("https://h/\0", "byte 11 is \\x00"),
	};
	struct pq_url_parts u;

	(void)state;
	check_rows(check_url, rows, N(rows));
	check_limit(check_url, "https://h/", 2048);
	assert_int_equal(
	    pq_name_url(&u, PQ_SLICE_LIT("http://H:1/a/b?c"), NULL), 0);
	assert_true(u.plain_http);
	assert_true(pq_slice_eq_str(u.host, "H:1"));
	assert_true(pq_slice_eq_str(u.path, "/a/b?c"));
}

/* ---- generated names --------------------------------------------------- */

static void
test_names__accept_generated_names(void **state)
{
	static char name[NAMES_ROOM];
	size_t i, k, n, within;

	(void)state;
	names_begin();
	for (k = 0; k < N(names_nouns); k++) {
		const struct names_noun *noun = &names_nouns[k];

		for (i = within = 0; i < NAMES_EACH; i += 2) {
			struct pq_err err = PQ_ERR_INIT;
			size_t most = noun->most;

			n = names_make(name, i, most, noun->make);
			if (strcmp(noun->noun, "template") == 0)
				most += strlen(PQ_TEMPLATE_HOLE);
			if (noun->check(pq_slice(name, n), &err) !=
			    (n > most ? -PQ_EFORMAT : 0))
				fail_msg("%s \"%s\": %s", noun->noun, name,
				    err.text);
			within += n <= most;
		}
		if (within < NAMES_EACH / 4)
			fail_msg("%s: %zu within", noun->noun, within);
	}
}

/* ---- the opinion of git ------------------------------------------------ */

#define GIT_NAMES 4000

static char git_names[GIT_NAMES][PQ_GIT_TAG_MAX + 200];
static struct pq_oid git_oids[GIT_NAMES];

/*
 * Run a program in the directory, with these files as its input and output.
 * Return: its exit status; -1 if it did not run to its end
 */
static int
run_program(const char *in, const char *out, const char *const *argv)
{
	const char *dir = temporary_dir();
	int status = -1, fd;
	pid_t pid = fork();

	if (pid == 0) {
		if (chdir(dir) != 0 || setenv("HOME", dir, 1) != 0 ||
		    setenv("GIT_CONFIG_NOSYSTEM", "1", 1) != 0 ||
		    (fd = open(in, O_RDONLY)) < 0 || dup2(fd, 0) < 0 ||
		    (fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600)) < 0 ||
		    dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
			_exit(125);
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(126);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static FILE *
create_file(const char *name)
{
	char path[TEMPORARY_ROOM];
	FILE *f = fopen(temporary_path(path, name), "wb");

	assert_non_null(f);
	return f;
}

/* Write a tag object with the name @i to a file, and compute its id. */
static void
write_tag(size_t i)
{
	char text[1024], file[16];
	FILE *f;
	int n = snprintf(text, sizeof(text),
	    "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype tree\n"
	    "tag %s\ntagger A <a@example.com> %zu +0000\n\nx\n",
	    git_names[i], i);

	assert_true(n > 0 && (size_t)n < sizeof(text));
	assert_int_equal(pq_oid_of(&git_oids[i], PQ_GITOBJ_TAG, 20,
			     pq_slice(text, (size_t)n)),
	    0);
	(void)snprintf(file, sizeof(file), "%zu", i);
	f = create_file(file);
	assert_int_equal(fwrite(text, 1, (size_t)n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void
make_git_names(void)
{
	static char name[NAMES_ROOM];
	size_t i, k;

	names_begin();
	for (i = 0, k = 0; i < GIT_NAMES; k++) {
		/* a tag object cannot contain these names */
		if (names_make(name, k, PQ_GIT_TAG_MAX, names_git_tag) >=
			sizeof(git_names[0]) ||
		    strchr(name, '\n') != NULL || name[0] == '\0')
			continue;
		(void)snprintf(git_names[i], sizeof(git_names[i]), "%s", name);
		write_tag(i++);
	}
}

/* Return true if pratique refuses this name by a rule that git lacks. */
static bool
is_narrowed(const char *name)
{
	struct pq_slice s = pq_slice_str(name);
	size_t n;

	if (s.n > PQ_GIT_TAG_MAX || name[0] == '-')
		return true;
	for (; s.n > 0; s = pq_slice(s.p + n, s.n - n)) {
		n = pq_utf8_char(s);
		if (n == 0 && s.p[0] < 0x80)
			n = 1; /* git refuses a control character too */
		else if (n == 0)
			return true;
	}
	return false;
}

static void
compare_with_git(size_t i, const char *said)
{
	char seen[80], bad[80], oid[PQ_OID_TEXT];
	bool git, ours = pq_name_git_tag(pq_slice_str(git_names[i]), NULL) == 0;

	pq_oid_format(oid, &git_oids[i]);
	(void)snprintf(seen, sizeof(seen), "dangling tag %s", oid);
	(void)snprintf(bad, sizeof(bad), "tag %s: badTagName", oid);
	if (strstr(said, seen) == NULL)
		fail_msg("git did not check \"%s\"", git_names[i]);
	git = strstr(said, bad) == NULL;
	if (ours != (git && !is_narrowed(git_names[i])))
		fail_msg(
		    "\"%s\": git: %d, pratique: %d", git_names[i], git, ours);
}

static void
test_names__git_agrees_about_git_tags(void **state)
{
	static const char *const init[] = { "git", "init", "-q", ".", NULL };
	static const char *const store[] = { "git", "-c", "core.fsync=none",
		"-c", "core.compression=0", "hash-object", "-t", "tag", "-w",
		"--literally", "--stdin-paths", NULL };
	static const char *const fsck[] = { "git", "fsck", "--no-progress",
		NULL };
	static char said[GIT_NAMES * 700];
	char path[TEMPORARY_ROOM];
	FILE *f;
	size_t i, n;

	(void)state;
	make_git_names();
	f = create_file("list");
	for (i = 0; i < GIT_NAMES; i++)
		(void)fprintf(f, "%zu\n", i);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(run_program("/dev/null", "log", init), 0);
	assert_int_equal(run_program("list", "log", store), 0);
	/* it fails, because the tree of the tags does not exist */
	(void)run_program("/dev/null", "said", fsck);
	f = fopen(temporary_path(path, "said"), "rb");
	assert_non_null(f);
	n = fread(said, 1, sizeof(said) - 1, f);
	(void)fclose(f);
	/* names can contain NUL bytes, which would end the string */
	for (i = 0; i < n; i++)
		if (said[i] == '\0')
			said[i] = '?';
	for (i = 0; i < GIT_NAMES; i++)
		compare_with_git(i, said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names__image_tags_follow_oci),
		cmocka_unit_test(test_names__git_tags_follow_git),
		cmocka_unit_test(test_names__hosts_follow_the_rfcs),
		cmocka_unit_test(test_names__host_and_port_are_split),
		cmocka_unit_test(test_names__repositories_follow_docker),
		cmocka_unit_test(test_names__services_are_dns_labels),
		cmocka_unit_test(test_names__containers_follow_docker),
		cmocka_unit_test(test_names__container_ids_are_hex),
		cmocka_unit_test(test_names__delivery_ids_are_visible_ascii),
		cmocka_unit_test(test_names__operators_parties_and_secrets),
		cmocka_unit_test(test_names__urls_have_a_host_and_a_path),
		cmocka_unit_test(test_names__accept_generated_names),
		cmocka_unit_test_setup_teardown(
		    test_names__git_agrees_about_git_tags, make_temporary,
		    remove_temporary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
