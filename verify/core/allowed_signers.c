/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allowed_signers file. Each line lists a key, the principals that it
 * signs for, the namespaces, and the time in which it is valid.
 *
 * The operator writes the file, so it is trusted. The danger is a line that
 * permits more here than its author meant. A typo in "valid-before" must not
 * make a key that never expires. So an option that is unknown, repeated or
 * malformed makes the whole file invalid, and the error gives the line number.
 *
 * A line with a certificate authority makes the file invalid, too. Support for
 * SSH certificates would need a second, larger parser of untrusted bytes.
 */
#include "signers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <pratique/text.h>

#include "sshkey.h"

#define LINE_MAX_ 16384
#define PATTERN_STEPS 100000 /* limits the time of one match */
/*
 * A time without Z is local time to ssh-keygen. Real zones differ from UTC by
 * at most 16 hours, and TZ can name an offset of 24:59:59.
 */
#define ZONE_MAX_S INT64_C(90000)

/* A limit of the time in which a key is valid. */
struct limit {
	int64_t t;  /* seconds UTC, or seconds of an unknown time zone */
	bool local; /* the time has no Z */
	bool given;
};

struct signer {
	char *principals; /* pattern list */
	char *namespaces; /* pattern list; NULL: any */
	struct pq_sshkey *key;
	struct limit after, before;
	unsigned line;
};

struct pq_signers {
	size_t n;
	struct signer v[PQ_SIGNERS_LINES];
};

static void
signer_clear(struct signer *s)
{
	free(s->principals);
	free(s->namespaces);
	pq_sshkey_free(s->key);
	*s = (struct signer){ 0 };
}

void
pq_signers_free(struct pq_signers *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		signer_clear(&s->v[i]);
	free(s);
}

void
pq_signers_freep(struct pq_signers **s)
{
	pq_signers_free(*s);
	*s = NULL;
}

size_t
pq_signers_count(const struct pq_signers *s)
{
	return s->n;
}

unsigned
pq_signers_zoneless(const struct pq_signers *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i].after.local || s->v[i].before.local)
			return s->v[i].line;
	return 0;
}

bool
pq_signers_have(const struct pq_signers *s, const struct pq_pubkey *key)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (pq_sshkey_same(s->v[i].key, key))
			return true;
	return false;
}

bool
pq_signers_share(const struct pq_signers *a, const struct pq_signers *b)
{
	size_t i, k;

	for (i = 0; i < a->n; i++)
		for (k = 0; k < b->n; k++)
			if (pq_sshkey_eq(a->v[i].key, b->v[k].key))
				return true;
	return false;
}

/*
 * Match one pattern with '*' and '?'. After a mismatch the match continues at
 * the last star, so no recursion is needed.
 */
static bool
match_pattern(struct pq_slice s, struct pq_slice pat)
{
	size_t i = 0, j = 0, star = SIZE_MAX, mark = 0, steps = 0;

	while (i < s.n) {
		if (++steps > PATTERN_STEPS)
			return false;
		if (j < pat.n && pat.p[j] == '*') {
			star = j++;
			mark = i;
		} else if (j < pat.n &&
		    (pat.p[j] == '?' || pat.p[j] == s.p[i])) {
			i++;
			j++;
		} else if (star != SIZE_MAX) {
			j = star + 1;
			i = ++mark;
		} else {
			return false;
		}
	}
	while (j < pat.n && pat.p[j] == '*')
		j++;
	return j == pat.n;
}

/* Match a comma-separated list. It fails if a negated entry matches. */
static bool
match_list(struct pq_slice s, const char *list)
{
	bool found = false;

	for (;;) {
		size_t n = strcspn(list, ",");
		bool negated = *list == '!';
		struct pq_slice pat =
		    pq_slice(list + negated, n - (size_t)negated);

		if (match_pattern(s, pat)) {
			if (negated)
				return false;
			found = true;
		}
		if (list[n] == '\0')
			return found;
		list += n + 1;
	}
}

/* Return the days since 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t
days_from_civil(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool
is_leap_year(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int64_t
read_digits(const uint8_t *p, size_t n)
{
	int64_t v = 0;

	while (n-- > 0)
		v = v * 10 + (*p++ - '0');
	return v;
}

static bool
civil_ok(int64_t y, int64_t mon, int64_t d)
{
	static const int8_t month[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };

	if (y < 1970 || mon < 1 || mon > 12 || d < 1)
		return false;
	return d <= month[mon - 1] + (mon == 2 && is_leap_year(y));
}

/*
 * Read YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, each with an optional Z.
 * ssh-keygen refuses 1970-01-01 00:00:00 UTC.
 */
static int
read_time(struct limit *ret, struct pq_slice s)
{
	int64_t h = 0, min = 0, sec = 0, t;
	bool local = s.n == 0 || s.p[s.n - 1] != 'Z';
	size_t i;

	if (!local)
		s.n--;
	if (s.n != 8 && s.n != 12 && s.n != 14)
		return -PQ_EFORMAT;
	for (i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return -PQ_EFORMAT;
	if (s.n >= 12) {
		h = read_digits(s.p + 8, 2);
		min = read_digits(s.p + 10, 2);
	}
	if (s.n == 14)
		sec = read_digits(s.p + 12, 2);
	if (h > 23 || min > 59 || sec > 59 ||
	    !civil_ok(read_digits(s.p, 4), read_digits(s.p + 4, 2),
		read_digits(s.p + 6, 2)))
		return -PQ_EFORMAT;
	t = days_from_civil(read_digits(s.p, 4), read_digits(s.p + 4, 2),
		read_digits(s.p + 6, 2)) *
		86400 +
	    h * 3600 + min * 60 + sec;
	if (t <= (local ? ZONE_MAX_S : 0))
		return -PQ_EFORMAT;
	*ret = (struct limit){ t, local, true };
	return 0;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void
skip_blanks(struct pq_cur *c)
{
	while (c->left > 0 && is_blank(c->p[0]))
		(void)pq_cur_take(c, 1);
}

/* Take the bytes up to the next blank. */
static struct pq_slice
take_word(struct pq_cur *c)
{
	size_t n = 0;

	while (n < c->left && !is_blank(c->p[n]))
		n++;
	return pq_cur_take(c, n);
}

/* Read an option's value: "..." with \" inside. *ret is owned, never empty. */
static int
read_quoted(char **ret, struct pq_cur *c)
{
	pq_auto(pq_autofree) char *s = malloc(c->left + 1);
	size_t n = 0;

	if (s == NULL)
		return -PQ_ENOMEM;
	if (pq_cur_u8(c) != '"')
		return -PQ_EFORMAT;
	while (c->left > 0 && c->p[0] != '"') {
		uint8_t b = pq_cur_u8(c);

		if (b == '\\' && c->left > 0 && c->p[0] == '"')
			b = pq_cur_u8(c);
		s[n++] = (char)b;
	}
	if (pq_cur_u8(c) != '"' || c->bad || n == 0)
		return -PQ_EFORMAT;
	s[n] = '\0';
	*ret = pq_take(s);
	return 0;
}

static int
read_time_option(
    struct limit *ret, struct pq_cur *c, const char *name, struct pq_err *err)
{
	pq_auto(pq_autofree) char *text = NULL;
	int r;

	if (ret->given)
		return pq_err_set(
		    err, PQ_EFORMAT, "%s is given more than once", name);
	r = read_quoted(&text, c);
	if (r == -PQ_ENOMEM)
		return pq_err_set(err, PQ_ENOMEM, "%s", name);
	if (r < 0 || read_time(ret, pq_slice_str(text)) < 0)
		return pq_err_set(err, PQ_EFORMAT,
		    "%s: expected \"YYYYMMDD[HHMM[SS]]Z\"", name);
	return 0;
}

static int
read_namespaces(struct signer *s, struct pq_cur *c, struct pq_err *err)
{
	int r;

	if (s->namespaces != NULL)
		return pq_err_set(
		    err, PQ_EFORMAT, "namespaces is given more than once");
	r = read_quoted(&s->namespaces, c);
	if (r < 0)
		return pq_err_set(
		    err, -r, "namespaces: expected a list in quotes");
	return 0;
}

static bool
name_is(struct pq_slice s, const char *name)
{
	return s.n == strlen(name) &&
	    strncasecmp((const char *)s.p, name, s.n) == 0;
}

static int
read_option(struct signer *s, struct pq_cur *c, struct pq_err *err)
{
	struct pq_slice name;
	char text[64];
	size_t n = 0;

	while (n < c->left && c->p[n] != '=' && c->p[n] != ',' &&
	    c->p[n] != '"' && !is_blank(c->p[n]))
		n++;
	name = pq_cur_take(c, n);
	if (name_is(name, "cert-authority"))
		return pq_err_set(err, PQ_EUNSUPPORTED,
		    "cert-authority is not supported: list each key on a line");
	if (c->left > 0 && c->p[0] == '=') {
		(void)pq_cur_take(c, 1);
		if (name_is(name, "namespaces"))
			return read_namespaces(s, c, err);
		if (name_is(name, "valid-after"))
			return read_time_option(
			    &s->after, c, "valid-after", err);
		if (name_is(name, "valid-before"))
			return read_time_option(
			    &s->before, c, "valid-before", err);
	}
	pq_text_escape(text, sizeof(text), name);
	return pq_err_set(err, PQ_EFORMAT,
	    "\"%s\": unknown option or key type, or an option without a value",
	    text);
}

static int
read_options(struct signer *s, struct pq_cur *c, struct pq_err *err)
{
	for (;;) {
		int r = read_option(s, c, err);

		if (r < 0)
			return r;
		if (c->left == 0 || is_blank(c->p[0]))
			break;
		if (pq_cur_u8(c) != ',')
			return pq_err_set(err, PQ_EFORMAT,
			    "expected a comma or a blank after an option");
	}
	if (s->after.given && s->before.given && s->after.t >= s->before.t)
		return pq_err_set(err, PQ_EFORMAT,
		    "valid-before is not later than valid-after");
	return 0;
}

/* Report whether a key begins here: no option has the name of a key type. */
static bool
at_key(const struct pq_cur *c)
{
	struct pq_slice s = pq_slice(c->p, c->left);

	return pq_slice_starts(s, "ssh-") || pq_slice_starts(s, "ecdsa-") ||
	    pq_slice_starts(s, "sk-");
}

static int
read_key(struct signer *s, struct pq_cur *c, struct pq_err *err)
{
	struct pq_buf blob = PQ_BUF_INIT(PQ_SSHKEY_MAX + 2);
	struct pq_slice type = take_word(c), b64;
	int r;

	skip_blanks(c);
	b64 = take_word(c);
	r = b64.n == 0 ? -PQ_EFORMAT : pq_b64_decode(&blob, b64);
	if (r < 0)
		(void)pq_err_set(err, -r, "the key is not valid base64");
	else
		r = pq_sshkey_parse(&s->key, pq_buf_view(&blob), err);
	pq_buf_free(&blob);
	if (r == 0 && !pq_slice_eq_str(type, pq_sshkey_type(s->key)))
		return pq_err_set(err, PQ_EFORMAT,
		    "the key is not of the type that its line gives");
	return r;
}

/*
 * Report whether the list can match any name.
 *
 * A tag does not name a principal, so a tag signed by any key of the file
 * passes. But a line whose principals match no name must not allow its key. As
 * in git, the list must match at least one of its own entries.
 */
static bool
can_match(const char *list)
{
	const char *entry = list;

	for (;;) {
		size_t n = strcspn(entry, ",");

		if (n != 0 && *entry != '!' &&
		    match_list(pq_slice(entry, n), list))
			return true;
		if (entry[n] == '\0')
			return false;
		entry += n + 1;
	}
}

static int
read_principals(struct signer *s, struct pq_cur *c, struct pq_err *err)
{
	struct pq_slice w;
	const uint8_t *end;

	if (c->p[0] != '"') {
		w = take_word(c);
	} else {
		(void)pq_cur_take(c, 1);
		end = c->left == 0 ? NULL : memchr(c->p, '"', c->left);
		if (end == NULL)
			return pq_err_set(
			    err, PQ_EFORMAT, "the closing quote is missing");
		w = pq_cur_take(c, (size_t)(end - c->p));
		(void)pq_cur_take(c, 1);
		if (c->left > 0 && !is_blank(c->p[0]))
			return pq_err_set(err, PQ_EFORMAT,
			    "expected a blank after the principals");
	}
	if (w.n == 0 || memchr(w.p, '"', w.n) != NULL)
		return pq_err_set(err, PQ_EFORMAT, "expected principals");
	s->principals = pq_slice_dup_str(w);
	if (s->principals == NULL)
		return pq_err_set(err, PQ_ENOMEM, "principals");
	if (!can_match(s->principals))
		return pq_err_set(
		    err, PQ_EFORMAT, "the principals can match no name");
	return 0;
}

static int
read_line(struct signer *s, struct pq_cur *c, struct pq_err *err)
{
	bool public_key = at_key(c);
	int r = read_principals(s, c, err);

	if (r < 0)
		return r;
	skip_blanks(c);
	if (c->left == 0)
		return pq_err_set(err, PQ_EFORMAT, "the line has no key");
	/* a .pub file begins with the key */
	if (public_key && !at_key(c))
		return pq_err_set(err, PQ_EFORMAT,
		    "the principals are missing before the key");
	if (!at_key(c)) {
		r = read_options(s, c, err);
		if (r < 0)
			return r;
		skip_blanks(c);
	}
	return read_key(s, c, err);
}

static struct pq_slice
next_line(struct pq_cur *c)
{
	const uint8_t *lf = memchr(c->p, '\n', c->left);
	struct pq_slice s;

	if (lf == NULL)
		return pq_cur_take(c, c->left);
	s = pq_cur_take(c, (size_t)(lf - c->p));
	(void)pq_cur_take(c, 1);
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

static int
add_line(struct pq_signers *all, struct pq_slice line, unsigned number,
    struct pq_err *err)
{
	struct pq_cur c = pq_cur_start(line);
	struct signer s = { .line = number };
	int r;

	if (line.n > LINE_MAX_)
		return pq_err_set(err, PQ_ELIMIT, "%zu bytes; the limit is %d",
		    line.n, LINE_MAX_);
	if (line.n != 0 && memchr(line.p, '\0', line.n) != NULL)
		return pq_err_set(
		    err, PQ_EFORMAT, "the line contains a NUL byte");
	skip_blanks(&c);
	if (c.left == 0 || c.p[0] == '#')
		return 0;
	if (all->n == PQ_SIGNERS_LINES)
		return pq_err_set(
		    err, PQ_ELIMIT, "more than %d keys", PQ_SIGNERS_LINES);
	r = read_line(&s, &c, err);
	if (r < 0) {
		signer_clear(&s);
		return r;
	}
	all->v[all->n++] = s;
	return 0;
}

int
pq_signers_parse(
    struct pq_signers **ret, struct pq_slice file, struct pq_err *err)
{
	pq_auto(pq_signers_freep) struct pq_signers *all = NULL;
	struct pq_cur c = pq_cur_start(file);
	unsigned number = 0;

	if (file.n > PQ_SIGNERS_MAX)
		return pq_err_set(err, PQ_ELIMIT,
		    "the allowed_signers file has %zu bytes; the limit is %u",
		    file.n, PQ_SIGNERS_MAX);
	all = calloc(1, sizeof(*all));
	if (all == NULL)
		return pq_err_set(err, PQ_ENOMEM, "allowed signers");
	while (c.left > 0) {
		int r = add_line(all, next_line(&c), ++number, err);

		if (r < 0)
			return pq_err_wrap(err, r, "line %u", number);
	}
	if (all->n == 0)
		return pq_err_set(
		    err, PQ_EFORMAT, "the list of allowed signers has no key");
	*ret = pq_take(all);
	return 0;
}

/*
 * Return: NULL if the line is valid at this time in each time zone, so that no
 * host accepts a tag that another host refuses; else the reason
 */
static const char *
time_refuses(const struct signer *s, int64_t t)
{
	if (s->after.given && t < s->after.t)
		return "was not valid yet (valid-after)";
	if (s->before.given && t > s->before.t)
		return "has expired (valid-before)";
	if (s->after.local && t < s->after.t + ZONE_MAX_S)
		return "was not valid yet in each time zone (valid-after "
		       "without Z is local time)";
	if (s->before.local && t > s->before.t - ZONE_MAX_S)
		return "has expired in some time zone (valid-before without Z "
		       "is local time)";
	return NULL;
}

/* Return NULL if the line lets its key sign; else the reason. */
static const char *
line_refuses(const struct signer *s, const char *ns, struct pq_slice identity,
    const int64_t *times, size_t n_times)
{
	const char *why = NULL;
	size_t i;

	if (identity.n != 0 && !match_list(identity, s->principals))
		return "is listed for other principals";
	if (s->namespaces != NULL &&
	    !match_list(pq_slice_str(ns), s->namespaces))
		return "is listed for other namespaces";
	for (i = 0; i < n_times && why == NULL; i++)
		why = time_refuses(s, times[i]);
	return why;
}

const char *
pq_signers_find(struct pq_signer *ret, const struct pq_signers *all,
    struct pq_slice key, const char *ns, struct pq_slice identity,
    const int64_t *times, size_t n_times)
{
	const char *why = "is not an allowed signer";
	size_t i;

	for (i = 0; i < all->n; i++) {
		const struct signer *s = &all->v[i];

		if (!pq_sshkey_is(s->key, key))
			continue;
		why = line_refuses(s, ns, identity, times, n_times);
		if (why == NULL) {
			*ret = (struct pq_signer){ s->key, s->principals };
			return NULL;
		}
	}
	return why;
}

int
pq_signers_same(struct pq_slice a, struct pq_slice b)
{
	pq_auto(pq_signers_freep) struct pq_signers *x = NULL;
	pq_auto(pq_signers_freep) struct pq_signers *y = NULL;
	int r, q;

	if (pq_slice_eq(a, b))
		return 1;
	r = pq_signers_parse(&x, a, NULL);
	q = pq_signers_parse(&y, b, NULL);
	if (r == -PQ_ENOMEM || q == -PQ_ENOMEM)
		return -PQ_ENOMEM;
	return x != NULL && y != NULL && pq_signers_share(x, y);
}

/* ---- lists ----------------------------------------------------------- */

static bool
may_sign_tags(const struct signer *s)
{
	return s->namespaces == NULL ||
	    match_list(pq_slice_str(PQ_SIGNERS_GIT), s->namespaces);
}

static bool
has_key(const struct pq_signers *s, const struct pq_sshkey *key)
{
	size_t i;

	for (i = 0; s != NULL && i < s->n; i++)
		if (may_sign_tags(&s->v[i]) && pq_sshkey_eq(s->v[i].key, key))
			return true;
	return false;
}

static bool
is_in_list(const struct pq_listed *v, struct pq_signers *const *parsed,
    size_t n, unsigned list, const struct pq_sshkey *key)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].list == list && has_key(parsed[i], key))
			return true;
	return false;
}

static bool
is_in_each(const struct pq_listed *v, struct pq_signers *const *parsed,
    size_t n, const struct pq_sshkey *key)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_in_list(v, parsed, n, v[i].list, key))
			return false;
	return true;
}

/* Report whether a key of the first list is in each list. */
static bool
have_common(
    const struct pq_listed *v, struct pq_signers *const *parsed, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; v[i].list == v[0].list && parsed[i] != NULL &&
		     k < parsed[i]->n;
		     k++)
			if (is_in_each(v, parsed, n, parsed[i]->v[k].key))
				return true;
	return false;
}

int
pq_signers_common(const struct pq_listed *v, size_t n)
{
	struct pq_signers **parsed = calloc(n + 1, sizeof(*parsed));
	size_t i;
	int r = parsed == NULL ? -PQ_ENOMEM : 0;

	for (i = 0; r == 0 && i < n; i++)
		r = pq_signers_parse(&parsed[i], v[i].file, NULL);
	if (r == 0)
		r = have_common(v, parsed, n);
	else if (r != -PQ_ENOMEM)
		r = 1; /* another check reports the error of the file */
	for (i = 0; parsed != NULL && i < n; i++)
		pq_signers_free(parsed[i]);
	free(parsed);
	return r;
}
