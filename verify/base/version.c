/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Precedence of versions. An attacker can replay an old release with its
 * genuine signatures. Only the version shows that the release is old. So
 * callers must never treat a version that cannot be compared as newer. Numbers
 * are compared as strings of digits, because a long number would overflow an
 * integer.
 */
#include <pratique/version.h>

#include <string.h>

#include <pratique/names.h>

struct version {
	struct pq_slice core[3];
	struct pq_slice pre;
};

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_ident(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '-';
}

static bool
all_digits(struct pq_slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* Return the bytes before the first of @stops. Set *rest to the others. */
static struct pq_slice
take_until(struct pq_slice *rest, const char *stops)
{
	size_t i = 0;
	struct pq_slice head;

	while (i < rest->n && strchr(stops, rest->p[i]) == NULL)
		i++;
	head = pq_slice(rest->p, i);
	*rest = pq_slice(rest->p + i, rest->n - i);
	return head;
}

static bool
eat_char(struct pq_slice *s, char c)
{
	if (s->n == 0 || s->p[0] != (uint8_t)c)
		return false;
	*s = pq_slice(s->p + 1, s->n - 1);
	return true;
}

static bool
pre_valid(struct pq_slice pre)
{
	size_t i;

	do {
		struct pq_slice id = take_until(&pre, ".");

		if (id.n == 0)
			return false;
		for (i = 0; i < id.n; i++)
			if (!is_ident(id.p[i]))
				return false;
	} while (eat_char(&pre, '.'));
	return true;
}

static int
parse_version(struct version *v, struct pq_slice s)
{
	size_t i = 0;

	memset(v, 0, sizeof(*v));
	if (s.n == 0 || s.n > PQ_TAG_MAX || memchr(s.p, 0, s.n) != NULL)
		return -PQ_EFORMAT;
	(void)eat_char(&s, 'v');
	do {
		v->core[i] = take_until(&s, ".-+");
		if (!all_digits(v->core[i]))
			return -PQ_EFORMAT;
		i++;
	} while (i < 3 && eat_char(&s, '.'));
	if (eat_char(&s, '-')) {
		v->pre = take_until(&s, "+");
		if (!pre_valid(v->pre))
			return -PQ_EFORMAT;
	}
	if (eat_char(&s, '+')) {
		if (!pre_valid(s))
			return -PQ_EFORMAT;
		s.n = 0;
	}
	return s.n ? -PQ_EFORMAT : 0;
}

static int
sign_of(int c)
{
	return (c > 0) - (c < 0);
}

static int
compare_bytes(struct pq_slice a, struct pq_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? sign_of(c) : (a.n > b.n) - (a.n < b.n);
}

static struct pq_slice
no_zeros(struct pq_slice s)
{
	while (s.n && s.p[0] == '0')
		s = pq_slice(s.p + 1, s.n - 1);
	return s;
}

static int
compare_numbers(struct pq_slice a, struct pq_slice b)
{
	a = no_zeros(a);
	b = no_zeros(b);
	if (a.n != b.n)
		return a.n > b.n ? 1 : -1;
	return compare_bytes(a, b);
}

static int
compare_ident(struct pq_slice a, struct pq_slice b)
{
	bool na = all_digits(a), nb = all_digits(b);

	if (na && nb)
		return compare_numbers(a, b);
	if (na != nb) /* numeric identifiers have lower precedence */
		return na ? -1 : 1;
	return compare_bytes(a, b);
}

static int
compare_pre(struct pq_slice a, struct pq_slice b)
{
	if (a.n == 0 || b.n == 0) /* a release is newer than its pre-releases */
		return (a.n == 0) - (b.n == 0);
	for (;;) {
		struct pq_slice x = take_until(&a, "."),
				y = take_until(&b, ".");
		int c = compare_ident(x, y);
		bool ma, mb;

		if (c)
			return c;
		ma = eat_char(&a, '.');
		mb = eat_char(&b, '.');
		if (!ma || !mb)
			return (int)ma - (int)mb;
	}
}

int
pq_version_compare(int *ret, struct pq_slice a, struct pq_slice b)
{
	struct version va, vb;
	int c = 0;
	size_t i;

	if (parse_version(&va, a) < 0 || parse_version(&vb, b) < 0)
		return -PQ_EFORMAT;
	for (i = 0; i < 3 && c == 0; i++)
		c = compare_numbers(va.core[i], vb.core[i]);
	*ret = c ? c : compare_pre(va.pre, vb.pre);
	return 0;
}

bool
pq_version_valid(struct pq_slice s)
{
	struct version v;

	return parse_version(&v, s) == 0;
}

bool
pq_version_same(struct pq_slice a, struct pq_slice b)
{
	(void)eat_char(&a, 'v');
	(void)eat_char(&b, 'v');
	return a.n != 0 && pq_slice_eq(a, b);
}
