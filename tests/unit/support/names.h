/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random names for tests. Half of them follow the grammar of their
 * specification, and half of them almost follow it. Their lengths lie at and
 * around each limit. The seed is fixed and printed, so each run makes the same
 * names. The makers implement the specifications and share no line with
 * verify/base/names.c.
 */
#ifndef TESTS_UNIT_SUPPORT_NAMES_H
#define TESTS_UNIT_SUPPORT_NAMES_H

#include "../cmocka_all.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <pratique/template.h>

#define NAMES_EACH 10000 /* names of each noun */
#define NAMES_SEED 0x5eed9ab3c0ffee11ull
#define NAMES_ROOM 4096

static uint64_t names_state;

static inline void
names_begin(void)
{
	names_state = NAMES_SEED;
	print_message("names: seed %llx\n", (unsigned long long)names_state);
}

/* Marsaglia's xorshift64 */
static inline uint64_t
names_bits(void)
{
	names_state ^= names_state << 13;
	names_state ^= names_state >> 7;
	names_state ^= names_state << 17;
	return names_state;
}

static inline size_t
names_below(size_t n)
{
	return (size_t)(names_bits() % n);
}

static inline char
names_of(const char *set)
{
	return set[names_below(strlen(set))];
}

#define NAMES_LOWER "abcdefghijklmnopqrstuvwxyz0123456789"
#define NAMES_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NAMES_ALNUM NAMES_LOWER NAMES_UPPER

/* ---- makers: write a name of about @n bytes and return its length ------ */

static inline size_t
names_word(
    char *dst, size_t n, const char *first, const char *rest, const char *last)
{
	size_t i;

	for (i = 0; i < n; i++)
		dst[i] = names_of(i == 0 ? first : i + 1 == n ? last : rest);
	return n;
}

static inline size_t
names_tag(char *dst, size_t n)
{
	return names_word(
	    dst, n, NAMES_ALNUM "_", NAMES_ALNUM "_.-", NAMES_ALNUM "_.-");
}

static inline size_t
names_service(char *dst, size_t n)
{
	return names_word(dst, n, NAMES_LOWER, NAMES_LOWER "----", NAMES_LOWER);
}

static inline size_t
names_container(char *dst, size_t n)
{
	return names_word(dst, n < 2 ? 2 : n, NAMES_ALNUM, NAMES_ALNUM "_.-",
	    NAMES_ALNUM "_.-");
}

static inline size_t
names_delivery(char *dst, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		dst[i] = (char)('!' + (char)names_below(94));
	return n;
}

static inline size_t
names_operator(char *dst, size_t n)
{
	return names_word(
	    dst, n, NAMES_LOWER "_", NAMES_LOWER "_.-", NAMES_LOWER "_.-");
}

static inline size_t
names_party(char *dst, size_t n)
{
	return names_word(
	    dst, n, NAMES_ALNUM "_@", NAMES_ALNUM "_.@-", NAMES_ALNUM "_.@-");
}

static inline size_t
names_secret(char *dst, size_t n)
{
	return names_word(
	    dst, n, NAMES_ALNUM "_", NAMES_ALNUM "_.-", NAMES_ALNUM "_.-");
}

static inline size_t
names_path(char *dst, size_t n)
{
	static const char *const between[] = { "/", ".", "_", "__", "-", "--" };
	const char *sep;
	size_t i = 0;

	while (i < n) {
		dst[i++] = names_of(NAMES_LOWER);
		sep = between[names_below(6)];
		if (names_below(5) != 0 || i + strlen(sep) + 1 > n)
			continue;
		memcpy(dst + i, sep, strlen(sep));
		i += strlen(sep);
	}
	return n;
}

/* DNS labels; the last label is not a number */
static inline size_t
names_dns(char *dst, size_t n)
{
	size_t i = 0, len;

	while (i < n) {
		len = 1 + names_below(63);
		if (len > n - i)
			len = n - i;
		else if (n - i - len == 1)
			len -= len > 1;
		i += names_word(
		    dst + i, len, NAMES_LOWER, NAMES_LOWER "-", NAMES_LOWER);
		if (i + 1 < n)
			dst[i++] = '.';
	}
	if (n > 0)
		dst[n - 1] = 'x';
	return n;
}

static inline size_t
names_address(char *dst)
{
	static const char *const six[] = { "[::1]", "[::]", "[2001:db8::7]",
		"[fe80::1:2]", "[2001:db8:0:1:2:3:4:5]", "[1::]",
		"[::ffff:1:2]" };
	const char *s = six[names_below(7)];

	if (names_below(2) != 0) {
		memcpy(dst, s, strlen(s));
		return strlen(s);
	}
	return (size_t)snprintf(dst, 16, "%zu.%zu.%zu.%zu", names_below(256),
	    names_below(256), names_below(256), names_below(256));
}

static inline size_t
names_host(char *dst, size_t n)
{
	char port[8] = "";
	size_t len;

	if (names_below(2) != 0)
		(void)snprintf(
		    port, sizeof(port), ":%zu", 1 + names_below(65535));
	len = names_below(4) == 0 ? names_address(dst)
	    : n > strlen(port)    ? names_dns(dst, n - strlen(port))
				  : names_dns(dst, 1);
	memcpy(dst + len, port, strlen(port));
	return len + strlen(port);
}

static inline size_t
names_repository(char *dst, size_t n)
{
	size_t len = names_below(8) == 0
	    ? names_address(dst)
	    : names_dns(dst, 1 + names_below(n / 2 + 1));

	if (memchr(dst, '.', len) == NULL && memchr(dst, ':', len) == NULL) {
		memcpy(dst, "localhost", 9);
		len = 9;
	}
	dst[len++] = '/';
	return len + names_path(dst + len, n > len ? n - len : 1);
}

/* one part of a git tag, between two slashes */
static inline size_t
names_git_part(char *dst, size_t n)
{
	static const char *const odd[] = { "@", "+", "%", "\xc3\xa4", "!", "'",
		"\"", "#", "$", "&", "(", ")", ",", ";", "<", "=", ">", "]",
		"`", "|", "_", "-", ".", "\xe7\x89\x88" };
	const char *s;
	size_t i = 0;

	while (i < n) {
		dst[i++] = names_of(NAMES_ALNUM);
		s = odd[names_below(sizeof(odd) / sizeof(odd[0]))];
		if (names_below(3) != 0 || i + strlen(s) + 1 > n)
			continue;
		memcpy(dst + i, s, strlen(s));
		i += strlen(s);
	}
	return n;
}

static inline size_t
names_git_tag(char *dst, size_t n)
{
	size_t i = 0, len;

	while (i < n) {
		len = names_below(3) == 0 ? 1 + names_below(n - i) : n - i;
		if (n - i - len == 1)
			len++;
		i += names_git_part(dst + i, len);
		if (i + 1 < n)
			dst[i++] = '/';
	}
	return n;
}

static inline size_t
names_template(char *dst, size_t n)
{
	size_t len = names_below(n + 1);

	len = len == 0 ? 0 : names_git_tag(dst, len);
	/* the byte before the version must be one that git allows there */
	if (len > 0 && names_below(2) != 0)
		dst[len - 1] = len == 1 || dst[len - 2] == '/'
		    ? names_of("@v_+=")
		    : names_of("@/v-_+=");
	memcpy(dst + len, PQ_TEMPLATE_HOLE, strlen(PQ_TEMPLATE_HOLE));
	len += strlen(PQ_TEMPLATE_HOLE);
	if (n + strlen(PQ_TEMPLATE_HOLE) > len)
		len += names_git_part(
		    dst + len, n + strlen(PQ_TEMPLATE_HOLE) - len);
	return len;
}

static inline size_t
names_git_url(char *dst, size_t n)
{
	size_t len = strlen("https://"), i;

	memcpy(dst, "https://", len);
	len += names_host(dst + len, 1 + names_below(40));
	dst[len++] = '/';
	for (i = 0; len < n || i == 0; i++)
		dst[len++] = names_of(NAMES_ALNUM "//__--..~~%%++@:");
	dst[len - 1] = 'x';
	return len;
}

/* ---- names that almost follow their grammar ---------------------------- */

static inline size_t
names_put(char *dst, size_t n, size_t at, const char *s, size_t cut)
{
	size_t k = strlen(s);

	memmove(dst + at + k, dst + at + cut, n - at - cut);
	memcpy(dst + at, s, k);
	return n - cut + k;
}

static inline size_t
names_spoil(char *dst, size_t n)
{
	static const char *const token[] = { ".", "..", "/", "//", "-", "_",
		"__", "___", "@", "@{", "{", "}", "{version}", ":", ":0",
		":65536", "[", "]", "~", "^", "?", "*", "\\", " ", "\n", "\x01",
		"\x7f", "\x80", "\xff", "\xc2\x85", "\xc3\xa4", ".lock", ".git",
		"%", "#", "A", "Z", "0", "a", "<", "\"", "'", ".pratique-",
		"..", "1.2", "::" };
	size_t turns = 1 + names_below(3), at;

	for (; turns > 0 && n > 0; turns--) {
		at = names_below(n + 1);
		switch (names_below(4)) {
		case 0: /* insert a token */
			n = names_put(dst, n, at,
			    token[names_below(sizeof(token) / sizeof(*token))],
			    0);
			break;
		case 1: /* replace a byte */
			if (at < n)
				n = names_put(dst, n, at,
				    token[names_below(
					sizeof(token) / sizeof(*token))],
				    1);
			break;
		case 2: /* remove a byte */
			if (at < n)
				n = names_put(dst, n, at, "", 1);
			break;
		default: /* repeat the first bytes */
			if (at > 0 && n + at < NAMES_ROOM / 2) {
				memmove(dst + at, dst, n);
				n += at;
			}
			break;
		}
	}
	return n;
}

struct names_noun {
	const char *noun;
	size_t most;
	size_t (*make)(char *dst, size_t n);
	int (*check)(struct pq_slice s, struct pq_err *err);
};

static inline int
names_check_host(struct pq_slice s, struct pq_err *err)
{
	return pq_name_host(NULL, s, err);
}

static const struct names_noun names_nouns[] = {
	{ "tag", PQ_TAG_MAX, names_tag, pq_name_tag },
	{ "git tag", PQ_GIT_TAG_MAX, names_git_tag, pq_name_git_tag },
	{ "template", PQ_TEMPLATE_REST_MAX, names_template, pq_template_check },
	{ "host", PQ_HOST_MAX, names_host, names_check_host },
	{ "path", PQ_REPOSITORY_MAX, names_path, pq_name_path },
	{ "repository", PQ_REPOSITORY_MAX, names_repository,
	    pq_name_repository },
	{ "service", PQ_SERVICE_MAX, names_service, pq_name_service },
	{ "container", PQ_CONTAINER_MAX, names_container, pq_name_container },
	{ "own container", PQ_CONTAINER_OWN_MAX, names_container,
	    pq_name_own_container },
	{ "delivery id", PQ_DELIVERY_MAX, names_delivery, pq_name_delivery },
	{ "operator", PQ_OPERATOR_MAX, names_operator, pq_name_operator },
	{ "party", PQ_PARTY_MAX, names_party, pq_name_party },
	{ "secret", PQ_SECRET_NAME_MAX, names_secret, pq_name_secret },
};

static inline const struct names_noun *
names_noun(const char *noun)
{
	size_t i;

	for (i = 0; i < sizeof(names_nouns) / sizeof(names_nouns[0]); i++)
		if (strcmp(names_nouns[i].noun, noun) == 0)
			return &names_nouns[i];
	fail_msg("%s: no such noun", noun);
	return NULL;
}

/* Return a length: short, or at or near the limit. */
static inline size_t
names_length(size_t most)
{
	return names_below(4) == 0 ? most - 2 + names_below(5)
				   : 1 + names_below(most < 40 ? most : 40);
}

/*
 * Write the name number @i with its NUL and return its length. A name with an
 * odd number is spoilt. A maker may exceed @most.
 */
static inline size_t
names_make(char dst[NAMES_ROOM], size_t i, size_t most,
    size_t (*make)(char *dst, size_t n))
{
	size_t n = make(dst, names_length(most));

	if (i % 2 != 0)
		n = names_spoil(dst, n);
	dst[n] = '\0';
	return n;
}

#endif
