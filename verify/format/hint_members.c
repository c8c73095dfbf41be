/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read members of a callback's body, for the readers of payloads. Each member
 * is checked against the grammar of its kind. A reason begins with the path of
 * the member.
 */
#include "format/hint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pratique/digest.h>

int
pq_hint_end(struct pq_hint *h, enum pq_hint_kind kind, const char *fmt, ...)
{
	struct pq_hint r = { .kind = kind };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r.reason, sizeof(r.reason), fmt, ap);
	va_end(ap);
	*h = r;
	return 1;
}

int
pq_hint_check_digest(struct pq_slice s, struct pq_err *err)
{
	struct pq_digest d;

	return pq_digest_parse(&d, s) == 0
	    ? 0
	    : pq_err_set(err, PQ_EFORMAT,
		  "expected sha256: and 64 lower-case hex digits");
}

int
pq_hint_check_commit(struct pq_slice s, struct pq_err *err)
{
	struct pq_oid o;

	return pq_oid_parse(&o, s) == 0
	    ? 0
	    : pq_err_set(
		  err, PQ_EFORMAT, "expected 40 or 64 lower-case hex digits");
}

struct pq_slice
pq_hint_text(const json_t *v)
{
	return pq_slice(json_string_value(v), json_string_length(v));
}

const char *
pq_hint_type(const json_t *v)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number",
		[JSON_REAL] = "a number",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};

	return v == NULL ? "nothing" : names[json_typeof(v)];
}

int
pq_hint_object(const json_t **ret, struct pq_hint *h, const json_t *parent,
    const char *at, const char *name)
{
	const json_t *v = json_object_get(parent, name);

	if (!json_is_object(v))
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "%s/%s: expected an object, found %s", at, name,
		    pq_hint_type(v));
	*ret = v;
	return 0;
}

int
pq_hint_take(struct pq_hint *h, const json_t *o, const char *at,
    const struct pq_hint_field *f)
{
	const json_t *v = json_object_get(o, f->name);
	struct pq_err err = PQ_ERR_INIT;
	struct pq_slice s;
	char *dst;

	if (v == NULL && !f->required)
		return 0;
	if (!json_is_string(v))
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "%s/%s: expected a string, found %s", at, f->name,
		    pq_hint_type(v));
	s = pq_hint_text(v);
	if (f->check(s, &err) != 0 || s.n >= f->size)
		return pq_hint_end(h, PQ_HINT_UNREADABLE, "%s/%s: %.300s", at,
		    f->name, err.text);
	if (f->offset == PQ_HINT_NOT_KEPT)
		return 0;
	dst = (char *)h + f->offset;
	memcpy(dst, s.p, s.n);
	dst[s.n] = '\0';
	return 0;
}
