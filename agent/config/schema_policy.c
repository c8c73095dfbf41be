/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "source" and "require" of a service's file: the signatures that a release
 * needs, and the keys that may make them. Key files are read only here, because
 * the policy hash covers their bytes.
 */
#include "config/schema_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/kind.h>
#include <pratique/template.h>

#define LISTS_TEXT 480 /* names of lists in one note */
#define LIST_WORDS 24  /* beside a name: " or " and " (line 4294967295)" */

/* Read a key file. The policy hash of the service covers its bytes. */
static const struct pq_config_file *
key_file(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_config_service *s = c->service;
	struct pq_config_file *f;
	int r;

	if (v->kind != PQ_YAML_TEXT) {
		pq_rules_bad(c, v, "expected the name of a file");
		return NULL;
	}
	if (v->text[0] == '/' || strstr(v->text, "..") != NULL) {
		pq_rules_bad(c, v,
		    "a key file must be below the configuration directory; "
		    "write its path from there, such as keys/web.pub");
		return NULL;
	}
	f = pq_rules_owned(
	    c, reallocarray(s->files, s->n_files + 1, sizeof(*f)));
	if (f == NULL)
		return NULL;
	s->files = f;
	memset(&f[s->n_files], 0, sizeof(*f));
	r = c->files->get(
	    c->files->ctx, v->text, &f[s->n_files], c->file, v->line, c->notes);
	if (r != 0) {
		c->nomem |= r == -PQ_ENOMEM;
		c->failed = true;
		return NULL;
	}
	return &f[s->n_files++];
}

/* ---- requirements: their kinds, materials and clauses ------------------- */

static struct pq_requirement *
add_requirement(struct pq_rules *c, enum pq_kind kind)
{
	struct pq_policy *p = c->service->policy;
	struct pq_requirement *r = pq_rules_owned(c,
	    reallocarray(p->requirements, p->n_requirements + 1, sizeof(*r)));

	if (r == NULL)
		return NULL;
	p->requirements = r;
	r += p->n_requirements++;
	*r = (struct pq_requirement){
		.kind = kind, .clause = c->clause, .threshold = 1
	};
	return r;
}

static size_t
count_materials(const struct pq_policy *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->n_requirements; i++)
		n += p->requirements[i].n;
	return n;
}

static void
add_material(
    struct pq_rules *c, struct pq_requirement *r, const struct pq_yaml *v)
{
	const struct pq_config_file *f;
	struct pq_material *m;

	if (count_materials(c->service->policy) == PQ_MATERIALS_MAX) {
		pq_rules_bad(
		    c, v, "more than %d keys in one policy", PQ_MATERIALS_MAX);
		return;
	}
	f = key_file(c, v);
	if (f == NULL)
		return;
	m = pq_rules_owned(c, reallocarray(r->v, r->n + 1, sizeof(*m)));
	if (m == NULL)
		return;
	r->v = m;
	m += r->n++;
	*m = (struct pq_material){ .line = v->line };
	m->name = pq_rules_owned(c, strdup(f->name));
	m->p = pq_rules_owned(c, malloc(f->n + 1));
	if (m->p == NULL)
		return;
	memcpy(m->p, f->data, f->n);
	m->n = f->n;
}

/* Read a file or a list of files. All their keys belong to one requirement. */
static void
take_files(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_requirement *r = add_requirement(c, pq_kind_by_name(c->key));
	size_t i;

	if (r == NULL)
		return;
	if (v->kind == PQ_YAML_TEXT)
		add_material(c, r, v);
	else if (v->kind == PQ_YAML_LIST && v->n != 0)
		for (i = 0; i < v->n; i++)
			add_material(c, r, &v->items[i]);
	else
		pq_rules_bad(c, v, "expected a file or a list of files");
}

static void
take_party(struct pq_rules *c, const struct pq_yaml *v)
{
	(void)pq_rules_check_name(
	    c, v, pq_name_party, "choose a name such as release-manager");
	pq_rules_set(c, &c->party, v);
}

static void
take_threshold(struct pq_rules *c, const struct pq_yaml *v)
{
	uint64_t n = 0;

	if (!pq_rules_number(v->text, PQ_PROOF_PIECES, &n) || n == 0)
		pq_rules_bad(c, v, "expected a whole number from 1 to %d",
		    PQ_PROOF_PIECES);
	c->threshold = (unsigned)n;
}

/*
 * Copy "threshold" of one map to the requirements that the map has added, and
 * "party" to their keys. @first is the first of these requirements.
 */
static void
apply_common(struct pq_rules *c, size_t first)
{
	struct pq_policy *p = c->service->policy;
	size_t i, k;

	for (i = first; i < p->n_requirements; i++) {
		struct pq_requirement *r = &p->requirements[i];

		if (c->threshold != 0)
			r->threshold = c->threshold;
		for (k = 0; c->party != NULL && k < r->n; k++)
			if (r->v[k].party == NULL)
				r->v[k].party =
				    pq_rules_owned(c, strdup(c->party));
	}
	free(pq_take(c->party));
	c->threshold = 0;
}

static void
ssh_file(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_requirement *r = add_requirement(c, PQ_KIND_SSH);

	if (r != NULL)
		add_material(c, r, v);
}

static const struct pq_rule ssh_rules[] = {
	{ "file", PQ_TAKE(PQ_YAML_TEXT, ssh_file), .required = true },
	{ "party", PQ_TAKE(PQ_YAML_TEXT, take_party) },
	PQ_RULES_END,
};

static void
signers_ssh(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t first = c->service->policy->n_requirements;

	if (v->kind == PQ_YAML_TEXT)
		ssh_file(c, v);
	else
		pq_rules_walk(c, v, ssh_rules);
	apply_common(c, first);
}

static void
signers_threshold(struct pq_rules *c, const struct pq_yaml *v)
{
	if (strcmp(v->text, "1") != 0)
		pq_rules_bad(
		    c, v, "must be 1: a git tag carries one signature");
}

static const struct pq_rule signers_rules[] = {
	{ "ssh", PQ_TAKE(PQ_YAML_NONE, signers_ssh), .required = true },
	{ "threshold", PQ_TAKE(PQ_YAML_TEXT, signers_threshold) },
	{ "openpgp", PQ_RESERVED },
	{ "x509", PQ_RESERVED },
	PQ_RULES_END,
};

#define GIT_URL "write an address such as https://git.example.com/acme/web.git"

/*
 * Check the address of a git repository. fetch appends paths and a query to it,
 * so it must not have a query.
 */
static int
check_git_url(struct pq_slice s, struct pq_err *err)
{
	struct pq_url_parts u;
	const uint8_t *query;
	int r = pq_name_url(&u, s, err);

	if (r != 0)
		return r;
	if (memchr(u.host.p, '@', u.host.n) != NULL)
		return pq_err_set(err, PQ_EFORMAT,
		    "the address contains a user or password; set credential: "
		    "of the git host in pratique.yaml instead");
	query = memchr(u.path.p, '?', u.path.n);
	if (query != NULL)
		return pq_err_set(err, PQ_EFORMAT,
		    "byte %zu is '?': the address must not have a query",
		    (size_t)(query - s.p) + 1);
	if (s.n > PQ_GIT_URL_MAX)
		return pq_err_set(err, PQ_EFORMAT,
		    "the address has %zu bytes; the limit is %d", s.n,
		    PQ_GIT_URL_MAX);
	r = pq_name_host(NULL, u.host, err);
	if (r != 0)
		return pq_err_wrap(err, r, "host");
	if (u.plain_http && !pq_config_loopback(u.host))
		return pq_err_set(err, PQ_EFORMAT,
		    "http:// is allowed only for a loopback address");
	return 0;
}

static void
src_repository(struct pq_rules *c, const struct pq_yaml *v)
{
	(void)pq_rules_check_name(c, v, check_git_url, GIT_URL);
	c->service->lines.repository = v->line;
	pq_rules_set(c, &c->service->policy->git_url, v);
}

static void
src_tag(struct pq_rules *c, const struct pq_yaml *v)
{
	(void)pq_rules_check_name(c, v, pq_template_check,
	    "write a template such as v{version} or acme@{version}");
	pq_rules_set(c, &c->service->policy->git_tag, v);
}

/* Read one map, or a list of maps. A tag must satisfy each map of the list. */
static void
src_signers(struct pq_rules *c, const struct pq_yaml *v)
{
	bool list = v->kind == PQ_YAML_LIST && v->n > 0;
	size_t i, n = list ? v->n : 1;

	for (i = 0; i < n; i++) {
		c->clause++;
		pq_rules_walk(c, list ? &v->items[i] : v, signers_rules);
	}
}

static const struct pq_rule source_rules[] = {
	{ "repository", PQ_TAKE(PQ_YAML_TEXT, src_repository),
	    .required = true },
	{ "tag", PQ_TAKE(PQ_YAML_TEXT, src_tag), .required = true },
	{ "signers", PQ_TAKE(PQ_YAML_NONE, src_signers), .required = true },
	PQ_RULES_END,
};

void
pq_schema_source(struct pq_rules *c, const struct pq_yaml *v)
{
	pq_rules_walk(c, v, source_rules);
}

static const struct pq_rule signature_rules[] = {
	{ "cosign-key", PQ_TAKE(PQ_YAML_NONE, take_files), .required = true },
	{ "party", PQ_TAKE(PQ_YAML_TEXT, take_party) },
	{ "threshold", PQ_TAKE(PQ_YAML_TEXT, take_threshold) },
	PQ_RULES_END,
};

static void
req_signature(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t first = c->service->policy->n_requirements;

	pq_rules_walk(c, v, signature_rules);
	apply_common(c, first);
}

static void
req_nested(struct pq_rules *c, const struct pq_yaml *v)
{
	pq_rules_bad(
	    c, v, "must not be nested: write all alternatives into one list");
}

static const struct pq_rule alternative_rules[] = {
	{ "image-signature", PQ_TAKE(PQ_YAML_MAP, req_signature) },
	{ "provenance", PQ_RESERVED },
	{ "staging", PQ_RESERVED },
	{ "any", PQ_TAKE(PQ_YAML_NONE, req_nested) },
	PQ_RULES_END,
};

static void
req_any(struct pq_rules *c, const struct pq_yaml *v)
{
	size_t i;

	if (v->n == 0)
		pq_rules_bad(c, v, "expected at least one alternative");
	for (i = 0; i < v->n; i++)
		pq_rules_walk(c, &v->items[i], alternative_rules);
}

static const struct pq_rule require_rules[] = {
	{ "image-signature", PQ_TAKE(PQ_YAML_MAP, req_signature) },
	{ "any", PQ_TAKE(PQ_YAML_LIST, req_any) },
	{ "provenance", PQ_RESERVED },
	{ "staging", PQ_RESERVED },
	PQ_RULES_END,
};

/* A release must satisfy each entry. Members of an entry are alternatives. */
void
pq_schema_require(struct pq_rules *c, const struct pq_yaml *v)
{
	struct pq_policy *p = c->service->policy;
	size_t i, before;

	for (i = 0; i < v->n; i++) {
		c->clause++;
		before = p->n_requirements;
		pq_rules_walk(c, &v->items[i], require_rules);
		if (!c->failed && p->n_requirements == before)
			pq_rules_bad(c, &v->items[i],
			    "this entry is empty: add evidence such as "
			    "image-signature");
	}
}

/* ---- all requirements together ------------------------------------------ */

static bool
is_of_image(const struct pq_requirement *r)
{
	return pq_requirement_about(r) == PQ_ABOUT_IMAGE;
}

/* Move the requirements about the image to the front, and keep their order. */
static void
sort_requirements(struct pq_policy *p)
{
	struct pq_requirement *v = p->requirements, one;
	size_t i, k;

	for (i = 1; i < p->n_requirements; i++)
		for (k = i;
		     k > 0 && is_of_image(&v[k]) && !is_of_image(&v[k - 1]);
		     k--) {
			one = v[k];
			v[k] = v[k - 1];
			v[k - 1] = one;
		}
}

/* Return true if a sorted policy has a requirement about the image. */
static bool
is_bound(const struct pq_policy *p)
{
	return p->n_requirements > 0 && is_of_image(&p->requirements[0]);
}

/* Return the most signatures that one release may need. */
static unsigned
count_pieces(const struct pq_policy *p)
{
	unsigned n = 0, most;
	size_t i, k;

	for (i = 0; i < p->n_requirements; i = k) {
		most = 0;
		for (k = i; k < p->n_requirements &&
		     p->requirements[k].clause == p->requirements[i].clause;
		     k++)
			if (p->requirements[k].threshold > most)
				most = p->requirements[k].threshold;
		n += most;
	}
	return n;
}

static void
check_threshold(struct pq_rules *c, const struct pq_requirement *r)
{
	size_t party[PQ_MATERIALS_MAX], i;
	unsigned n = 0;

	if (r->threshold < 2)
		return;
	if (pq_requirement_parties(party, r) != 0) {
		c->nomem = true;
		return;
	}
	for (i = 0; i < r->n; i++)
		n += party[i] == i;
	if (n < r->threshold)
		pq_rules_mistake(c, r->n == 0 ? 0 : r->v[0].line,
		    "threshold: %u parties must sign, but the number of "
		    "parties that hold the keys is %u",
		    r->threshold, n);
}

/* Return true if the clause of requirement @of has an alternative of @kind. */
static bool
has_kind(const struct pq_policy *p, const struct pq_requirement *of,
    enum pq_kind kind)
{
	size_t i;

	for (i = 0; i < p->n_requirements; i++)
		if (p->requirements[i].kind == kind &&
		    pq_requirement_is_alternative(&p->requirements[i], of))
			return true;
	return false;
}

/*
 * Decide whether one signature of this kind can meet each clause about the tag.
 * Return: 1; 0; a negative fault
 */
static int
share_signer(const struct pq_policy *p, enum pq_kind kind)
{
	struct pq_listed v[PQ_MATERIALS_MAX];
	size_t i, k, n = 0;

	for (i = 0; i < p->n_requirements; i++) {
		const struct pq_requirement *r = &p->requirements[i];

		if (is_of_image(r))
			continue;
		if (!has_kind(p, r, kind))
			return 0;
		for (k = 0; r->kind == kind && k < r->n && n < PQ_MATERIALS_MAX;
		     k++)
			v[n++] = (struct pq_listed){ r->clause,
				pq_slice(r->v[k].p, r->v[k].n) };
	}
	return pq_material_common(kind, v, n);
}

/*
 * Write the names of the lists, such as "keys/a (line 8), keys/b (line 9) or
 * keys/c (line 9), and 3 more".
 */
static void
name_lists(char *dst, size_t size, const struct pq_policy *p)
{
	const struct pq_requirement *r = p->requirements, *last = NULL;
	size_t i, k, more = 0, n = 0, room = size - sizeof(", and 64 more");

	dst[0] = '\0';
	for (i = 0; i < p->n_requirements; i++)
		for (k = 0; !is_of_image(&r[i]) && k < r[i].n; k++) {
			const char *separator = last == NULL ? ""
			    : pq_requirement_is_alternative(last, &r[i])
			    ? " or "
			    : ", ";

			last = &r[i];
			if (more > 0 ||
			    strlen(r[i].v[k].name) + LIST_WORDS > room - n)
				more++;
			else
				n += (size_t)snprintf(dst + n, size - n,
				    "%s%s (line %u)", separator, r[i].v[k].name,
				    r[i].v[k].line);
		}
	if (more > 0)
		(void)snprintf(dst + n, size - n, "%s%zu more",
		    n == 0 ? "" : ", and ", more);
}

/* Return the first requirement about the tag, or NULL. */
static const struct pq_requirement *
first_signers(const struct pq_policy *p)
{
	size_t i;

	for (i = 0; i < p->n_requirements; i++)
		if (!is_of_image(&p->requirements[i]))
			return &p->requirements[i];
	return NULL;
}

/* Return true if a tag must satisfy more than one list of signers. */
static bool
has_lists(const struct pq_policy *p)
{
	const struct pq_requirement *first = first_signers(p);
	size_t i;

	for (i = 0; i < p->n_requirements; i++)
		if (!is_of_image(&p->requirements[i]) &&
		    !pq_requirement_is_alternative(&p->requirements[i], first))
			return true;
	return false;
}

static void
refuse_lists(struct pq_rules *c, const struct pq_policy *p)
{
	const struct pq_requirement *first = first_signers(p);
	char lists[LISTS_TEXT];

	name_lists(lists, sizeof(lists), p);
	pq_rules_mistake(c, first->n == 0 ? 0 : first->v[0].line,
	    "signers: a git tag carries one signature, but no key is in all "
	    "of these lists: %s",
	    lists);
}

/*
 * A git tag has one signature, and this signature must satisfy all lists of
 * signers. So one key must be in each list. A different key for each pair of
 * lists is not enough.
 */
static void
check_tags(struct pq_rules *c, const struct pq_policy *p)
{
	int kind, r = 0;

	if (!has_lists(p))
		return;
	for (kind = 0; r == 0 && kind < PQ_KIND_COUNT; kind++)
		r = share_signer(p, (enum pq_kind)kind);
	c->nomem = c->nomem || r < 0;
	if (r == 0)
		refuse_lists(c, p);
}

/* Refuse requirements that no release can satisfy. */
static void
check_requirements(struct pq_rules *c, const struct pq_policy *p, unsigned line)
{
	size_t i;

	if (!is_bound(p))
		pq_rules_mistake(c, line,
		    "require: add an image-signature: without it no "
		    "signature protects the image");
	if (count_pieces(p) > PQ_PROOF_PIECES)
		pq_rules_mistake(c, line,
		    "require: a release needs %u signatures, but pratique "
		    "examines at most %d",
		    count_pieces(p), PQ_PROOF_PIECES);
	for (i = 0; i < p->n_requirements; i++)
		check_threshold(c, &p->requirements[i]);
	check_tags(c, p);
}

void
pq_schema_requirements(struct pq_rules *c, struct pq_policy *p, unsigned line)
{
	sort_requirements(p);
	if (pq_rules_outcome(c) == 0)
		check_requirements(c, p, line);
}
