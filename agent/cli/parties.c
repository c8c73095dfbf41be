/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parties of a service and the smallest sets of them that satisfy its
 * policy, as text of 80 columns and as JSON.
 */
#include "cli/parties.h"

#include <string.h>

#include <pratique/text.h>

#include "cli/rows.h"
#include "config/party_sets.h"

#define COLUMNS 80
#define LINE_BYTES (256u << 10)

static const struct {
	enum pq_ability ability;
	const char *words;
} abilities[] = {
	{ PQ_ABILITY_IMAGES, "signs images" },
	{ PQ_ABILITY_TAGS, "signs tags" },
	{ PQ_ABILITY_APPROVE, "approves" },
};
#define N_ABILITIES (sizeof(abilities) / sizeof(abilities[0]))

/* Return true if no earlier holding of the party has the name of holding @i. */
static bool
is_new_name(const struct pq_parties *p, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (p->held[k].party == p->held[i].party &&
		    strcmp(p->held[k].holder, p->held[i].holder) == 0)
			return false;
	return true;
}

/*
 * Write the text about Sigstore bundles. The signed payload of a simple-signing
 * signature names a repository, but a bundle does not. So another check must
 * tie the image to this service.
 */
static void
bundle_text(struct pq_buf *b, const struct pq_config_service *s)
{
	static const char *const binds[] = {
		[PQ_VERSION_UNSET] = "nothing",
		[PQ_VERSION_TAG] = "nothing",
		[PQ_VERSION_LABEL] = "only the version in the image's label",
		[PQ_VERSION_ANNOTATION] =
		    "only the version in the signed annotation",
	};
	const char *bond = binds[s->policy->version_from];

	if (s->policy->version_from == PQ_VERSION_TAG &&
	    s->policy->git_url != NULL)
		bond = "only the tagged commit";
	pq_buf_fmt(b,
	    "a Sigstore bundle does not name a repository: %s binds such an "
	    "image to %s",
	    bond, s->policy->service);
}

/* ---- text ------------------------------------------------------------- */

/* Return how many bytes of @s fit into @width columns, cut at a blank. */
static size_t
cut_line(const char *s, size_t width)
{
	size_t n = strlen(s);

	if (n <= width)
		return n;
	n = width;
	while (n > 0 && s[n] != ' ')
		n--;
	return n > 0 ? n : strcspn(s, " ");
}

static int
print_wrapped(struct pq_buf *b)
{
	const char *s = pq_buf_cstr(b);
	int indent = 2;
	size_t n;

	if (s == NULL)
		return b->fault;
	for (; *s != '\0'; s += n, s += strspn(s, " "), indent = 6) {
		n = cut_line(s, COLUMNS - (size_t)indent);
		(void)printf("%*s%.*s\n", indent, "", (int)n, s);
	}
	return 0;
}

static void
put_name(struct pq_buf *b, const char *separator, const char *name)
{
	char text[1024];

	pq_text_escape(text, sizeof(text), pq_slice_str(name));
	pq_buf_fmt(b, "%s%s", separator, text);
}

/* Write a party and its other names, such as "ci (also release)". */
static void
put_party(struct pq_buf *b, const struct pq_parties *p, size_t party)
{
	const char *name = pq_parties_name(p, party);
	bool also = false;
	size_t i;

	put_name(b, "", name);
	for (i = 0; i < p->n_held; i++) {
		if (p->held[i].party != party || !is_new_name(p, i) ||
		    strcmp(p->held[i].holder, name) == 0)
			continue;
		put_name(b, also ? ", " : " (also ", p->held[i].holder);
		also = true;
	}
	pq_buf_str(b, also ? ")" : "");
}

/* Write an ability, such as "signs images (keys/a.pub, keys/b.pub)". */
static void
put_ability(
    struct pq_buf *b, const struct pq_parties *p, size_t party, size_t ability)
{
	bool any = false;
	size_t i;

	pq_buf_str(b, abilities[ability].words);
	for (i = 0; i < p->n_held; i++) {
		if (p->held[i].party != party || p->held[i].file == NULL ||
		    p->held[i].ability != abilities[ability].ability)
			continue;
		put_name(b, any ? ", " : " (", p->held[i].file);
		any = true;
	}
	pq_buf_str(b, any ? ")" : "");
}

static int
print_party(const struct pq_parties *p, size_t party)
{
	pq_auto(pq_buf_free) struct pq_buf b = PQ_BUF_INIT(LINE_BYTES);
	const char *separator = ": ";
	size_t i;

	put_party(&b, p, party);
	for (i = 0; i < N_ABILITIES; i++) {
		if ((p->abilities[party] & abilities[i].ability) == 0)
			continue;
		pq_buf_str(&b, separator);
		put_ability(&b, p, party, i);
		separator = "; ";
	}
	return print_wrapped(&b);
}

static void
put_approvals(struct pq_buf *b, const struct pq_parties *p,
    const struct pq_party_set *set)
{
	const char *separator = " of ";
	size_t i = pq_parties_next(p, 0, PQ_ABILITY_APPROVE);

	pq_buf_fmt(b, " and %u", set->approvals);
	for (; i < p->n; i = pq_parties_next(p, i + 1, PQ_ABILITY_APPROVE)) {
		if (pq_party_set_has(set, i))
			continue;
		put_name(b, separator, pq_parties_name(p, i));
		separator = ", ";
	}
}

/* Write a set, such as "ci, release and 2 of alice, bob". */
static void
put_set(struct pq_buf *b, const struct pq_parties *p,
    const struct pq_party_set *set)
{
	size_t i;

	for (i = 0; i < set->n_signers; i++)
		put_name(b,
		    i == 0 ? ""
			: set->approvals > 0 || i + 1 < set->n_signers
			? ", "
			: " and ",
		    pq_parties_name(p, set->signers[i]));
	if (set->approvals > 0)
		put_approvals(b, p, set);
}

static int
print_smallest(const struct pq_config_service *s, const struct pq_parties *p)
{
	pq_auto(pq_buf_free) struct pq_buf b = PQ_BUF_INIT(LINE_BYTES);
	char who[PQ_PARTIES_REGISTRY];
	size_t i;

	pq_buf_str(
	    &b, p->n_smallest > 1 ? "smallest sets: " : "smallest set: ");
	for (i = 0; i < p->n_smallest; i++) {
		pq_buf_str(&b, i == 0 ? "" : "; or ");
		put_set(&b, p, &p->smallest[i]);
	}
	if (p->at_least > 0)
		pq_buf_fmt(&b,
		    "%s%zu parties or more; there are too many sets to list "
		    "all of them",
		    p->n_smallest == 0 ? "" : "; and others of ", p->at_least);
	else if (p->n_smallest == 0)
		pq_buf_str(&b,
		    "none: pratique.yaml has too few operators for the "
		    "approvals");
	if (p->n_smallest > 0 && s->approvals > 0)
		pq_buf_str(&b,
		    " (pratique-deploy does not check approvals until orders "
		    "are signed)");
	if (pq_parties_registry(who, s) != NULL)
		pq_buf_fmt(
		    &b, "; or the %s alone, with an older signed image", who);
	return print_wrapped(&b);
}

static int
print_registry(const struct pq_config_service *s)
{
	pq_auto(pq_buf_free) struct pq_buf b = PQ_BUF_INIT(LINE_BYTES);
	char who[PQ_PARTIES_REGISTRY];
	const char *ability = pq_parties_registry(who, s);

	if (ability == NULL)
		return 0;
	pq_buf_fmt(&b, "%s: %s", who, ability);
	return print_wrapped(&b);
}

static int
print_bundle(const struct pq_config_service *s)
{
	pq_auto(pq_buf_free) struct pq_buf b = PQ_BUF_INIT(LINE_BYTES);

	bundle_text(&b, s);
	return print_wrapped(&b);
}

int
cli_print_parties(const struct pq_config_service *s, const struct pq_config *c)
{
	pq_auto(pq_parties_freep) struct pq_parties *p = NULL;
	int r = pq_parties_of(&p, s, c);
	size_t i;

	if (r != 0)
		return r;
	(void)printf("%s\n", s->policy->service);
	for (i = 0; r == 0 && i < p->n; i++)
		r = print_party(p, i);
	if (r == 0)
		r = print_registry(s);
	if (r == 0)
		r = print_smallest(s, p);
	return r == 0 ? print_bundle(s) : r;
}

/* ---- JSON ------------------------------------------------------------- */

static void
append_text(json_t *list, const char *text)
{
	(void)json_array_append_new(list, cli_json_text(pq_slice_str(text)));
}

static json_t *
party_json(const struct pq_parties *p, size_t party)
{
	json_t *also = json_array(), *can = json_array(), *keys = json_array();
	const char *name = pq_parties_name(p, party);
	size_t i;

	for (i = 0; i < N_ABILITIES; i++)
		if ((p->abilities[party] & abilities[i].ability) != 0)
			append_text(can, abilities[i].words);
	for (i = 0; i < p->n_held; i++) {
		const struct pq_holding *h = &p->held[i];

		if (h->party != party)
			continue;
		if (h->file != NULL)
			append_text(keys, h->file);
		if (is_new_name(p, i) && strcmp(h->holder, name) != 0)
			append_text(also, h->holder);
	}
	return json_pack("{s:o,s:o,s:o,s:o}", "name",
	    cli_json_text(pq_slice_str(name)), "also", also, "abilities", can,
	    "keys", keys);
}

/*
 * Return a set as a list of names. It has only as many operators as must
 * approve.
 */
static json_t *
set_json(const struct pq_parties *p, const struct pq_party_set *set)
{
	json_t *list = json_array();
	size_t i, n = set->approvals;

	for (i = 0; i < set->n_signers; i++)
		append_text(list, pq_parties_name(p, set->signers[i]));
	for (i = pq_parties_next(p, 0, PQ_ABILITY_APPROVE); i < p->n && n > 0;
	     i = pq_parties_next(p, i + 1, PQ_ABILITY_APPROVE)) {
		if (pq_party_set_has(set, i))
			continue;
		append_text(list, pq_parties_name(p, i));
		n--;
	}
	return list;
}

static json_t *
parties_list(const struct pq_config_service *s, const struct pq_parties *p)
{
	char who[PQ_PARTIES_REGISTRY];
	const char *ability = pq_parties_registry(who, s);
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < p->n; i++)
		(void)json_array_append_new(list, party_json(p, i));
	if (ability != NULL)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:[],s:[s],s:[]}", "name", who, "also",
			"abilities", ability, "keys"));
	return list;
}

static json_t *
bundle_json(const struct pq_config_service *s)
{
	pq_auto(pq_buf_free) struct pq_buf b = PQ_BUF_INIT(LINE_BYTES);

	bundle_text(&b, s);
	return cli_json_text(pq_buf_view(&b));
}

json_t *
cli_parties_json(const struct pq_config_service *s, const struct pq_config *c)
{
	pq_auto(pq_parties_freep) struct pq_parties *p = NULL;
	json_t *others = json_array();
	size_t i;

	if (pq_parties_of(&p, s, c) != 0) {
		json_decref(others);
		return NULL;
	}
	for (i = 1; i < p->n_smallest; i++)
		(void)json_array_append_new(
		    others, set_json(p, &p->smallest[i]));
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:i,s:b,s:b,s:s?,s:o}",
	    "service", s->policy->service, "parties", parties_list(s, p),
	    "smallest",
	    p->n_smallest == 0 ? json_array() : set_json(p, p->smallest),
	    "alternatives", others, "at_least",
	    p->at_least == 0 ? json_null()
			     : json_integer((json_int_t)p->at_least),
	    "approvals", (int)s->approvals, "approvals_checked_by_deploy",
	    false, "registry_account_alone",
	    s->policy->version_from == PQ_VERSION_TAG, "floor", s->floor,
	    "bundle", bundle_json(s));
}
