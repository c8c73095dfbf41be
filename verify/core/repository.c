/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The repository in an image reference. A signature over a digest is valid for
 * every copy of the image. Only the signed reference says which component the
 * signer meant: acme/admin must not run where acme/web is configured.
 *
 * Names are compared byte by byte, so this code normalizes them. docker.io has
 * several hosts, and parts of its names may be left out. Text outside the
 * grammar is refused, because two programs could read different names in it.
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
has_char(struct pq_slice s, char c)
{
	return s.n != 0 && memchr(s.p, c, s.n) != NULL;
}

/* Return the bytes before @stop. Set *rest to the bytes after @stop. */
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

static bool
is_docker(struct pq_slice host)
{
	size_t i;

	for (i = 0; i < N(docker_hosts); i++)
		if (pq_slice_eq_str(host, docker_hosts[i]))
			return true;
	return false;
}

/* Normalize the name. "acme/web" is a path, "acme.example/web" has a host. */
static int
take_name(struct pq_repository *ret, struct pq_slice s, struct pq_err *err)
{
	struct pq_slice path = s, host = next_part(&path, '/');
	bool named = host.n < s.n && pq_name_shows_as_host(host), docker;
	int r = named ? pq_name_repository(s, err) : pq_name_path(s, err);

	if (r != 0)
		return r;
	docker = !named || is_docker(host);
	if (!named)
		path = s;
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s/%s%.*s",
	    docker ? (int)strlen(DOCKER) : (int)host.n,
	    docker ? DOCKER : (const char *)host.p,
	    docker && !has_char(path, '/') ? "library/" : "", (int)path.n,
	    (const char *)path.p);
	return 0;
}

static int
cut_digest(struct pq_slice *s, struct pq_err *err)
{
	struct pq_digest d;
	bool there = has_char(*s, '@');
	struct pq_slice text = *s;

	*s = next_part(&text, '@');
	if (there && pq_digest_parse(&d, text) != 0)
		return pq_err_set(err, PQ_EFORMAT,
		    "after the @: expected sha256: and 64 hex digits");
	return 0;
}

/* Cut off the tag. A colon before the last slash belongs to the port. */
static int
cut_tag(struct pq_slice *s, struct pq_err *err)
{
	size_t i = s->n;
	int r;

	while (i > 0 && s->p[i - 1] != '/' && s->p[i - 1] != ':')
		i--;
	if (i == 0 || s->p[i - 1] == '/')
		return 0;
	r = pq_name_tag(pq_slice(s->p + i, s->n - i), err);
	if (r != 0)
		return pq_err_wrap(err, r, "after the last colon");
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
