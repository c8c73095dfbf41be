/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of places that may be talked to.
 *
 * Registries answer with URLs: redirects, token realms, upload places. Each is
 * a chance to make the agent ask an address of the attacker's choice, with a
 * credential if all goes badly. So an URL is first taken apart by rules that
 * are narrower than any HTTP library's (what we and curl might read
 * differently is refused), and then must name a configured origin with its
 * configured scheme. There is no wildcard, and no default.
 */
#include "net/origin.h"

#include <stdio.h>
#include <string.h>

static bool
is_host_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '.';
}

static char
lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

/* length of the host at @s, 0 when it is not one; [v6] with its brackets */
static size_t
host_length(const char *s)
{
	size_t n = 0;

	if (s[0] == '[') {
		n = 1 + strspn(s + 1, "0123456789abcdefABCDEF:.");
		return n > 2 && s[n] == ']' ? n + 1 : 0;
	}
	while (is_host_byte(lower(s[n])))
		n++;
	if (n > 0 && (s[0] == '.' || s[0] == '-' || s[n - 1] == '.'))
		return 0;
	return n;
}

/* ":port" or nothing; 0 none, -1 bad */
static long
read_port(const char *s)
{
	long port = 0;
	size_t i;

	if (s[0] == '\0')
		return 0;
	if (s[0] != ':' || s[1] == '\0' || s[1] == '0' || strlen(s) > 6)
		return -1;
	for (i = 1; s[i] != '\0'; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		port = port * 10 + (s[i] - '0');
	}
	return port > 65535 ? -1 : port;
}

int
pq_origin_canonical(
    char ret[PQ_ORIGIN_MAX + 1], const char *origin, bool plain_http)
{
	char host[PQ_ORIGIN_MAX + 1];
	size_t n, i;
	long port;

	if (strlen(origin) > PQ_ORIGIN_MAX - 8)
		return -PQ_EFORMAT;
	n = host_length(origin);
	if (n == 0)
		return -PQ_EFORMAT;
	port = read_port(origin + n);
	if (port < 0)
		return -PQ_EFORMAT;
	for (i = 0; i < n; i++)
		host[i] = lower(origin[i]);
	host[n] = '\0';
	if (port == 0 || port == (plain_http ? 80 : 443))
		(void)snprintf(ret, PQ_ORIGIN_MAX + 1, "%s", host);
	else
		(void)snprintf(ret, PQ_ORIGIN_MAX + 1, "%.*s:%ld",
		    PQ_ORIGIN_MAX - 8, host, port);
	return 0;
}

static bool
is_url_text(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s >= 0x7f || strchr("\\#\"<>^`{|}", *s))
			return false;
	return true;
}

int
pq_url_split(struct pq_url *ret, const char *url)
{
	char place[PQ_ORIGIN_MAX + 1];
	struct pq_url u = { false, "", NULL };
	const char *s;
	size_t n;

	if (strnlen(url, PQ_URL_MAX + 1) > PQ_URL_MAX)
		return -PQ_ELIMIT;
	if (!is_url_text(url))
		return -PQ_EFORMAT;
	if (strncmp(url, "https://", 8) == 0) {
		s = url + 8;
	} else if (strncmp(url, "http://", 7) == 0) {
		s = url + 7;
		u.plain_http = true;
	} else {
		return -PQ_EFORMAT;
	}
	n = strcspn(s, "/?");
	if (n == 0 || n > PQ_ORIGIN_MAX || s[n] != '/')
		return -PQ_EFORMAT;
	memcpy(place, s, n);
	place[n] = '\0';
	/* a user name would make '@' part of the host: not a host byte */
	if (pq_origin_canonical(u.origin, place, u.plain_http) != 0)
		return -PQ_EFORMAT;
	u.path = s + n;
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
