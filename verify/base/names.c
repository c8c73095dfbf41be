/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammars of names. Most names become a part of a URL or of a file name,
 * or are compared. An attacker who can push to a registry or send a callback
 * chooses some of them. So only this file decides which bytes a name may have.
 *
 * If a specification allows several readings, this file uses the strictest one.
 * It refuses a text that two programs could read as different names. An error
 * gives the byte and the rule, because most errors are typos of operators.
 */
#include <pratique/names.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))

/* sets for is_in() */
#define LOWER "a-z0-9"
#define ALNUM "A-Za-z0-9"
#define VISIBLE "!-~"

/*
 * Return true if @c is in @set. A set such as "a-z0-9_" is written as inside
 * the brackets of a regular expression. A "-" at its end is literal.
 */
static bool
is_in(const char *set, uint8_t c)
{
	for (; *set != '\0'; set++) {
		if (set[1] == '-' && set[2] != '\0') {
			if (c >= (uint8_t)set[0] && c <= (uint8_t)set[2])
				return true;
			set += 2;
		} else if (c == (uint8_t)*set) {
			return true;
		}
	}
	return false;
}

/* A part of a longer text. A message counts bytes in the whole text. */
struct piece {
	struct pq_slice s;    /* the part */
	size_t at;            /* its offset in @text */
	struct pq_slice text; /* the whole text */
};

static struct piece
whole_text(struct pq_slice s)
{
	return (struct piece){ s, 0, s };
}

/*
 * Report that byte @i of @p breaks a rule. If @i is the length of @p, report
 * that a byte is missing.
 * Return: -PQ_EFORMAT
 */
static int __attribute__((format(printf, 4, 5)))
report_byte(struct pq_err *err, struct piece p, size_t i, const char *fmt, ...)
{
	char rule[PQ_ERR_TEXT], byte[16] = "missing";
	size_t at = p.at + i;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(rule, sizeof(rule), fmt, ap);
	va_end(ap);
	if (at < p.text.n && is_in(VISIBLE, p.text.p[at]))
		(void)snprintf(byte, sizeof(byte), "'%c'", p.text.p[at]);
	else if (at < p.text.n)
		(void)snprintf(byte, sizeof(byte), "\\x%02x", p.text.p[at]);
	return pq_err_set(
	    err, PQ_EFORMAT, "byte %zu is %s: %s", at + 1, byte, rule);
}

static int
report_too_long(
    struct pq_err *err, struct piece p, const char *noun, size_t most)
{
	return pq_err_set(err, PQ_EFORMAT,
	    "byte %zu is too many: %s has at most %zu bytes", p.at + most + 1,
	    noun, most);
}

/* ---- names without separators ----------------------------------------- */

struct word {
	const char *noun;
	size_t least, most;
	const char *first, *rest, *last; /* sets for is_in() */
};

static const struct word label = { "each part of a host's name", 1, 63, LOWER,
	LOWER "-", LOWER };
static const struct word tag = { "an image tag", 1, PQ_TAG_MAX, ALNUM "_",
	ALNUM "._-", ALNUM "._-" };
static const struct word service = { "a service's name", 1, PQ_SERVICE_MAX,
	LOWER, LOWER "-", LOWER };
static const struct word container = { "a container's name", 2,
	PQ_CONTAINER_MAX, ALNUM, ALNUM "_.-", ALNUM "_.-" };
static const struct word container_id = { "a container's id",
	PQ_CONTAINER_ID_MAX, PQ_CONTAINER_ID_MAX, "0-9a-f", "0-9a-f",
	"0-9a-f" };
static const struct word delivery = { "a delivery id", 1, PQ_DELIVERY_MAX,
	VISIBLE, VISIBLE, VISIBLE };
static const struct word operator_ = { "an operator's name", 1, PQ_OPERATOR_MAX,
	LOWER "_", LOWER "_.-", LOWER "_.-" };
static const struct word party = { "a party's name", 1, PQ_PARTY_MAX,
	ALNUM "_@", ALNUM "._@-", ALNUM "._@-" };
static const struct word secret = { "a secret's name", 1, PQ_SECRET_NAME_MAX,
	ALNUM "_", ALNUM "._-", ALNUM "._-" };

static int
check_word(struct piece p, const struct word *w, struct pq_err *err)
{
	size_t i;

	if (p.s.n > w->most)
		return report_too_long(err, p, w->noun, w->most);
	for (i = 0; i < p.s.n; i++)
		if (!is_in(i == 0 ? w->first : w->rest, p.s.p[i]))
			return report_byte(err, p, i, "%s %s [%s]", w->noun,
			    i == 0 ? "begins with" : "is made of",
			    i == 0 ? w->first : w->rest);
	if (p.s.n < w->least)
		return report_byte(err, p, p.s.n, "%s has at least %zu byte%s",
		    w->noun, w->least, w->least == 1 ? "" : "s");
	if (!is_in(w->last, p.s.p[p.s.n - 1]))
		return report_byte(
		    err, p, p.s.n - 1, "%s ends with [%s]", w->noun, w->last);
	return 0;
}

static int
check_whole(struct pq_slice s, const struct word *w, struct pq_err *err)
{
	return check_word(whole_text(s), w, err);
}

int
pq_name_tag(struct pq_slice s, struct pq_err *err)
{
	return check_whole(s, &tag, err);
}

int
pq_name_service(struct pq_slice s, struct pq_err *err)
{
	return check_whole(s, &service, err);
}

int
pq_name_container(struct pq_slice s, struct pq_err *err)
{
	return check_whole(s, &container, err);
}

int
pq_name_own_container(struct pq_slice s, struct pq_err *err)
{
	const struct piece p = whole_text(s);
	const uint8_t *mark;
	int r = check_whole(s, &container, err);

	if (r != 0)
		return r;
	mark = memmem(s.p, s.n, PQ_CONTAINER_MARK, strlen(PQ_CONTAINER_MARK));
	if (mark != NULL)
		return report_byte(err, p, (size_t)(mark - s.p),
		    "deploy reserves names with " PQ_CONTAINER_MARK " for the "
		    "containers of a replacement");
	if (s.n > PQ_CONTAINER_OWN_MAX)
		return report_too_long(err, p,
		    "without deploy's suffix " PQ_CONTAINER_LONGEST_MARK
		    ", a container's name",
		    PQ_CONTAINER_OWN_MAX);
	return 0;
}

int
pq_name_container_id(struct pq_slice s, struct pq_err *err)
{
	return check_whole(s, &container_id, err);
}

int
pq_name_delivery(struct pq_slice s, struct pq_err *err)
{
	return check_whole(s, &delivery, err);
}

int
pq_name_operator(struct pq_slice s, struct pq_err *err)
{
	return check_whole(s, &operator_, err);
}

int
pq_name_party(struct pq_slice s, struct pq_err *err)
{
	return check_whole(s, &party, err);
}

int
pq_name_secret(struct pq_slice s, struct pq_err *err)
{
	return check_whole(s, &secret, err);
}

/* ---- git tags --------------------------------------------------------- */

#define GIT_NEVER " ~^:?*[\\"
#define LOCK ".lock"

static bool
ends_with_lock(struct pq_slice s, size_t end)
{
	size_t n = strlen(LOCK);

	return end >= n && memcmp(s.p + end - n, LOCK, n) == 0;
}

/* Return the rule that byte @i breaks, as text after "a git tag"; or NULL. */
static const char *
git_rule(struct pq_slice s, size_t i)
{
	uint8_t c = s.p[i];
	bool first = i == 0 || s.p[i - 1] == '/';
	bool last = i + 1 == s.n || s.p[i + 1] == '/';

	if (c < ' ' || c == 0x7f || is_in(GIT_NEVER, c))
		return "has no blank, no control character and none of "
		       "~^:?*[\\";
	if (c == '-' && i == 0)
		return "does not begin with a dash";
	if (c == '/' && (first || i + 1 == s.n))
		return "has a name on each side of a slash";
	if (c == '.' && first)
		return "has no part between slashes that begins with a dot";
	if (c == '.' && s.p[i - 1] == '.')
		return "has no two dots in a row";
	if (c == '.' && i + 1 == s.n)
		return "does not end with a dot";
	if (c == '{' && i > 0 && s.p[i - 1] == '@')
		return "does not contain @{";
	if (last && ends_with_lock(s, i + 1))
		return "has no part between slashes that ends with " LOCK;
	return NULL;
}

int
pq_name_git_tag(struct pq_slice s, struct pq_err *err)
{
	const struct piece p = whole_text(s);
	const char *rule;
	size_t i, n = 0;

	if (s.n == 0)
		return report_byte(err, p, 0, "a git tag has at least 1 byte");
	if (s.n > PQ_GIT_TAG_MAX)
		return report_too_long(err, p, "a git tag", PQ_GIT_TAG_MAX);
	for (i = 0; i < s.n; i++) {
		rule = git_rule(s, i);
		if (rule != NULL)
			return report_byte(err, p, i,
			    "a git tag %s (git-check-ref-format)", rule);
	}
	for (i = 0; i < s.n; i += n) {
		n = pq_utf8_char(pq_slice(s.p + i, s.n - i));
		if (n == 0)
			return report_byte(err, p, i,
			    "a git tag is UTF-8 without control characters");
	}
	return 0;
}

/* ---- hosts ------------------------------------------------------------ */

static bool
has_byte(struct pq_slice s, char c)
{
	return s.n != 0 && memchr(s.p, c, s.n) != NULL;
}

/* Return the bytes before the next @stop. Set *rest to the bytes after it. */
static struct piece
next_part(struct piece *rest, char stop)
{
	const uint8_t *at =
	    rest->s.n == 0 ? NULL : memchr(rest->s.p, stop, rest->s.n);
	struct piece part = *rest;

	if (at == NULL) {
		rest->at += rest->s.n;
		rest->s = pq_slice(NULL, 0);
		return part;
	}
	part.s.n = (size_t)(at - rest->s.p);
	rest->at += part.s.n + 1;
	rest->s = pq_slice(at + 1, rest->s.n - part.s.n - 1);
	return part;
}

static bool
is_number(struct pq_slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!is_in("0-9", s.p[i]))
			return false;
	return s.n != 0;
}

/*
 * Return the decimal number in @s; @most + 1 if @s is not a number, has leading
 * zeros, or is greater than @most.
 */
static unsigned
read_number(struct pq_slice s, unsigned most)
{
	unsigned v = 0;
	size_t i;

	if (!is_number(s) || (s.p[0] == '0' && s.n > 1))
		return most + 1;
	for (i = 0; i < s.n && v <= most; i++)
		v = v * 10 + (unsigned)(s.p[i] - '0');
	return v <= most ? v : most + 1;
}

/*
 * Check the name of a host, or an IPv4 address. Some programs read every host
 * that ends with a number as an address. So such a host must be a valid
 * address.
 */
static int
check_name(struct piece p, struct pq_err *err)
{
	struct piece rest = p, part = p;
	size_t labels = 0, octets = 0;
	bool more = true;
	int r = 0;

	while (more && r == 0) {
		more = has_byte(rest.s, '.');
		part = next_part(&rest, '.');
		r = check_word(part, &label, err);
		labels++;
		octets += read_number(part.s, 255) <= 255;
	}
	if (r == 0 && is_number(part.s) && (labels != 4 || octets != 4))
		return report_byte(err, part, 0,
		    "a host that ends with a number must be an IPv4 address: "
		    "four numbers up to 255");
	return r;
}

/* Return the number of hex digits at the start of @s, at most 4. */
static size_t
group_length(struct pq_slice s)
{
	size_t n = 0;

	while (n < s.n && n < 4 && is_in("0-9a-f", s.p[n]))
		n++;
	return n;
}

/*
 * Return true if @s is an IPv6 address. If it is not, *ret_bad is the index of
 * the bad byte, or s.n if the address is incomplete.
 */
static bool
is_ipv6(struct pq_slice s, size_t *ret_bad)
{
	bool gap = s.n >= 2 && memcmp(s.p, "::", 2) == 0;
	size_t i = gap ? 2 : 0, groups = 0, n;

	while (i < s.n) {
		n = group_length(pq_slice(s.p + i, s.n - i));
		*ret_bad = i;
		if (n == 0 || ++groups > 8)
			return false;
		i += n;
		*ret_bad = i;
		if (i == s.n)
			break;
		if (s.p[i++] != ':')
			return false;
		*ret_bad = i;
		if (i == s.n || (s.p[i] == ':' && gap))
			return false;
		gap |= s.p[i] == ':';
		i += s.p[i] == ':';
	}
	*ret_bad = s.n;
	/* "::" replaces one group or more */
	return gap ? groups < 8 : groups == 8;
}

/* Check "[IPv6]". Set *rest to the bytes after the bracket. */
static int
check_bracketed(struct piece *rest, struct pq_err *err)
{
	struct piece p = *rest, inner = next_part(rest, ']');
	size_t bad = 0;

	inner.s = pq_slice(inner.s.p + 1, inner.s.n - 1);
	inner.at++;
	if (!is_ipv6(inner.s, &bad))
		return report_byte(err, inner, bad,
		    "brackets contain an IPv6 address in lower case and "
		    "without a zone");
	return has_byte(p.s, ']')
	    ? 0
	    : report_byte(err, p, p.s.n, "the bracket must be closed");
}

/* Check ":port". @ret stays 0 if @p is empty. */
static int
check_port(unsigned *ret, struct piece p, struct pq_err *err)
{
	if (p.s.n == 0)
		return 0;
	if (p.s.p[0] != ':')
		return report_byte(err, p, 0, "only :port may follow a host");
	*ret = read_number(pq_slice(p.s.p + 1, p.s.n - 1), 65535);
	if (*ret == 0 || *ret > 65535)
		return report_byte(err, p, 1,
		    "a port is a number from 1 to 65535 without leading "
		    "zeros");
	return 0;
}

/* Check a host without brackets. Set *rest to the bytes after the host. */
static int
check_unbracketed(struct piece *rest, struct pq_err *err)
{
	const uint8_t *colon = memchr(rest->s.p, ':', rest->s.n);
	size_t n = colon == NULL ? rest->s.n : (size_t)(colon - rest->s.p);
	struct piece name = *rest;

	name.s.n = n;
	rest->s = pq_slice(rest->s.p + n, rest->s.n - n);
	rest->at += n;
	return check_name(name, err);
}

static int
check_host(struct pq_host *ret, struct piece p, struct pq_err *err)
{
	struct pq_host h = { p.s, 0 };
	struct piece rest = p;
	int r;

	if (p.s.n > PQ_HOST_MAX)
		return report_too_long(
		    err, p, "a host with its port", PQ_HOST_MAX);
	if (p.s.n == 0)
		return check_name(p, err);
	r = p.s.p[0] == '[' ? check_bracketed(&rest, err)
			    : check_unbracketed(&rest, err);
	h.name.n = p.s.n - rest.s.n;
	if (r == 0)
		r = check_port(&h.port, rest, err);
	if (r == 0 && ret != NULL)
		*ret = h;
	return r;
}

int
pq_name_host(struct pq_host *ret, struct pq_slice s, struct pq_err *err)
{
	return check_host(ret, whole_text(s), err);
}

/* ---- repositories ----------------------------------------------------- */

/*
 * Return the length of the separator at the start of @s: ".", "_", "__", or one
 * or more "-". Return 0 if @s does not begin with a separator.
 */
static size_t
separator_length(struct pq_slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] == s.p[0])
		n++;
	if (s.p[0] == '-')
		return n;
	return (s.p[0] == '.' && n == 1) || (s.p[0] == '_' && n <= 2) ? n : 0;
}

static int
check_component(struct piece p, struct pq_err *err)
{
	size_t i = 0, n;

	if (p.s.n == 0 || !is_in(LOWER, p.s.p[0]))
		return report_byte(err, p, 0,
		    "each part of a repository's path begins with [" LOWER "]");
	while (i < p.s.n) {
		if (is_in(LOWER, p.s.p[i])) {
			i++;
			continue;
		}
		if (!is_in("._-", p.s.p[i]))
			return report_byte(err, p, i,
			    "a repository's path is made of [a-z0-9._-] and /");
		n = separator_length(pq_slice(p.s.p + i, p.s.n - i));
		if (n == 0 || (i + n < p.s.n && !is_in(LOWER, p.s.p[i + n])))
			return report_byte(err, p, n == 0 ? i : i + n,
			    "a repository's path separates [" LOWER "] by one "
			    "dot, one or two underscores, or dashes");
		i += n;
	}
	if (!is_in(LOWER, p.s.p[p.s.n - 1]))
		return report_byte(err, p, p.s.n - 1,
		    "each part of a repository's path ends with [" LOWER "]");
	return 0;
}

static int
check_path(struct piece p, struct pq_err *err)
{
	bool more = true;
	int r = 0;

	if (p.s.n > PQ_REPOSITORY_MAX)
		return report_too_long(
		    err, p, "a repository's path", PQ_REPOSITORY_MAX);
	while (more && r == 0) {
		more = has_byte(p.s, '/');
		r = check_component(next_part(&p, '/'), err);
	}
	return r;
}

int
pq_name_path(struct pq_slice s, struct pq_err *err)
{
	return check_path(whole_text(s), err);
}

bool
pq_name_shows_as_host(struct pq_slice first)
{
	return has_byte(first, '.') || has_byte(first, ':') ||
	    pq_slice_eq_str(first, "localhost");
}

int
pq_name_repository(struct pq_slice s, struct pq_err *err)
{
	struct piece p = whole_text(s), path = p, host;
	int r;

	if (s.n > PQ_REPOSITORY_MAX)
		return report_too_long(
		    err, p, "a repository with its host", PQ_REPOSITORY_MAX);
	if (!has_byte(s, '/'))
		return report_byte(err, p, s.n,
		    "a slash separates a repository's host from its path");
	host = next_part(&path, '/');
	if (!pq_name_shows_as_host(host.s))
		return report_byte(err, p, host.s.n,
		    "the host before the first slash needs a dot or a port, or "
		    "must be localhost: otherwise Docker reads it as a part "
		    "of the path");
	r = check_host(NULL, host, err);
	return r != 0 ? r : check_path(path, err);
}

/* ---- URLs ------------------------------------------------------------- */

#define URL_NEVER "\\#\"<>^`{|}"

static int
check_url_text(struct piece p, struct pq_err *err)
{
	size_t i;

	for (i = 0; i < p.s.n; i++)
		if (!is_in(VISIBLE, p.s.p[i]) || is_in(URL_NEVER, p.s.p[i]))
			return report_byte(err, p, i,
			    "a URL is made of visible ASCII without any "
			    "of " URL_NEVER);
	return 0;
}

int
pq_name_url(struct pq_url_parts *ret, struct pq_slice url, struct pq_err *err)
{
	static const char *const schemes[] = { "https://", "http://" };
	struct piece p = whole_text(url);
	size_t i = 0, n = 0, host;
	int r;

	if (url.n > PQ_URL_MAX)
		return report_too_long(err, p, "a URL", PQ_URL_MAX);
	r = check_url_text(p, err);
	if (r != 0)
		return r;
	while (i < N(schemes) && !pq_slice_starts(url, schemes[i]))
		i++;
	if (i == N(schemes))
		return report_byte(
		    err, p, 0, "a URL begins with https:// or http://");
	host = strlen(schemes[i]);
	while (host + n < url.n && url.p[host + n] != '/' &&
	    url.p[host + n] != '?')
		n++;
	if (n == 0 || host + n == url.n || url.p[host + n] != '/')
		return report_byte(err, p, host + n,
		    "a URL has a host, then a slash and a path");
	ret->plain_http = i == 1;
	ret->host = pq_slice(url.p + host, n);
	ret->path = pq_slice(url.p + host + n, url.n - host - n);
	return 0;
}
