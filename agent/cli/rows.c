/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of an answer, as JSON and as tables. The JSON of a row comes from the
 * message table itself, so a new field shows without a second list. Text from
 * the agent was clean on the wire; what is printed is escaped once more.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libsmartcols.h>

#include "cli/cli.h"

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
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < f->n; i++)
		(void)json_array_append_new(a,
		    json_pack("{s:s,s:s,s:s,s:s,s:s}", "check",
			pq_check_name(f->v[i].check), "status",
			pq_status_name(f->v[i].status), "reason",
			f->v[i].reason, "spec", f->v[i].spec, "subject",
			f->v[i].subject));
	return a;
}

static json_t *
bytes_json(const char *name, struct pq_slice s)
{
	struct pq_findings f;

	if (strcmp(name, "findings") != 0)
		return cli_json_text(s);
	if (s.n == 0 || pq_findings_decode(&f, s) != 0)
		return json_array();
	return cli_findings_json(&f);
}

#define U32(f) (void)json_object_set_new(o, #f, json_integer(m->f));
#define U64(f) (void)json_object_set_new(o, #f, json_integer((json_int_t)m->f));
#define TIME(f) (void)json_object_set_new(o, #f, json_integer(m->f));
#define TEXT(f, max) (void)json_object_set_new(o, #f, cli_json_text(m->f));
#define BYTES(f, max) (void)json_object_set_new(o, #f, bytes_json(#f, m->f));
#define MESSAGE(NAME, name, FROM, TO, FIELDS)                     \
	static json_t *json_##name(const struct pq_msg_##name *m) \
	{                                                         \
		json_t *o = json_object();                        \
		FIELDS                                            \
		return o;                                         \
	}
PQ_MESSAGES(MESSAGE, U32, U64, TIME, TEXT, BYTES)
#undef MESSAGE
#undef U32
#undef U64
#undef TIME
#undef TEXT
#undef BYTES
#define NOTHING(...)

json_t *
cli_row_json(const struct pq_msg *m)
{
	json_t *o = NULL;

	switch (m->type) {
#define MESSAGE(NAME, name, FROM, TO, FIELDS) \
	case PQ_MSG_##NAME:                   \
		o = json_##name(&m->name);    \
		break;
		PQ_MESSAGES(
		    MESSAGE, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
#undef MESSAGE
	default:
		break;
	}
	if (o != NULL)
		(void)json_object_set_new(
		    o, "row", json_string(pq_msg_name(m->type)));
	return o;
}

void
cli_time(char dst[32], int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	if (at <= 0 || gmtime_r(&t, &tm) == NULL ||
	    strftime(dst, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		dst[0] = '\0';
}

static void
cell(char *dst, size_t size, json_t *v, const char *name)
{
	char raw[700];

	if (json_is_integer(v)) {
		json_int_t i = json_integer_value(v);

		if (strcmp(name, "first_seen") == 0 ||
		    strcmp(name, "changed") == 0 || strcmp(name, "at") == 0 ||
		    strcmp(name, "live_since") == 0)
			cli_time(dst, i);
		else if (i == 0)
			dst[0] = '\0';
		else
			(void)snprintf(dst, size, "%lld", (long long)i);
		return;
	}
	(void)snprintf(raw, sizeof(raw), "%s",
	    json_is_string(v) ? json_string_value(v) : "");
	/* digests are shown as far as one compares them by eye */
	if (strstr(name, "digest") != NULL && strlen(raw) > 7 + 12)
		raw[7 + 12] = '\0';
	pq_text_utf8(dst, size, pq_slice_str(raw));
}

void
cli_print_table(json_t *rows, const char *const *columns)
{
	struct libscols_table *t = scols_new_table();
	struct libscols_line *line;
	char text[720];
	size_t i, k;
	json_t *row;

	if (t == NULL)
		return;
	/* the library shows what the locale calls text, and nothing else */
	(void)setlocale(LC_CTYPE, "");
	for (k = 0; columns[k] != NULL; k++)
		(void)scols_table_new_column(t, columns[k], 0, 0);
	json_array_foreach (rows, i, row) {
		line = scols_table_new_line(t, NULL);
		for (k = 0; line != NULL && columns[k] != NULL; k++) {
			cell(text, sizeof(text),
			    json_object_get(row, columns[k]), columns[k]);
			(void)scols_line_set_data(line, k, text);
		}
	}
	(void)scols_print_table(t);
	scols_unref_table(t);
}

void
cli_print_finding(const char *status, const char *check, const char *reason,
    const char *subject, const char *spec)
{
	char text[720];

	pq_text_utf8(text, sizeof(text), pq_slice_str(reason));
	(void)printf("  %-7s  %-22s  %s\n", status, check, text);
	if (strcmp(status, pq_status_name(PQ_PASS)) == 0)
		return;
	pq_text_utf8(text, sizeof(text), pq_slice_str(subject));
	if (text[0] != '\0')
		(void)printf("  %-7s  %-22s  of %s\n", "", "", text);
	pq_text_utf8(text, sizeof(text), pq_slice_str(spec));
	if (text[0] != '\0')
		(void)printf("  %-7s  %-22s  by %s\n", "", "", text);
}

void
cli_print_findings(const struct pq_findings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		cli_print_finding(pq_status_name(f->v[i].status),
		    pq_check_name(f->v[i].check), f->v[i].reason,
		    f->v[i].subject, f->v[i].spec);
}
