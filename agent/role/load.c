/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of a role. The role reads it once, before it confines
 * itself. A restarted role may therefore have read another configuration than
 * the other roles.
 */
#include "role/load.h"

#include "config/load.h"

int
pq_role_config(struct pq_config **ret, const char *dir, struct pq_err *err)
{
	struct pq_config_notes notes = { 0 };
	int r = pq_config_load(ret, dir, &notes);
	char text[PQ_CONFIG_NOTE_TEXT];
	size_t i;

	for (i = 0; i < notes.n; i++) {
		if (!notes.v[i].fatal)
			continue;
		pq_config_note_text(text, &notes.v[i]);
		pq_role_log("config %s", text);
	}
	pq_config_notes_free(&notes);
	if (r != 0)
		return pq_err_set(err, -r,
		    "%s: the configuration has errors; see above", dir);
	return 0;
}
