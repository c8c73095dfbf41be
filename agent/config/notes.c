/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The errors and warnings of a load. A fatal note also sets a flag: the load
 * must fail even if the note itself is lost.
 */
#include "config/notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pratique/text.h>

/*
 * Limits. The limit for warnings is lower, so after many warnings there is
 * still space for errors, and the operator can read why the load failed.
 */
#define WARNINGS_MAX 200
#define NOTES_MAX 400

void
pq_config_note(struct pq_config_notes *notes, bool fatal, const char *file,
    unsigned line, const char *fmt, ...)
{
	struct pq_config_note *v;
	char raw[600], text[640];
	va_list ap;

	notes->fatal |= fatal;
	if (notes->n >= (fatal ? NOTES_MAX : WARNINGS_MAX))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	pq_text_escape(text, sizeof(text), pq_slice_str(raw));
	v = reallocarray(notes->v, notes->n + 1, sizeof(*v));
	if (v == NULL)
		return;
	notes->v = v;
	v += notes->n;
	*v = (struct pq_config_note){
		.fatal = fatal,
		.file = strdup(file),
		.line = line,
		.text = strdup(text),
	};
	if (v->file == NULL || v->text == NULL) {
		free(v->file);
		free(v->text);
		return;
	}
	notes->n++;
}

void
pq_config_note_text(
    char dst[PQ_CONFIG_NOTE_TEXT], const struct pq_config_note *n)
{
	char line[16] = "";

	if (n->line != 0)
		(void)snprintf(line, sizeof(line), ":%u", n->line);
	(void)snprintf(dst, PQ_CONFIG_NOTE_TEXT, "%s%s: %s: %s", n->file, line,
	    n->fatal ? "error" : "warning", n->text);
}

void
pq_config_notes_free(struct pq_config_notes *n)
{
	size_t i;

	for (i = 0; i < n->n; i++) {
		free(n->v[i].file);
		free(n->v[i].text);
	}
	free(n->v);
	memset(n, 0, sizeof(*n));
}
