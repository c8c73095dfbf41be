/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `pratique check-config`: every mistake and every warning at once, and each
 * party that could put code into production alone.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "config/config.h"

static json_t *
note_json(const struct pq_config_note *n)
{
	return json_pack("{s:b,s:o,s:i,s:o}", "fatal", n->fatal, "file",
	    cli_json_text(pq_slice_str(n->file)), "line", (int)n->line, "text",
	    cli_json_text(pq_slice_str(n->text)));
}

static void
print_note(const struct pq_config_note *n)
{
	char text[PQ_CONFIG_NOTE_TEXT];

	pq_config_note_text(text, n);
	(void)puts(text);
}

/* with a reason in errno that fits a file, too */
static bool
can_look(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) != 0)
		return false;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return false;
	}
	return access(dir, R_OK | X_OK) == 0;
}

int
cli_check_config(const struct cli *c)
{
	const char *dir = c->n_args == 1 ? c->args[0]
	    : c->config_dir != NULL      ? c->config_dir
					 : CLI_CONFIG_DIR;
	struct pq_config_notes notes = { 0 };
	struct pq_config *config = NULL;
	json_t *list;
	size_t i;
	int r;

	if (!can_look(dir))
		return cli_fail(
		    CLI_NOT_EXAMINED, "%s: %s", dir, strerror(errno));
	r = pq_config_load(&config, dir, &notes);
	list = json_array();
	if (r == 0) {
		pq_config_check_keys(config, &notes);
		pq_config_check_secrets(config, false, &notes);
	}
	if (notes.fatal && r == 0)
		r = -PQ_ECONFIG;
	for (i = 0; i < notes.n; i++) {
		if (c->json)
			(void)json_array_append_new(
			    list, note_json(&notes.v[i]));
		else
			print_note(&notes.v[i]);
	}
	if (c->json)
		cli_print_json(
		    json_pack("{s:b,s:O}", "valid", r == 0, "notes", list));
	else if (r == 0)
		(void)printf(
		    "%s: %zu service(s), valid\n", dir, config->n_services);
	json_decref(list);
	pq_config_notes_free(&notes);
	pq_config_free(config);
	return r == 0          ? CLI_DONE
	    : r == -PQ_ECONFIG ? CLI_REFUSED
			       : CLI_NOT_EXAMINED;
}
