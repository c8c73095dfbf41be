/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict reading of a request's head.
 *
 * The library forgives much that a proxy in front of it reads in another way: a
 * blank before a colon, a NUL in a value, a line that ends with a bare LF, a
 * second Content-Length, a folded line that changes the name of its header. A
 * sender could then hide a second request in the first one.
 *
 * The library reads the head in place: it overwrites the end of each part with
 * NUL and returns pointers into the received bytes. CR LF becomes two NULs. So
 * each part of a strict head begins at a known distance from the end of the
 * part before, and any other distance is a forgiven fault. One fault stays
 * invisible: a NUL directly before a bare LF looks like CR LF. The library
 * ends the value there as well, so that no part of the value is lost.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "intake/intake.h"

#define PUNCTUATION "!#$%&'*+-.^_`|~" /* of a token: RFC 9110 section 5.6.2 */

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

/* Return true if @s has only letters, digits and characters of @others. */
static bool
has_only(const char *s, const char *others)
{
	for (; *s != '\0'; s++)
		if (!is_alphanumeric(*s) && strchr(others, *s) == NULL)
			return false;
	return true;
}

static bool
is_token(const char *s)
{
	return *s != '\0' && has_only(s, PUNCTUATION);
}

static bool
is_host(const char *s)
{
	return *s != '\0' && *s != '.' && *s != ':' && has_only(s, "-._:[]") &&
	    strstr(s, "..") == NULL;
}

static bool
is_value(const char *s)
{
	for (; *s != '\0'; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return false;
	return true;
}

/*
 * Return the beginning of the next line if the line ends at @nul with CR LF;
 * NULL if it ends in another way, or if the head ends before.
 */
static const char *
after_line(const struct intake_head *h, const char *nul)
{
	return h->end - nul >= 2 && nul[0] == '\0' && nul[1] == '\0' ? nul + 2
								     : NULL;
}

static bool
is_line(const struct intake_line *l)
{
	return l->plain && is_token(l->method) &&
	    l->uri == l->method + strlen(l->method) + 1 &&
	    l->version == l->uri + l->uri_n + 1 &&
	    (strcmp(l->version, "HTTP/1.1") == 0 ||
		strcmp(l->version, "HTTP/1.0") == 0);
}

void
intake_head_begin(
    struct intake_head *ret, const struct intake_line *l, const char *end)
{
	*ret = (struct intake_head){ .end = end };
	if (end != NULL && is_line(l)) {
		ret->old = strcmp(l->version, "HTTP/1.0") == 0;
		ret->next = after_line(ret, l->version + strlen(l->version));
	}
}

/* Return true if only blanks are between the colon and the value. */
static bool
is_gap(const char *p, const char *value)
{
	while (p != value && (*p == ' ' || *p == '\t'))
		p++;
	return p == value;
}

/* Return true if the names are equal except for case and "_" for "-". */
static bool
looks_like(const char *key, const char *name)
{
	for (; *key != '\0' && *name != '\0'; key++, name++)
		if (*key != *name && tolower((unsigned char)*key) != *name &&
		    (*key != '_' || *name != '-'))
			return false;
	return *key == *name;
}

static const char *const names[] = {
	[INTAKE_HOST] = "host",
	[INTAKE_LENGTH] = "content-length",
	[INTAKE_ENCODING] = "transfer-encoding",
};

/*
 * Count a header that frames the request. A proxy may read "_" as "-", and a
 * tab before the value as a part of it.
 */
static void
count_header(struct intake_head *h, const char *key, const char *value)
{
	size_t n = strlen(key), i;

	for (i = 0; i < INTAKE_FRAMING; i++)
		if (looks_like(key, names[i])) {
			h->seen[i]++;
			h->bad |= strchr(key, '_') != NULL;
			h->bad |= memchr(key + n, '\t',
				      (size_t)(value - key) - n) != NULL;
			h->bad |= i == INTAKE_HOST && !is_host(value);
			h->bad |= i == INTAKE_ENCODING &&
			    (h->old || strcasecmp(value, "chunked") != 0);
		}
}

void
intake_head_add(struct intake_head *h, const char *key, const char *value)
{
	if (h->next == NULL || h->next != key || value == NULL ||
	    !is_token(key) || !is_value(value) ||
	    !is_gap(key + strlen(key) + 1, value)) {
		h->bad = true;
		return;
	}
	h->next = after_line(h, value + strlen(value));
	count_header(h, key, value);
}

bool
intake_head_is_strict(const struct intake_head *h)
{
	return !h->bad && h->next != NULL && after_line(h, h->next) == h->end &&
	    h->seen[INTAKE_HOST] <= 1 &&
	    h->seen[INTAKE_LENGTH] + h->seen[INTAKE_ENCODING] <= 1;
}
