/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read YAML nodes by tables of keys. The table kinds[] has one row for each
 * kind of value: the YAML that it accepts, the function that fills a member,
 * and the function that frees the member. So reading and freeing cannot
 * disagree.
 *
 * A row of rules.h has only the offset of its member. The macros of rules.h
 * check that the member has the type of the kind. This file relies on that.
 */
#include "config/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400u

void
pq_rules_mistake(struct pq_rules *c, unsigned line, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pq_config_note(c->notes, true, c->file, line, "%s", text);
	c->failed = true;
}

void
pq_rules_bad(struct pq_rules *c, const struct pq_yaml *at, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pq_rules_mistake(c, at->line, "%s%s%s", c->key == NULL ? "" : c->key,
	    c->key == NULL ? "" : ": ", text);
}

void *
pq_rules_owned(struct pq_rules *c, void *p)
{
	if (p == NULL)
		c->nomem = true;
	return p;
}

int
pq_rules_outcome(const struct pq_rules *c)
{
	if (c->nomem)
		return -PQ_ENOMEM;
	return c->failed ? -PQ_ECONFIG : 0;
}

/* ---- values ------------------------------------------------------------ */

static void
keep_text(struct pq_rules *c, char **to, const struct pq_yaml *v)
{
	free(*to);
	*to = pq_rules_owned(c, strdup(v->text));
}

void
pq_rules_set(struct pq_rules *c, char **to, const struct pq_yaml *v)
{
	keep_text(c, to, v);
	if (v->text[0] == '\0')
		pq_rules_bad(c, v, "the text is empty");
}

bool
pq_rules_check_name(struct pq_rules *c, const struct pq_yaml *v,
    int (*grammar)(struct pq_slice s, struct pq_err *err), const char *advice)
{
	struct pq_err err = PQ_ERR_INIT;

	if (grammar(pq_slice_str(v->text), &err) == 0)
		return true;
	pq_rules_bad(c, v, "%s%s%s", err.text,
	    err.text[0] == '\0' || advice == NULL ? "" : "; ",
	    advice == NULL ? "" : advice);
	return false;
}

bool
pq_rules_number(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9' || v > max / 10)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (v > max)
		return false;
	*ret = v;
	return true;
}

/* Return the member of @object that a row fills. */
static void *
member_of(void *object, const struct pq_rule *r)
{
	char *p = object;

	if (r->behind != 0)
		memcpy(&p, p + (r->behind - 1), sizeof(p));
	return p + r->at;
}

/* Return the unsigned at the offset @at - 1 of @object. */
static unsigned *
unsigned_of(void *object, size_t at)
{
	return (unsigned *)(void *)((char *)object + (at - 1));
}

static size_t *
count_of(void *object, const struct pq_rule *r)
{
	return (size_t *)(void *)((char *)object + r->count);
}

/* Set one text by the grammar of @noun. NULL: any text that is not empty. */
static bool
set_one(struct pq_rules *c, const struct pq_noun *noun, char **to,
    const struct pq_yaml *v)
{
	if (noun == NULL)
		pq_rules_set(c, to, v);
	else
		keep_text(c, to, v);
	return noun == NULL ||
	    pq_rules_check_name(c, v, noun->grammar, noun->advice);
}

static bool
set_text(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	return set_one(c, r->noun, member_of(c->object, r), v);
}

static void
append_text(
    struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	char ***list = member_of(c->object, r), **l;
	size_t *n = count_of(c->object, r);

	if (v->kind != PQ_YAML_TEXT) {
		pq_rules_bad(c, v, "expected text");
		return;
	}
	l = pq_rules_owned(c, reallocarray(*list, *n + 1, sizeof(*l)));
	if (l == NULL)
		return;
	*list = l;
	l[*n] = NULL;
	(void)set_one(c, r->noun, &l[(*n)++], v);
}

static void
check_count(
    struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	if (v->n < r->least || (r->most != 0 && v->n > r->most))
		pq_rules_bad(c, v, "%s", r->count_words);
}

static bool
set_texts(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	size_t i;

	check_count(c, r, v);
	for (i = 0; i < v->n; i++)
		append_text(c, r, &v->items[i]);
	return true;
}

static bool
set_number(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	unsigned *to = member_of(c->object, r);
	uint64_t n = 0;

	if (!pq_rules_number(v->text, r->most, &n)) {
		pq_rules_bad(
		    c, v, "expected a whole number from 0 to %u", r->most);
		return false;
	}
	*to = (unsigned)n;
	return true;
}

/* Read a whole number with the unit s, m, h or d, and convert it to seconds. */
static bool
read_duration(const char *text, uint64_t *ret)
{
	static const struct {
		char unit;
		unsigned seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY } };
	const uint64_t max = (uint64_t)400 * DAY;
	char digits[16];
	size_t n = strlen(text), i;
	uint64_t value;

	if (n < 2 || n >= sizeof(digits))
		return false;
	memcpy(digits, text, n - 1);
	digits[n - 1] = '\0';
	for (i = 0; i < 4; i++) {
		if (text[n - 1] != units[i].unit ||
		    !pq_rules_number(digits, max, &value) ||
		    value > max / units[i].seconds)
			continue;
		*ret = value * units[i].seconds;
		return true;
	}
	return false;
}

static bool
set_duration(
    struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	if (read_duration(v->text, member_of(c->object, r)))
		return true;
	pq_rules_bad(c, v,
	    "expected a duration such as 30s, 10m, 24h or 7d, up to 400d");
	return false;
}

static bool
is_supported(const struct pq_word *w)
{
	return w->word != NULL && !w->reserved;
}

/* Write the supported words, such as "label, annotation or tag". */
static void
list_words(char *dst, size_t size, const struct pq_word *words)
{
	size_t n = 0, i;

	dst[0] = '\0';
	for (i = 0; is_supported(&words[i]) && n < size; i++)
		n += (size_t)snprintf(dst + n, size - n, "%s%s",
		    i == 0                            ? ""
			: is_supported(&words[i + 1]) ? ", "
						      : " or ",
		    words[i].word);
}

static bool
set_choice(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	unsigned *to = member_of(c->object, r);
	const struct pq_word *w;
	char all[128];

	for (w = r->words; w->word != NULL; w++)
		if (strcmp(v->text, w->word) == 0)
			break;
	if (is_supported(w)) {
		*to = w->value;
		return true;
	}
	list_words(all, sizeof(all), r->words);
	if (w->word != NULL)
		pq_rules_bad(c, v, "%s is not supported yet", v->text);
	else
		pq_rules_bad(
		    c, v, "unknown value \"%s\": expected %s", v->text, all);
	return false;
}

static bool
set_flag(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	bool *to = member_of(c->object, r);

	*to = strcmp(v->text, r->words->word) == 0;
	if (!*to)
		pq_rules_bad(
		    c, v, "expected %s, the only value", r->words->word);
	return *to;
}

static bool
set_file(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	struct pq_config_file *to = member_of(c->object, r);
	int n = c->files->get(
	    c->files->ctx, v->text, to, c->file, v->line, c->notes);

	c->nomem |= n == -PQ_ENOMEM;
	c->failed |= n != 0;
	/* an empty member means "no file", so an empty file is refused */
	if (n == 0 && to->n == 0)
		pq_rules_bad(c, v, "the file %s is empty", v->text);
	return n == 0 && to->n != 0;
}

static bool
set_map(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	pq_rules_walk(c, v, r->rows);
	return true;
}

/* Allocate zeroed objects, one for each item of @v. NULL: out of memory */
static char *
make_room(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	void *room = pq_rules_owned(c, calloc(v->n + 1, r->size));

	memcpy(member_of(c->object, r), &room, sizeof(room));
	return room;
}

/* Fill one object of a list, then check its keys against each other. */
static void
fill_one(struct pq_rules *c, const struct pq_rule *r, void *one,
    const struct pq_yaml *v)
{
	void *outer = c->object;

	pq_rules_fill(c, one, v, r->rows);
	c->object = one;
	if (r->check != NULL)
		r->check(c, v);
	c->object = outer;
}

static bool
set_maps(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	size_t i, *n = count_of(c->object, r);
	char *room;

	check_count(c, r, v);
	room = make_room(c, r, v);
	for (i = 0; room != NULL && i < v->n; i++) {
		(*n)++;
		fill_one(c, r, room + i * r->size, &v->items[i]);
	}
	return false; /* fill_one() has called the check of the row */
}

static bool
set_named(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	size_t i, *n = count_of(c->object, r);
	char *room = make_room(c, r, v), *one;

	for (i = 0; room != NULL && i < v->n; i++) {
		(*n)++;
		if (r->check != NULL)
			r->check(c, &v->keys[i]);
		one = room + i * r->size;
		(void)set_one(
		    c, r->noun, (char **)(void *)(one + r->name), &v->keys[i]);
		c->item = v->keys[i].text;
		pq_rules_fill(c, one, &v->items[i], r->rows);
		c->item = NULL;
	}
	return false; /* the loop has called the check of the row */
}

static bool
take_value(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	r->take(c, v);
	return true;
}

/* ---- freeing ----------------------------------------------------------- */

static void
free_text(void *object, const struct pq_rule *r)
{
	char **text = member_of(object, r);

	free(*text);
	*text = NULL;
}

static void
free_texts(void *object, const struct pq_rule *r)
{
	char ***list = member_of(object, r);
	size_t i, *n = count_of(object, r);

	for (i = 0; i < *n; i++)
		free((*list)[i]);
	free(*list);
	*list = NULL;
	*n = 0;
}

static void
free_file(void *object, const struct pq_rule *r)
{
	pq_config_file_free(member_of(object, r));
}

static void
free_rows(void *object, const struct pq_rule *r)
{
	if (r->rows != NULL)
		pq_rules_free(object, r->rows);
}

static void
free_maps(void *object, const struct pq_rule *r)
{
	size_t i, *n = count_of(object, r);
	void *none = NULL;
	char *room;

	memcpy(&room, member_of(object, r), sizeof(room));
	for (i = 0; i < *n; i++) {
		char *one = room + i * r->size;

		if (r->kind == PQ_RULE_NAMED)
			free(*(char **)(void *)(one + r->name));
		pq_rules_free(one, r->rows);
	}
	free(room);
	memcpy(member_of(object, r), &none, sizeof(none));
	*n = 0;
}

/* ---- rows -------------------------------------------------------------- */

static const struct kind {
	enum pq_yaml_kind shape; /* NONE: the row has the shape */
	/*
	 * Return true if the value is set and its check must follow. NULL: the
	 * key is reserved.
	 */
	bool (*set)(struct pq_rules *c, const struct pq_rule *r,
	    const struct pq_yaml *v);
	/* NULL: the member owns no memory */
	void (*free)(void *object, const struct pq_rule *r);
} kinds[PQ_RULE_KINDS] = {
	[PQ_RULE_RESERVED] = { PQ_YAML_NONE, NULL, NULL },
	[PQ_RULE_TEXT] = { PQ_YAML_TEXT, set_text, free_text },
	[PQ_RULE_TEXTS] = { PQ_YAML_LIST, set_texts, free_texts },
	[PQ_RULE_DURATION] = { PQ_YAML_TEXT, set_duration, NULL },
	[PQ_RULE_NUMBER] = { PQ_YAML_TEXT, set_number, NULL },
	[PQ_RULE_CHOICE] = { PQ_YAML_TEXT, set_choice, NULL },
	[PQ_RULE_FLAG] = { PQ_YAML_TEXT, set_flag, NULL },
	[PQ_RULE_FILE] = { PQ_YAML_TEXT, set_file, free_file },
	[PQ_RULE_MAP] = { PQ_YAML_MAP, set_map, free_rows },
	[PQ_RULE_MAPS] = { PQ_YAML_LIST, set_maps, free_maps },
	[PQ_RULE_NAMED] = { PQ_YAML_MAP, set_named, free_maps },
	[PQ_RULE_TAKEN] = { PQ_YAML_NONE, take_value, free_rows },
};

static const char *
kind_word(enum pq_yaml_kind k)
{
	static const char *const words[] = { "anything", "text", "a list",
		"a map" };

	return words[k];
}

void
pq_rules_take(
    struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v)
{
	const struct kind *k = &kinds[r->kind];
	enum pq_yaml_kind shape =
	    k->shape != PQ_YAML_NONE ? k->shape : r->shape;

	if (r->chooses != 0)
		*unsigned_of(c->object, r->chooses) = r->chosen;
	if (shape != PQ_YAML_NONE && v->kind != shape) {
		pq_rules_bad(c, v, "expected %s", kind_word(shape));
		return;
	}
	if (r->line != 0)
		*unsigned_of(c->object, r->line) = v->line;
	if (k->set(c, r, v) && r->check != NULL)
		r->check(c, v);
}

static void
take_one(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *key,
    const struct pq_yaml *v)
{
	const char *outer = c->key;

	c->key = r->key;
	if (kinds[r->kind].set == NULL)
		pq_rules_bad(c, key, "not supported yet: remove this key");
	else
		pq_rules_take(c, r, v);
	c->key = outer;
}

/* Return true if @r is the first row that makes its choice. */
static bool
is_first(const struct pq_rule *rules, const struct pq_rule *r)
{
	while (rules->chooses != r->chooses)
		rules++;
	return rules == r;
}

/*
 * Note an error unless the map has exactly one key of a choice. Two keys would
 * be ambiguous, and without a key the choice would be open.
 */
static void
check_choice(
    struct pq_rules *c, const struct pq_yaml *map, const struct pq_rule *first)
{
	char keys[256] = "";
	const struct pq_rule *r;
	unsigned used = 0;
	size_t n = 0;

	for (r = first; r->key != NULL; r++) {
		if (r->chooses != first->chooses)
			continue;
		used += pq_yaml_get(map, r->key) != NULL;
		if (n < sizeof(keys))
			n += (size_t)snprintf(keys + n, sizeof(keys) - n,
			    "%s\"%s\"", r == first ? "" : " or ", r->key);
	}
	if (used == 0)
		pq_rules_mistake(c, map->line, "missing key %s", keys);
	else if (used > 1)
		pq_rules_mistake(
		    c, map->line, "only one of the keys %s is allowed", keys);
}

/* Note an unknown key, and list the keys that the map may have. */
static void
note_unknown(
    struct pq_rules *c, const struct pq_yaml *key, const struct pq_rule *rules)
{
	char known[400] = "";
	const struct pq_rule *r;
	size_t n = 0;

	for (r = rules; r->key != NULL && n < sizeof(known); r++)
		if (kinds[r->kind].set != NULL)
			n += (size_t)snprintf(known + n, sizeof(known) - n,
			    "%s%s", n == 0 ? "" : ", ", r->key);
	pq_rules_mistake(c, key->line, "unknown key \"%.64s\"; known keys: %s",
	    key->text, known);
}

void
pq_rules_walk(
    struct pq_rules *c, const struct pq_yaml *map, const struct pq_rule *rules)
{
	const struct pq_rule *r;
	size_t i;

	if (map->kind != PQ_YAML_MAP) {
		pq_rules_bad(c, map, "expected a map");
		return;
	}
	for (i = 0; i < map->n; i++) {
		for (r = rules; r->key != NULL; r++)
			if (strcmp(r->key, map->keys[i].text) == 0)
				break;
		if (r->key == NULL)
			note_unknown(c, &map->keys[i], rules);
		else
			take_one(c, r, &map->keys[i], &map->items[i]);
	}
	for (r = rules; r->key != NULL; r++)
		if (r->chooses != 0 && is_first(rules, r))
			check_choice(c, map, r);
		else if (r->required && pq_yaml_get(map, r->key) == NULL)
			pq_rules_mistake(
			    c, map->line, "missing key \"%s\"", r->key);
}

/* Set each member to its default. */
static void
set_defaults(struct pq_rules *c, const struct pq_rule *rules)
{
	const struct pq_rule *r;

	for (r = rules; r->key != NULL; r++) {
		void *to =
		    r->kind == PQ_RULE_MAP ? NULL : member_of(c->object, r);

		if (r->kind == PQ_RULE_MAP)
			set_defaults(c, r->rows);
		else if (r->otherwise_text != NULL)
			*(char **)to =
			    pq_rules_owned(c, strdup(r->otherwise_text));
		else if (r->kind == PQ_RULE_DURATION)
			*(uint64_t *)to = r->otherwise;
		else if (r->otherwise != 0)
			*(unsigned *)to = (unsigned)r->otherwise;
	}
}

void
pq_rules_fill(struct pq_rules *c, void *object, const struct pq_yaml *map,
    const struct pq_rule *rules)
{
	void *outer = c->object;

	c->object = object;
	set_defaults(c, rules);
	pq_rules_walk(c, map, rules);
	c->object = outer;
}

void
pq_rules_free(void *object, const struct pq_rule *rules)
{
	const struct pq_rule *r;

	for (r = rules; r->key != NULL; r++)
		if (r->behind == 0 && kinds[r->kind].free != NULL)
			kinds[r->kind].free(object, r);
}
