/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict reading of a head. read_line() and read_headers() overwrite the
 * received bytes in the same way as the HTTP library does.
 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "intake/intake.h"

struct raw {
	const char *p;
	size_t n;
};

#define RAW(s)                   \
	{                        \
		s, sizeof(s) - 1 \
	}
#define POST "POST /hooks/web HTTP/1.1\r\n"

/* Cut the next line off, as the library does: at CR LF or at a bare LF. */
static char *
cut_line(char **at)
{
	char *line = *at, *p = line;

	while (*p != '\n' && (p[0] != '\r' || p[1] != '\n'))
		p++;
	if (*p == '\r')
		*p++ = '\0';
	*p = '\0';
	*at = p + 1;
	return line;
}

static void
read_line(struct intake_line *ret, char *line)
{
	char *uri = strchr(line, ' '), *version;

	assert_non_null(uri);
	*uri++ = '\0';
	uri += strspn(uri, " ");
	version = strrchr(uri, ' ');
	/* the library searches for the version from the end of the line */
	if (version == NULL)
		version = uri + strlen(uri) + strcspn(uri + strlen(uri), " ");
	*version = '\0';
	*ret = (struct intake_line){ line, version + 1, uri, strlen(uri),
		intake_path_is_plain(uri) };
}

static void
read_headers(struct intake_head *h, char *at)
{
	char *key, *value;

	for (key = cut_line(&at); *key != '\0'; key = cut_line(&at)) {
		value = strchr(key, ':');
		assert_non_null(value);
		*value++ = '\0';
		value += strspn(value, " \t");
		intake_head_add(h, key, value);
	}
}

static bool
is_strict(const struct raw *r)
{
	char buf[1024];
	struct intake_line l;
	struct intake_head h;
	char *at = buf;

	assert_true(r->n < sizeof(buf));
	memcpy(buf, r->p, r->n);
	read_line(&l, cut_line(&at));
	intake_head_begin(&h, &l, buf + r->n);
	read_headers(&h, at);
	return intake_head_is_strict(&h);
}

static void
test_head__accepts_strict_heads(void **state)
{
	static const struct raw good[] = {
		RAW(POST "\r\n"),
		RAW(POST "Host: a\r\n\r\n"),
		RAW(POST "Host:a\r\nContent-Length: 5\r\n\r\n"),
		RAW(POST
		    "host: [::1]:80\r\nTransfer-Encoding: Chunked\r\n\r\n"),
		RAW(POST "X-A:\r\nX-B: \r\nX-C:\t b \r\n\r\n"),
		RAW(POST
		    "X-A: b\r\nX-A: b:c \xe9\r\n!#$%&'*+-.^_`|~: x\r\n\r\n"),
		RAW("GET /healthz HTTP/1.0\r\n\r\n"),
		RAW("POST /hooks/web?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!is_strict(&good[i]))
			fail_msg("refused: %s", good[i].p);
}

static void
test_head__refuses_forgiven_heads(void **state)
{
	static const struct raw bad[] = {
		/* lines */
		RAW("POST /hooks/web HTTP/1.1\n\r\n"),
		RAW(POST "\n"),
		RAW(POST "Host: a\n\r\n"),
		RAW(POST "Host: a\r\n\n"),
		RAW(POST "Host: a\nX-A: b\r\n\r\n"),
		RAW(POST "Host: a\r\r\n\r\n"),
		RAW("POST  /hooks/web HTTP/1.1\r\n\r\n"),
		RAW("POST /hooks/web HTTP/1.2\r\n\r\n"),
		RAW("POST /hooks/web HTTP/1.1 \r\n\r\n"),
		RAW("P(ST /hooks/web HTTP/1.1\r\n\r\n"),
		RAW("POST /hooks/w%00b HTTP/1.1\r\n\r\n"),
		RAW("POST /hooks/web\0x HTTP/1.1\r\n\r\n"),
		RAW("POST http://a/hooks/web HTTP/1.1\r\n\r\n"),
		/* names */
		RAW(POST "X-A : b\r\n\r\n"),
		RAW(POST "X-A\t: b\r\n\r\n"),
		RAW(POST "X(A): b\r\n\r\n"),
		RAW(POST ": b\r\n\r\n"),
		RAW(POST " X-A: b\r\n\r\n"),
		RAW(POST "Content_Length: 5\r\n\r\n"),
		/* values */
		RAW(POST "X-A: b\0c\r\n\r\n"),
		RAW(POST "X-A: \0\r\n\r\n"),
		RAW(POST "X-A: b\0\0X-B: c\r\n\r\n"),
		RAW(POST "X-A: b\rc\r\n\r\n"),
		RAW(POST "X-A: b\x7f\r\n\r\n"),
		RAW(POST "X-A: \x1b[m\r\n\r\n"),
		/* framing */
		RAW(POST "Host:\r\n\r\n"),
		RAW(POST "Host: a/b\r\n\r\n"),
		RAW(POST "Host: a\r\nhost: a\r\n\r\n"),
		RAW(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
		RAW(POST "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"),
		RAW(POST "Content-Length:\t5\r\n\r\n"),
		RAW(POST "Content-Length: 5\r\nTransfer-Encoding: "
			 "chunked\r\n\r\n"),
		RAW(POST "Transfer-Encoding: gzip\r\n\r\n"),
		RAW(POST "Transfer-Encoding: chunked \r\n\r\n"),
		RAW("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (is_strict(&bad[i]))
			fail_msg("%zu: accepted: %s", i, bad[i].p);
}

/* The library moves the bytes of a folded line elsewhere. */
static void
test_head__refuses_moved_headers_and_unknown_ends(void **state)
{
	char buf[] = POST "X-A: b\r\n\r\n", moved[] = "X-A";
	struct intake_line l;
	struct intake_head h;
	char *at = buf;

	(void)state;
	read_line(&l, cut_line(&at));
	intake_head_begin(&h, &l, buf + sizeof(buf) - 1);
	intake_head_add(&h, moved, at + 5);
	assert_false(intake_head_is_strict(&h));
	intake_head_begin(&h, &l, NULL);
	read_headers(&h, at);
	assert_false(intake_head_is_strict(&h));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head__accepts_strict_heads),
		cmocka_unit_test(test_head__refuses_forgiven_heads),
		cmocka_unit_test(
		    test_head__refuses_moved_headers_and_unknown_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
