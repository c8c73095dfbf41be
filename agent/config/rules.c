/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of keys over YAML nodes, and the values that several of them take.
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

/* @p as it is; that it is NULL is not forgotten */
void *
pq_rules_owned(struct pq_rules *c, void *p)
{
	if (p == NULL)
		c->nomem = true;
	return p;
}

/* 0, or why the object cannot be used */
int
pq_rules_outcome(const struct pq_rules *c)
{
	if (c->nomem)
		return -PQ_ENOMEM;
	return c->failed ? -PQ_ECONFIG : 0;
}

static const char *
kind_word(enum pq_yaml_kind k)
{
	static const char *const words[] = { "anything", "text", "a list",
		"a map" };

	return words[k];
}

static void
take_one(struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *key,
    const struct pq_yaml *v)
{
	const char *outer = c->key;

	c->key = r->key;
	if (r->take == NULL)
		pq_rules_bad(c, key, "not supported yet");
	else if (r->kind != PQ_YAML_NONE && v->kind != r->kind)
		pq_rules_bad(c, v, "expected %s", kind_word(r->kind));
	else
		r->take(c, v);
	c->key = outer;
}

/* Every key by its rule; every required key there. */
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
			pq_rules_mistake(c, map->keys[i].line,
			    "unknown key \"%s\"", map->keys[i].text);
		else
			take_one(c, r, &map->keys[i], &map->items[i]);
	}
	for (r = rules; r->key != NULL; r++)
		if (r->required && pq_yaml_get(map, r->key) == NULL)
			pq_rules_mistake(
			    c, map->line, "missing key \"%s\"", r->key);
}

void
pq_rules_set(struct pq_rules *c, char **to, const struct pq_yaml *v)
{
	free(*to);
	*to = pq_rules_owned(c, strdup(v->text));
	if (v->text[0] == '\0')
		pq_rules_bad(c, v, "empty text");
}

bool
pq_rules_name(struct pq_rules *c, const struct pq_yaml *v,
    int (*grammar)(struct pq_slice s, struct pq_err *err), const char *advice)
{
	struct pq_err err = PQ_ERR_INIT;

	if (grammar(pq_slice_str(v->text), &err) == 0)
		return true;
	pq_rules_bad(c, v, "%s; %s", err.text, advice);
	return false;
}

void
pq_rules_set_secret_name(struct pq_rules *c, char **to, const struct pq_yaml *v)
{
	(void)pq_rules_name(
	    c, v, pq_name_secret, "name its file, such as registry-read");
	pq_rules_set(c, to, v);
}

/* A whole number, or a duration with s, m, h or d behind it. */
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

bool
pq_rules_set_number(
    struct pq_rules *c, unsigned *to, const struct pq_yaml *v, unsigned max)
{
	uint64_t n = 0;

	if (!pq_rules_number(v->text, max, &n)) {
		pq_rules_bad(c, v, "expected a whole number up to %u", max);
		return false;
	}
	*to = (unsigned)n;
	return true;
}

void
pq_rules_set_duration(struct pq_rules *c, uint64_t *to, const struct pq_yaml *v)
{
	static const struct {
		char unit;
		unsigned seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY } };
	char digits[16];
	size_t n = strlen(v->text), i;
	uint64_t value;

	if (n >= 2 && n < sizeof(digits)) {
		memcpy(digits, v->text, n - 1);
		digits[n - 1] = '\0';
		for (i = 0; i < 4; i++) {
			if (v->text[n - 1] != units[i].unit ||
			    !pq_rules_number(
				digits, (uint64_t)400 * DAY, &value) ||
			    value > (uint64_t)400 * DAY / units[i].seconds)
				continue;
			*to = value * units[i].seconds;
			return;
		}
	}
	pq_rules_bad(c, v,
	    "expected a duration such as 30s, 10m, 24h or 7d, up to 400d");
}

/* "label, annotation or tag" */
static void
list_words(char *dst, size_t size, const char *const *words)
{
	size_t n = 0, i;

	dst[0] = '\0';
	for (i = 0; words[i] != NULL && n < size; i++)
		n += (size_t)snprintf(dst + n, size - n, "%s%s",
		    i == 0                     ? ""
			: words[i + 1] != NULL ? ", "
					       : " or ",
		    words[i]);
}

void
pq_rules_set_choice(struct pq_rules *c, unsigned *to, const struct pq_yaml *v,
    const char *const *words)
{
	char all[128];
	unsigned i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(v->text, words[i]) == 0) {
			*to = i;
			return;
		}
	list_words(all, sizeof(all), words);
	pq_rules_bad(
	    c, v, "\"%s\" is not known here: expected %s", v->text, all);
}

void
pq_rules_append(
    struct pq_rules *c, char ***list, size_t *n, const struct pq_yaml *v)
{
	char **l;

	if (v->kind != PQ_YAML_TEXT) {
		pq_rules_bad(c, v, "expected text");
		return;
	}
	l = pq_rules_owned(c, reallocarray(*list, *n + 1, sizeof(*l)));
	if (l == NULL)
		return;
	*list = l;
	l[*n] = NULL;
	pq_rules_set(c, &l[*n], v);
	(*n)++;
}
