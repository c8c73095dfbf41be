/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of origins that the agent may contact.
 *
 * The answers of a registry contain URLs, such as redirects and token realms.
 * An attacker who writes such a URL can try to send the agent to another host,
 * in the worst case with a credential. So the parser refuses each URL that curl
 * could read differently, also if an HTTP library would accept it. The host,
 * port and scheme of the URL must then be those of a configured origin. The
 * list has no wildcards and no default.
 */
#include "net/origin.h"

#include <string.h>

/* Copy @s in lower case. Return false if @dst is too small. */
static bool
copy_lower(char *dst, size_t size, struct pq_slice s)
{
	size_t i;

	if (s.n >= size)
		return false;
	for (i = 0; i < s.n; i++)
		dst[i] =
		    (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a'
							  : s.p[i]);
	dst[s.n] = '\0';
	return true;
}

static int
make_canonical(
    char ret[PQ_ORIGIN_TEXT], struct pq_slice origin, bool plain_http)
{
	char text[PQ_ORIGIN_TEXT];
	struct pq_host h;

	if (!copy_lower(text, sizeof(text), origin) ||
	    pq_name_host(&h, pq_slice(text, origin.n), NULL) != 0)
		return -PQ_EFORMAT;
	if (h.port == (plain_http ? 80 : 443))
		text[h.name.n] = '\0';
	memcpy(ret, text, sizeof(text));
	return 0;
}

int
pq_origin_canonical(
    char ret[PQ_ORIGIN_TEXT], const char *origin, bool plain_http)
{
	return make_canonical(ret, pq_slice_str(origin), plain_http);
}

int
pq_url_split(struct pq_url *ret, const char *url)
{
	size_t n = strnlen(url, PQ_URL_MAX + 1);
	struct pq_url u = { false, "", NULL };
	struct pq_url_parts parts;

	if (pq_name_url(&parts, pq_slice(url, n), NULL) != 0)
		return -PQ_EFORMAT;
	u.plain_http = parts.plain_http;
	u.path = (const char *)parts.path.p;
	/* this also refuses a user name: a host cannot contain '@' */
	if (make_canonical(u.origin, parts.host, parts.plain_http) != 0)
		return -PQ_EFORMAT;
	*ret = u;
	return 0;
}

int
pq_origins_add(struct pq_origins *o, const char *origin, bool plain_http,
    struct pq_slice ca)
{
	struct pq_origin *p;
	int r;

	if (o->n >= PQ_ORIGINS_MAX)
		return -PQ_ELIMIT;
	p = &o->v[o->n];
	r = pq_origin_canonical(p->name, origin, plain_http);
	if (r != 0)
		return r;
	p->plain_http = plain_http;
	p->ca = ca;
	o->n++;
	return 0;
}

const struct pq_origin *
pq_origins_find(const struct pq_origins *o, const char *url)
{
	struct pq_url u;
	size_t i;

	if (pq_url_split(&u, url) != 0)
		return NULL;
	for (i = 0; i < o->n; i++)
		if (o->v[i].plain_http == u.plain_http &&
		    strcmp(o->v[i].name, u.origin) == 0)
			return &o->v[i];
	return NULL;
}
