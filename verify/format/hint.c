/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read a hint from the body of a callback.
 *
 * The body is genuine: a holder of the secret sent it. Its content is still
 * untrusted. On GitHub, an attacker who can push also chooses names, labels and
 * refs. So this code checks every field that it uses against the grammar of its
 * kind. The result is only a hint: it says where to look and proves nothing.
 *
 * Each family of payloads has a reader in its own file. PQ_SCHEMES lists the
 * family of each scheme. A body with duplicate members is refused, because two
 * parsers may read it differently.
 *
 * Source: RFC 8259.
 */
#include "format/hint.h"

#include <strings.h>

#include <pratique/text.h>

#define DEPTH_MAX 32 /* jansson recurses; GitHub's bodies need 8 */

static int (*const readers[PQ_SCHEME_END])(
    struct pq_hint *h, struct pq_slice event, json_t *root) = {
#define SCHEME(NAME, number, file, payloads) [number] = pq_hint_##payloads,
	PQ_SCHEMES(SCHEME)
#undef SCHEME
};

/* Check the nesting depth before the parser runs, because it recurses. */
static bool
too_deep(struct pq_slice s)
{
	bool in_text = false;
	size_t i, depth = 0;

	for (i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (in_text && c == '\\')
			i++;
		else if (c == '"')
			in_text = !in_text;
		else if (!in_text && (c == '{' || c == '['))
			depth++;
		else if (!in_text && (c == '}' || c == ']') && depth > 0)
			depth--;
		if (depth > DEPTH_MAX)
			return true;
	}
	return false;
}

/* Accept an absent type, and application/json with or without parameters. */
static bool
is_json(struct pq_slice s)
{
	static const char type[] = "application/json";
	size_t n = sizeof(type) - 1;

	if (s.n == 0)
		return true;
	if (s.n < n || strncasecmp((const char *)s.p, type, n) != 0)
		return false;
	return s.n == n || s.p[n] == ';' || s.p[n] == ' ';
}

/* Accept an absent type, JSON, and a form if the scheme sends forms. */
static bool
is_accepted_type(const struct pq_scheme_row *row, struct pq_slice s)
{
	static const char form[] = "application/x-www-form-urlencoded";

	return is_json(s) ||
	    (row->form && s.n == sizeof(form) - 1 &&
		strncasecmp((const char *)s.p, form, s.n) == 0);
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode the value of a form's only field. Return: 0; -PQ_EFORMAT; a fault */
static int
decode_value(struct pq_buf *ret, struct pq_slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] == '&' || s.p[i] == '=')
			return -PQ_EFORMAT;
		if (s.p[i] != '%') {
			pq_buf_u8(ret, s.p[i] == '+' ? ' ' : s.p[i]);
			continue;
		}
		high = s.n - i > 2 ? hex_digit(s.p[i + 1]) : -1;
		low = s.n - i > 2 ? hex_digit(s.p[i + 2]) : -1;
		if (high < 0 || low < 0)
			return -PQ_EFORMAT;
		pq_buf_u8(ret, (uint8_t)(high << 4 | low));
		i += 2;
	}
	return ret->fault;
}

static int
load_body(json_t **ret, struct pq_hint *h, struct pq_slice body)
{
	json_error_t e;
	json_t *root;
	char text[200];

	if (body.n == 0 || body.n > PQ_BODY_MAX)
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "a body of %zu bytes (allowed: 1 to %u)", body.n,
		    PQ_BODY_MAX);
	if (too_deep(body))
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "JSON nested deeper than %d levels", DEPTH_MAX);
	root = json_loadb(
	    (const char *)body.p, body.n, JSON_REJECT_DUPLICATES, &e);
	if (root == NULL) {
		if (json_error_code(&e) == json_error_out_of_memory)
			return -PQ_ENOMEM;
		pq_text_escape(text, sizeof(text), pq_slice_str(e.text));
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "not JSON: line %d column %d: %s", e.line, e.column, text);
	}
	if (!json_is_object(root)) {
		(void)pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "/: expected an object, found %s", pq_hint_type(root));
		json_decref(root);
		return 1;
	}
	*ret = root;
	return 0;
}

/*
 * The body says whether it is a form, because its signature does not cover the
 * content type: an attacker who could change the type of a recorded callback
 * would make it unreadable. JSON never begins as this form does.
 */
static int
load_payload(json_t **ret, struct pq_hint *h, const struct pq_scheme_row *row,
    struct pq_slice body)
{
	static const char field[] = "payload=";
	pq_auto(pq_buf_free) struct pq_buf b = PQ_BUF_INIT(PQ_BODY_MAX);
	size_t skip = sizeof(field) - 1;
	int r;

	if (!row->form || !pq_slice_starts(body, field))
		return load_body(ret, h, body);
	r = body.n > PQ_BODY_MAX
	    ? -PQ_EFORMAT
	    : decode_value(&b, pq_slice(body.p + skip, body.n - skip));
	if (r == -PQ_EFORMAT)
		return pq_hint_end(h, PQ_HINT_UNREADABLE,
		    "a form: expected the one field payload, "
		    "percent-encoded");
	return r != 0 ? r : load_body(ret, h, pq_buf_view(&b));
}

int
pq_hint_read(
    struct pq_hint *ret, enum pq_scheme scheme, const struct pq_callback *cb)
{
	const struct pq_scheme_row *row = pq_scheme_row(scheme);
	struct pq_hint h = { 0 };
	json_t *root = NULL;
	int r;

	if (row == NULL || row->authority != PQ_AUTHORITY_HINT) {
		(void)pq_hint_end(ret, PQ_HINT_UNREADABLE, "unknown scheme");
		return 0;
	}
	if (!is_accepted_type(row, cb->content_type)) {
		(void)pq_hint_end(ret, PQ_HINT_UNREADABLE,
		    "content type: expected application/json");
		return 0;
	}
	r = load_payload(&root, &h, row, cb->body);
	if (r < 0)
		return r;
	if (r == 0)
		(void)readers[scheme](&h, cb->headers[row->event], root);
	json_decref(root);
	*ret = h;
	return 0;
}
