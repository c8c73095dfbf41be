/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_NOTES_H
#define AGENT_CONFIG_NOTES_H

#include <stdbool.h>
#include <stddef.h>

/* One mistake or warning with its place. */
struct pq_config_note {
	bool fatal;
	char *file;
	unsigned line; /* 1-based, 0 unknown */
	char *text;
};

struct pq_config_notes {
	struct pq_config_note *v;
	size_t n;
	bool fatal; /* one was, whether or not there was room to keep it */
};

/* "FILE:LINE: error: TEXT", without a line where none is known */
#define PQ_CONFIG_NOTE_TEXT 1280
void pq_config_note_text(
    char dst[PQ_CONFIG_NOTE_TEXT], const struct pq_config_note *n);
/* one note; @fatal mistakes make the load fail */
void pq_config_note(struct pq_config_notes *notes, bool fatal, const char *file,
    unsigned line, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void pq_config_notes_free(struct pq_config_notes *n);

#endif
