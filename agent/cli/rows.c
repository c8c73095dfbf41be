/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of an answer, as JSON and as tables. The JSON comes from the table of
 * fields, so it has a new field without a second list. The same table says
 * which numbers are times. The decoder has refused text with control
 * characters. Text is escaped once more before it is printed.
 */
#include "cli/rows.h"

#include <ctype.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libsmartcols.h>

#include <pratique/digest.h>
#include <pratique/text.h>

#include "cli/wrap.h"
#include "ipc/fields.h"

#define DIGEST_PREFIX "sha256:"
#define DIGEST_SHOWN 12 /* hex digits; enough to compare two by eye */
#define TEXT_MAX 720    /* the longest text of a field, escaped */
#define WIDTH_MIN 20    /* least columns for text that wraps */

json_t *
cli_json_text(struct pq_slice s)
{
	json_t *v = json_stringn(s.n == 0 ? "" : (const char *)s.p, s.n);
	size_t room = 4 * s.n + 1;
	char *text = v == NULL ? malloc(room) : NULL;

	if (text != NULL) {
		pq_text_utf8(text, room, s);
		v = json_string(text);
		free(text);
	}
	return v;
}

json_t *
cli_findings_json(const struct pq_findings *f)
{
	json_t *a = json_array(), *o;
	size_t i;

	for (i = 0; i < f->n; i++) {
		o = json_pack("{s:s,s:s,s:s,s:s,s:s}", "check",
		    pq_check_name(f->v[i].check), "status",
		    pq_status_name(f->v[i].status), "reason", f->v[i].reason,
		    "spec", f->v[i].spec, "subject", f->v[i].subject);
		if (pq_finding_warns(&f->v[i]))
			(void)json_object_set_new(o, "warning", json_true());
		(void)json_array_append_new(a, o);
	}
	return a;
}

static json_t *
bytes_json(const char *name, struct pq_slice s)
{
	pq_auto(pq_findings_free) struct pq_findings f = { 0 };

	if (strcmp(name, "findings") != 0)
		return cli_json_text(s);
	if (s.n == 0 || pq_findings_decode(&f, s) != 0)
		return json_array();
	return cli_findings_json(&f);
}

static json_t *
field_json(const struct pq_msg *m, const struct pq_field *f)
{
	if (f->kind == PQ_FIELD_TEXT)
		return cli_json_text(pq_field_slice(m, f));
	if (f->kind == PQ_FIELD_BYTES)
		return bytes_json(f->name, pq_field_slice(m, f));
	return json_integer((json_int_t)pq_field_number(m, f));
}

json_t *
cli_row_json(const struct pq_msg *m)
{
	const struct pq_msg_row *row = pq_msg_row(m->type);
	json_t *o = row == NULL ? NULL : json_object();
	size_t i;

	for (i = 0; o != NULL && i < row->n; i++)
		(void)json_object_set_new(
		    o, row->fields[i].name, field_json(m, &row->fields[i]));
	if (o != NULL)
		(void)json_object_set_new(o, "row", json_string(row->name));
	return o;
}

bool
cli_is_time(enum pq_msg_type type, const char *name)
{
	const struct pq_field *f = pq_field_find(type, name);

	return f != NULL && f->kind == PQ_FIELD_TIME;
}

void
cli_time_at(char dst[CLI_TIME_MAX], int64_t at, int64_t now)
{
	time_t t = (time_t)at, today = (time_t)now;
	struct tm tm, day;

	dst[0] = '\0';
	if (at <= 0 || localtime_r(&t, &tm) == NULL ||
	    localtime_r(&today, &day) == NULL)
		return;
	if (strftime(dst, CLI_TIME_MAX,
		tm.tm_year == day.tm_year && tm.tm_yday == day.tm_yday
		    ? "%H:%M:%S"
		    : "%Y-%m-%d %H:%M:%S",
		&tm) == 0)
		dst[0] = '\0';
}

void
cli_time(char dst[CLI_TIME_MAX], int64_t at)
{
	cli_time_at(dst, at, (int64_t)time(NULL));
}

/* Return true if a text begins with a digest that is a whole word. */
static bool
begins_with_digest(const char *s)
{
	struct pq_digest d;

	return strnlen(s, PQ_DIGEST_MAX) == PQ_DIGEST_MAX &&
	    pq_digest_parse(&d, pq_slice(s, PQ_DIGEST_MAX)) == 0 &&
	    isalnum((unsigned char)s[PQ_DIGEST_MAX]) == 0;
}

/* Copy a text, and shorten each digest to its first hex digits. */
static void
shorten_digests(char dst[TEXT_MAX], const char *s)
{
	size_t n = 0;

	while (*s != '\0' && n + DIGEST_SHOWN + 1 < TEXT_MAX) {
		if (!begins_with_digest(s)) {
			dst[n++] = *s++;
			continue;
		}
		memcpy(dst + n, s + strlen(DIGEST_PREFIX), DIGEST_SHOWN);
		n += DIGEST_SHOWN;
		s += PQ_DIGEST_MAX;
	}
	dst[n] = '\0';
}

static void
cell_text(
    char dst[TEXT_MAX], json_t *v, enum pq_msg_type type, const char *name)
{
	const char *s = json_is_string(v) ? json_string_value(v) : "";
	json_int_t i = json_integer_value(v);
	char raw[TEXT_MAX];

	dst[0] = '\0';
	if (json_is_integer(v) && cli_is_time(type, name)) {
		cli_time(dst, i);
		return;
	}
	if (json_is_integer(v)) {
		if (i != 0)
			(void)snprintf(dst, TEXT_MAX, "%lld", (long long)i);
		return;
	}
	shorten_digests(raw, s);
	pq_text_utf8(dst, TEXT_MAX, pq_slice_str(raw));
}

/* Return the width of a column: that of its title or of its longest text. */
static size_t
column_width(json_t *rows, enum pq_msg_type type, const struct cli_column *c)
{
	size_t i, n = cli_columns(c->title);
	char text[TEXT_MAX];
	json_t *row;

	json_array_foreach (rows, i, row) {
		cell_text(text, json_object_get(row, c->field), type, c->field);
		if (cli_columns(text) > n)
			n = cli_columns(text);
	}
	return n;
}

/* Return the width for text that wraps; 0: the output is not a terminal. */
static size_t
find_width(const struct libscols_table *t, json_t *rows, enum pq_msg_type type,
    const struct cli_column *columns)
{
	size_t total = scols_table_get_termwidth(t), used = 0;
	const struct cli_column *c;

	if (isatty(STDOUT_FILENO) == 0)
		return 0;
	for (c = columns; c->field != NULL; c++)
		if (!c->wraps)
			used += column_width(rows, type, c) + 1;
	return total > used + WIDTH_MIN ? total - used : WIDTH_MIN;
}

static void
add_line(struct libscols_table *t, json_t *row, enum pq_msg_type type,
    const struct cli_column *columns, size_t width)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);
	char text[TEXT_MAX];
	size_t k;

	for (k = 0; line != NULL && columns[k].field != NULL; k++) {
		const char *name = columns[k].field;

		cell_text(text, json_object_get(row, name), type, name);
		if (columns[k].wraps && width != 0)
			cli_wrap_words(text, width);
		(void)scols_line_set_data(line, k, text);
	}
}

static void
add_column(struct libscols_table *t, const struct cli_column *c)
{
	struct libscols_column *column = scols_table_new_column(
	    t, c->title, 0, c->wraps ? SCOLS_FL_WRAP : 0);

	if (column == NULL || !c->wraps)
		return;
	/* cell_text() has escaped newlines; only cli_wrap_words() adds some */
	(void)scols_column_set_safechars(column, "\n");
	(void)scols_column_set_wrapfunc(
	    column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
}

void
cli_print_table(
    json_t *rows, enum pq_msg_type type, const struct cli_column *columns)
{
	struct libscols_table *t = scols_new_table();
	const struct cli_column *c;
	size_t i, width;
	json_t *row;

	if (t == NULL)
		return;
	/* libsmartcols escapes each byte that is not text in the locale */
	(void)setlocale(LC_CTYPE, "");
	for (c = columns; c->field != NULL; c++)
		add_column(t, c);
	width = find_width(t, rows, type, columns);
	json_array_foreach (rows, i, row)
		add_line(t, row, type, columns, width);
	(void)scols_print_table(t);
	scols_unref_table(t);
}

static void
member_text(char text[TEXT_MAX], json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	pq_text_utf8(text, TEXT_MAX, pq_slice_str(s));
}

void
cli_print_finding(json_t *one)
{
	bool warns = json_is_true(json_object_get(one, "warning"));
	char status[TEXT_MAX], check[TEXT_MAX], text[TEXT_MAX];

	member_text(status, one, "status");
	member_text(check, one, "check");
	member_text(text, one, "reason");
	(void)printf(
	    "  %-7s  %-22s  %s\n", warns ? "warning" : status, check, text);
	if (!warns && strcmp(status, pq_status_name(PQ_PASS)) == 0)
		return;
	member_text(text, one, "subject");
	if (text[0] != '\0')
		(void)printf("  %-7s  %-22s  judged: %s\n", "", "", text);
	member_text(text, one, "spec");
	if (text[0] != '\0')
		(void)printf("  %-7s  %-22s  rule: %s\n", "", "", text);
}

void
cli_print_findings(const struct pq_findings *f)
{
	json_t *list = cli_findings_json(f), *one;
	size_t i;

	json_array_foreach (list, i, one)
		cli_print_finding(one);
	json_decref(list);
}
