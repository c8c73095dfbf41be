/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Make a tree of nodes from the events of libyaml. libyaml parses the text.
 * This file decides which features of YAML a configuration may use, and limits
 * its size and depth.
 */
#include "config/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include <pratique/err.h>

#define DEPTH_MAX 12
#define NODES_MAX 4096

struct reader {
	yaml_parser_t parser;
	const char *file;
	struct pq_config_notes *notes;
	unsigned nodes;
};

#define NO_ANCHORS "YAML anchors, aliases and tags are not allowed"

/* @line: from 0 on, as libyaml counts */
static int
note_mistake(struct reader *r, size_t line, const char *text)
{
	pq_config_note(r->notes, true, r->file, (unsigned)line + 1, "%s", text);
	return -PQ_ECONFIG;
}

static int
next_event(struct reader *r, yaml_event_t *e)
{
	if (yaml_parser_parse(&r->parser, e) == 1)
		return 0;
	pq_config_note(r->notes, true, r->file,
	    (unsigned)r->parser.problem_mark.line + 1, "not valid YAML: %s",
	    r->parser.problem == NULL ? "unknown reason" : r->parser.problem);
	return -PQ_ECONFIG;
}

static int read_node(struct reader *r, const yaml_event_t *e,
    struct pq_yaml *ret, unsigned depth);

static int
add_item(struct pq_yaml *y)
{
	struct pq_yaml *v;

	v = reallocarray(y->items, y->n + 1, sizeof(*v));
	if (v == NULL)
		return -PQ_ENOMEM;
	y->items = v;
	memset(&v[y->n], 0, sizeof(*v));
	if (y->kind == PQ_YAML_MAP) {
		v = reallocarray(y->keys, y->n + 1, sizeof(*v));
		if (v == NULL)
			return -PQ_ENOMEM;
		y->keys = v;
		memset(&v[y->n], 0, sizeof(*v));
	}
	y->n++;
	return 0;
}

static int
read_text(struct reader *r, const yaml_event_t *e, struct pq_yaml *ret)
{
	struct pq_slice s =
	    pq_slice(e->data.scalar.value, e->data.scalar.length);

	if (e->data.scalar.anchor != NULL || e->data.scalar.tag != NULL)
		return note_mistake(r, e->start_mark.line, NO_ANCHORS);
	ret->kind = PQ_YAML_TEXT;
	ret->text = pq_slice_dup_str(s);
	if (ret->text == NULL)
		return note_mistake(
		    r, e->start_mark.line, "the text contains a NUL byte");
	return 0;
}

static int
check_key(struct reader *r, const struct pq_yaml *map, size_t at)
{
	const struct pq_yaml *k = &map->keys[at];
	size_t i;

	if (k->kind != PQ_YAML_TEXT || k->text[0] == '\0')
		return note_mistake(
		    r, k->line - 1, "a key must be text that is not empty");
	for (i = 0; i < at; i++)
		if (strcmp(map->keys[i].text, k->text) == 0) {
			pq_config_note(r->notes, true, r->file, k->line,
			    "the key \"%s\" is given more than once", k->text);
			return -PQ_ECONFIG;
		}
	return 0;
}

static int
read_items(
    struct reader *r, struct pq_yaml *y, yaml_event_type_t end, unsigned depth)
{
	yaml_event_t e;
	bool done;
	int f;

	for (;;) {
		f = next_event(r, &e);
		if (f != 0)
			return f;
		done = e.type == end;
		if (!done && (f = add_item(y)) == 0) {
			struct pq_yaml *to = y->kind == PQ_YAML_MAP
			    ? &y->keys[y->n - 1]
			    : &y->items[y->n - 1];

			f = read_node(r, &e, to, depth);
		}
		yaml_event_delete(&e);
		if (done || f != 0)
			return f;
		if (y->kind != PQ_YAML_MAP)
			continue;
		f = check_key(r, y, y->n - 1);
		if (f == 0)
			f = next_event(r, &e);
		if (f != 0)
			return f;
		f = read_node(r, &e, &y->items[y->n - 1], depth);
		yaml_event_delete(&e);
		if (f != 0)
			return f;
	}
}

static int
read_node(struct reader *r, const yaml_event_t *e, struct pq_yaml *ret,
    unsigned depth)
{
	ret->line = (unsigned)e->start_mark.line + 1;
	if (depth == 0)
		return note_mistake(r, e->start_mark.line,
		    "lists and maps are nested too deeply");
	if (++r->nodes > NODES_MAX)
		return note_mistake(
		    r, e->start_mark.line, "the file has too many values");
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return read_text(r, e, ret);
	case YAML_SEQUENCE_START_EVENT:
		if (e->data.sequence_start.anchor != NULL ||
		    e->data.sequence_start.tag != NULL)
			break;
		ret->kind = PQ_YAML_LIST;
		return read_items(r, ret, YAML_SEQUENCE_END_EVENT, depth - 1);
	case YAML_MAPPING_START_EVENT:
		if (e->data.mapping_start.anchor != NULL ||
		    e->data.mapping_start.tag != NULL)
			break;
		ret->kind = PQ_YAML_MAP;
		return read_items(r, ret, YAML_MAPPING_END_EVENT, depth - 1);
	default:
		break;
	}
	return note_mistake(r, e->start_mark.line, NO_ANCHORS);
}

/* Read one event. If it is not of @type, note the error @text. */
static int
expect_event(struct reader *r, yaml_event_type_t type, const char *text)
{
	yaml_event_t e;
	int f = next_event(r, &e);
	size_t line;
	bool good;

	if (f != 0)
		return f;
	good = e.type == type;
	line = e.start_mark.line;
	yaml_event_delete(&e);
	return good ? 0 : note_mistake(r, line, text);
}

/*
 * Read the events of a file: stream start, document start, one node, document
 * end, stream end.
 */
static int
read_document(struct reader *r, struct pq_yaml *ret)
{
	yaml_event_t e;
	int f = expect_event(r, YAML_STREAM_START_EVENT, "not valid YAML");

	if (f == 0)
		f = expect_event(
		    r, YAML_DOCUMENT_START_EVENT, "the file is empty");
	if (f == 0)
		f = next_event(r, &e);
	if (f != 0)
		return f;
	f = read_node(r, &e, ret, DEPTH_MAX);
	yaml_event_delete(&e);
	if (f == 0)
		f = expect_event(r, YAML_DOCUMENT_END_EVENT, "not valid YAML");
	if (f == 0)
		f = expect_event(r, YAML_STREAM_END_EVENT,
		    "the file has more than one YAML document");
	return f;
}

int
pq_yaml_parse(struct pq_yaml *ret, const char *file, struct pq_slice text,
    struct pq_config_notes *notes)
{
	struct reader r = { .file = file, .notes = notes };
	struct pq_yaml y = { 0 };
	int f;

	if (yaml_parser_initialize(&r.parser) != 1)
		return -PQ_ENOMEM;
	yaml_parser_set_input_string(&r.parser, text.p, text.n);
	f = read_document(&r, &y);
	yaml_parser_delete(&r.parser);
	if (f != 0) {
		pq_yaml_free(&y);
		return f;
	}
	*ret = y;
	return 0;
}

void
pq_yaml_free(struct pq_yaml *y)
{
	size_t i;

	for (i = 0; i < y->n; i++) {
		pq_yaml_free(&y->items[i]);
		if (y->keys != NULL)
			pq_yaml_free(&y->keys[i]);
	}
	free(y->items);
	free(y->keys);
	free(y->text);
	memset(y, 0, sizeof(*y));
}

const struct pq_yaml *
pq_yaml_get(const struct pq_yaml *map, const char *key)
{
	size_t i;

	if (map == NULL || map->kind != PQ_YAML_MAP)
		return NULL;
	for (i = 0; i < map->n; i++)
		if (strcmp(map->keys[i].text, key) == 0)
			return &map->items[i];
	return NULL;
}
