/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The repository that a reference names. A signature over a digest fits every
 * copy of the image; only the reference beside it says which component the
 * signer meant, and acme/admin must not run where acme/web is configured.
 *
 * Names are compared whole, so each repository needs one spelling: docker.io
 * has several hosts and leaves parts of its names out. Text that the grammar
 * does not know is refused, for two readers would take two names from it.
 */
#include <pratique/repository.h>

#include <stdio.h>
#include <string.h>

#include <pratique/digest.h>
#include <pratique/text.h>

#define DOCKER "docker.io"
#define N(table) (sizeof(table) / sizeof((table)[0]))

static const char *const docker_hosts[] = { DOCKER, "index.docker.io",
	"registry-1.docker.io" };

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_lower(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z');
}

static bool
is_word(uint8_t c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
has(struct pq_slice s, char c)
{
	return s.n != 0 && memchr(s.p, c, s.n) != NULL;
}

/* The bytes before the next @stop, which is taken too; *rest keeps the rest. */
static struct pq_slice
next_part(struct pq_slice *rest, char stop)
{
	const uint8_t *at =
	    rest->n == 0 ? NULL : memchr(rest->p, stop, rest->n);
	struct pq_slice part = *rest;

	if (at == NULL) {
		*rest = pq_slice(NULL, 0);
		return part;
	}
	part.n = (size_t)(at - rest->p);
	*rest = pq_slice(at + 1, rest->n - part.n - 1);
	return part;
}

/* Length of the separator at @s: one of "." "_" "__" and "-", "--", ...; 0 */
static size_t
separator(struct pq_slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] == s.p[0])
		n++;
	if (s.p[0] == '-')
		return n;
	return (s.p[0] == '.' && n == 1) || (s.p[0] == '_' && n <= 2) ? n : 0;
}

static bool
component_ok(struct pq_slice s)
{
	size_t n;

	if (s.n == 0 || !is_lower(s.p[0]) || !is_lower(s.p[s.n - 1]))
		return false;
	while (s.n != 0) {
		n = is_lower(s.p[0]) ? 1 : separator(s);
		if (n == 0 ||
		    (n < s.n && !is_lower(s.p[0]) && !is_lower(s.p[n])))
			return false;
		s = pq_slice(s.p + n, s.n - n);
	}
	return true;
}

bool
pq_repository_path_ok(struct pq_slice s)
{
	if (s.n == 0 || s.n > PQ_REPOSITORY_MAX || s.p[s.n - 1] == '/')
		return false;
	while (s.n != 0)
		if (!component_ok(next_part(&s, '/')))
			return false;
	return true;
}

bool
pq_repository_tag_ok(struct pq_slice s)
{
	size_t i;

	if (s.n == 0 || s.n > PQ_REPOSITORY_TAG_MAX || !is_word(s.p[0]))
		return false;
	for (i = 1; i < s.n; i++)
		if (!is_word(s.p[i]) && s.p[i] != '.' && s.p[i] != '-')
			return false;
	return true;
}

/* A part of a host's name between two dots. */
static bool
label_ok(struct pq_slice s)
{
	size_t i;

	if (s.n == 0 || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (i = 0; i < s.n; i++)
		if (!is_lower(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

static bool
name_ok(struct pq_slice s)
{
	if (s.n == 0 || s.p[s.n - 1] == '.')
		return false;
	while (s.n != 0)
		if (!label_ok(next_part(&s, '.')))
			return false;
	return true;
}

static bool
port_ok(struct pq_slice s)
{
	unsigned long port = 0;
	size_t i;

	if (s.n == 0 || s.n > 5 || s.p[0] == '0')
		return false;
	for (i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return false;
		port = port * 10 + (s.p[i] - '0');
	}
	return port <= 65535;
}

/* "[v6]", and its port when there is one */
static bool
bracketed_ok(struct pq_slice s)
{
	struct pq_slice address = next_part(&s, ']');
	size_t i;

	if (address.n < 3)
		return false;
	for (i = 1; i < address.n; i++)
		if (!is_digit(address.p[i]) && address.p[i] != ':' &&
		    (address.p[i] < 'a' || address.p[i] > 'f'))
			return false;
	return s.n == 0 ||
	    (s.p[0] == ':' && port_ok(pq_slice(s.p + 1, s.n - 1)));
}

static bool
host_ok(struct pq_slice s)
{
	bool port = has(s, ':');

	if (s.n != 0 && s.p[0] == '[')
		return has(s, ']') && bracketed_ok(s);
	return name_ok(next_part(&s, ':')) && (!port || port_ok(s));
}

/* "acme/web" is a path, "acme.example/web" has a host */
static bool
shows_as_host(struct pq_slice s)
{
	return has(s, '.') || has(s, ':') || pq_slice_eq_str(s, "localhost");
}

static bool
is_docker(struct pq_slice host)
{
	size_t i;

	for (i = 0; i < N(docker_hosts); i++)
		if (pq_slice_eq_str(host, docker_hosts[i]))
			return true;
	return false;
}

static int
take_name(struct pq_repository *ret, struct pq_slice s, struct pq_err *err)
{
	struct pq_slice path = s, host = next_part(&path, '/');
	bool docker;

	if (s.n == 0)
		return pq_err_set(err, PQ_EFORMAT, "it is empty");
	if (s.n > PQ_REPOSITORY_MAX)
		return pq_err_set(err, PQ_EFORMAT, "it is longer than %d bytes",
		    PQ_REPOSITORY_MAX);
	if (host.n == s.n || !shows_as_host(host)) {
		host = pq_slice_str(DOCKER);
		path = s;
	}
	if (!host_ok(host))
		return pq_err_set(err, PQ_EFORMAT,
		    "the part before the first slash is no host[:port] in "
		    "lower case");
	if (!pq_repository_path_ok(path))
		return pq_err_set(err, PQ_EFORMAT,
		    "the path is none of a repository: expected parts of a-z, "
		    "0-9 and single separators");
	docker = is_docker(host);
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s/%s%.*s",
	    docker ? (int)strlen(DOCKER) : (int)host.n,
	    docker ? DOCKER : (const char *)host.p,
	    docker && !has(path, '/') ? "library/" : "", (int)path.n,
	    (const char *)path.p);
	return 0;
}

static int
cut_digest(struct pq_slice *s, struct pq_err *err)
{
	struct pq_digest d;
	bool there = has(*s, '@');
	struct pq_slice text = *s;

	*s = next_part(&text, '@');
	if (there && pq_digest_parse(&d, text) != 0)
		return pq_err_set(
		    err, PQ_EFORMAT, "the part behind the @ is no digest");
	return 0;
}

/* The tag's colon is behind the last slash: one before it is a port's. */
static int
cut_tag(struct pq_slice *s, struct pq_err *err)
{
	size_t i = s->n;

	while (i > 0 && s->p[i - 1] != '/' && s->p[i - 1] != ':')
		i--;
	if (i == 0 || s->p[i - 1] == '/')
		return 0;
	if (!pq_repository_tag_ok(pq_slice(s->p + i, s->n - i)))
		return pq_err_set(err, PQ_EFORMAT,
		    "the part behind the last colon is no tag");
	*s = pq_slice(s->p, i - 1);
	return 0;
}

int
pq_repository_parse(
    struct pq_repository *ret, struct pq_slice text, struct pq_err *err)
{
	struct pq_repository out;
	struct pq_slice s = text;
	char safe[200];
	int r = cut_digest(&s, err);

	if (r == 0)
		r = cut_tag(&s, err);
	if (r == 0)
		r = take_name(&out, s, err);
	if (r != 0) {
		pq_text_escape(safe, sizeof(safe), text);
		return pq_err_wrap(err, r, "\"%s\"", safe);
	}
	*ret = out;
	return 0;
}

bool
pq_repository_eq(const struct pq_repository *a, const struct pq_repository *b)
{
	return strcmp(a->name, b->name) == 0;
}
