/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_NOTES_H
#define AGENT_CONFIG_NOTES_H

#include <stdbool.h>
#include <stddef.h>

/* One error (fatal) or warning, and its place. */
struct pq_config_note {
	bool fatal;
	char *file;
	unsigned line; /* from 1 on; 0: unknown */
	char *text;
};

struct pq_config_notes {
	struct pq_config_note *v;
	size_t n;
	bool fatal; /* set by a fatal note, even if the note was lost */
};

/* Write "FILE:LINE: error: TEXT", or "FILE: error: TEXT" if line is 0. */
#define PQ_CONFIG_NOTE_TEXT 1280
void pq_config_note_text(
    char dst[PQ_CONFIG_NOTE_TEXT], const struct pq_config_note *n);
/* Add a note. A fatal note makes the load fail. */
void pq_config_note(struct pq_config_notes *notes, bool fatal, const char *file,
    unsigned line, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void pq_config_notes_free(struct pq_config_notes *n);

#endif
