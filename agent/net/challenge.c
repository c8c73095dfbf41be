/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The challenge with which a registry answers an unauthenticated request.
 *
 * The realm names the server that receives the password, so an attacker who
 * chooses the realm can steal the password. The parser therefore accepts less
 * than the standard: one challenge, quoted values without escapes, each
 * parameter once.
 * The caller decides which realms are allowed. The parser ignores the scope,
 * because the client always requests the pull of one repository.
 */
#include "net/challenge.h"

#include <string.h>
#include <strings.h>

#include <pratique/err.h>

struct reader {
	const char *p;
	size_t n;
};

static void
skip_blanks(struct reader *s)
{
	while (s->n > 0 && (*s->p == ' ' || *s->p == '\t')) {
		s->p++;
		s->n--;
	}
}

static bool
is_token_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static struct pq_slice
take_token(struct reader *s)
{
	const char *p = s->p;

	while (s->n > 0 && is_token_byte(*s->p)) {
		s->p++;
		s->n--;
	}
	return pq_slice(p, (size_t)(s->p - p));
}

static bool
skip_byte(struct reader *s, char c)
{
	if (s->n == 0 || *s->p != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

/* Read a quoted value: printable ASCII without a backslash. */
static bool
read_quoted(struct reader *s, struct pq_slice *ret)
{
	const char *p;

	if (!skip_byte(s, '"'))
		return false;
	for (p = s->p; s->n > 0 && *s->p != '"'; s->p++, s->n--)
		if (*s->p < ' ' || *s->p > '~' || *s->p == '\\')
			return false;
	*ret = pq_slice(p, (size_t)(s->p - p));
	return skip_byte(s, '"');
}

static bool
is_word(struct pq_slice a, const char *word)
{
	return a.n == strlen(word) &&
	    strncasecmp((const char *)a.p, word, a.n) == 0;
}

static int
store_value(char *dst, size_t size, struct pq_slice v)
{
	if (dst[0] != '\0' || v.n == 0 || v.n >= size)
		return -PQ_EFORMAT;
	memcpy(dst, v.p, v.n);
	dst[v.n] = '\0';
	return 0;
}

static int
read_parameter(struct pq_challenge *c, struct reader *s)
{
	struct pq_slice name = take_token(s), value;

	if (name.n == 0 || !skip_byte(s, '=') || !read_quoted(s, &value))
		return -PQ_EFORMAT;
	if (is_word(name, "realm"))
		return store_value(c->realm, sizeof(c->realm), value);
	if (is_word(name, "service"))
		return store_value(c->service, sizeof(c->service), value);
	return 0; /* scope, error and charset have no effect here */
}

int
pq_challenge_parse(struct pq_challenge *ret, struct pq_slice header)
{
	struct reader s = { (const char *)header.p, header.n };
	struct pq_challenge c = { PQ_CHALLENGE_NONE, "", "" };
	struct pq_slice scheme = take_token(&s);

	if (is_word(scheme, "bearer"))
		c.kind = PQ_CHALLENGE_BEARER;
	else if (is_word(scheme, "basic"))
		c.kind = PQ_CHALLENGE_BASIC;
	else
		return -PQ_EFORMAT;
	if (!skip_byte(&s, ' '))
		return -PQ_EFORMAT;
	do {
		skip_blanks(&s);
		if (read_parameter(&c, &s) != 0)
			return -PQ_EFORMAT;
		skip_blanks(&s);
	} while (skip_byte(&s, ','));
	if (s.n != 0 || c.realm[0] == '\0')
		return -PQ_EFORMAT;
	*ret = c;
	return 0;
}
