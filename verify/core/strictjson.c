/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON for a verifier. Two programs can read different values from the
 * same signed bytes, and an attacker can exploit this. For example, one program
 * uses the first of two members with the same name, and another the last. Go
 * reads "Layers" as "layers", and this code does not. One program ignores a
 * second document after the first, and another reads it. So this code refuses
 * input that programs are known to read differently: duplicate members, NUL in
 * strings, trailing bytes, and names that equal a known name except in case.
 *
 * The nesting depth is checked before the parser runs, because the parser
 * recurses.
 */
#include "strictjson.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <pratique/text.h>

/* Count the open brackets outside strings. The parser checks their balance. */
static bool
too_deep(struct pq_slice s, unsigned max)
{
	unsigned depth = 0;
	bool quoted = false;
	size_t i;

	for (i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > max)
				return true;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

static int
load_fault(const json_error_t *e, struct pq_err *err)
{
	char text[JSON_ERROR_TEXT_LENGTH * 4 + 1];

	if (json_error_code(e) == json_error_out_of_memory)
		return pq_err_set(err, PQ_ENOMEM, "out of memory");
	pq_text_escape(text, sizeof(text), pq_slice_str(e->text));
	return pq_err_set(err, PQ_EFORMAT, "invalid JSON at byte %d: %.200s",
	    e->position, text);
}

int
pq_json_load(json_t **ret, struct pq_slice bytes, size_t max, unsigned depth,
    struct pq_err *err)
{
	json_error_t e;
	json_t *j;

	if (bytes.n == 0)
		return pq_err_set(err, PQ_EFORMAT, "empty document");
	if (bytes.n > max)
		return pq_err_set(err, PQ_ELIMIT,
		    "the document has %zu bytes; the limit is %zu", bytes.n,
		    max);
	if (too_deep(bytes, depth))
		return pq_err_set(
		    err, PQ_ELIMIT, "JSON nested deeper than %u levels", depth);
	j = json_loadb(
	    (const char *)bytes.p, bytes.n, JSON_REJECT_DUPLICATES, &e);
	if (j == NULL)
		return load_fault(&e, err);
	if (!json_is_object(j)) {
		json_decref(j);
		return pq_err_set(err, PQ_EFORMAT, "/: expected object");
	}
	*ret = j;
	return 0;
}

static bool
is_kind(const json_t *v, enum pq_json_kind kind)
{
	switch (kind) {
	case PQ_JSON_OBJECT:
		return json_is_object(v);
	case PQ_JSON_ARRAY:
		return json_is_array(v);
	case PQ_JSON_STRING:
		return json_is_string(v);
	case PQ_JSON_INTEGER:
		return json_is_integer(v);
	case PQ_JSON_OBJECT_OR_NULL:
		return json_is_object(v) || json_is_null(v);
	case PQ_JSON_ANY:
		return true;
	case PQ_JSON_NOTHING:
		break;
	}
	return false;
}

static const char *
kind_name(enum pq_json_kind kind)
{
	static const char *const names[] = {
		[PQ_JSON_NOTHING] = "nothing",
		[PQ_JSON_OBJECT] = "object",
		[PQ_JSON_ARRAY] = "array",
		[PQ_JSON_STRING] = "string",
		[PQ_JSON_INTEGER] = "integer",
		[PQ_JSON_OBJECT_OR_NULL] = "object or null",
		[PQ_JSON_ANY] = "anything",
	};

	return names[kind];
}

static bool
is_listed(const char *name, const struct pq_json_field *fields, size_t n,
    int (*compare)(const char *, const char *))
{
	size_t i;

	for (i = 0; i < n; i++)
		if (compare(name, fields[i].name) == 0)
			return true;
	return false;
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s > 0x7e)
			return false;
	return true;
}

static bool
may_pass(const char *name, const struct pq_json_field *fields, size_t n)
{
	return is_ascii(name) && !is_listed(name, fields, n, strcasecmp);
}

static int
check_rest(const json_t *o, const char *path,
    const struct pq_json_field *fields, size_t n, enum pq_json_rest rest,
    struct pq_err *err)
{
	const char *name;
	json_t *v;
	char safe[129];

	json_object_foreach ((json_t *)(uintptr_t)o, name, v) {
		if (is_listed(name, fields, n, strcmp))
			continue;
		if (rest == PQ_JSON_PASS && may_pass(name, fields, n))
			continue;
		pq_text_escape(safe, sizeof(safe), pq_slice_str(name));
		return pq_err_set(err, PQ_EFORMAT,
		    "%s/%s: member not allowed here", path, safe);
	}
	return 0;
}

int
pq_json_fields(const json_t *o, const char *path,
    const struct pq_json_field *fields, size_t n, enum pq_json_rest rest,
    struct pq_err *err)
{
	size_t i;

	if (!json_is_object(o))
		return pq_err_set(err, PQ_EFORMAT, "%s: expected object",
		    path[0] == '\0' ? "/" : path);
	for (i = 0; i < n; i++) {
		const json_t *v = json_object_get(o, fields[i].name);

		if (v == NULL && fields[i].required)
			return pq_err_set(err, PQ_EFORMAT, "%s/%s: missing",
			    path, fields[i].name);
		if (v != NULL && !is_kind(v, fields[i].kind))
			return pq_err_set(err, PQ_EFORMAT, "%s/%s: expected %s",
			    path, fields[i].name, kind_name(fields[i].kind));
		*fields[i].ret = v;
	}
	return check_rest(o, path, fields, n, rest, err);
}

struct pq_slice
pq_json_slice(const json_t *string)
{
	return pq_slice(json_string_value(string), json_string_length(string));
}

int
pq_json_copy(char *dst, size_t size, const json_t *string, const char *path,
    struct pq_err *err)
{
	struct pq_slice s = pq_json_slice(string);
	size_t i;

	dst[0] = '\0';
	if (string == NULL)
		return 0;
	if (s.n >= size)
		return pq_err_set(err, PQ_ELIMIT,
		    "%s: %zu bytes; the limit is %zu", path, s.n, size - 1);
	for (i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return pq_err_set(err, PQ_EFORMAT,
			    "%s: expected printable ASCII", path);
	if (s.n > 0)
		memcpy(dst, s.p, s.n);
	dst[s.n] = '\0';
	return 0;
}

/* Describe a claim that is not plain text: quote it, escaped and cut. */
static void
set_odd_claim(struct pq_claim *c, struct pq_slice s)
{
	char safe[160];

	pq_text_escape(safe, sizeof(safe), s);
	c->kind = PQ_CLAIM_ODD;
	(void)snprintf(c->text, sizeof(c->text),
	    "\"%s\" (expected up to %d bytes of printable ASCII without "
	    "blanks)",
	    safe, PQ_CLAIM_MAX);
}

void
pq_json_claim(struct pq_claim *ret, const json_t *v)
{
	struct pq_claim c = { PQ_CLAIM_ABSENT, "" };

	if (v == NULL) {
		*ret = c;
		return;
	}
	if (!json_is_string(v)) {
		c.kind = PQ_CLAIM_ODD;
		(void)snprintf(c.text, sizeof(c.text), "not a string");
	} else if (pq_json_copy(c.text, sizeof(c.text), v, "", NULL) != 0) {
		set_odd_claim(&c, pq_json_slice(v));
	} else {
		c.kind = PQ_CLAIM_TEXT;
	}
	*ret = c;
}

void
pq_json_unref(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}
