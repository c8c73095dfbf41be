/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Convert an image tag to its git tag and back. Anyone who can push to the
 * registry chooses the image tag. Fetch requests the ref of the git tag from
 * the git server, and verify compares the git tag with the name in a signed
 * tag. So both tags must match their grammars, and a template must not make the
 * same git tag from two image tags.
 */
#include <pratique/template.h>

#include <stdio.h>
#include <string.h>

#define EXAMPLE "1.0.0"

/* The bytes of a template before and after its placeholder. */
struct halves {
	struct pq_slice before, after;
};

/* Return the index of the first brace, or the length of @s. */
static size_t
find_brace(struct pq_slice s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != '{' && s.p[i] != '}')
		i++;
	return i;
}

static int
split_template(struct halves *ret, struct pq_slice t, struct pq_err *err)
{
	const size_t hole = strlen(PQ_TEMPLATE_HOLE);
	size_t at = find_brace(t), next;
	struct pq_slice rest;

	if (at == t.n)
		return pq_err_set(err, PQ_EFORMAT,
		    "byte %zu is missing: a template needs " PQ_TEMPLATE_HOLE,
		    t.n + 1);
	rest = pq_slice(t.p + at, t.n - at);
	if (!pq_slice_starts(rest, PQ_TEMPLATE_HOLE))
		return pq_err_set(err, PQ_EFORMAT,
		    "byte %zu is '%c': the only placeholder of a template "
		    "is " PQ_TEMPLATE_HOLE,
		    at + 1, t.p[at]);
	rest = pq_slice(rest.p + hole, rest.n - hole);
	next = find_brace(rest);
	if (next != rest.n)
		return pq_err_set(err, PQ_EFORMAT,
		    "byte %zu is '%c': a template contains " PQ_TEMPLATE_HOLE
		    " once and no other brace",
		    at + hole + next + 1, rest.p[next]);
	*ret = (struct halves){ pq_slice(t.p, at), rest };
	return 0;
}

static int
expand_halves(char ret[PQ_GIT_TAG_TEXT], const struct halves *h,
    struct pq_slice tag, struct pq_err *err)
{
	struct pq_slice parts[] = { h->before, tag, h->after };
	char out[PQ_GIT_TAG_TEXT];
	size_t i, n = 0;
	int r;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].n > PQ_GIT_TAG_MAX - n)
			return pq_err_set(err, PQ_EFORMAT,
			    "the git tag has %zu bytes; the limit is %d",
			    h->before.n + tag.n + h->after.n, PQ_GIT_TAG_MAX);
		if (parts[i].n != 0)
			memcpy(out + n, parts[i].p, parts[i].n);
		n += parts[i].n;
	}
	out[n] = '\0';
	r = pq_name_git_tag(pq_slice(out, n), err);
	if (r != 0)
		return pq_err_wrap(err, r, "the git tag \"%s\"", out);
	memcpy(ret, out, n + 1);
	return 0;
}

int
pq_template_check(struct pq_slice template, struct pq_err *err)
{
	char git_tag[PQ_GIT_TAG_TEXT];
	struct halves h = { { NULL, 0 }, { NULL, 0 } };
	int r = split_template(&h, template, err);

	if (r != 0)
		return r;
	if (h.before.n + h.after.n > PQ_TEMPLATE_REST_MAX)
		return pq_err_set(err, PQ_EFORMAT,
		    "byte %zu is too many: a template has at most %d bytes "
		    "besides " PQ_TEMPLATE_HOLE,
		    PQ_TEMPLATE_REST_MAX + strlen(PQ_TEMPLATE_HOLE) + 1,
		    PQ_TEMPLATE_REST_MAX);
	r = expand_halves(git_tag, &h, PQ_SLICE_LIT(EXAMPLE), err);
	return r == 0 ? 0 : pq_err_wrap(err, r, "for version " EXAMPLE);
}

int
pq_template_expand(char ret[PQ_GIT_TAG_TEXT], struct pq_slice template,
    struct pq_slice tag, struct pq_err *err)
{
	struct halves h = { { NULL, 0 }, { NULL, 0 } };
	int r = pq_name_tag(tag, err);

	if (r == 0)
		r = split_template(&h, template, err);
	return r != 0 ? r : expand_halves(ret, &h, tag, err);
}

bool
pq_template_match(
    struct pq_slice *ret, struct pq_slice template, struct pq_slice git_tag)
{
	struct halves h = { { NULL, 0 }, { NULL, 0 } };
	struct pq_slice tag, end;

	if (split_template(&h, template, NULL) != 0 ||
	    git_tag.n <= h.before.n + h.after.n)
		return false;
	tag = pq_slice(
	    git_tag.p + h.before.n, git_tag.n - h.before.n - h.after.n);
	end = pq_slice(git_tag.p + git_tag.n - h.after.n, h.after.n);
	if (!pq_slice_eq(pq_slice(git_tag.p, h.before.n), h.before) ||
	    !pq_slice_eq(end, h.after) || pq_name_tag(tag, NULL) != 0 ||
	    pq_name_git_tag(git_tag, NULL) != 0)
		return false;
	*ret = tag;
	return true;
}
